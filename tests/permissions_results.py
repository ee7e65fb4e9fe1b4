"""Rows of the permission table: live facts and results of evaluations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from roadmap.models import Evaluation, FocusItem
from roadmap.reading import version_in_use
from tests.permission_rows import Kwargs, Row, World, everybody, only

# Who sets a unit's targets: EDIT_ROADMAP in EL1.
AIMS = only("area_leader", "plant_manager", "administrator")


def objects(world: World) -> dict[str, Any]:
    """A signed evaluation of EL1, and a focus item of the standard."""
    version = version_in_use()
    assert version is not None
    evaluation = Evaluation.objects.create(
        unit=world.plant.el1,
        version=version,
        held_on=dt.date(2026, 2, 2),
        leader=world.people["area_leader"],
        state="locked",
        opened_at=timezone.now(),
        locked_at=timezone.now(),
    )
    return {"result": evaluation, "fact_item": FocusItem.objects.filter(local_to=None).order_by("pk").first()}


def _result(world: World) -> Kwargs:
    return {"pk": world.more["result"].pk}


def _targets(world: World) -> Kwargs:
    return {"code": "EL1", "year": 2026}


TABLE: dict[str, Row] = {
    # Results and facts are read by everybody who holds a role; nothing in them names a person.
    "roadmap:compare": Row(get=everybody()),
    "roadmap:compare_export": Row(get=everybody(), args=lambda world: {"format": "csv"}),
    "roadmap:results": Row(get=everybody(), args=_result),
    "roadmap:item_facts": Row(
        get=everybody(), args=lambda world: {"pk": world.more["fact_item"].pk}, query="?unit=EL1"
    ),
    "roadmap:targets": Row(
        get=AIMS,
        post={role: 302 if status == 200 else status for role, status in AIMS.items()},
        args=_targets,
        data=lambda world: {"seen": "{}"},
    ),
}
