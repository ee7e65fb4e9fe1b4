"""Opening a deviation from a form, as the pages of this and of the upper floors do it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from principles.improvement.forms import DeviationForm, refusal_to_form
from principles.improvement.models import Deviation
from principles.improvement.refusals import Refused
from principles.improvement.services.deviations import deviation_open
from principles.teams.models import FIGURE_KINDS, Unit, UnitKind, User
from principles.teams.permissions import Access, Capability

# More codes than this are no help in a list; the field still takes any code.
_MOST_CODES = 700


def units_to_report(access: Access) -> QuerySet[Unit]:
    """Units in use in which the person may open a deviation."""
    reach = access.units(Capability.REPORT_DEVIATION)
    return Unit.objects.open_on(access.tree.date).filter(pk__in=reach, kind__in=FIGURE_KINDS)


def codes_under(access: Access, unit: Unit | None) -> list[str]:
    """Codes of the equipment in a unit, for the list behind the field."""
    if unit is None:
        return []
    below = access.tree.descendants(unit.pk)
    found = Unit.objects.open_on(access.tree.date).filter(pk__in=below, kind=UnitKind.EQUIPMENT)
    return list(found.values_list("code", flat=True)[:_MOST_CODES])


def open_from_form(form: DeviationForm, *, actor: User, now: dt.datetime, **known: Any) -> Deviation | None:
    """Open the deviation that a valid form says, with what the caller knows besides; a refusal goes to its field."""
    try:
        return deviation_open(**{**form.said(), **known}, actor=actor, now=now)
    except Refused as refusal:
        refusal_to_form(form, refusal)
        return None
