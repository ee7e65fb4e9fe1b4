"""Why a change of the register, an agreement or a breach is refused: an exception per reason, with a sentence."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A change that can't be made. `message` is for the person, `field` names the input ("" for the whole form)."""

    default: str | Promise = _("This can't be stored.")
    default_field = ""

    def __init__(self, message: str | Promise | None = None, *, field: str | None = None) -> None:
        self.message = message or self.default
        self.field = self.default_field if field is None else field
        super().__init__(str(self.message))


class Changed(Refused):
    """Somebody else changed it since it was read."""

    default = _("Somebody else has changed this since you opened it. Look at it as it is now, then save again.")


class NotYours(Refused):
    """The person does not speak for that side."""

    default = _("You do not speak for this side of the agreement.")


class NotBetweenOutsiders(Refused):
    """Both parties stand outside the plant."""

    default = _("One of the two has to be a unit of the plant.")
    default_field = "customer"


class PartiesFixed(Refused):
    """An agreement has been made between these two."""

    default = _("There is an agreement between these two, so they stay. End this relationship and add a new one.")


class AgreementHolds(Refused):
    """A relationship can't end while its agreement holds."""

    default = _("The agreement on it is still in force then. End the agreement first.")
    default_field = "valid_to"


class TooEarly(Refused):
    """A date that has passed."""

    default = _("Choose today or a later date: what held before keeps counting.")


class AlreadyThere(Refused):
    """The relationship has an agreement that holds or waits."""

    default = _("There is an agreement on this relationship already. Make a new version of it instead.")


class PartyClosed(Refused):
    """A party is out of use."""

    default = _("One of the two units is out of use. The agreement can be read, but not signed or extended.")


class RelationshipEnded(Refused):
    """The two no longer supply each other."""

    default = _("This relationship has ended, so nothing new is agreed upon it.")


class NotADraft(Refused):
    """Signed by both, or ended: locked."""

    default = _("This agreement is locked. Make a new version to change it.")


class NotSigned(Refused):
    """It needs both signatures first."""

    default = _("Both sides have to sign before this can be done.")


class AlreadySigned(Refused):
    """This side has signed."""

    default = _("This side has signed already.")


class SameSigner(Refused):
    """One person can't speak for both sides."""

    default = _("You have signed for the other side. Two different people have to sign.")


class NoTerms(Refused):
    """Nothing to keep."""

    default = _("An agreement needs at least one term before it can be signed.")


class HasPassed(Refused):
    """Its validity has run out."""

    default = _("The agreement's last day has passed. Change its dates before it is signed.")


class NameMissing(Refused):
    """Who signed or confirmed for an external party."""

    default = _("Write the name of the person who did it for the external party.")
    default_field = "name"


class NotInForce(Refused):
    """A breach of something that did not hold then."""

    default = _("The agreement was not in force at that time.")
    default_field = "occurred_at"


class InTheFuture(Refused):
    """A breach that has not happened."""

    default = _("That time has not come yet.")
    default_field = "occurred_at"


class WordsMissing(Refused):
    """Nothing was said."""

    default = _("Write a few words.")


class NotAnswered(Refused):
    """It has to be answered before it is confirmed or sent back."""

    default = _("The other party has not answered yet.")


class IsClosed(Refused):
    """A closed breach stays as it is."""

    default = _("This breach is closed.")


class OwnAnswer(Refused):
    """Who answered can't confirm."""

    default = _("You wrote the answer, so somebody else has to confirm it.")


class HasDeviation(Refused):
    """It has one already."""

    default = _("A deviation is open on this breach already.")
