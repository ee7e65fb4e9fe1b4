"""Why a fact is not stored: one named exception per reason, each with a sentence for the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from observations.models import Observation


class Refused(Exception):
    """A fact or file that can't be stored as it is. `message` is for the person, `field` names the input."""

    default: str | Promise = _("This can't be stored.")
    default_field = ""

    def __init__(self, message: str | Promise | None = None, *, field: str | None = None) -> None:
        self.message = message or self.default
        self.field = self.default_field if field is None else field
        super().__init__(str(self.message))


class BadValue(Refused):
    """No number, too large, a negative or broken count, or an answer that the point does not take."""

    default_field = "value"


class BadTime(Refused):
    """In the future, too old, or without a time zone."""

    default_field = "observed_at"


class BadPlace(Refused):
    """A unit that does not exist or does not belong to the round or area."""

    default_field = "equipment"


class PointNotInUse(Refused):
    """The point is no longer watched."""

    default = _("This point is no longer in use.")
    default_field = "point"


class ReasonMissing(Refused):
    """A correction without saying why."""

    default = _("Say why it is corrected.")
    default_field = "correction_reason"


class DifferentContent(Refused):
    """The id is already taken by a fact that says something else (409)."""

    default = _("Another observation was already stored under this tap. Look at it before you go on.")


class AlreadyCorrected(Refused):
    """The fact has been corrected or taken back meanwhile; `newer` is what stands now."""

    default = _("This observation was corrected a moment ago. Look at what stands now before you change it.")

    def __init__(self, newer: Observation) -> None:
        super().__init__()
        self.newer = newer


class AlreadyReported(Refused):
    """The series is already reported for this shift and area."""

    default = _("This is already reported for the shift.")


class BadPhoto(Refused):
    """A file that is no photo, or one that is too large."""

    default = _("This file is not a photo.")
    default_field = "photo"
