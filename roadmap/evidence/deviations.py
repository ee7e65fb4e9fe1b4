"""Evidence on deviations: causes found, repeats, how long they stay open, where they were handled."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from principles.improvement.models import Carry, Deviation, DeviationSource
from roadmap.evidence.plain import Reading, median
from roadmap.evidence.registry import Asked, metric, share, to

_LIST = to("improvement:deviations", state="all")
_OPEN = to("improvement:deviations")
_LATE = to("improvement:deviations", overdue=1)
_NONE = _("No deviation in the period.")
_FOURTEEN = dt.timedelta(days=14)
_THIRTY = dt.timedelta(days=30)
# How far back a month's windows and the thirty days before them reach.
_REACH = dt.timedelta(days=430)


class Found(NamedTuple):
    """A deviation as far as the metrics ask."""

    pk: int
    unit: int
    equipment: int | None
    source: str
    occurred: dt.datetime
    reported: dt.datetime
    due: dt.date | None
    contained: dt.datetime | None
    cause: dt.datetime | None
    closed: dt.datetime | None
    crew: int | None
    shift_end: dt.datetime | None
    escalated: bool
    sop: int | None
    step: int | None
    point: int | None
    has_breach: bool


def deviations(asked: Asked) -> list[Found]:
    """Those of the last fourteen months, and all that are still open, of the asked place (one query, shared)."""
    book = asked.book
    rows: list[Found] = book.keep("deviations", lambda: _deviations(book.now))
    crew = asked.spot.crew
    return [row for row in rows if row.unit in asked.spot.units and crew in (None, row.crew)]


def _deviations(now: dt.datetime) -> list[Found]:
    rows = Deviation.objects.filter(Q(reported_at__gte=now - _REACH) | Q(closed_at__isnull=True)).annotate(
        escalated=Exists(Carry.objects.filter(deviation=OuterRef("pk"), escalated=True))
    )
    found = rows.order_by("occurred_at", "pk").values_list(
        "pk", "unit", "equipment", "source", "occurred_at", "reported_at", "due", "contained_at", "cause_at",
        "closed_at", "shift__crew", "shift__ends_at", "escalated", "broken_standard__sop", "broken_standard__step",
        "broken_standard__point", "breach",
    )  # fmt: skip
    return [Found(*row[:-1], has_breach=row[-1] is not None) for row in found]


def _reported(asked: Asked) -> list[Found]:
    return [row for row in deviations(asked) if asked.window.holds(row.reported)]


def _open(asked: Asked) -> list[Found]:
    end = asked.window.end
    return [row for row in deviations(asked) if row.reported < end and (row.closed is None or row.closed >= end)]


@metric("deviation_with_root_cause", _LIST)
def deviation_with_root_cause(asked: Asked) -> Reading:
    old = [row for row in _reported(asked) if row.reported <= asked.window.end - _FOURTEEN]
    with_cause = sum(1 for row in old if row.cause is not None)
    return share(with_cause, len(old), _("No deviation of the period is 14 days old."))


@metric("deviation_repeat_rate", _LIST)
def deviation_repeat_rate(asked: Asked) -> Reading:
    """An earlier one in the 30 days before: the same point or SOP step, and the same equipment, or else unit."""
    by_standard: defaultdict[tuple[str, int], list[Found]] = defaultdict(list)
    for row in deviations(asked):
        for key in _standard(row):
            by_standard[key].append(row)
    found = _reported(asked)
    repeats = sum(
        1 for row in found if any(_follows(row, other) for key in _standard(row) for other in by_standard[key])
    )
    return share(repeats, len(found), _NONE)


def _standard(row: Found) -> list[tuple[str, int]]:
    """What of the standard it broke: the point, the step, or both."""
    both = (("point", row.point), ("step", row.step))
    return [(kind, pk) for kind, pk in both if pk is not None]


def _follows(row: Found, other: Found) -> bool:
    """Whether `other` came in the 30 days before, at the same place."""
    same_place = other.unit == row.unit or (row.equipment is not None and other.equipment == row.equipment)
    return same_place and row.occurred - _THIRTY <= other.occurred < row.occurred


@metric("deviation_handled_on_shift", _LIST)
def deviation_handled_on_shift(asked: Asked) -> Reading:
    """Contained before the shift ended, and never escalated; escalating is how help is called for here."""
    found = [row for row in _reported(asked) if row.shift_end is not None]
    handled = sum(
        1
        for row in found
        if row.contained is not None and row.shift_end is not None and row.contained <= row.shift_end
        and not row.escalated
    )  # fmt: skip
    return share(handled, len(found), _("No deviation of a shift in the period."))


_NO_OPEN = _("No deviation is open.")


@metric("open_deviation_age_days", _OPEN)
def open_deviation_age_days(asked: Asked) -> Reading:
    ages = [_days(row.reported, asked.window.end) for row in _open(asked)]
    return Reading(value=median(ages), denominator=len(ages) or None, missing="" if ages else _NO_OPEN)


@metric("open_deviations_overdue", _LATE)
def open_deviations_overdue(asked: Asked) -> Reading:
    """Past its due date, or older than 14 days without one. Where nobody has ever reported one, nothing is known."""
    if not deviations(asked):
        return Reading(missing=_("No deviation has been reported here yet."))
    end, last = asked.window.end, asked.window.last
    late = [
        row
        for row in _open(asked)
        if (row.due is not None and row.due <= last) or (row.due is None and end - row.reported > _FOURTEEN)
    ]
    return Reading(value=Fraction(len(late)))


@metric("claims_traced", _LIST)
def claims_traced(asked: Asked) -> Reading:
    """Traced: tied to the agreement that was broken (the link), and to the SOP that was broken (the process)."""
    claims = [row for row in _reported(asked) if row.source == DeviationSource.CLAIM]
    traced = sum(1 for row in claims if row.has_breach and row.sop is not None)
    return share(traced, len(claims), _("No claim in the period."))


def _days(start: dt.datetime, end: dt.datetime) -> Fraction:
    return Fraction(int((end - start).total_seconds()), 86400)
