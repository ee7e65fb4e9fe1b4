"""Rows of the permission table: deviations and actions, and what the upper floors show of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from kpis.models import Figure, FigureState, Indicator, Status
from principles.improvement.services.actions import action_add
from principles.improvement.services.deviations import cause_record, deviation_close, deviation_open
from tests.permission_rows import Kwargs, Row, World, everybody, only

MANAGES_EL1 = ("shift_lead", "technical_lead", "area_leader", "plant_manager", "administrator")
PLANS_EL1 = (*MANAGES_EL1, "maintenance", "support")
REPORTS_EL1 = (*PLANS_EL1, "operator")


def objects(world: World) -> dict[str, Any]:
    """An open deviation and a closed one of EL1, an action of the operator's, a red figure."""
    now, el1 = timezone.now(), world.plant.el1
    operator, lead = world.people["operator"], world.people["shift_lead"]
    common: dict[str, Any] = {"unit": el1, "occurred_at": now, "actor": operator, "now": now}
    found = deviation_open(title="Feeder stands still", **common)
    closed = deviation_open(title="Hood was open", immediate_action="Closed it", **common)
    cause_record(deviation=closed, kind="other", category="", root_cause="Wind", actor=lead, now=now)
    deviation_close(deviation=closed, words="It is shut", actor=lead, now=now)
    action = action_add(
        title="Clean it",
        unit=el1,
        owner=operator,
        due=now.date() + dt.timedelta(days=9),
        actor=lead,
        now=now,
        deviation=found,
    )
    return {"deviation": found, "closed_deviation": closed, "action": action, "red_figure": _red_figure(world, now)}


def _red_figure(world: World, now: dt.datetime) -> Figure:
    indicator = Indicator.objects.create(
        code="X90", name_en="Red", name_nb="Rød", kind="conformity", direction="up", level="execution",
        dimension="quality", cadences=["day"],
    )  # fmt: skip
    return Figure.objects.create(
        indicator=indicator, unit=world.plant.el1, cadence="day", first=now.date(), starts_at=now, ends_at=now,
        state=FigureState.PROVISIONAL, status=Status.RED, value=71, n=10, updated_at=now,
    )  # fmt: skip


def _deviation(world: World) -> Kwargs:
    return {"pk": world.more["deviation"].pk}


def _closed(world: World) -> Kwargs:
    return {"pk": world.more["closed_deviation"].pk}


def _action(world: World) -> Kwargs:
    return {"pk": world.more["action"].pk}


def _figure(world: World) -> Kwargs:
    return {"pk": world.more["red_figure"].pk}


def _seen(**data: Any) -> Any:
    """A form as it is sent from a page that was read just now; versions are those of the objects above."""
    return lambda world: {"version": 1, **data}


REPORTS = only(*REPORTS_EL1)
MANAGES = only(*MANAGES_EL1)
PLANS = only(*PLANS_EL1)
CHANGES = only(*REPORTS_EL1, status=302)

TABLE: dict[str, Row] = {
    # Read in the whole plant, without the names of reporters.
    "improvement:deviations": Row(get=everybody()),
    "improvement:deviation": Row(get=everybody(), args=_deviation),
    "improvement:deviation_new": Row(
        get=only(*REPORTS_EL1, "outsider"), post=only(*REPORTS_EL1, "outsider"), query="?unit=EL1"
    ),
    # Its reporter may put the words right until the cause is recorded.
    "improvement:deviation_edit": Row(
        get=only(*MANAGES_EL1, "operator"), post=only(*MANAGES_EL1, "operator"), args=_deviation
    ),
    "improvement:deviation_contain": Row(post=CHANGES, args=_deviation, data=_seen(words="Fed by hand")),
    "improvement:deviation_whys": Row(post=CHANGES, args=_deviation, data=_seen()),
    "improvement:deviation_cause": Row(post=MANAGES, args=_deviation),
    "improvement:deviation_close": Row(post=MANAGES, args=_deviation, data=_seen(words="Enough")),
    "improvement:deviation_reopen": Row(post=MANAGES, args=_closed),
    "improvement:actions": Row(get=everybody()),
    "improvement:my_actions": Row(get=everybody()),
    "improvement:action": Row(get=everybody(), args=_action),
    "improvement:action_new": Row(get=PLANS, post=PLANS, query="?unit=EL1"),
    "improvement:action_edit": Row(get=PLANS, post=PLANS, args=_action),
    # The operator owns it.
    "improvement:action_move": Row(post=only(*PLANS_EL1, "operator", status=302), args=_action, data=_seen(to="do")),
    "improvement:action_verify": Row(post=PLANS, args=_action),
    "improvement:action_cancel": Row(post=PLANS, args=_action),
    "observations:deviation_open": Row(
        get=REPORTS, post=REPORTS, args=lambda world: {"fact_id": world.more["others"].pk}
    ),
    "observations:deviation_source": Row(get=everybody(), args=_deviation),
    "sops:deviation_standard": Row(get=everybody(), args=_deviation),
    "sops:deviation_standard_edit": Row(get=REPORTS, post=REPORTS, args=_deviation),
    # No standard is chosen, so there is none to write anew.
    "sops:deviation_draft": Row(post=everybody(404), args=_deviation),
    "kpis:deviation_open": Row(get=REPORTS, post=REPORTS, args=_figure),
    "kpis:deviation_figures": Row(get=everybody(), args=_deviation),
    "kpis:figure_deviations": Row(get=everybody(), args=_figure),
}
