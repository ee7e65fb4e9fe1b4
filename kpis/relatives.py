"""What stands above and below an indicator in the KPI tree, and which figures one observation moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.http import urlencode

from amps.periods import Cadence, Period, PeriodError, period_at
from kpis.explain import Subject, end_of
from kpis.frame import CADENCES, Frame
from kpis.models import Edge, EdgeKind, Indicator
from kpis.series import Reading, Readings, at, figure_readings
from observations.models import Observation

_UPWARD = 4


@dataclass(frozen=True, slots=True)
class Relative:
    """An indicator above or below in the KPI tree, with its newest figure in the unit."""

    indicator: Indicator
    kind: str
    depth: int
    reading: Reading | None
    period: str
    href: str


def upward(subject: Subject) -> list[Relative]:
    """The indicators that this one is part of or drives, level by level up to the KPI (two queries)."""
    edges = list(Edge.objects.valid_on(subject.period.first).select_related("parent"))
    return _related(subject, edges, lambda edge: (edge.child_id, edge.parent), levels=_UPWARD)


def downward(subject: Subject) -> list[Relative]:
    """The indicators that drive this one (two queries); its parts, if summed, are told with their weights."""
    edges = Edge.objects.valid_on(subject.period.first).filter(parent=subject.indicator, kind=EdgeKind.DRIVEN_BY)
    return _related(subject, list(edges.select_related("child")), lambda edge: (edge.parent_id, edge.child), levels=1)


def _related(
    subject: Subject, edges: list[Edge], ends: Callable[[Edge], tuple[int, Indicator]], *, levels: int
) -> list[Relative]:
    found: list[tuple[Indicator, str, int]] = []
    seen = {subject.indicator.pk}
    level = [subject.indicator.pk]
    for depth in range(1, levels + 1):
        after: list[int] = []
        for edge in edges:
            here, other = ends(edge)
            if here in level and other.pk not in seen:
                seen.add(other.pk)
                after.append(other.pk)
                found.append((other, edge.kind, depth))
        level = after
    readings = _newest(subject, {indicator.pk for indicator, _kind, _depth in found})
    return [_relative(subject, indicator, kind, depth, readings) for indicator, kind, depth in found]


def _newest(subject: Subject, indicators: set[int]) -> Readings:
    if not indicators:
        return {}
    lines = [_holding(subject, cadence) for cadence in CADENCES]
    return figure_readings(subject.unit.pk, [line for line in lines if line], indicators)


def _holding(subject: Subject, cadence: Cadence) -> list[Period]:
    """The period of another cadence that holds the one in view's end, and the one before."""
    try:
        around = period_at(subject.frame.calendars, cadence, end_of(subject))
    except PeriodError:
        return []
    return subject.frame.line(around, 2)


def _relative(subject: Subject, indicator: Indicator, kind: str, depth: int, readings: Readings) -> Relative:
    found = readings.get(indicator.pk, {})
    # The same cadence if the other one is followed at it, else its shortest longer one.
    order = [*CADENCES[CADENCES.index(subject.cadence) :], *reversed(CADENCES[: CADENCES.index(subject.cadence)])]
    for cadence in order:
        for period in reversed(_holding(subject, cadence)):
            reading = found.get(at(period))
            if reading is not None and reading.value is not None:
                other = replace(subject, indicator=indicator, cadence=cadence, period=period)
                return Relative(indicator, kind, depth, reading, subject.frame.name(period), other.href(period))
    plain_href = f"{reverse('kpis:indicator', args=[indicator.code])}?{urlencode({'unit': subject.unit.code})}"
    return Relative(indicator, kind, depth, None, "", plain_href)


def moved_by(frame: Frame, observation: Observation) -> list[tuple[Indicator, list[tuple[str, Reading, str]]]]:
    """The indicators that one observation feeds, with its area's figures of every period it lies in (one query)."""
    rules = frame.rules
    found = [*rules.by_point.get(observation.point_id, ()), *rules.all_points]
    for pk in found:
        found += [edge.parent_id for edge in rules.edges if edge.child_id == pk and edge.parent_id not in found]
    lines = [[frame.period(Cadence.SHIFT, observation.shift.production_date, observation.shift.number)]]
    lines += [[period_at(frame.calendars, cadence, observation.shift.starts_at)] for cadence in CADENCES[1:]]
    readings = figure_readings(observation.area_id, lines, found)
    moved = []
    for pk in found:
        indicator = rules.indicators[pk]
        cells = []
        for (period,) in lines:
            reading = readings.get(pk, {}).get(at(period))
            if reading is not None:
                subject = Subject(frame, indicator, observation.area, period.cadence, period, None)
                cells.append((frame.name(period), reading, subject.href(period)))
        if cells:
            moved.append((indicator, cells))
    return moved
