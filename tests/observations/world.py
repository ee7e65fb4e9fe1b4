"""A small shift to test in: one SOP with three points, its plan, and the people of the area."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from observations.models import Observation, ObservationPlan, Round
from observations.photos import attachment_add
from observations.planning import rounds_ensure
from observations.recording import Recorded, observation_record
from principles.teams import calendars
from principles.teams.models import Crew, Role, Shift, Unit, User
from sops.models import (
    CriticalProcess,
    Dimension,
    JobRole,
    ObservationPoint,
    PointKind,
    RevisionState,
    Sop,
    SopPoint,
    SopRevision,
    SopStep,
)
from tests import factories

_numbers = itertools.count(1)

# A Wednesday: the afternoon shift is on.
NOW = factories.oslo("2026-03-11 15:30")


def make_point(code: str = "", *, kind: PointKind = PointKind.YES_NO, **fields: Any) -> ObservationPoint:
    """An observation point; yes/no unless said otherwise."""
    code = code or f"point-{next(_numbers)}"
    return ObservationPoint.objects.create(
        code=code, text_en=f"Point {code}", text_nb=f"Punkt {code}", kind=kind, **fields
    )


def make_sop(code: str, *, owner: Unit, points: list[ObservationPoint], since: dt.datetime | None = None) -> Sop:
    """An SOP with revision 1 in force: one step per point."""
    process, _ = CriticalProcess.objects.get_or_create(
        code="CP-99",
        defaults={"name_en": "Feeding", "name_nb": "Mating", "group": "test", "dimension": Dimension.COST},
    )
    sop = Sop.objects.create(code=code, process=process, owner=owner)
    make_revision(sop, number=1, points=points, since=since or factories.oslo("2026-01-01 06:00"))
    return sop


def make_revision(sop: Sop, *, number: int, points: list[ObservationPoint], since: dt.datetime) -> SopRevision:
    """An approved revision in force from an instant."""
    role, _ = JobRole.objects.get_or_create(code="operator", defaults={"name_en": "Operator", "name_nb": "Operatør"})
    revision = SopRevision.objects.create(
        sop=sop,
        number=number,
        state=RevisionState.APPROVED,
        title_en=f"Check of {sop.code}",
        title_nb=f"Kontroll av {sop.code}",
        created_at=since,
        approved_at=since,
        effective_from=since,
    )
    for place, point in enumerate(points, start=1):
        step = SopStep.objects.create(
            revision=revision, number=place, role=role, text_en=f"Look at {point.code}", text_nb=f"Se på {point.code}"
        )
        SopPoint.objects.create(revision=revision, step=step, point=point, code=f"{sop.code}.{place}", position=place)
    return revision


def make_plan(sop: Sop, area: Unit, **fields: Any) -> ObservationPlan:
    """Every shift, two cells a round, from 1 January 2026."""
    named = {"targets_per_round": 2, "valid_from": factories.START, **fields}
    return ObservationPlan.objects.create(sop=sop, area=area, **named)


@dataclass(frozen=True)
class World:
    """The plant with an SOP of three points (yes/no, count ≤ 3, measurement 2 to 5 cm), planned in EL1."""

    plant: factories.Plant
    yes_no: ObservationPoint
    count: ObservationPoint
    measure: ObservationPoint
    sop: Sop
    plan: ObservationPlan
    shift: Shift
    operator: User
    mate: User
    lead: User
    leader: User
    outsider: User

    @property
    def area(self) -> Unit:
        return self.plant.el1

    @property
    def crew(self) -> Crew | None:
        return self.shift.crew

    def plan_rounds(self, now: dt.datetime = NOW) -> Round:
        """The round of the shift that is on."""
        rounds_ensure(now=now, until=now + dt.timedelta(hours=1), since=now)
        return Round.objects.owed().get(shift=factories.make_shift(now))

    def targets(self, round_: Round) -> list[Unit]:
        """The cells of a round in walking order."""
        found = Unit.objects.in_bulk(round_.targets)
        return [found[pk] for pk in round_.targets]

    def record(self, round_: Round | None = None, **fields: Any) -> Recorded:
        """A yes on the first cell of the round, unless said otherwise."""
        named: dict[str, Any] = {
            "id": uuid.uuid4(),
            "point": self.yes_no,
            "observer": self.operator,
            "observed_at": NOW,
            "now": NOW,
        }
        if round_ is not None:
            named |= {"round": round_, "equipment": self.targets(round_)[0]}
        else:
            named |= {"area": self.area, "equipment": self.plant.cells[0]}
        named |= fields
        if "result" not in named and "value" not in named:
            named["result"] = "ok"
        return observation_record(**named)


def make_world() -> World:
    """The world at NOW."""
    factories.make_schedule()
    plant = factories.make_plant()
    yes_no = make_point("feeder-works")
    count = make_point("hoods-off", kind=PointKind.COUNT, maximum=Decimal(3), unit="hoods")
    measure = make_point(
        "cover", kind=PointKind.MEASUREMENT, minimum=Decimal(2), maximum=Decimal(5), unit="cm", sample_size=1
    )
    sop = make_sop("SOP-91", owner=plant.el1, points=[yes_no, count, measure])
    plan = make_plan(sop, plant.el1)
    shift = factories.make_shift(NOW)
    return World(
        plant=plant,
        yes_no=yes_no,
        count=count,
        measure=measure,
        sop=sop,
        plan=plan,
        shift=shift,
        operator=factories.make_person(Role.OPERATOR, plant.el1, "operator", crew=shift.crew),
        mate=factories.make_person(Role.OPERATOR, plant.el1, "mate"),
        lead=factories.make_person(Role.SHIFT_LEAD, plant.el1, "lead"),
        leader=factories.make_person(Role.AREA_LEADER, plant.el1, "leader"),
        outsider=factories.make_person(Role.OPERATOR, plant.st1, "outsider"),
    )


def facts_of(round_: Round) -> int:
    """How many facts of a round count."""
    return Observation.objects.counting().filter(round=round_).count()


def permission_objects(plant: factories.Plant, *, operator: User, colleague: User) -> dict[str, Any]:
    """What the addresses of the shift point at in the permission matrix: a round that is on, facts, a plan."""
    now = timezone.now()
    point = make_point("matrix-point")
    series = make_point("matrix-series", kind=PointKind.EVENT, opportunity="cell_days")
    plan = make_plan(make_sop("SOP-99", owner=plant.el1, points=[point]), plant.el1)
    rounds_ensure(now=now, until=now + dt.timedelta(minutes=1), since=now)
    round_ = Round.objects.get(plan=plan, shift=calendars.shift_at(now))
    cells = Unit.objects.in_bulk(round_.targets)

    def seen(observer: User, place: int) -> Observation:
        return observation_record(
            id=uuid.uuid4(),
            point=point,
            result="not_ok",
            round=round_,
            equipment=cells[round_.targets[place]],
            observer=observer,
            observed_at=now,
            now=now,
        ).observation

    own, others = seen(operator, 0), seen(colleague, 1)
    photo = attachment_add(
        id=uuid.uuid4(), observation=own, photo=ContentFile(picture(), "p.png"), added_by=operator, now=now
    )
    return {"plan": plan, "round": round_, "own": own, "others": others, "photo": photo, "series": series}


def picture(size: tuple[int, int] = (40, 30), kind: str = "PNG", **fields: Any) -> bytes:
    """The bytes of a small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **fields)
    return out.getvalue()
