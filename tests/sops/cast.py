"""The people and the standards that the tests of this area play with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from principles.teams.models import Role, Unit, User
from sops import drafting, lifecycle
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

# A Tuesday at 12:00 in Oslo: shifts, targets and roles of the factories are valid since January.
NOW = dt.datetime(2026, 9, 15, 10, tzinfo=dt.UTC)
SINCE = dt.datetime(2026, 3, 2, 5, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Cast:
    """One plant, one SOP (SOP-01, three steps, two points) owned by EL1, and who may do what with it."""

    plant: factories.Plant
    operator: User  # drafts in EL1
    mate: User  # drafts in EL1, too
    lead: User  # approves in all of the electrolysis
    lead2: User
    leader: User  # area leader of EL1: drafts and sets targets, doesn't approve
    outsider: User  # operator of the casthouse
    sop: Sop
    revision: SopRevision
    points: list[ObservationPoint]
    role: JobRole


def make_point(code: str, **fields: object) -> ObservationPoint:
    named: dict[str, object] = {
        "kind": PointKind.YES_NO,
        "text_en": f"Point {code}",
        "text_nb": f"Punkt {code}",
        **fields,
    }
    return ObservationPoint.objects.create(code=code, **named)


def make_sop(code: str = "SOP-01", *, owner: Unit, role: JobRole, points: list[ObservationPoint]) -> SopRevision:
    """An SOP with revision 1 in force since SINCE: three steps, the points bound to the second one."""
    process, _made = CriticalProcess.objects.get_or_create(
        code="CP-01",
        defaults={"name_en": "Follow-up", "name_nb": "Oppfølging", "group": "test", "dimension": Dimension.HSE},
    )
    sop = Sop.objects.create(code=code, process=process, owner=owner)
    revision = SopRevision.objects.create(
        sop=sop,
        number=1,
        state=RevisionState.APPROVED,
        title_en="Anode change",
        title_nb="Anodeskift",
        purpose_en="Replace spent anodes.",
        purpose_nb="Bytte utbrukte anoder.",
        created_at=SINCE,
        approved_at=SINCE,
        effective_from=SINCE,
    )
    revision.roles.add(role)
    steps = [
        SopStep.objects.create(
            revision=revision,
            number=number,
            role=role,
            minutes=Decimal(number),
            text_en=f"Do thing {number}.",
            text_nb=f"Gjør ting {number}.",
            result_en="Done",
            result_nb="Gjort",
        )
        for number in (1, 2, 3)
    ]
    for position, point in enumerate(points, start=1):
        SopPoint.objects.create(
            revision=revision, step=steps[1], point=point, code=f"{code}.{position}", position=position
        )
    return revision


def make_cast() -> Cast:
    plant = factories.make_plant()
    factories.make_calendar()
    role = JobRole.objects.create(code="operator", name_en="Floor operator", name_nb="Celleoperatør")
    points = [make_point("hole_open"), make_point("cover", kind=PointKind.MEASUREMENT, unit="cm", minimum=11)]
    revision = make_sop(owner=plant.el1, role=role, points=points)
    return Cast(
        plant=plant,
        operator=factories.make_person(Role.OPERATOR, plant.el1, "operator"),
        mate=factories.make_person(Role.OPERATOR, plant.el1, "mate"),
        lead=factories.make_person(Role.TECHNICAL_LEAD, plant.electrolysis, "lead"),
        lead2=factories.make_person(Role.TECHNICAL_LEAD, plant.electrolysis, "lead2"),
        leader=factories.make_person(Role.AREA_LEADER, plant.el1, "leader"),
        outsider=factories.make_person(Role.OPERATOR, plant.st1, "outsider"),
        sop=revision.sop,
        revision=revision,
        points=points,
        role=role,
    )


def step_values(step: SopStep, **changed: object) -> dict[str, object]:
    """A step's present values for `step_save`, with some of them changed."""
    return {**{name: getattr(step, name) for name in drafting.STEP_FIELDS}, **changed}


def header_texts(revision: SopRevision, **changed: str) -> dict[str, str]:
    return {**{name: getattr(revision, name) for name in drafting.HEADER_FIELDS}, **changed}


def write_draft(cast: Cast, *, author: User | None = None, now: dt.datetime = NOW) -> SopRevision:
    """A draft of the next revision that changes step 2 and says so: ready to be sent."""
    person = author or cast.operator
    draft = drafting.draft_start(sop=cast.sop, author=person, now=now)
    step = draft.steps.get(number=2)
    values = step_values(step, text_en=f"Do thing 2 better ({draft.number}).", change_en="Better.")
    drafting.step_save(revision=draft, version=draft.version, step=step, values=values, assist=[], actor=person)
    texts = header_texts(draft, summary_en="Step 2 is better.")
    drafting.draft_edit(revision=draft, version=draft.version, texts=texts, roles=[cast.role], actor=person)
    draft.refresh_from_db()
    return draft


def send_draft(cast: Cast, *, author: User | None = None, now: dt.datetime = NOW) -> SopRevision:
    """The same in review."""
    draft = write_draft(cast, author=author, now=now)
    return lifecycle.revision_send(revision=draft, actor=author or cast.operator, now=now)
