"""A small plant with a group around a table, and the shipped roadmap."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from principles.teams.models import Crew, Role, User
from roadmap.evidence import ItemFacts
from roadmap.loading import standard_load
from roadmap.models import Answer, Evaluation, FocusItem, ItemStatus
from roadmap.reading import items_of
from roadmap.services.evaluations import answer_set, evaluation_open
from tests import factories as make


def say(status: str = "none", binding: str | None = None) -> ItemFacts:
    """Facts that suggest what the test wants."""
    return ItemFacts(suggested=ItemStatus(status), binding=binding)


@dataclass
class Table:
    """Who sits around the table, and where."""

    plant: make.Plant
    leader: User
    kari: User
    ola: User
    outsider: User
    crew: Crew
    now: dt.datetime
    items: dict[str, FocusItem] = field(default_factory=dict)

    def open(self, **changes) -> Evaluation:
        """An evaluation of EL1 with leader, Kari and Ola."""
        values = {
            "unit": self.plant.el1,
            "version": standard_load(now=self.now),
            "held_on": timezone.localdate(self.now),
            "leader": self.leader,
            "participants": [self.kari, self.ola],
            "actor": self.leader,
            "now": self.now,
            **changes,
        }
        made = evaluation_open(**values)
        self.items = {item.code: item for item in items_of(made)}
        return made

    def answer(self, evaluation: Evaluation, code: str = "1.1.1", status: str = "yellow", **changes) -> Answer:
        """The group's answer, first or anew."""
        found = Answer.objects.filter(evaluation=evaluation, item=self.items[code]).first()
        values = {
            "evaluation": evaluation,
            "item": self.items[code],
            "status": status,
            "reason": "",
            "against_facts": "",
            "version": found.version if found else 0,
            "actor": self.kari,
            "now": self.now,
            "facts": say(),
            **changes,
        }
        return answer_set(**values)

    def answer_all(self, evaluation: Evaluation, status: str = "yellow") -> None:
        """Everything answered, quickly."""
        Answer.objects.bulk_create(
            [
                Answer(evaluation=evaluation, item=item, status=status, decided_by=self.kari, decided_at=self.now)
                for item in items_of(evaluation)
                if not Answer.objects.filter(evaluation=evaluation, item=item).exists()
            ]
        )


def lay_table() -> Table:
    """The small plant with its people."""
    plant = make.make_plant()
    make.make_schedule()
    crew = Crew.objects.get(code="B")
    return Table(
        plant=plant,
        leader=make.make_person(Role.AREA_LEADER, plant.el1, "leader"),
        kari=make.make_person(Role.OPERATOR, plant.el1, "kari", crew=crew),
        ola=make.make_person(Role.OPERATOR, plant.el1, "ola"),
        outsider=make.make_person(Role.OPERATOR, plant.st1, "outsider"),
        crew=crew,
        now=timezone.now(),
    )
