"""Three days of one potline as a leader meets them: covering that fails on one cell, and what else is followed."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from kpis.closing import close_due
from kpis.rollup import process_all_marks
from principles.teams.models import Role, User
from sops.models import JobRole, SopPoint, SopStep
from tests.factories import make_person, make_shifts, oslo
from tests.kpis.world import World, fact, make_target, measured, reported

NOW = oslo("2026-03-11 10:00")  # a Wednesday, in the morning shift
FIRST, TODAY = dt.date(2026, 3, 9), dt.date(2026, 3, 11)


class Leader(World):
    """The small world with facts on seven shifts; `a` and `b` are steps 1 and 2 of its SOP."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, User] = {
            "leader": make_person(Role.AREA_LEADER, self.plant.el1, "leader", name="Astrid Leader"),
            "manager": make_person(Role.PLANT_MANAGER, self.plant.plant, "manager"),
            "operator": make_person(Role.OPERATOR, self.plant.el1, "operator", name="Odd Operator"),
            "neighbour": make_person(Role.AREA_LEADER, self.plant.st1, "neighbour"),
        }
        role = JobRole.objects.create(code="operator", name_en="Operator", name_nb="Operatør")
        for number, point in enumerate((self.a, self.b), start=1):
            step = SopStep.objects.create(
                revision=self.revision, number=number, role=role, text_en=f"Step {number}", text_nb=f"Trinn {number}"
            )
            SopPoint.objects.create(revision=self.revision, step=step, point=point, code=f"X.{number}")
        make_target(self.covering, 95, yellow=95, red=90)
        make_target(self.execution, 95, yellow=95, red=90)
        make_target(self.iron, 0.1, yellow=0.12, red=0.2)
        self.shifts = [shift for shift in make_shifts(FIRST, TODAY) if shift.starts_at <= NOW]
        for shift in self.shifts:
            self._shift(shift)
        process_all_marks(now=NOW)

    def _shift(self, shift: Any) -> None:
        area, cells, observer = self.plant.el1, self.plant.cells, self.people["operator"]
        round_ = self.owe(shift, a=4, b=6)
        for cell in cells[:4]:
            fact(self.a, area, shift, equipment=cell, round=round_, observer=observer)
        for cell in cells[:5]:
            wrong = cell == cells[0] or (cell == cells[4] and shift.number == 3)
            fact(self.b, area, shift, "not_ok" if wrong else "ok", equipment=cell, round=round_, observer=observer)
        measured(self.fe, area, shift, "0.11", "2", equipment=cells[0])
        measured(self.fe, area, shift, "0.15", "1", equipment=cells[4])
        reported(self.ae, area, shift, "40")
        fact(self.ae, area, shift, "value", value=2, equipment=cells[1])

    def close(self) -> None:
        """Close what has ended."""
        close_due(now=NOW)


def text_of(html: str) -> str:
    """The words of a page, tags and repeated white space taken out."""
    without = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", without)).replace("&amp;", "&")


def chart_of(html: str) -> dict[str, Any]:
    """The run chart that a page carries."""
    found = re.search(r'<script id="run-chart" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    chart: dict[str, Any] = json.loads(found.group(1))
    return chart
