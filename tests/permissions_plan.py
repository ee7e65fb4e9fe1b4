"""Rows of the permission table: plan."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from principles.improvement.models import Action
from roadmap.models import Answer, Challenge, Evaluation, EvaluationState, FocusItem, Principle, Rule, StandardVersion
from tests.permission_rows import Kwargs, Row, World, everybody, only

_PLANT = ("plant_manager", "administrator")
# Who keeps the plan of EL1: the technical lead holds the role in the unit above it.
_KEEPS = ("technical_lead", "area_leader", *_PLANT)


def objects(world: World) -> dict[str, Any]:
    """An action and a challenge of EL1, and an evaluation of it with a red item."""
    now, leader, el1 = timezone.now(), world.people["area_leader"], world.plant.el1
    version = StandardVersion.objects.create(version="plan-1", digest="plan", imported_at=now - dt.timedelta(days=900))
    principle = Principle.objects.create(version=version, number=1, slug="p", name_en="P", name_nb="P")
    rule = Rule.objects.create(principle=principle, code="1.1", position=1, name_en="R", name_nb="R")
    item = FocusItem.objects.create(rule=rule, code="1.1.1", position=1, fingerprint="plan")
    evaluation = Evaluation.objects.create(
        unit=el1,
        version=version,
        held_on=now.date(),
        leader=leader,
        state=EvaluationState.LOCKED,
        opened_at=now,
        locked_at=now,
    )
    Answer.objects.create(evaluation=evaluation, item=item, status="red", decided_at=now)
    due = now.date() + dt.timedelta(days=30)
    action = Action.objects.create(
        title="Cover", unit=el1, owner=leader, due=due, first_due=due, created_at=now, created_by=leader
    )
    challenge = Challenge.objects.create(unit=el1, year=now.year, dimension="cost", text="Cheaper", given_at=now)
    upper = Challenge.objects.create(
        unit=world.plant.electrolysis, year=now.year, dimension="cost", text="Cheaper", given_at=now
    )
    return {
        "plan_gap": {"pk": evaluation.pk, "item_pk": item.pk},
        "plan_action": {"pk": action.pk},
        "plan_challenge": {"pk": challenge.pk},
        "plan_upper_challenge": {"pk": upper.pk},
    }


def _of(name: str) -> Any:
    def arguments(world: World) -> Kwargs:
        found: Kwargs = world.more[name]
        return found

    return arguments


_EL1 = "?unit=EL1"

TABLE: dict[str, Row] = {
    "roadmap:plan": Row(get=everybody(), query=_EL1),
    "roadmap:plan_export": Row(get=everybody(), args=lambda world: [{"format": "csv"}, {"format": "xlsx"}], query=_EL1),
    "roadmap:plan_pdf": Row(post=everybody(302), query=_EL1),
    "roadmap:plan_year": Row(get=only(*_PLANT), post=only(*_PLANT), query=_EL1),
    "roadmap:action_plan": Row(get=everybody(), args=_of("plan_action")),
    "roadmap:entry": Row(get=only(*_KEEPS), post=only(*_KEEPS), args=_of("plan_action")),
    "roadmap:entry_out": Row(post=only(*_KEEPS, status=302), args=_of("plan_action")),
    "roadmap:entry_from_item": Row(get=only(*_KEEPS), post=only(*_KEEPS), args=_of("plan_gap")),
    "roadmap:entry_link": Row(post=only(*_KEEPS, status=302), args=_of("plan_gap")),
    "roadmap:entry_from_challenge": Row(get=only(*_KEEPS), post=only(*_KEEPS), args=_of("plan_challenge")),
    "roadmap:challenges": Row(get=everybody(), query=_EL1),
    "roadmap:challenge_new": Row(get=only(*_KEEPS), post=only(*_KEEPS), query=_EL1),
    "roadmap:challenge": Row(get=only(*_KEEPS), post=only(*_KEEPS), args=_of("plan_challenge")),
    # Who leads a unit below may take the challenge down to it.
    "roadmap:challenge_down": Row(get=only(*_KEEPS), post=only(*_KEEPS), args=_of("plan_upper_challenge")),
    "roadmap:challenge_end": Row(post=only(*_KEEPS, status=302), args=_of("plan_challenge")),
}
