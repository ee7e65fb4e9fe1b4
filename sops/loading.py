"""The shipped standard: ten critical work processes with their SOPs, steps and observation points.

Loading makes what is missing and leaves what is there as it is: limits that a plant has set are never set back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from amps.audit import record
from principles.teams.models import Unit, User
from sops.models import (
    CriticalEquipment,
    CriticalProcess,
    JobRole,
    ObservationPoint,
    RevisionState,
    Sop,
    SopPoint,
    SopRevision,
    SopStep,
)

STANDARD = Path(__file__).parent / "standard" / "sops.yaml"
FIRST_SUMMARY = {"en": "First edition of the standard.", "nb": "Første utgave av standarden."}

type Data = dict[str, Any]


class OwnerMissing(ValueError):
    """An SOP of the standard that no unit is named as owner of."""


@dataclass(frozen=True, slots=True)
class StandardLoaded:
    """How many rows were made; all zero where everything was there."""

    roles: int
    processes: int
    points: int
    sops: int
    equipment: int


@cache
def standard_data() -> Data:
    """The file as plain values (roles, processes, critical_equipment, points, sops)."""
    loaded: Data = yaml.load(STANDARD.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


@transaction.atomic
def standard_load(
    *,
    owners: Mapping[str, Unit],
    author: User | None,
    approver: User | None,
    effective_from: dt.datetime,
    now: dt.datetime,
) -> StandardLoaded:
    """Make the standard's roles, processes, equipment, points and SOPs, each SOP with revision 1 approved.

    `owners` maps every SOP's code to the unit that owns it. Raises OwnerMissing. Safe to run again.
    """
    data = standard_data()
    missing = [sop["code"] for sop in data["sops"] if sop["code"] not in owners]
    if missing:
        raise OwnerMissing(", ".join(missing))
    roles = _roles_load(data["roles"])
    processes = _processes_load(data["processes"])
    points = _points_load(data["points"])
    made = [
        _sop_load(item, owner=owners[item["code"]], author=author, approver=approver, at=effective_from, now=now)
        for item in data["sops"]
        if not Sop.objects.filter(code=item["code"]).exists()
    ]
    equipment = _equipment_load(data["critical_equipment"])
    return StandardLoaded(roles=roles, processes=processes, points=points, sops=len(made), equipment=equipment)


def _roles_load(items: list[Data]) -> int:
    known = set(JobRole.objects.values_list("code", flat=True))
    made = [
        JobRole(code=item["id"], name_en=item["en"], name_nb=item["nb"]) for item in items if item["id"] not in known
    ]
    return len(JobRole.objects.bulk_create(made))


def _processes_load(items: list[Data]) -> int:
    known = set(CriticalProcess.objects.values_list("code", flat=True))
    made = [
        CriticalProcess(
            code=item["code"],
            group=item["group"],
            dimension=item["dimension"],
            **_both("name", item["name"]),
            **_both("why", item["why"]),
        )
        for item in items
        if item["code"] not in known
    ]
    return len(CriticalProcess.objects.bulk_create(made))


def _points_load(items: list[Data]) -> int:
    known = set(ObservationPoint.objects.values_list("code", flat=True))
    made = [_point(item) for item in items if item["id"] not in known]
    return len(ObservationPoint.objects.bulk_create(made))


def _point(item: Data) -> ObservationPoint:
    sampling = item["sampling"]
    return ObservationPoint(
        code=item["id"],
        kind=item["kind"],
        unit=item["unit"] or "",
        decimals=item.get("decimals", 0),
        # A limit that only the plant can set starts at the value for the demo.
        minimum=_decimal(item["min"] if item["min"] is not None else item.get("min_default")),
        maximum=_decimal(item["max"] if item["max"] is not None else item.get("max_default")),
        critical=item["critical"],
        active=item["active"],
        sample_size=sampling["n"],
        sample_of=sampling["of"],
        sample_per=sampling["per"],
        **_both("text", item["text"]),
        **_both("how", _how(item)),
    )


def _how(item: Data) -> Data:
    """How to see it, with the remark that some points carry (who must set the limit, what the point is not)."""
    comment = item.get("comment")
    if comment is None:
        return dict(item["how"])
    return {language: f"{item['how'][language]} {comment[language]}" for language in ("en", "nb")}


def _sop_load(
    item: Data, *, owner: Unit, author: User | None, approver: User | None, at: dt.datetime, now: dt.datetime
) -> Sop:
    sop = Sop.objects.create(code=item["code"], process=CriticalProcess.objects.get(code=item["process"]), owner=owner)
    written = min(at, now)
    revision = SopRevision.objects.create(
        sop=sop,
        number=1,
        state=RevisionState.APPROVED,
        author=author,
        created_at=written,
        sent_at=written,
        approved_by=approver,
        approved_at=written,
        effective_from=at,
        **_both("title", item["name"]),
        **_both("purpose", item["purpose"]),
        **_both("customer", item["customer_expectation"]),
        **_both("management", item["management_expectation"]),
        **_both("when", item["when"]),
        **_both("hazards", item["hazards"]),
        **_both("summary", FIRST_SUMMARY),
    )
    roles = {role.code: role for role in JobRole.objects.all()}
    revision.roles.set([roles[code] for code in item["roles"]])
    steps = _steps_load(item["steps"], revision=revision, roles=roles)
    points = {point.code: point for point in ObservationPoint.objects.all()}
    SopPoint.objects.bulk_create(
        SopPoint(
            revision=revision,
            step=steps[bound["step"]],
            point=points[bound["point"]],
            code=bound["code"],
            position=position,
        )
        for position, bound in enumerate(item["points"], start=1)
    )
    record(
        actor=author,
        action="sop.loaded",
        target=sop,
        after={"revision": 1, "effective_from": at, "steps": len(steps), "points": len(item["points"])},
    )
    return sop


def _steps_load(items: list[Data], *, revision: SopRevision, roles: Mapping[str, JobRole]) -> dict[int, SopStep]:
    steps = SopStep.objects.bulk_create(
        SopStep(
            revision=revision,
            number=item["no"],
            role=roles[item["role"]],
            minutes=_decimal(item["minutes"]),
            **_both("text", item["text"]),
            **_both("result", item["result"]),
            **_both("safety", item["safety"]),
        )
        for item in items
    )
    for step, item in zip(steps, items, strict=True):
        if item.get("assist"):
            step.assist.set([roles[code] for code in item["assist"]])
    return {step.number: step for step in steps}


def _equipment_load(items: list[Data]) -> int:
    known = set(CriticalEquipment.objects.values_list("code", flat=True))
    sops = {sop.code: sop for sop in Sop.objects.all()}
    made = [
        CriticalEquipment(
            code=item["code"], sop=sops[item["sop"]] if item["sop"] else None, **_both("name", item["name"])
        )
        for item in items
        if item["code"] not in known
    ]
    return len(CriticalEquipment.objects.bulk_create(made))


def _both(field: str, text: Mapping[str, str] | None) -> dict[str, str]:
    """The two language columns of a text; both empty where there is none."""
    return {f"{field}_{language}": text[language] if text else "" for language in ("en", "nb")}


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
