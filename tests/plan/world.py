"""A small plant with a roadmap of two items, a signed evaluation of EL1, and the people of a business plan."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kpis.models import Indicator
from principles.improvement.models import Action, EffectCheck
from principles.improvement.services.actions import action_add, action_move, effect_verify
from principles.teams.models import Role, Unit, User
from roadmap.models import (
    Answer,
    Evaluation,
    EvaluationState,
    FocusItem,
    Principle,
    Rule,
    StandardVersion,
)
from tests.factories import make_person, make_plant, make_schedule, oslo

NOW = oslo("2026-03-11 10:00")
TODAY = dt.date(2026, 3, 11)
DUE = dt.date(2026, 6, 1)


class PlanWorld:
    """EL1 has red 1.1.1, yellow 1.1.2 and green 1.2.1 in an evaluation of some weeks before `now`."""

    @classmethod
    def today(cls) -> PlanWorld:
        """The same in the present, for a browser whose clock can't be turned back."""
        return cls(timezone.now())

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now
        self.plant = make_plant()
        make_schedule()
        el1, top = self.plant.el1, self.plant.plant
        self.people: dict[str, User] = {
            "manager": make_person(Role.PLANT_MANAGER, top, "manager", name="Mona Manager"),
            "leader": make_person(Role.AREA_LEADER, el1, "leader", name="Astrid Leader"),
            "neighbour": make_person(Role.AREA_LEADER, self.plant.st1, "neighbour", name="Nils Neighbour"),
            "lead": make_person(Role.SHIFT_LEAD, el1, "lead", name="Siri Shift"),
            "operator": make_person(Role.OPERATOR, el1, "operator", name="Odd Operator"),
        }
        self.manager, self.leader, self.neighbour = (self.people[name] for name in ("manager", "leader", "neighbour"))
        self.version = StandardVersion.objects.create(version="9.9", digest="x", imported_at=now + dt.timedelta(days=1))
        principle = Principle.objects.create(
            version=self.version, number=1, slug="std", name_en="Standardised work", name_nb="Standardisert arbeid"
        )
        self.rules = [
            Rule.objects.create(
                principle=principle, code=code, position=n, name_en=f"Rule {code}", name_nb=f"Regel {code}"
            )
            for n, code in enumerate(("1.1", "1.2"), start=1)
        ]
        self.red = make_item(self.rules[0], "1.1.1", "Critical processes")
        self.yellow = make_item(self.rules[0], "1.1.2", "The customer's expectations")
        self.green = make_item(self.rules[1], "1.2.1", "Written by those who do it")
        held_on = (now - dt.timedelta(days=50)).date()
        self.evaluation = self.evaluated(held_on, red="red", yellow="yellow", green="green")
        self.iron = make_indicator("K05", "Iron in the metal", "%", "down", decimals=2)

    def evaluated(self, held_on: dt.date, unit: Unit | None = None, **statuses: str) -> Evaluation:
        """A signed evaluation with an answer for each item named."""
        at = dt.datetime.combine(held_on, dt.time(12), tzinfo=dt.UTC)
        made = Evaluation.objects.create(
            unit=unit or self.plant.el1,
            version=self.version,
            held_on=held_on,
            leader=self.leader,
            state=EvaluationState.LOCKED,
            opened_at=at,
            locked_at=at,
        )
        for name, status in statuses.items():
            Answer.objects.create(
                evaluation=made, item=getattr(self, name), status=status, reason="Seen together", decided_at=at
            )
        return made

    def action(self, title: str = "Cover before midnight", **fields: Any) -> Action:
        """An open action of EL1."""
        named = {
            "unit": self.plant.el1,
            "owner": self.leader,
            "due": DUE if self.now == NOW else self.now.date(),
            "actor": self.leader,
            "now": self.now,
            **fields,
        }
        return action_add(title=title, **named)

    def finished(self, title: str = "Cover before midnight", *, verdict: str = "better", **fields: Any) -> Action:
        """An action that is carried out and verified."""
        action = self.action(title, **fields)
        for to in ("do", "check"):
            action = action_move(action=action, to=to, actor=self.leader, now=self.now)
        effect_verify(action=action, words="Seen on the cells", verdict=verdict, actor=self.leader, now=self.now)
        return Action.objects.get(pk=action.pk)


def make_item(rule: Rule, code: str, name: str) -> FocusItem:
    """A focus item whose texts name their colour."""
    texts = {
        f"{colour}_{language}": f"{colour} text of {code}"
        for colour in ("red", "yellow", "green")
        for language in ("en", "nb")
    }
    return FocusItem.objects.create(
        rule=rule,
        code=code,
        position=int(code[-1]),
        name_en=name,
        name_nb=f"{name} på norsk",
        fingerprint=code,
        **texts,
    )


def make_indicator(code: str, name: str, unit: str, direction: str, decimals: int = 1) -> Indicator:
    """An indicator that is computed."""
    return Indicator.objects.create(
        code=code,
        name_en=name,
        name_nb=name,
        unit=unit,
        kind="measurement_mean",
        level="kpi",
        dimension="quality",
        direction=direction,
        decimals=decimals,
        cadences=["day", "week", "month"],
    )


def measured(action: Action, before: str, after: str) -> None:
    """Figures before and after, as the measuring of effects writes them."""
    check, _made = EffectCheck.objects.get_or_create(action=action, loop=action.loop)
    check.before_value, check.after_value = Decimal(before), Decimal(after)
    check.save()
