"""A small plant with the shipped standard, and makers of what the evidence is read from."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from kpis.models import Figure, Indicator
from principles.agreements.models import Agreement, Breach, Need, Relationship, Term
from principles.improvement.models import Action, Carry, Deviation, EffectCheck, Meeting, MeetingItem
from principles.teams.models import Crew, Role, Shift, Unit, User
from roadmap.evidence import Fact, facts_of
from roadmap.models import Answer, Evaluation, Evidence, FocusItem
from roadmap.reading import version_in_use
from sops.models import (
    BrokenStandard,
    CriticalProcess,
    JobRole,
    ObservationPoint,
    RevisionState,
    Sop,
    SopPoint,
    SopRevision,
    SopStep,
)
from tests import factories as make

# A Tuesday: the last production day is Mon 14 Sep, the last four weeks 17 Aug–13 Sep, the last three months Jun–Aug.
NOW = make.oslo("2026-09-15 12:00")
TODAY = NOW.date()
_numbers = itertools.count(1)


class Facts:
    """The plant of tests.factories with calendar, crews and rota; readers of one metric at a time."""

    def __init__(self) -> None:
        self.plant = make.make_plant()
        make.make_schedule()
        self.crews = {crew.code: crew for crew in Crew.objects.all()}
        self.person = make.make_person(Role.AREA_LEADER, self.plant.el1)
        version = version_in_use()
        assert version is not None
        self.version = version

    def item(self, code: str) -> FocusItem:
        return FocusItem.objects.get(code=code, rule__principle__version=self.version, local_to=None)

    def fact(self, metric: str, unit: Unit | None = None, crew: Crew | None = None, now: dt.datetime = NOW) -> Fact:
        """What one metric says, read as the first item of the standard that asks for it reads it."""
        row = Evidence.objects.filter(metric__name=metric, metric__version=self.version).order_by("pk").first()
        assert row is not None, metric
        found = facts_of(row.item, unit=unit or self.plant.el1, crew=crew, now=now)
        return next(fact for fact in found.facts if fact.metric == metric)

    # --- standards ---

    def role(self) -> JobRole:
        return JobRole.objects.get_or_create(code="tapper", defaults={"name_en": "Tapper", "name_nb": "Tapper"})[0]

    def process(self, code: str = "", dimension: str = "quality", **fields: Any) -> CriticalProcess:
        code = code or f"CP-{next(_numbers)}"
        return CriticalProcess.objects.create(
            code=code, name_en=code, name_nb=code, group="cells", dimension=dimension, **fields
        )

    def point(self, **fields: Any) -> ObservationPoint:
        code = f"p{next(_numbers)}"
        return ObservationPoint.objects.create(
            **{"code": code, "text_en": code, "text_nb": code, "kind": "yes_no", **fields}
        )

    def sop(self, process: CriticalProcess | None = None, owner: Unit | None = None, **fields: Any) -> SopRevision:
        """An SOP with a revision in force since March: one step with role, minutes and result."""
        code = f"S-{next(_numbers)}"
        at = make.oslo("2026-03-02 06:00")
        sop = Sop.objects.create(code=code, process=process or self.process(), owner=owner or self.plant.el1)
        revision = self.revision(sop, at=at, **fields)
        self.step(revision)
        return revision

    def revision(self, sop: Sop, *, at: dt.datetime, number: int = 1, **fields: Any) -> SopRevision:
        named = {
            "state": RevisionState.APPROVED,
            "title_en": sop.code,
            "title_nb": sop.code,
            "author": make.make_user(),
            "created_at": at,
            "approved_at": at,
            "effective_from": at,
            **fields,
        }
        revision = SopRevision.objects.create(sop=sop, number=number, **named)
        revision.roles.add(self.role())
        return revision

    def step(self, revision: SopRevision, **fields: Any) -> SopStep:
        number = revision.steps.count() + 1
        named = {"role": self.role(), "minutes": Decimal(5), "text_en": "do", "text_nb": "gjør", "result_en": "done"}
        return SopStep.objects.create(revision=revision, number=number, **{**named, **fields})

    def bind(self, step: SopStep, point: ObservationPoint | None = None) -> ObservationPoint:
        point = point or self.point()
        SopPoint.objects.create(revision=step.revision, step=step, point=point, code=f"b{next(_numbers)}")
        return point

    # --- improvement ---

    def deviation(self, at: str = "2026-08-10 10:00", unit: Unit | None = None, **fields: Any) -> Deviation:
        when = make.oslo(at)
        named = {"occurred_at": when, "reported_at": when, "shift": make.make_shift(when), **fields}
        return Deviation.objects.create(title="wrong", unit=unit or self.plant.el1, **named)

    def broke(self, deviation: Deviation, revision: SopRevision, **fields: Any) -> BrokenStandard:
        return BrokenStandard.objects.create(deviation=deviation, sop=revision.sop, **fields)

    def action(self, due: str = "2026-08-20", unit: Unit | None = None, done: str = "", **fields: Any) -> Action:
        """An action opened on 1 July; `done` is when it ended."""
        date = dt.date.fromisoformat(due)
        named: dict[str, Any] = {
            "owner": self.person,
            "due": date,
            "first_due": date,
            "created_at": make.oslo("2026-07-01 10:00"),
            **({"state": "done", "ended_at": make.oslo(done), "carried_out_at": make.oslo(done)} if done else {}),
            **fields,
        }
        return Action.objects.create(title="better", unit=unit or self.plant.el1, **named)

    def checked(self, action: Action, verdict: str = "better", **fields: Any) -> EffectCheck:
        return EffectCheck.objects.create(
            action=action, loop=action.loop, words="seen", verdict=verdict, verified_at=NOW, **fields
        )

    def meeting(self, day: str = "2026-09-01", arena: str = "morning", *, ended: bool = True, **fields: Any) -> Meeting:
        at = make.oslo(f"{day} 08:00")
        return Meeting.objects.create(
            arena=arena,
            unit=fields.pop("unit", self.plant.el1),
            held_on=dt.date.fromisoformat(day),
            opened_at=at,
            ended_at=at + dt.timedelta(minutes=20) if ended else None,
            **fields,
        )

    def matter(self, meeting: Meeting, outcome: str = "answered", **fields: Any) -> MeetingItem:
        return MeetingItem.objects.create(meeting=meeting, outcome=outcome, title="matter", **fields)

    def lifted(self, deviation: Deviation, at: str, to: str = "morning") -> Carry:
        when = make.oslo(at)
        return Carry.objects.create(
            deviation=deviation,
            unit=deviation.unit,
            cadence="shift",
            first=when.date(),
            number=next(_numbers) % 1000,
            escalated=True,
            from_arena="shift",
            to_arena=to,
            at=when,
        )

    # --- customers and suppliers ---

    def relationship(self, supplier: Any = None, customer: Any = None, **fields: Any) -> Relationship:
        """From EL1 to the casthouse unless told otherwise."""
        sides: dict[str, Any] = {}
        for side, party in (("supplier", supplier or self.plant.el1), ("customer", customer or self.plant.st1)):
            sides[f"{side}_unit" if isinstance(party, Unit) else f"{side}_external"] = party
        named = {"what_en": "metal", "criticality": "critical", "valid_from": make.START, **sides, **fields}
        return Relationship.objects.create(**named)

    def need(self, relationship: Relationship, **fields: Any) -> Need:
        return Need.objects.create(relationship=relationship, text_en="in time", **fields)

    def agreement(self, relationship: Relationship, **fields: Any) -> Agreement:
        """Signed by both in March, valid since."""
        at = make.oslo("2026-03-01 10:00")
        named = {
            "title_en": "Metal",
            "valid_from": dt.date(2026, 3, 1),
            "supplier_signed_by": self.person,
            "supplier_signed_at": at,
            "customer_signed_by": self.person,
            "customer_signed_at": at,
            "created_at": at,
            **fields,
        }
        return Agreement.objects.create(relationship=relationship, **named)

    def term(self, agreement: Agreement, **fields: Any) -> Term:
        return Term.objects.create(**{"agreement": agreement, "text_en": "in time", **fields})

    def breach(self, term: Term, at: str = "2026-08-10 10:00", **fields: Any) -> Breach:
        when = make.oslo(at)
        return Breach.objects.create(term=term, occurred_at=when, reported_at=when, **fields)

    # --- figures ---

    def indicator(self, code: str = "", **fields: Any) -> Indicator:
        code = code or f"X{next(_numbers)}"
        named = {
            "name_en": code,
            "name_nb": code,
            "kind": "conformity",
            "level": "execution",
            "dimension": "quality",
            "direction": "up",
            "cadences": ["shift", "day", "week", "month"],
            **fields,
        }
        return Indicator.objects.create(code=code, **named)

    def figure(self, indicator: Indicator, unit: Unit, cadence: str, first: str, **fields: Any) -> Figure:
        """A stored figure of a period by its first production date (a shift by its number, too)."""
        date = dt.date.fromisoformat(first)
        days = {"shift": 0, "day": 1, "week": 7, "month": 30}[cadence]
        number = fields.pop("number", 1 if cadence == "shift" else 0)
        start = make.oslo(f"{first} 06:00") + dt.timedelta(hours=8 * max(number - 1, 0))
        end = start + (dt.timedelta(days=days) if days else dt.timedelta(hours=8))
        if cadence == "month":
            after = (date.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
            end = make.oslo(f"{after.isoformat()} 06:00")
        named = {
            "value": Decimal(90),
            "status": "green",
            "state": "final",
            "n": 10,
            "starts_at": start,
            "ends_at": end,
            "updated_at": end,
            **fields,
        }
        return Figure.objects.create(
            indicator=indicator, unit=unit, cadence=cadence, first=date, number=number, **named
        )

    # --- evaluations ---

    def evaluation(self, held_on: str, unit: Unit | None = None, *, state: str = "locked", **fields: Any) -> Evaluation:
        date = dt.date.fromisoformat(held_on)
        named = {"locked_at": NOW if state == "locked" else None, "opened_at": NOW, "leader": self.person, **fields}
        return Evaluation.objects.create(
            unit=unit or self.plant.el1, version=self.version, held_on=date, state=state, **named
        )

    def answer(self, evaluation: Evaluation, code: str, status: str, **fields: Any) -> Answer:
        named = {"decided_at": NOW, **fields}
        return Answer.objects.create(evaluation=evaluation, item=self.item(code), status=status, **named)


def shift_of(text: str) -> Shift:
    return make.make_shift(make.oslo(text))


def operator(world: Facts, unit: Unit | None = None, crew: Crew | None = None, role: Role = Role.OPERATOR) -> User:
    return make.make_person(role, unit or world.plant.el1, crew=crew)


def is_reading(fact: Fact, value: float | None, numerator: int | None = None, denominator: int | None = None) -> bool:
    """Whether a fact says exactly this; shows what it says where it does not."""
    known = (fact.value, fact.numerator, fact.denominator)
    wanted = tuple(None if number is None else Decimal(str(number)) for number in (value, numerator, denominator))
    close = known[0] == wanted[0] or (
        known[0] is not None and wanted[0] is not None and abs(known[0] - wanted[0]) < Decimal("0.001")
    )
    assert close, known
    if numerator is not None or denominator is not None:
        assert known[1:] == wanted[1:], known
    assert bool(fact.missing) == (value is None), fact.missing
    return True
