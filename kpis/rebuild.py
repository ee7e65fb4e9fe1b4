"""Recounting everything from the facts, by another way than the worker's, and writing only what differs.

The worker goes from shifts to longer periods and touches what was marked. Here every tally of every cadence is
summed straight from the facts, a month at a time, and held against what is stored. What differs is then counted under
lock by the worker's own code, so a rebuild may run while facts come in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min

from kpis.arrays import columns_of
from kpis.feeding import feeds_hold
from kpis.figures import Touched, figures_recompute, touched_by
from kpis.models import Cadence, Figure
from kpis.recount import (
    COLUMNS,
    EXACT_SUMS,
    FIRST_OF,
    OWN,
    SUMMED,
    SUMS,
    Counted,
    TallyKey,
    shifts_by_place,
    tallies_recount,
)
from kpis.rollup import process_all_marks, spans_of
from kpis.rules import FigureKey, Rules
from kpis.spans import Places
from principles.teams.models import Shift, Unit
from sops.models import ObservationPoint

_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild looked at and how much of it was wrong; on a healthy database both `changed` are 0."""

    tallies: int = 0
    tallies_changed: int = 0
    figures: int = 0
    figures_changed: int = 0

    def __add__(self, other: RebuildReport) -> RebuildReport:
        return RebuildReport(
            self.tallies + other.tallies,
            self.tallies_changed + other.tallies_changed,
            self.figures + other.figures,
            self.figures_changed + other.figures_changed,
        )


def rebuild_figures(
    *,
    now: dt.datetime,
    start: dt.date | None = None,
    until: dt.date | None = None,
    dry_run: bool = False,
    progress: Callable[[dt.date], None] | None = None,
) -> RebuildReport:
    """Recount the months that hold the production dates from `start` to `until` (all by default).

    Marks that wait are dealt with first: what they name is not wrong, only not counted yet. With `dry_run` nothing is
    written. `progress` is told each month. One transaction per month.
    """
    if not dry_run:
        process_all_marks(now=now)
    report = RebuildReport()
    for first in _months(start, until, now):
        if progress is not None:
            progress(first)
        with transaction.atomic():
            if dry_run:
                process_all_marks(now=now)
            report += _rebuild_month(first, now)
            if dry_run:
                transaction.set_rollback(True)
    return report


def _months(start: dt.date | None, until: dt.date | None, now: dt.datetime) -> Iterator[dt.date]:
    """First days of the months in question; a week belongs to the month of its Monday."""
    bounds = Shift.objects.filter(starts_at__lte=now).aggregate(
        first=Min("production_date"), last=Max("production_date")
    )
    if bounds["first"] is None:
        return
    begin: dt.date = max(start or bounds["first"], bounds["first"])
    end: dt.date = min(until or bounds["last"], bounds["last"])
    month = (begin - dt.timedelta(days=begin.weekday())).replace(day=1)
    while month <= end:
        yield month
        month = _after(month)


def _after(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1)


def _rebuild_month(first: dt.date, now: dt.datetime) -> RebuildReport:
    feeds_hold()
    places, end = Places(), _after(first)
    shifts = list(Shift.objects.filter(production_date__gte=first, production_date__lt=end + _WEEK, starts_at__lte=now))
    if not shifts:
        return RebuildReport()
    wrong: set[TallyKey] = set()
    for cadence in Cadence:
        wrong |= _differing(cadence, shifts, first, end, places)
    changed = tallies_recount(
        {key for key in wrong if key.cadence == Cadence.SHIFT},
        shifts=shifts_by_place(shifts),
        places=places,
        also=(key for key in wrong if key.cadence != Cadence.SHIFT),
    )
    rules = Rules(places)
    counted = _counted(first, end)
    # A week that began the month before has changed, too, when this month's part of it has.
    touched = touched_by([*counted, *changed], rules)
    _add_stored(touched, first, end, rules)
    figures = figures_recompute(touched, spans=spans_of(shifts, places), rules=rules, now=now)
    return RebuildReport(len(counted), len(changed), len(touched.keys), figures)


def _differing(cadence: Cadence, shifts: list[Shift], first: dt.date, end: dt.date, places: Places) -> set[TallyKey]:
    """Keys of the tallies of one cadence, beginning in [first, end), that are not what the facts add up to."""
    chosen = [shift for shift in shifts if first <= _first_of(cadence, shift.production_date) < end]
    if not chosen:
        return set()
    areas = list(Unit.objects.with_figures().values_list("pk", flat=True))
    up = [
        (shift.pk, area, unit, shift.production_date, shift.number if cadence == Cadence.SHIFT else 0)
        for shift in chosen
        for area in areas
        for unit in places.line(area, shift.production_date)
    ]
    of_shift, of_area, of_unit, dates, numbers = columns_of(up)
    parameters: dict[str, Any] = {
        "shifts": [shift.pk for shift in chosen],
        "areas": areas,
        "points": list(ObservationPoint.objects.values_list("pk", flat=True)),
        "of_shift": of_shift,
        "of_area": of_area,
        "of_unit": of_unit,
        "dates": dates,
        "numbers": numbers,
        "cadence": cadence.value,
        "first": first,
        "end": end,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING.format(first_of=FIRST_OF.get(cadence, "s.first")), parameters)
        return {TallyKey(unit, cadence.value, *rest) for unit, *rest in cursor.fetchall()}


def _first_of(cadence: Cadence, date: dt.date) -> dt.date:
    if cadence == Cadence.WEEK:
        return date - dt.timedelta(days=date.weekday())
    return date.replace(day=1) if cadence == Cadence.MONTH else date


def _counted(first: dt.date, end: dt.date) -> list[Counted]:
    """Every tally that begins in [first, end) and holds anything, as if it had just changed; crews together."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT unit_id, cadence, first, number, point_id, 0, sum(n), sum(planned), sum(done),
                sum(conforming + not_conforming + not_applicable), bool_or(sum_w > 0)
            FROM kpis_tally
            WHERE first >= %s AND first < %s AND (n > 0 OR planned > 0 OR sum_w > 0)
            GROUP BY unit_id, cadence, first, number, point_id
            """,
            [first, end],
        )
        return [Counted(TallyKey(*row[:6]), *row[6:]) for row in cursor.fetchall()]


def _add_stored(touched: Touched, first: dt.date, end: dt.date, rules: Rules) -> None:
    """Figures that are there are looked at too, even where nothing feeds them any more."""
    stored = Figure.objects.filter(first__gte=first, first__lt=end, indicator__in=rules.indicators)
    for row in stored.values_list("indicator_id", "unit_id", "cadence", "first", "number"):
        touched.add(FigureKey(*row), live=False)


_FRESH_OR_NONE = ", ".join(f"coalesce(fresh.{name}, 0)" for name in (*SUMS, *EXACT_SUMS))
_KEPT_OR_NONE = ", ".join(f"coalesce(kept.{name}, 0)" for name in (*SUMS, *EXACT_SUMS))
# A tally with nothing in it and no tally are the same.
_DIFFERING = f"""
WITH {OWN}, up AS (
    SELECT * FROM unnest(%(of_shift)s::bigint[], %(of_area)s::bigint[], %(of_unit)s::bigint[], %(dates)s::date[],
        %(numbers)s::int[]) AS up(shift, area, unit, first, number)
), s AS (
    SELECT up.unit, up.first, up.number, own.* FROM own JOIN up ON up.shift = own.shift AND up.area = own.area
), fresh AS (
    SELECT s.unit, {{first_of}} AS first, s.number, s.point, s.crew, {SUMMED}
    FROM s GROUP BY 1, 2, 3, 4, 5
), kept AS (
    SELECT unit_id AS unit, first, number, point_id AS point, coalesce(crew_id, 0) AS crew, {", ".join(COLUMNS)}
    FROM kpis_tally WHERE cadence = %(cadence)s AND first >= %(first)s AND first < %(end)s
)
SELECT coalesce(fresh.unit, kept.unit), coalesce(fresh.first, kept.first), coalesce(fresh.number, kept.number),
    coalesce(fresh.point, kept.point), coalesce(fresh.crew, kept.crew)
FROM fresh
FULL JOIN kept ON fresh.unit = kept.unit AND fresh.first = kept.first AND fresh.number = kept.number
    AND fresh.point = kept.point AND fresh.crew = kept.crew
WHERE ({_FRESH_OR_NONE}, fresh.min_x, fresh.max_x) IS DISTINCT FROM ({_KEPT_OR_NONE}, kept.min_x, kept.max_x)
"""  # noqa: S608 - made of constants
