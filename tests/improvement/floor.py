"""The people and the plant that the tests of deviations and actions play with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from principles.improvement.models import Action, Deviation
from principles.improvement.services.actions import action_add, action_move, effect_verify
from principles.improvement.services.deviations import cause_record, deviation_contain, deviation_open
from principles.teams.models import Role, Unit, User
from tests import factories as make

# A Wednesday: the afternoon shift is on.
NOW = make.oslo("2026-03-11 15:30")
TODAY = dt.date(2026, 3, 11)


def day(count: int) -> dt.date:
    """A production date so many days from today."""
    return TODAY + dt.timedelta(days=count)


@dataclass(frozen=True)
class Floor:
    """The small plant on an afternoon, with somebody in each chair."""

    plant: make.Plant
    operator: User
    mate: User
    lead: User  # shift lead of EL1
    leader: User  # area leader of EL1
    maintenance: User  # in the whole plant
    outsider: User  # operator of the casthouse

    @property
    def area(self) -> Unit:
        return self.plant.el1

    def deviation(self, **fields: Any) -> Deviation:
        """A tapped-out feeder on cell 1001, reported by the operator an hour after it was seen."""
        named: dict[str, Any] = {
            "title": "The feeder does not run",
            "unit": self.area,
            "equipment": self.plant.cells[0],
            "occurred_at": NOW - dt.timedelta(hours=1),
            "actor": self.operator,
            "now": NOW,
            **fields,
        }
        return deviation_open(**named)

    def action(self, deviation: Deviation | None = None, **fields: Any) -> Action:
        """An action of the operator's, due in a week."""
        named: dict[str, Any] = {
            "title": "Clean the feeder",
            "unit": self.area,
            "owner": self.operator,
            "due": day(7),
            "actor": self.lead,
            "now": NOW,
            "deviation": deviation,
            **fields,
        }
        return action_add(**named)

    def contained(self, deviation: Deviation) -> Deviation:
        return deviation_contain(deviation=deviation, words="Fed by hand", actor=self.operator, now=NOW)

    def explained(self, deviation: Deviation, kind: str = "not_followed") -> Deviation:
        return cause_record(
            deviation=deviation, kind=kind, category="method", root_cause="Nobody looks", actor=self.lead, now=NOW
        )

    def moved(self, action: Action, *states: str, note: str = "because") -> Action:
        for to in states:
            action = action_move(action=action, to=to, note=note, actor=self.operator, now=NOW)
        return action

    def verified(self, action: Action, verdict: str = "better") -> None:
        effect_verify(action=action, words="It runs", verdict=verdict, actor=self.lead, now=NOW)

    def done(self, action: Action) -> Action:
        """Through the whole loop."""
        action = self.moved(action, "do", "check")
        self.verified(action)
        return self.moved(action, "act", "done")


def make_floor() -> Floor:
    """The floor at NOW."""
    make.make_schedule()
    plant = make.make_plant()
    return Floor(
        plant=plant,
        operator=make.make_person(Role.OPERATOR, plant.el1, "operator"),
        mate=make.make_person(Role.OPERATOR, plant.el1, "mate"),
        lead=make.make_person(Role.SHIFT_LEAD, plant.el1, "lead"),
        leader=make.make_person(Role.AREA_LEADER, plant.el1, "leader"),
        maintenance=make.make_person(Role.MAINTENANCE, plant.plant, "maintenance"),
        outsider=make.make_person(Role.OPERATOR, plant.st1, "outsider"),
    )
