"""Rows of the permission table: meetings, and the indicators behind actions, terms and matters."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from principles.teams.calendars import production_date
from tests.permission_rows import Kwargs, Row, World, everybody, only


def objects(world: World) -> dict[str, Any]:
    """What the addresses point at, made in the small plant; found again as `world.more[...]`."""
    from principles.improvement.models import Deviation, MeetingItem
    from principles.improvement.services import actions, deviations, meetings

    now, people, el1 = timezone.now(), world.people, world.plant.el1
    deviation = deviations.deviation_open(
        title="The crane is late",
        unit=el1,
        occurred_at=now - dt.timedelta(hours=1),
        actor=people["operator"],
        now=now,
        immediate_action="Waited",
    )
    Deviation.objects.filter(pk=deviation.pk).update(arena="morning")
    action = actions.action_add(
        title="Ask for a second crane",
        unit=el1,
        owner=people["operator"],
        due=now.date() + dt.timedelta(days=9),
        deviation=deviation,
        actor=people["shift_lead"],
        now=now,
    )
    today = production_date(now)
    meeting = meetings.meeting_open(arena="morning", unit=el1, held_on=today, actor=people["shift_lead"], now=now)
    mate = meetings.attend(meeting=meeting, person=world.colleague, capacity="Operator", actor=people["shift_lead"])
    return {
        "meeting": meeting,
        "meeting_item": MeetingItem.objects.get(meeting=meeting),
        "meeting_action": action,
        "meeting_mate": mate,
    }


LEADS = ("shift_lead", "technical_lead", "area_leader", "plant_manager", "administrator")
MANAGES_ACTIONS = (*LEADS, "maintenance", "support")


def _meeting(world: World) -> Kwargs:
    return {"pk": world.more["meeting"].pk}


def _item(world: World) -> Kwargs:
    return {"pk": world.more["meeting_item"].pk}


def _action(world: World) -> Kwargs:
    return {"pk": world.more["meeting_action"].pk}


def _item_action(world: World) -> Kwargs:
    return {**_item(world), "action_pk": world.more["meeting_action"].pk}


TABLE: dict[str, Row] = {
    # Read by everybody; written by who leads meetings there. Who is there speaks for themselves (see the tests).
    "improvement:meetings": Row(get=everybody()),
    "improvement:meeting": Row(get=everybody(), args=_meeting),
    "improvement:meeting_new": Row(get=only(*LEADS), post=only(*LEADS)),
    "improvement:meeting_attend": Row(post=only(*LEADS), args=_meeting),
    "improvement:meeting_unattend": Row(
        post=only(*LEADS, status=302), args=lambda world: {"pk": world.more["meeting_mate"].pk}
    ),
    "improvement:meeting_matter": Row(post=only(*LEADS), args=_meeting),
    "improvement:meeting_end": Row(post=only(*LEADS, status=302), args=_meeting),
    "improvement:meeting_item": Row(get=everybody(), post=only(*LEADS, status=302), args=_item),
    "improvement:meeting_item_outcome": Row(post=only(*LEADS, status=302), args=_item),
    "improvement:meeting_item_close": Row(post=only(*LEADS), args=_item),
    "improvement:meeting_item_action": Row(get=only(*LEADS), post=only(*LEADS), args=_item),
    "improvement:meeting_item_move": Row(post=only(*LEADS), args=_item_action),
    # The effect of an action: read by everybody, its indicator chosen by its owner and who manages actions there.
    "kpis:action_effect": Row(get=everybody(), args=_action),
    "kpis:action_effect_edit": Row(
        get=only("operator", *MANAGES_ACTIONS), post=only("operator", *MANAGES_ACTIONS), args=_action
    ),
    "kpis:item_indicator": Row(get=everybody(), post=only(*LEADS), args=_item),
    # Parties read their agreement; who drafts it for either side chooses what measures its terms.
    "kpis:term_measure": Row(
        get=everybody(),
        post=only("technical_lead", "area_leader", "plant_manager", "administrator"),
        args=lambda world: {"pk": world.more["term"].pk},
    ),
}
