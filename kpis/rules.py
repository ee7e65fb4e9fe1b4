"""How figures are made: indicators, what feeds them, their roll-ups and their targets, read once per batch."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kpis import status as limits_module
from kpis.models import Direction, Edge, EdgeKind, Indicator, IndicatorKind, IndicatorPoint, Target
from kpis.spans import Places
from kpis.tally import Parts, Tally, conformity, coverage, mean, merged, not_ok_rate, rate, rollup_part, total, whole

COMPUTED = (
    IndicatorKind.CONFORMITY,
    IndicatorKind.MEAN,
    IndicatorKind.SUM,
    IndicatorKind.RATE,
    IndicatorKind.NOT_OK_RATE,
    IndicatorKind.COVERAGE,
    IndicatorKind.WEIGHTED,
)


class FigureKey(NamedTuple):
    """What identifies a figure."""

    indicator: int
    unit: int
    cadence: str
    first: dt.date
    number: int


class Seen(NamedTuple):
    """What a figure stands on: facts seen, cards planned, and cards done of those (see `kpis.tally.Tally`)."""

    n: int = 0
    planned: int = 0
    done: int = 0

    def plus(self, other: Seen) -> Seen:
        """Both together, as in a roll-up."""
        return Seen(self.n + other.n, self.planned + other.planned, self.done + other.done)


def parts_of(kind: str, factor: Decimal, tallies: Mapping[int, tuple[Tally, Decimal]]) -> Parts:
    """An indicator of its points' tallies (tally and weight by point), as numerator and denominator.

    Only conformity uses the weights. `factor` scales rates; percentages have theirs by nature. Raises ValueError
    for a kind that is not made of tallies.
    """
    if kind == IndicatorKind.CONFORMITY:
        return conformity(tallies)
    return parts_of_merged(kind, factor, merged(tally for tally, _ in tallies.values()))


def parts_of_merged(kind: str, factor: Decimal, tally: Tally) -> Parts:
    """An indicator without weights of the one tally of everything that feeds it."""
    if kind == IndicatorKind.MEAN:
        return mean(tally)
    if kind == IndicatorKind.SUM:
        return total(tally)
    if kind == IndicatorKind.RATE:
        return rate(tally, factor)
    if kind == IndicatorKind.NOT_OK_RATE:
        return not_ok_rate(tally, factor)
    if kind == IndicatorKind.COVERAGE:
        return coverage(tally)
    raise ValueError(f"{kind} is not made of tallies")


def observed(kind: str, *, n: int, done: int, answered: int) -> int:
    """How many facts a figure stands on, `done` of them asked for by a plan (so never fewer than those).

    Coverage stands on nothing but what a plan asked for. The share of what was not right is asked of every point, and
    leaves out plain measurements and counts, which nobody judges: only what was `answered` (right, not right, not
    applicable) has a part in it. Everything else stands on all facts.
    """
    if kind == IndicatorKind.COVERAGE:
        return done
    return max(answered, done) if kind == IndicatorKind.NOT_OK_RATE else n


def weighted(children: Iterable[tuple[Decimal | None, Decimal]]) -> Parts | None:
    """A roll-up of (value as stored, weight), renormalised over the children with data."""
    return whole(rollup_part(value, weight) for value, weight in children)


class Rules:
    """Every computed indicator in use, with feeds, summed-from edges and targets (five queries)."""

    def __init__(self, places: Places) -> None:
        self.places = places
        found = Indicator.objects.filter(active=True, kind__in=COMPUTED)
        self.indicators: dict[int, Indicator] = {indicator.pk: indicator for indicator in found}
        self.by_point: defaultdict[int, list[int]] = defaultdict(list)
        feeds = IndicatorPoint.objects.filter(indicator__in=self.indicators, indicator__all_points=False)
        for indicator_id, point_id in feeds.values_list("indicator_id", "point_id"):
            self.by_point[point_id].append(indicator_id)
        self.all_points = [
            indicator.pk
            for indicator in self.indicators.values()
            if indicator.all_points and indicator.kind != IndicatorKind.WEIGHTED
        ]
        edges = Edge.objects.filter(
            kind=EdgeKind.SUMMED_FROM, parent__in=self.indicators, parent__kind=IndicatorKind.WEIGHTED
        )
        self.edges = list(edges)
        self.depths = self._depths()
        self._valid: dict[tuple[int, int, dt.date], Target | None] = {}
        self._targets: defaultdict[tuple[int, int | None], list[Target]] = defaultdict(list)
        for target in Target.objects.order_by("-valid_from"):
            self._targets[target.indicator_id, target.unit_id].append(target)

    def parents(self, indicator: int, cadence: str, date: dt.date) -> list[int]:
        """Roll-ups that the indicator is summed into, by the edges valid on a date, where followed."""
        return [
            edge.parent_id
            for edge in self.edges
            if edge.child_id == indicator and _valid(edge, date) and cadence in self.indicators[edge.parent_id].cadences
        ]

    def children(self, indicator: int, date: dt.date) -> list[tuple[int, Decimal]]:
        """(child, weight) of a roll-up by the edges valid on a date."""
        return [
            (edge.child_id, edge.weight)
            for edge in self.edges
            if edge.parent_id == indicator and edge.weight is not None and _valid(edge, date)
        ]

    def target(self, indicator: int, unit: int, date: dt.date) -> Target | None:
        """The target valid on a date: the unit's own, else that of the nearest unit above, else the plant's."""
        asked = (indicator, unit, date)
        if asked not in self._valid:
            self._valid[asked] = self._target(indicator, unit, date)
        return self._valid[asked]

    def _target(self, indicator: int, unit: int, date: dt.date) -> Target | None:
        for place in (*self.places.line(unit, date), None):
            for target in self._targets.get((indicator, place), ()):
                if target.valid_from <= date:
                    return target
        return None

    def status(self, key: FigureKey, value: Fraction | Decimal | None) -> str:
        """Green, yellow or red by the target valid at the period's start."""
        if value is None:
            return limits_module.Status.NONE.value
        target = self.target(key.indicator, key.unit, key.first)
        direction = limits_module.Direction(self.indicators[key.indicator].direction)
        return limits_module.status(value, limits_of(target), direction).value

    def _depths(self) -> dict[int, int]:
        """How many roll-ups lie below each roll-up, so that children are computed before their parents."""
        depths = dict.fromkeys(self.indicators, 0)
        for _ in self.indicators:  # a circle, which no service makes, ends here
            before = dict(depths)
            for edge in self.edges:
                depths[edge.parent_id] = max(depths[edge.parent_id], depths.get(edge.child_id, 0) + 1)
            if depths == before:
                break
        return depths


def limits_of(target: Target | None) -> limits_module.Limits | None:
    """A target's row as plain limits."""
    if target is None:
        return None
    return limits_module.Limits(
        target=target.target,
        yellow=target.yellow,
        red=target.red,
        target_min=target.target_min,
        target_max=target.target_max,
        red_min=target.red_min,
        red_max=target.red_max,
    )


def direction_of(indicator: Indicator) -> limits_module.Direction:
    """Which way is good, as the pure functions name it."""
    return limits_module.Direction(Direction(indicator.direction).value)


def _valid(edge: Edge, date: dt.date) -> bool:
    return edge.valid_from <= date and (edge.valid_to is None or edge.valid_to > date)
