"""Rows of the permission table: the roadmap standard and self-evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from principles.teams.models import Crew
from roadmap.fingerprints import COLUMNS
from roadmap.loading import standard_load
from roadmap.models import Answer, EvaluationState, FocusItem, Rule
from roadmap.services.evaluations import evaluation_open
from roadmap.services.standard import local_item_add
from tests.permission_rows import Kwargs, Row, World, everybody, only

# The group of the evaluations below.
_GROUP = ("operator", "technical_lead", "area_leader")
_PLANT = ("plant_manager", "administrator")
# Who opens evaluations in EL1: the technical lead holds the role in the unit above it.
_OPENS = ("technical_lead", "area_leader", *_PLANT)
_OWNS_ITEMS = ("area_leader", *_PLANT)


def objects(world: World) -> dict[str, Any]:
    """Evaluations of three teams of EL1, open, being signed and locked, and an item of EL1's own."""
    now, people, el1 = timezone.now(), world.people, world.plant.el1
    version = standard_load(now=now)
    made: dict[str, Any] = {}
    for crew, state in (("A", EvaluationState.OPEN), ("B", EvaluationState.SIGNING), ("C", EvaluationState.LOCKED)):
        evaluation = evaluation_open(
            unit=el1,
            crew=Crew.objects.get(code=crew),
            version=version,
            held_on=now.date(),
            leader=people["area_leader"],
            participants=[people["operator"], people["technical_lead"]],
            actor=people["area_leader"],
            now=now,
        )
        evaluation.state = state
        evaluation.locked_at = now if state == EvaluationState.LOCKED else None
        evaluation.save()
        made[f"evaluation_{state}"] = evaluation
    rule = Rule.objects.get(principle__version=version, code="1.1")
    made["focus_item"] = rule.items.get(code="1.1.1")
    Answer.objects.create(
        evaluation=made["evaluation_locked"], item=made["focus_item"], status="yellow", decided_at=now
    )
    texts = dict.fromkeys(COLUMNS, "words")
    made["local_item"] = local_item_add(unit=el1, rule=rule, texts=texts, actor=people["area_leader"])
    made["roadmap_version"] = version
    return made


def _of(name: str) -> Callable[[World], Kwargs]:
    return lambda world: {"pk": world.more[name].pk}


def _item(world: World) -> Kwargs:
    item: FocusItem = world.more["focus_item"]
    return {"pk": world.more["evaluation_open"].pk, "item_pk": item.pk}


_open, _signing, _locked = (_of(f"evaluation_{state}") for state in ("open", "signing", "locked"))
_leads_on = only(*_OPENS, status=302)

TABLE: dict[str, Row] = {
    "roadmap:standard": Row(get=everybody()),
    "roadmap:standard_version": Row(get=everybody(), args=_of("roadmap_version")),
    "roadmap:standard_import": Row(get=only(*_PLANT), post=only(*_PLANT)),
    "roadmap:local_item_new": Row(get=only(*_OWNS_ITEMS), post=only(*_OWNS_ITEMS), query="?rule=1.1"),
    "roadmap:local_item_edit": Row(get=only(*_OWNS_ITEMS), post=only(*_OWNS_ITEMS), args=_of("local_item")),
    "roadmap:local_item_use": Row(post=only(*_OWNS_ITEMS, status=302), args=_of("local_item")),
    "roadmap:evaluations": Row(get=everybody()),
    "roadmap:evaluation_new": Row(get=only(*_OPENS), post=only(*_OPENS), query="?unit=EL1"),
    "roadmap:evaluation": Row(get=everybody(), args=_open),
    "roadmap:evaluation_progress": Row(get=everybody(), args=_open),
    "roadmap:evaluation_resume": Row(get=everybody(302), args=_open),
    "roadmap:evaluation_group": Row(get=only(*_OPENS), post=only(*_OPENS), args=_open),
    # Without a name it is oneself that leaves; the leader is told to choose another one first.
    "roadmap:evaluation_leave": Row(post=only("operator", *_OPENS, status=302), args=_open),
    "roadmap:evaluation_leader": Row(post=_leads_on, args=_open),
    "roadmap:evaluation_sign": Row(get=everybody(), post=only(*_GROUP, status=302), args=_open),
    "roadmap:evaluation_withdraw": Row(get=only("operator", *_OPENS), post=only("operator", *_OPENS), args=_signing),
    "roadmap:evaluation_reopen": Row(get=only(*_OPENS), post=only(*_OPENS), args=_locked),
    "roadmap:evaluation_cancel": Row(get=only(*_OPENS), post=_leads_on, args=_open),
    "roadmap:evaluation_item": Row(get=everybody(), args=_item),
    "roadmap:item_state": Row(get=everybody(), args=_item),
    "roadmap:item_mark": Row(post=only(*_GROUP, status=302), args=_item, data=lambda world: {"status": "yellow"}),
    "roadmap:item_answer": Row(post=only(*_GROUP), args=_item),
    "roadmap:item_answer_part": Row(get=everybody(), args=_item),
}
