"""The heat map of an evaluation as it stands on paper: principles, rules, items with their status."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amps.documents import charts
from principles.teams.models import Unit
from roadmap.models import Answer, Evaluation, EvaluationState, FocusItem, Principle
from roadmap.reading import answers_of, items_of


@dataclass(frozen=True, slots=True)
class HeatPrinciple:
    """One principle's rows: each rule with its items' codes and statuses."""

    principle: Principle
    rows: list[tuple[str, list[tuple[str, str]]]]

    @property
    def drawing(self) -> SafeString:
        """The rows as a drawing."""
        title = _("Focus items of principle %(number)d: %(name)s") % {
            "number": self.principle.number,
            "name": self.principle.name,
        }
        words = "; ".join(
            f"{label}: " + ", ".join(f"{code} {_status_word(status)}" for code, status in cells)
            for label, cells in self.rows
        )
        return charts.status_grid(self.rows, title=f"{title}. {words}")


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One evaluation, principle by principle, and how many items stand at each status."""

    evaluation: Evaluation
    principles: list[HeatPrinciple]
    counts: dict[str, int]


def heat_map(evaluation: Evaluation) -> HeatMap:
    """The heat map of one evaluation. Items that nobody has answered are grey."""
    items = items_of(evaluation)
    return heat_of(evaluation, items, answers_of(evaluation))


def heat_of(evaluation: Evaluation, items: list[FocusItem], answers: dict[int, Answer]) -> HeatMap:
    """The same from what is read already: items in their order, answers by item."""
    counts = {"green": 0, "yellow": 0, "red": 0, "none": 0}
    principles: list[HeatPrinciple] = []
    last_rule = None
    for item in items:
        principle = item.rule.principle
        if not principles or principles[-1].principle.pk != principle.pk:
            principles.append(HeatPrinciple(principle, []))
        if item.rule_id != last_rule:
            last_rule = item.rule_id
            principles[-1].rows.append((f"{item.rule.code}  {item.rule.name}", []))
        answer = answers.get(item.pk)
        status = str(answer.status) if answer is not None else "none"
        counts[status] += 1
        principles[-1].rows[-1][1].append((item.code, status))
    return HeatMap(evaluation, principles, counts)


def heat_maps(unit: Unit, places: Collection[int], *, most: int) -> list[HeatMap]:
    """The last signed evaluation of the unit as a whole; without one, those of the groups in it, at most so many."""
    signed = Evaluation.objects.filter(state=EvaluationState.LOCKED).select_related("unit", "crew", "version")
    own = signed.filter(unit=unit, crew=None).order_by("-held_on", "-pk").first()
    if own is not None:
        return [heat_map(own)]
    last = signed.filter(unit__in=places).order_by("unit_id", "crew_id", "-held_on", "-pk")
    found = sorted(last.distinct("unit_id", "crew_id"), key=lambda evaluation: (evaluation.unit.code, evaluation.pk))
    return [heat_map(evaluation) for evaluation in found[:most]]


def _status_word(status: str) -> str:
    return {"green": _("green"), "yellow": _("yellow"), "red": _("red")}.get(status, _("not assessed"))
