"""Why a deviation or an action is not stored as asked: one named exception per reason, each with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from principles.improvement.services.gate import Obstacle


class Refused(Exception):
    """A change that can't be made. `message` is for the person, `field` names the input it belongs to ("" for all)."""

    default: str | Promise = _("This can't be stored as it is.")
    default_field = ""

    def __init__(self, message: str | Promise | None = None, *, field: str | None = None) -> None:
        self.message = message or self.default
        self.field = self.default_field if field is None else field
        super().__init__(str(self.message))


class EditedMeanwhile(Refused):
    """The row has changed since the person opened the page."""

    default = _(
        "Somebody else has changed this since you opened it. What you wrote is kept below. Look at what is stored"
        " now; store again if yours is right."
    )


class WordsMissing(Refused):
    """A text that the change needs is empty."""

    default = _("Write a few words.")


class UnitClosed(Refused):
    """Nothing new is opened in a unit that is out of use."""

    default = _("This unit is out of use. Choose the unit that has taken over its work.")
    default_field = "unit"


class WrongEquipment(Refused):
    """The equipment does not stand in the unit."""

    default = _("This equipment does not stand in the unit you chose.")
    default_field = "equipment"


class NotYetHappened(Refused):
    """A deviation in the future."""

    default = _("This time is still to come. Choose when it was seen.")
    default_field = "occurred_at"


class DueInThePast(Refused):
    """A due date before today's production date."""

    default = _("This date has passed. Choose today or a later date.")
    default_field = "due"


class DueMissing(Refused):
    """An action without a due date."""

    default = _("Choose when it is due.")
    default_field = "due"


class ReasonMissing(Refused):
    """A due date is moved, or something is called off, without saying why."""

    default = _("Say why.")
    default_field = "reason"


class NoOwner(Refused):
    """An action without somebody who answers for it."""

    default = _("Choose who owns it. An action without an owner is not done.")
    default_field = "owner"


class OwnerHasLeft(Refused):
    """The owner's login is out of use."""

    default = _("This person has left. Choose somebody who works here now.")
    default_field = "owner"


class OwnerNotHere(Refused):
    """The owner holds no role in the unit, above it or below it."""

    default = _("This person has no role in the unit, above it or below it. Choose somebody who has.")
    default_field = "owner"


class IsClosed(Refused):
    """A closed deviation is not changed; it can be reopened."""

    default = _("This deviation is closed. Open it again to change it.")


class IsOpen(Refused):
    """Only a closed deviation is reopened."""

    default = _("This deviation is open already.")


class HasEnded(Refused):
    """An action that has ended is not changed."""

    default = _("This action has ended and can't be changed. Make a new one.")


class NoSuchMove(Refused):
    """The PDCA loop does not lead there from here."""

    default = _("The action can't go there from where it is now. Look at it again.")
    default_field = "to"


class EffectMissing(Refused):
    """The effect is not verified as better, so the action does not go on."""

    default = _("First say what the effect is. Only an action that made it better goes on.")
    default_field = "to"


class FiguresMissing(Refused):
    """An indicator is linked, and its figures before and after are not there yet."""

    default = _("The figures before and after are not there yet. The action waits for them.")
    default_field = "to"


class NotToBeChecked(Refused):
    """The effect is looked at once the action is carried out."""

    default = _("The effect is checked when the action is carried out. Move it to Check first.")
    default_field = "verdict"


class ClosingRefused(Refused):
    """The closing gate stands; `reasons` says what remains, each with the place where it is put right."""

    default = _("It can't be closed yet.")

    def __init__(self, reasons: Sequence[Obstacle]) -> None:
        super().__init__()
        self.reasons = list(reasons)
