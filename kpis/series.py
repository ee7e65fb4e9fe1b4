"""Figures of one unit over some periods, as plain readings: of all crews as stored, of one crew from its tallies."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from amps.periods import Period
from kpis import models
from kpis.figures import VALUE_PLACES, FigureKey
from kpis.models import Figure, FigureState, IndicatorKind, IndicatorPoint
from kpis.rules import Rules, Seen, observed, parts_of, weighted
from kpis.tally import Parts, Tally, merged, quantize

type At = tuple[str, dt.date, int]
type Readings = dict[int, dict[At, "Reading"]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure as it is shown: value in the indicator's unit, None for no data; `done` of `planned` among n seen."""

    value: Decimal | None
    status: str
    state: str
    n: int
    planned: int
    done: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    pk: int = 0
    updated_at: dt.datetime | None = None

    @property
    def outside(self) -> int:
        """Facts beside what a plan asked for."""
        return self.n - self.done


def at(period: Period) -> At:
    """What identifies a period among readings: cadence, first production date, number."""
    return period.cadence.value, period.first, period.number


def figure_readings(unit_id: int, lines: Iterable[list[Period]], indicators: Iterable[int] | None = None) -> Readings:
    """Stored figures of a unit in lines of periods (oldest first each), by indicator and period; one query."""
    wanted = Q(pk__in=[])
    for line in lines:
        if line:
            wanted |= Q(cadence=line[0].cadence.value, starts_at__gte=line[0].start, starts_at__lte=line[-1].start)
    found = Figure.objects.filter(wanted, unit=unit_id)
    if indicators is not None:
        found = found.filter(indicator__in=list(indicators))
    readings: Readings = defaultdict(dict)
    for figure in found:
        readings[figure.indicator_id][figure.cadence, figure.first, figure.number] = Reading(
            figure.value,
            figure.status,
            figure.state,
            figure.n,
            figure.planned,
            figure.done,
            figure.starts_at,
            figure.ends_at,
            figure.pk,
            figure.updated_at,
        )
    return dict(readings)


def plain(row: models.Tally) -> Tally:
    """A stored tally as the pure functions take it."""
    return Tally(
        n=row.n,
        conforming=row.conforming,
        not_conforming=row.not_conforming,
        not_applicable=row.not_applicable,
        planned=row.planned,
        done=row.done,
        sum_x=row.sum_x,
        sum_x2=row.sum_x2,
        min_x=row.min_x,
        max_x=row.max_x,
        sum_w=row.sum_w,
        sum_wx=row.sum_wx,
    )


def weights_of(indicators: Iterable[int]) -> dict[int, dict[int, Decimal]]:
    """Weights by indicator and point (one query); indicators that read every point are not in it."""
    weights: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for feed in IndicatorPoint.objects.filter(indicator__in=list(indicators)):
        weights[feed.indicator_id][feed.point_id] = feed.weight
    return dict(weights)


def crew_readings(
    rules: Rules, all_crews: Readings, *, unit_id: int, crew_id: int, lines: Iterable[list[Period]]
) -> Readings:
    """What one crew's tallies alone give, by the same functions, for the figures that all crews have (two queries)."""
    wanted = Q(pk__in=[])
    for line in lines:
        if line:
            wanted |= Q(cadence=line[0].cadence.value, first__gte=line[0].first, first__lte=line[-1].first)
    tallies: defaultdict[At, dict[int, Tally]] = defaultdict(dict)
    for row in models.Tally.objects.filter(wanted, unit=unit_id, crew=crew_id):
        tallies[row.cadence, row.first, row.number][row.point_id] = plain(row)
    weights = weights_of(rules.indicators)
    readings: Readings = {}
    for indicator in sorted(all_crews, key=lambda pk: rules.depths.get(pk, 0)):
        readings[indicator] = {
            place: _of_crew(rules, indicator, place, reading, tallies.get(place, {}), weights, readings, unit_id)
            for place, reading in all_crews[indicator].items()
        }
    return readings


def _of_crew(
    rules: Rules,
    indicator: int,
    place: At,
    whole: Reading,
    tallies: Mapping[int, Tally],
    weights: Mapping[int, Mapping[int, Decimal]],
    known: Readings,
    unit_id: int,
) -> Reading:
    kind, factor = rules.indicators[indicator].kind, rules.indicators[indicator].factor
    seen = Seen()
    parts: Parts | None
    if kind == IndicatorKind.WEIGHTED:
        children = []
        for child, weight in rules.children(indicator, place[1]):
            if (part := known.get(child, {}).get(place)) is not None:
                children.append((part.value, weight))
                seen = seen.plus(Seen(part.n, part.planned, part.done))
        parts = weighted(children)
    else:
        fed = tallies if rules.indicators[indicator].all_points else weights.get(indicator, {})
        own = {
            point: (tallies[point], weights.get(indicator, {}).get(point, Decimal(1)))
            for point in fed
            if point in tallies
        }
        parts = parts_of(kind, factor, own)
        together = merged(tally for tally, _ in own.values())
        n = observed(kind, n=together.n, done=together.done, answered=together.answered)
        seen = Seen(n, int(together.planned), together.done)
    value = None if parts is None or parts.value is None else quantize(parts.value, VALUE_PLACES)
    exact = None if parts is None else parts.value
    return replace(
        whole,
        value=value,
        status=status_of(rules, indicator, unit_id, place, exact),
        n=seen.n,
        planned=seen.planned,
        done=seen.done,
        # What was restated is the figure of all crews; a crew's part of it has no versions.
        state=FigureState.PROVISIONAL if whole.state == FigureState.PROVISIONAL else FigureState.FINAL,
    )


def status_of(rules: Rules, indicator: int, unit_id: int, place: At, value: Fraction | None) -> str:
    """Green, yellow or red of an exact value in a unit and period."""
    return rules.status(FigureKey(indicator, unit_id, *place), value)
