"""Why something of the business plan is not stored as asked: one named exception per reason, each with a sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from principles.improvement.refusals import Refused


class YearOutOfRange(Refused):
    """A plan's year that can't be meant."""

    default = _("Write a year between 2000 and 2100.")
    default_field = "year"


class AmountBelowZero(Refused):
    """An expected effect below zero."""

    default = _("Write what it saves or earns in a year, zero or more.")
    default_field = "nok_per_year"


class NotAboveZero(Refused):
    """Tonnes or exchange rate of zero or less."""

    default = _("Write a number above zero.")


class NoGap(Refused):
    """The item is green, or nobody has assessed it: there is no gap to close."""

    default = _("This item is not below green in this evaluation, so there is no gap to close.")


class InPlanAlready(Refused):
    """The action has its place in the plan already."""

    default = _("This action is in the plan already. Change its place there.")


class ClosesAnotherGap(Refused):
    """The action is linked to another focus item."""

    default = _("This action closes another gap already. Choose another one, or make a new action.")
    default_field = "action"


class ActionElsewhere(Refused):
    """The action belongs to a unit that the evaluation does not cover."""

    default = _("This action belongs to another unit. Choose one of this unit or below it.")
    default_field = "action"


class UnknownItem(Refused):
    """No version of the roadmap has such a focus item."""

    default = _("The roadmap has no focus item of this code.")
    default_field = "item_code"


class ChallengeElsewhere(Refused):
    """The challenge was not given to the action's unit or one above it, or not for this year, or has ended."""

    default = _("This challenge is not given to this unit in this year. Choose another one.")
    default_field = "challenge"


class NotALevel(Refused):
    """Challenges are given to plants, units and areas."""

    default = _("A challenge is given to a plant, a unit or an area.")
    default_field = "unit"


class NotBelow(Refused):
    """A challenge is passed down to a unit below the one that has it."""

    default = _("Choose units below the one that has the challenge.")
    default_field = "units"


class NobodyChosen(Refused):
    """No unit chosen to pass a challenge down to."""

    default = _("Choose at least one unit.")
    default_field = "units"


class ChallengeEnded(Refused):
    """An ended challenge is not changed or passed down."""

    default = _("This challenge has ended and can't be changed. Give a new one.")
