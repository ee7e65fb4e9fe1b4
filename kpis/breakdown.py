"""What a figure of one unit and period is made of: by point, crew, place and step, each narrowing the others.

Points, crews and steps come from tallies. Places come from the facts of the one period, through an index; once a
place is chosen, so does everything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from amps.periods import Cadence, Period
from kpis import models
from kpis.contributions import contributions, rounded_shares
from kpis.figures import VALUE_PLACES
from kpis.frame import Frame
from kpis.models import Indicator, IndicatorKind
from kpis.rules import direction_of, parts_of_merged, weighted
from kpis.series import plain, weights_of
from kpis.tally import Parts, Tally, conformity_part, means, merged, quantize, rollup_part, whole
from observations.models import Observation, Result
from principles.teams.models import Crew, Shift, Unit
from principles.teams.tree import UnitTree
from sops.models import ObservationPoint, SopPoint, SopRevision

_BESIDES = ~Q(result=Result.NOT_APPLICABLE)
_SUMS: dict[str, Any] = {
    "n": Count("pk"),
    "conforming": Count("pk", filter=Q(result=Result.OK)),
    "not_conforming": Count("pk", filter=Q(result=Result.NOT_OK)),
    "not_applicable": Count("pk", filter=Q(result=Result.NOT_APPLICABLE)),
    "sum_x": Sum("value", filter=_BESIDES),
    "sum_w": Sum("weight", filter=_BESIDES & Q(value__isnull=False)),
    "sum_wx": Sum(F("weight") * F("value"), filter=_BESIDES),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an SOP that some of the points watch."""

    code: str
    sop: str
    revision: int
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Narrow:
    """What is chosen of a figure's parts; None for all."""

    point: ObservationPoint | None = None
    crew: Crew | None = None
    where: Unit | None = None
    step: Step | None = None

    @property
    def is_set(self) -> bool:
        return any(chosen is not None for chosen in (self.point, self.crew, self.where, self.step))


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a breakdown. `share` is its part of the gap to target as shown; None where none can be told."""

    key: Hashable
    tally: Tally
    value: Decimal | None
    share: Decimal | None
    running: Decimal | None = None  # of all that failed, this row and those above it, in per cent

    @property
    def failed(self) -> int:
        return self.tally.not_conforming


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Rows worst first; `gap` is value − target of the whole as shown, and the exact sum of the shares."""

    parts: list[Part]
    whole: Tally
    value: Decimal | None
    gap: Decimal | None

    @property
    def most_failed(self) -> int:
        return max((part.failed for part in self.parts), default=0)

    @property
    def worst(self) -> Part | None:
        """The row that the gap is mostly made of: two fifths of it or more, on the wrong side."""
        if self.gap is None or not self.parts or len(self.parts) < 2:
            return None
        first = self.parts[0]
        if first.share is None or not self.gap:
            return None
        return first if first.share / self.gap >= Decimal("0.4") else None


@dataclass(slots=True)
class Makeup:
    """Everything needed to break one figure down; made by `makeup`."""

    frame: Frame
    indicator: Indicator
    unit: Unit
    period: Period
    target: Decimal | None
    weights: dict[int, Decimal]
    points: dict[int, ObservationPoint]
    steps: dict[int, Step]
    codes: dict[int, str]
    narrow: Narrow
    tree: UnitTree
    shifts: list[Shift]
    rows: list[tuple[int, int | None, Tally]] = field(default_factory=list)

    def facts(self) -> QuerySet[Observation]:
        """The facts that the figure counts, all of them, whatever is chosen."""
        by_members: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for shift in self.shifts:
            by_members[self.frame.places.members(self.unit.pk, shift.production_date)].append(shift.pk)
        place = Q(pk__in=[])
        for areas, shifts in by_members.items():
            place |= Q(shift__in=shifts, area__in=areas)
        return Observation.objects.counting().filter(place, point__in=list(self.points))

    def chosen_facts(self) -> QuerySet[Observation]:
        """The facts that the choice leaves."""
        facts = self.facts()
        if self.narrow.point is not None:
            facts = facts.filter(point=self.narrow.point)
        if self.narrow.crew is not None:
            facts = facts.filter(crew=self.narrow.crew)
        if self.narrow.step is not None:
            facts = facts.filter(point__in=[pk for pk, step in self.steps.items() if step == self.narrow.step])
        return self.facts_in_place(facts)

    def facts_in_place(self, facts: QuerySet[Observation]) -> QuerySet[Observation]:
        """Those of the facts that lie in the place chosen."""
        if self.narrow.where is None:
            return facts
        below = [self.narrow.where.pk, *self.tree.descendants(self.narrow.where.pk)]
        return facts.filter(Q(equipment__in=below) | Q(area__in=below))

    # --- the four ways of looking ---

    def by_point(self) -> Breakdown:
        return self._grouped(lambda point, crew: point, besides="point")

    def by_crew(self) -> Breakdown:
        return self._grouped(lambda point, crew: crew, besides="crew")

    def by_step(self) -> Breakdown:
        return self._grouped(lambda point, crew: self.steps.get(point), besides="step")

    def all_of_it(self) -> Breakdown:
        """The choice as one."""
        return self._grouped(lambda point, crew: None, besides="")

    def by_place(self) -> Breakdown:
        """By what stands right under the place in view: areas, sections, then cells; None for what names none."""
        facts = self.chosen_facts()
        top = self.narrow.where.pk if self.narrow.where is not None else self.unit.pk
        found: defaultdict[Hashable, list[tuple[int, Tally]]] = defaultdict(list)
        grouped = facts.order_by().values_list("area_id", "equipment_id", "point_id").annotate(**_SUMS)
        for area, equipment, point, *sums in grouped:
            found[self._below(top, equipment or area)].append((point, _tally(sums)))
        counts_only = self.indicator.kind in (IndicatorKind.RATE, IndicatorKind.COVERAGE)
        return self._broken_down(found, with_shares=not counts_only)

    def _below(self, top: int, place: int) -> int | None:
        """The child of `top` that a place lies in; the place itself when it is the top and a leaf; else None."""
        if place == top:
            return None
        line = [place, *self.tree.ancestors(place)]
        return line[line.index(top) - 1] if top in line else None

    def _grouped(self, key: Callable[[int, int | None], Hashable], *, besides: str) -> Breakdown:
        found: defaultdict[Hashable, list[tuple[int, Tally]]] = defaultdict(list)
        for point, crew, tally in self.rows:
            if self._kept(point, crew, besides):
                found[key(point, crew)].append((point, tally))
        return self._broken_down(found)

    def _kept(self, point: int, crew: int | None, besides: str) -> bool:
        narrow = self.narrow
        return not (
            (besides != "point" and narrow.point is not None and point != narrow.point.pk)
            or (besides != "crew" and narrow.crew is not None and crew != narrow.crew.pk)
            or (besides != "step" and narrow.step is not None and self.steps.get(point) != narrow.step)
        )

    def _broken_down(self, found: Mapping[Hashable, list[tuple[int, Tally]]], *, with_shares: bool = True) -> Breakdown:
        tallies = {key: merged(tally for _, tally in items) for key, items in found.items()}
        together = merged(tallies.values())
        parts = self._parts(found, tallies) if with_shares else None
        summed = whole(parts.values()) if parts else None
        value = summed.value if summed is not None else None
        shares, gap = self._shares(parts, value)
        order = list(shares) + sorted(
            (key for key in tallies if key not in shares),
            key=lambda key: (-tallies[key].not_conforming, -tallies[key].sum_x),
        )
        rows, failed = [], 0
        for key in order:
            failed += tallies[key].not_conforming
            rows.append(
                Part(
                    key,
                    tallies[key],
                    _decimal(parts[key].value) if parts else None,
                    shares.get(key),
                    Decimal(100 * failed) / together.not_conforming if together.not_conforming else None,
                )
            )
        return Breakdown(rows, together, _decimal(value), gap)

    def _parts(
        self, found: Mapping[Hashable, list[tuple[int, Tally]]], tallies: Mapping[Hashable, Tally]
    ) -> dict[Hashable, Parts] | None:
        kind = self.indicator.kind
        if kind == IndicatorKind.WEIGHTED:
            return None
        if kind == IndicatorKind.CONFORMITY:
            nothing = Parts(Fraction(0), Fraction(0), Fraction(100))
            return {
                key: sum((conformity_part(tally, self.weights.get(point, 1)) for point, tally in items), nothing)
                for key, items in found.items()
            }
        if kind == IndicatorKind.MEAN:
            return means(tallies)
        return {key: parts_of_merged(kind, self.indicator.factor, tally) for key, tally in tallies.items()}

    def _shares(
        self, parts: dict[Hashable, Parts] | None, value: Fraction | None
    ) -> tuple[dict[Hashable, Decimal], Decimal | None]:
        if parts is None or value is None or self.target is None:
            return {}, None
        return shares_of(parts, value, self.target, self.indicator)


def shares_of[K](
    parts: Mapping[K, Parts], value: Fraction, target: Decimal, indicator: Indicator
) -> tuple[dict[K, Decimal], Decimal]:
    """Each part's share of the gap, worst first, and the gap, as shown: the one is the exact sum of the other."""
    places = indicator.decimals
    gap = quantize(value, places) - quantize(target, places)
    exact = contributions(parts, target, direction_of(indicator))
    return dict(rounded_shares(exact, places, gap)), gap


def makeup(
    frame: Frame, indicator: Indicator, unit: Unit, period: Period, narrow: Narrow, target: Decimal | None
) -> Makeup:
    """What a figure of a unit and period is made of (some six queries, and one more where a place is chosen)."""
    points = points_of(frame, indicator, period)
    weights = weights_of([indicator.pk]).get(indicator.pk, {})
    shifts = Shift.objects.filter(production_date__range=(period.first, period.last))
    if period.cadence == Cadence.SHIFT:
        shifts = shifts.filter(number=period.number)
    steps, codes = steps_of(points, period)
    made = Makeup(
        frame=frame,
        indicator=indicator,
        unit=unit,
        period=period,
        target=target,
        weights=weights,
        points=points,
        steps=steps,
        codes=codes,
        narrow=narrow,
        tree=UnitTree.on(period.first),
        shifts=list(shifts),
    )
    if narrow.where is not None:
        grouped = made.facts_in_place(made.facts()).order_by().values_list("point_id", "crew_id").annotate(**_SUMS)
        made.rows = [(point, crew, _tally(sums)) for point, crew, *sums in grouped]
    else:
        stored = models.Tally.objects.filter(
            unit=unit, cadence=period.cadence.value, first=period.first, number=period.number, point__in=points
        )
        made.rows = [(row.point_id, row.crew_id, plain(row)) for row in stored]
    return made


def points_of(frame: Frame, indicator: Indicator, period: Period) -> dict[int, ObservationPoint]:
    """The points behind an indicator, those behind its parts included (one or two queries)."""
    leaves = _leaves(frame, indicator.pk, period, set())
    found = ObservationPoint.objects.all()
    if not any(frame.rules.indicators[leaf].all_points for leaf in leaves if leaf in frame.rules.indicators):
        found = found.filter(feeds__indicator__in=leaves).distinct()
    return {point.pk: point for point in found}


def _leaves(frame: Frame, indicator: int, period: Period, seen: set[int]) -> set[int]:
    if indicator in seen:
        return set()
    seen.add(indicator)
    below = frame.rules.children(indicator, period.first)
    if not below:
        return {indicator}
    return {leaf for child, _weight in below for leaf in _leaves(frame, child, period, seen)}


def steps_of(points: Iterable[int], period: Period) -> tuple[dict[int, Step], dict[int, str]]:
    """The step that each point watches, and the point's code there, in the revisions in force when the period
    ended (one query)."""
    in_force = SopRevision.objects.in_force(period.end)
    bound = (
        SopPoint.objects.filter(point__in=list(points), revision__in=in_force.values("pk"))
        .select_related("step", "revision__sop")
        .order_by("revision__sop__code", "position")
    )
    steps: dict[int, Step] = {}
    codes: dict[int, str] = {}
    for use in bound:
        sop = use.revision.sop.code
        step = Step(f"{sop}.{use.step.number}", sop, use.revision.number, use.step.number, use.step.text)
        steps.setdefault(use.point_id, step)
        codes.setdefault(use.point_id, use.code)
    return steps, codes


@dataclass(frozen=True, slots=True)
class Child:
    """A part of a roll-up with its weight, as a share of those that have data."""

    indicator: Indicator
    weight: Decimal
    value: Decimal | None
    status: str
    share: Decimal | None


def children_of(
    frame: Frame,
    indicator: Indicator,
    period: Period,
    values: Mapping[int, tuple[Decimal | None, str]],
    target: Decimal | None,
) -> tuple[list[Child], Decimal | None]:
    """A roll-up's parts, worst first, and the gap that their shares add up to; `values` by indicator."""
    edges = frame.rules.children(indicator.pk, period.first)
    carried = sum((weight for child, weight in edges if values.get(child, (None, ""))[0] is not None), Decimal(0))
    summed = weighted((values.get(child, (None, ""))[0], weight) for child, weight in edges)
    shares: dict[int, Decimal] = {}
    gap = None
    if summed is not None and summed.value is not None and target is not None:
        parts = {child: rollup_part(values.get(child, (None, ""))[0], weight) for child, weight in edges}
        shares, gap = shares_of(parts, summed.value, target, indicator)
    rows = []
    order = list(shares) or [child for child, _weight in edges]
    weights = dict(edges)
    for child in order:
        value, status = values.get(child, (None, "none"))
        if child in frame.rules.indicators:
            weight = 100 * weights[child] / carried if value is not None and carried else Decimal(0)
            rows.append(Child(frame.rules.indicators[child], weight, value, status, shares.get(child)))
    return rows, gap


def _decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else quantize(value, VALUE_PLACES)


def _tally(sums: list[Any]) -> Tally:
    n, conforming, not_conforming, not_applicable, sum_x, sum_w, sum_wx = sums
    return Tally(
        n=n,
        conforming=conforming,
        not_conforming=not_conforming,
        not_applicable=not_applicable,
        sum_x=sum_x or Decimal(0),
        sum_w=sum_w or Decimal(0),
        sum_wx=sum_wx or Decimal(0),
    )
