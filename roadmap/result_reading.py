"""Reading what the results of evaluations show: one evaluation rolled up, and all of a plant side by side."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count

from principles.improvement.models import Action, ActionState
from principles.teams.tree import UnitTree
from roadmap.evidence.plain import Fact, against_facts, fact_from_json
from roadmap.models import (
    Answer,
    Evaluation,
    EvaluationState,
    FocusItem,
    ItemStatus,
    Metric,
    PlanEntry,
    RoadmapTarget,
)
from roadmap.reading import RUNNING, items_of, last_answers, same_group
from roadmap.results import ORDER, AnswerRow, Counts, ItemRow, Result, change, result_of


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer that is better than the facts suggested, with the written reason, and the fact that bound."""

    item: FocusItem
    status: str
    suggested: str
    reason: str
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """An evaluation with everything its results page shows."""

    evaluation: Evaluation
    result: Result
    items: dict[int, FocusItem]
    earlier: Evaluation | None
    claims: list[Claim]
    actions: dict[str, list[Action]]
    without_facts: int = 0


def sheet_of(evaluation: Evaluation, *, tree: UnitTree) -> Sheet:
    """Read one evaluation whole; the number of queries does not depend on how many items or answers there are."""
    items = items_of(evaluation, tree=tree)
    answers = {answer.item_id: answer for answer in evaluation.answers.all()}
    result = result_of(
        [_item_row(item) for item in items],
        {pk: AnswerRow(answer.status, answer.reason) for pk, answer in answers.items()},
        {
            code: AnswerRow(answer.status, answer.reason, answer.item.fingerprint)
            for code, answer in last_answers(evaluation).items()
        },
        targets_of(evaluation.unit_id, evaluation.held_on.year),
    )
    known = {item.pk: item for item in items}
    return Sheet(
        evaluation=evaluation,
        result=result,
        items=known,
        earlier=earlier_of(evaluation),
        claims=_claims(known, answers),
        actions=actions_on(evaluation, {item.code for item in result.gaps}, tree=tree),
        without_facts=sum(1 for answer in answers.values() if answer.suggested == ItemStatus.NONE),
    )


def earlier_of(evaluation: Evaluation) -> Evaluation | None:
    """The last signed evaluation of the same unit or team before this one."""
    earlier = same_group(evaluation).filter(state=EvaluationState.LOCKED).exclude(pk=evaluation.pk)
    return earlier.filter(held_on__lte=evaluation.held_on).order_by("-held_on", "-pk").first()


def targets_of(unit_id: int, year: int) -> dict[str, str]:
    """Where a unit wants each rule to stand by the end of a year, by the rule's code."""
    return dict(RoadmapTarget.objects.filter(unit=unit_id, year=year).values_list("rule_code", "status"))


def actions_on(evaluation: Evaluation, codes: Collection[str], *, tree: UnitTree) -> dict[str, list[Action]]:
    """Actions of the business plan on some items: raised by this group's evaluations, or in the unit and below it."""
    if not codes:
        return {}
    below = {evaluation.unit_id, *tree.descendants(evaluation.unit_id)}
    entries = (
        PlanEntry.objects.filter(item_code__in=codes)
        .exclude(action__state=ActionState.CANCELLED)
        .select_related("action", "answer__evaluation")
        .order_by("action__due", "pk")
    )
    found: defaultdict[str, list[Action]] = defaultdict(list)
    for entry in entries:
        raised = entry.answer.evaluation if entry.answer is not None else None
        if raised is not None:
            mine = (raised.unit_id, raised.crew_id) == (evaluation.unit_id, evaluation.crew_id)
        else:
            mine = entry.action.unit_id in below
        if mine:
            found[entry.item_code].append(entry.action)
    return dict(found)


def _item_row(item: FocusItem) -> ItemRow:
    rule = item.rule
    return ItemRow(
        pk=item.pk,
        code=item.code,
        name=item.name,
        fingerprint=item.fingerprint,
        is_local=item.local_to_id is not None,
        rule=rule.code,
        rule_name=rule.name,
        principle=rule.principle.number,
        principle_name=rule.principle.name,
    )


def _claims(items: dict[int, FocusItem], answers: dict[int, Answer]) -> list[Claim]:
    found = []
    for pk, item in items.items():
        answer = answers.get(pk)
        if answer is not None and against_facts(answer.status, answer.suggested):
            facts = [fact_from_json(kept) for kept in answer.facts if isinstance(kept, dict)]
            bound = next((fact for fact in facts if fact.metric == answer.binding), None)
            found.append(Claim(item, answer.status, answer.suggested, answer.against_facts, bound))
    return found


def labels_of(names: Iterable[str]) -> dict[str, str]:
    """What metrics are called, by name, as their newest version says."""
    rows = Metric.objects.filter(name__in=set(names)).order_by("pk")
    return {row.name: row.label for row in rows}


# --- side by side ---


@dataclass(frozen=True, slots=True)
class Point:
    """One signed evaluation of a group."""

    evaluation: Evaluation
    counts: Counts
    by_principle: dict[int, Counts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One unit or team: its signed evaluations, oldest first, and the one under way."""

    points: list[Point]
    running: Evaluation | None = None

    @property
    def evaluation(self) -> Evaluation:
        """Whichever evaluation says whose line it is."""
        found = self.points[-1].evaluation if self.points else self.running
        if found is None:
            raise ValueError("a line without evaluations")
        return found

    @property
    def last(self) -> Point | None:
        return self.points[-1] if self.points else None

    @property
    def previous(self) -> Point | None:
        return self.points[-2] if len(self.points) > 1 else None

    @property
    def change(self) -> Decimal | None:
        """The last index less the one before."""
        if self.last is None or self.previous is None:
            return None
        return change(self.last.counts, self.previous.counts)

    @property
    def level(self) -> Decimal | None:
        return self.last.counts.index if self.last else None

    @property
    def indexes(self) -> list[Decimal | None]:
        return [point.counts.index for point in self.points]

    @property
    def earlier(self) -> list[Point]:
        """All but the last, newest first."""
        return self.points[-2::-1]


def lines_of(places: Collection[int], *, principle: int | None = None) -> list[Line]:
    """Every group of these units that has evaluated itself, with its signed evaluations (two queries).

    With `principle` only the items of that principle are counted.
    """
    evaluations = list(
        Evaluation.objects.filter(unit__in=list(places), state__in=[EvaluationState.LOCKED, *RUNNING])
        .select_related("unit", "crew", "version")
        .order_by("held_on", "pk")
    )
    counted = _counted(evaluations)
    lines: dict[tuple[int, int | None], tuple[list[Point], list[Evaluation]]] = {}
    for evaluation in evaluations:
        points, running = lines.setdefault((evaluation.unit_id, evaluation.crew_id), ([], []))
        if evaluation.state == EvaluationState.LOCKED:
            by_principle = counted.get(evaluation.pk, {})
            wanted = [by_principle.get(principle, Counts())] if principle else by_principle.values()
            points.append(Point(evaluation, _total(wanted), by_principle))
        else:
            running.append(evaluation)
    return [Line(points, running[-1] if running else None) for points, running in lines.values()]


def _counted(evaluations: list[Evaluation]) -> dict[int, dict[int, Counts]]:
    """Counts by evaluation and principle (one query)."""
    rows = (
        Answer.objects.filter(evaluation__in=evaluations)
        .order_by()
        .values_list("evaluation", "item__rule__principle__number", "status")
        .annotate(n=Count("pk"))
    )
    found: defaultdict[int, dict[int, Counts]] = defaultdict(dict)
    for pk, number, status, n in rows:
        one = Counts(*(n if status == which else 0 for which in ORDER))
        found[pk][number] = found[pk].get(number, Counts()).plus(one)
    return dict(found)


def _total(found: Iterable[Counts]) -> Counts:
    whole = Counts()
    for counts in found:
        whole = whole.plus(counts)
    return whole


SORTS = ("change", "level", "date", "unit")


def sorted_lines(lines: Iterable[Line], sort: str) -> list[Line]:
    """Lines by ?sort= ("change", "-level", …): by change as standard, the largest fall first; those without last."""
    name, reverse = sort.lstrip("-"), sort.startswith("-")
    found = sorted(lines, key=lambda line: (line.evaluation.unit.position, line.evaluation.unit.code, _crew(line)))
    if name == "unit":
        return found[::-1] if reverse else found
    values = {"change": lambda line: line.change, "level": lambda line: line.level, "date": _date}
    value = values.get(name, values["change"])
    known = sorted((line for line in found if value(line) is not None), key=value, reverse=reverse)
    return known + [line for line in found if value(line) is None]


def _date(line: Line) -> dt.date | None:
    return line.last.evaluation.held_on if line.last else None


def _crew(line: Line) -> int:
    crew = line.evaluation.crew
    return -1 if crew is None else crew.position
