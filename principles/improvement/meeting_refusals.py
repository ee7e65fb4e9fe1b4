"""Why a meeting is not stored as asked: one named exception per reason, each with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from principles.improvement.refusals import Refused

if TYPE_CHECKING:
    from principles.improvement.models import Meeting


class MeetingInTheFuture(Refused):
    """A meeting is opened when it is held."""

    default = _("This day is still to come. A meeting is opened on the day it is held.")
    default_field = "held_on"


class MeetingTooOld(Refused):
    """Too long ago to be written down now."""

    default = _("This is more than a month ago. Choose the day of the meeting.")
    default_field = "held_on"


class MeetingRuns(Refused):
    """The same meeting is open already; `meeting` is that one."""

    default = _("This meeting is open already.")

    def __init__(self, meeting: Meeting) -> None:
        super().__init__()
        self.meeting = meeting


class MeetingEnded(Refused):
    """What was said in a meeting that has ended stays as it is."""

    default = _("This meeting has ended. What was said in it stays as it is.")


class ChangedMeanwhile(Refused):
    """Somebody else wrote in the same fields since they were read; `fields` names them."""

    default = _(
        "Somebody else has written here since you opened it. What you wrote is kept below, and what is stored now"
        " stands beside it. Store again if yours is right."
    )

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__()
        self.fields = list(fields)


class WhoMissing(Refused):
    """An answer or a confirmation without who gave it."""

    default = _("Choose who said it.")


class SomebodyElse(Refused):
    """What was answered is confirmed by somebody else, from the data."""

    default = _("The person who answered can't confirm it. Choose somebody else who has seen the data.")
    default_field = "confirmed_by"


class NotYourself(Refused):
    """Whoever does not lead the meeting speaks for themselves alone."""

    default = _("Here you can answer and confirm in your own name. The rest is written by who leads the meeting.")


class Spoke(Refused):
    """Somebody who answered or confirmed something was there."""

    default = _("This person answered or confirmed something in the meeting, and so was there.")


class CantGoHigher(Refused):
    """Above the monthly meeting there is none."""

    default = _("This is the highest meeting. The matter is decided here.")
