"""A small plant with points and indicators of every kind, and facts that are stored as the services store them."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from kpis.models import Edge, Figure, Indicator, IndicatorPoint, Tally, Target
from kpis.recount import COLUMNS
from observations.models import EventReport, Mark, Observation, ObservationPlan, Round, RoundPoint
from principles.teams.models import Shift, Unit, UnitKind
from sops.models import CriticalProcess, ObservationPoint, RevisionState, Sop, SopRevision
from tests.factories import START, make_plant, make_schedule, make_unit, make_user

ALL = ["shift", "day", "week", "month"]
LATER = dt.datetime(2026, 12, 31, tzinfo=dt.UTC)
_numbers = itertools.count(1)


class World:
    """Plant, calendar, crews; points a, b (yes or no), fe (measured, weighted), ae (events); indicators on them."""

    def __init__(self) -> None:
        self.plant = make_plant()
        make_schedule()
        self.a, self.b = make_point("a"), make_point("b")
        self.fe = make_point("fe", kind="measurement")
        self.ae = make_point("ae", kind="event", opportunity="cell_days")
        self.points = [self.a, self.b, self.fe, self.ae]
        self.tending = make_indicator("O03", feeds={self.a: 1, self.b: 3})
        self.covering = make_indicator("O05", feeds={self.b: 1})
        self.iron = make_indicator("K05", kind="measurement_mean", direction="down", feeds={self.fe: 1})
        self.tapped = make_indicator("X01", kind="measurement_sum", feeds={self.fe: 1})
        self.effects = make_indicator("P01", kind="rate", direction="down", feeds={self.ae: 1})
        self.planned = make_indicator("S01", kind="coverage", all_points=True)
        self.wrong = make_indicator("S03", kind="not_ok_rate", direction="down", all_points=True, factor=1000)
        self.execution = make_indicator("O20", kind="weighted")
        make_edge(self.execution, self.tending, "0.25")
        make_edge(self.execution, self.covering, "0.75")
        make_target(self.tending, 95, yellow=90, red=80)
        self.revision = make_revision(self.plant.el1)

    def owe(self, shift: Shift, area: Unit | None = None, **planned: int) -> Round:
        """A planned round of a shift that owes so many of the points named, with its marks."""
        area = area or self.plant.el1
        plan = ObservationPlan.objects.create(sop=self.revision.sop, area=area, valid_from=START)
        round_ = make_round(self.revision, shift, area, plan=plan)
        for code, count in planned.items():
            point = next(point for point in self.points if point.code == code)
            RoundPoint.objects.create(round=round_, point=point, planned=count)
            mark(point, area, shift)
        return round_


def make_point(code: str, kind: str = "yes_no", **fields: Any) -> ObservationPoint:
    return ObservationPoint.objects.create(code=code, text_en=code, text_nb=code, kind=kind, **fields)


def make_indicator(
    code: str, kind: str = "conformity", feeds: dict[ObservationPoint, int] | None = None, **fields: Any
):
    """An indicator followed at all four cadences."""
    named = {
        "name_en": code,
        "name_nb": code,
        "level": "execution",
        "dimension": "quality",
        "direction": "up",
        "cadences": ALL,
        **fields,
    }
    indicator = Indicator.objects.create(code=code, kind=kind, **named)
    for point, weight in (feeds or {}).items():
        IndicatorPoint.objects.create(indicator=indicator, point=point, weight=weight)
    return indicator


def make_edge(parent: Indicator, child: Indicator, weight: str, **fields: Any) -> Edge:
    named = {"valid_from": START, **fields}
    return Edge.objects.create(parent=parent, child=child, kind="summed_from", weight=Decimal(weight), **named)


def make_target(indicator: Indicator, target: float, *, unit: Unit | None = None, **fields: Any) -> Target:
    named = {"valid_from": START, **fields}
    return Target.objects.create(indicator=indicator, unit=unit, target=target, **named)


def make_revision(owner: Unit) -> SopRevision:
    number = next(_numbers)
    process = CriticalProcess.objects.create(
        code=f"C{number}", name_en="Tending", name_nb="Stell", group="cells", dimension="quality"
    )
    sop = Sop.objects.create(code=f"SOP-{number}", process=process, owner=owner)
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return SopRevision.objects.create(
        sop=sop,
        number=1,
        state=RevisionState.APPROVED,
        title_en="Tending",
        title_nb="Stell",
        author=make_user(),
        created_at=at,
        sent_at=at,
        approved_by=make_user(),
        approved_at=at,
        effective_from=at,
    )


def make_round(revision: SopRevision, shift: Shift, area: Unit, plan: ObservationPlan | None = None) -> Round:
    return Round.objects.create(
        plan=plan, area=area, shift=shift, crew_id=shift.crew_id, revision=revision, created_at=shift.starts_at
    )


def mark(point: ObservationPoint, area: Unit, shift: Shift, crew_id: int | None = None) -> None:
    Mark.objects.create(point=point, area=area, shift=shift, crew_id=crew_id or shift.crew_id)


@transaction.atomic
def fact(point: ObservationPoint, area: Unit, shift: Shift, result: str = "ok", **fields: Any) -> Observation:
    """One fact with its mark, in one transaction."""
    named = {"crew_id": shift.crew_id, "observed_at": shift.starts_at, "id": uuid.uuid4(), **fields}
    made = Observation.objects.create(point=point, area=area, shift=shift, result=result, **named)
    Mark.objects.create(point=point, area=area, shift=shift, crew_id=made.crew_id)
    return made


def measured(point: ObservationPoint, area: Unit, shift: Shift, value: str, weight: str | None = None, **fields: Any):
    exact = None if weight is None else Decimal(weight)
    return fact(point, area, shift, "value", value=Decimal(value), weight=exact, **fields)


def corrected(old: Observation, result: str, **fields: Any) -> Observation:
    """A newer fact in the place of an old one."""
    named = {"round": old.round, "crew_id": old.crew_id, "correction_reason": "seen again", **fields}
    return fact(old.point, old.area, old.shift, result, supersedes=old, **named)


@transaction.atomic
def reported(point: ObservationPoint, area: Unit, shift: Shift, opportunities: str) -> EventReport:
    made = EventReport.objects.create(
        id=uuid.uuid4(),
        point=point,
        area=area,
        shift=shift,
        crew_id=shift.crew_id,
        opportunities=Decimal(opportunities),
        reported_until=shift.ends_at,
    )
    Mark.objects.create(point=point, area=area, shift=shift, crew_id=shift.crew_id)
    return made


def figure(indicator: Indicator, unit: Unit, shift: Shift, cadence: str = "shift") -> Figure:
    """The figure of the period of a cadence that a shift belongs to."""
    first = shift.production_date
    if cadence == "week":
        first -= dt.timedelta(days=first.weekday())
    if cadence == "month":
        first = first.replace(day=1)
    number = shift.number if cadence == "shift" else 0
    return Figure.objects.get(indicator=indicator, unit=unit, cadence=cadence, first=first, number=number)


def all_values() -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Everything that is counted and computed; what holds nothing is left out, being the same as nothing."""
    tallies = {
        row[:6]: row[6:]
        for row in Tally.objects.values_list("unit", "cadence", "first", "number", "point", "crew", *COLUMNS)
        if any(row[6:])
    }
    figures = {
        row[:5]: row[5:]
        for row in Figure.objects.values_list(
            "indicator", "unit", "cadence", "first", "number", "value", "numerator", "denominator", "n", "planned",
            "done", "status", "starts_at", "ends_at",
        )
        if row[5] is not None or row[8] or row[9]
    }  # fmt: skip
    return tallies, figures


def pure_tallies() -> dict[Any, Any]:
    """The tallies of shifts, counted in Python from the facts by the pure functions: (area, shift, point, crew)."""
    from kpis.tally import EMPTY, merge
    from kpis.tally import Tally as Pure

    found: defaultdict[Any, Pure] = defaultdict(lambda: EMPTY)
    for seen in Observation.objects.counting().select_related("point", "round"):
        is_event = seen.point.kind == "event"
        x = seen.value if seen.result != "na" else None
        w = seen.weight if x is not None and not is_event else None
        key = (seen.area_id, seen.shift_id, seen.point_id, seen.crew_id)
        one = Pure(
            n=0 if is_event else 1,
            conforming=int(seen.result == "ok" and not is_event),
            not_conforming=int(seen.result == "not_ok" and not is_event),
            not_applicable=int(seen.result == "na" and not is_event),
            sum_x=x or Decimal(0),
            sum_x2=(x or Decimal(0)) ** 2,
            min_x=x,
            max_x=x,
            sum_w=w or Decimal(0),
            sum_wx=(w or Decimal(0)) * (x or Decimal(0)),
        )
        found[key] = merge(found[key], one)
    for report in EventReport.objects.all():
        key = (report.area_id, report.shift_id, report.point_id, report.crew_id)
        found[key] = merge(found[key], Pure(n=1, sum_w=report.opportunities))
    for owed in RoundPoint.objects.filter(round__plan__isnull=False).select_related("round"):
        key = (owed.round.area_id, owed.round.shift_id, owed.point_id, owed.round.crew_id)
        found[key] = merge(found[key], Pure(planned=owed.planned))
    for key, cards in done_cards().items():
        # An event series counts its reports: of its cards no more can be done.
        found[key] = replace(found[key], done=min(cards, found[key].n))
    return dict(found)


def done_cards() -> dict[Any, int]:
    """Cards of plans that have a fact where and when they were owed: (area, shift, point, crew)."""
    counts: defaultdict[Any, int] = defaultdict(int)
    for owed in RoundPoint.objects.filter(round__plan__isnull=False).select_related("round"):
        round_ = owed.round
        key = (round_.area_id, round_.shift_id, owed.point_id, round_.crew_id)
        facts = Observation.objects.counting().filter(
            round=round_, point=owed.point_id, area=round_.area_id, shift=round_.shift_id, crew=round_.crew_id
        )
        counts[key] += min(owed.planned, len({fact.equipment_id for fact in facts}))
    return dict(counts)


def make_sixth_area(parent: Unit) -> Unit:
    return make_unit("EL3", kind=UnitKind.AREA, parent=parent)
