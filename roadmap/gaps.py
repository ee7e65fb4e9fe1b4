"""Gaps: items below green in a group's last signed evaluation, what covers them, and how they stood the next time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q

from principles.improvement.models import ActionState
from principles.teams.tree import UnitTree
from roadmap.models import Answer, Evaluation, EvaluationState, FocusItem, ItemStatus, PlanEntry
from roadmap.plan_rows import Gap, GapTrace, code_key

BELOW_GREEN = (ItemStatus.RED, ItemStatus.YELLOW)


def gaps_of(tree: UnitTree, places: Collection[int]) -> tuple[list[Gap], int]:
    """Every gap of the last signed evaluation of each group in some units, and how many evaluations those are.

    Three queries. A gap is covered by an action on the same item that is not cancelled and did not end before the
    evaluation was held; the action stands in the evaluation's unit or below it, or came from one of its evaluations.
    """
    last = list(
        Evaluation.objects.filter(unit__in=places, state=EvaluationState.LOCKED)
        .order_by("unit_id", "crew_id", "-held_on", "-pk")
        .distinct("unit_id", "crew_id")
    )
    answers = list(
        Answer.objects.filter(evaluation__in=last, status__in=BELOW_GREEN).select_related(
            "item__rule__principle", "evaluation__unit", "evaluation__crew"
        )
    )
    entries: defaultdict[str, list[PlanEntry]] = defaultdict(list)
    known = PlanEntry.objects.filter(item_code__in={answer.item.code for answer in answers})
    for entry in known.exclude(action__state=ActionState.CANCELLED).select_related("action", "answer__evaluation"):
        entries[entry.item_code].append(entry)
    gaps = [_gap(answer, entries[answer.item.code], tree) for answer in answers]
    gaps.sort(key=lambda gap: (gap.is_covered, gap.status != ItemStatus.RED, code_key(gap.code), gap.unit))
    return gaps, len(last)


def _gap(answer: Answer, entries: list[PlanEntry], tree: UnitTree) -> Gap:
    evaluation, item = answer.evaluation, answer.item
    below = {evaluation.unit_id, *tree.descendants(evaluation.unit_id)} if entries else set()
    covering = [entry for entry in entries if _covers(entry, evaluation, below)]
    return Gap(
        code=item.code,
        name=item.name,
        principle=item.rule.principle.number,
        status=answer.status,
        evaluation_id=evaluation.pk,
        item_id=item.pk,
        unit_id=evaluation.unit_id,
        unit=evaluation.unit.name,
        crew=evaluation.crew.name if evaluation.crew is not None else "",
        held_on=evaluation.held_on,
        actions=tuple((entry.action_id, entry.action.number, entry.action.title) for entry in covering),
    )


def _covers(entry: PlanEntry, evaluation: Evaluation, below: set[int]) -> bool:
    ended = entry.action.ended_at
    if ended is not None and ended.date() < evaluation.held_on:
        return False
    if entry.answer is not None:
        raised = entry.answer.evaluation
        return raised.unit_id == evaluation.unit_id and raised.crew_id == evaluation.crew_id
    return entry.action.unit_id in below


def traces_of(answers: Iterable[Answer]) -> dict[int, GapTrace]:
    """For each answer (with its evaluation and item read), how it stood then and at the group's next signed evaluation.

    By the answer's id; one query. The same item is the one with the same code.
    """
    raised = {answer.pk: answer for answer in answers}
    if not raised:
        return {}
    later: defaultdict[tuple[int, int | None, str], list[Answer]] = defaultdict(list)
    found = Answer.objects.filter(
        Q(evaluation__unit__in={answer.evaluation.unit_id for answer in raised.values()}),
        item__code__in={answer.item.code for answer in raised.values()},
        evaluation__state=EvaluationState.LOCKED,
    ).select_related("evaluation", "item")
    for answer in found.order_by("evaluation__held_on", "evaluation_id"):
        later[answer.evaluation.unit_id, answer.evaluation.crew_id, answer.item.code].append(answer)
    return {pk: _trace(answer, later[_key(answer)]) for pk, answer in raised.items()}


def _key(answer: Answer) -> tuple[int, int | None, str]:
    return answer.evaluation.unit_id, answer.evaluation.crew_id, answer.item.code


def _trace(answer: Answer, line: list[Answer]) -> GapTrace:
    begun = (answer.evaluation.held_on, answer.evaluation_id)
    after = next((one for one in line if (one.evaluation.held_on, one.evaluation_id) > begun), None)
    return GapTrace(
        evaluation_id=answer.evaluation_id,
        item_id=answer.item_id,
        status=answer.status,
        held_on=answer.evaluation.held_on,
        next_evaluation_id=after.evaluation_id if after is not None else None,
        next_status=after.status if after is not None else "",
        next_held_on=after.evaluation.held_on if after is not None else None,
    )


def item_names(codes: Collection[str]) -> dict[str, str]:
    """Names of focus items by code, by the newest version that has them; no query for no codes."""
    if not codes:
        return {}
    found = FocusItem.objects.filter(code__in=codes).order_by("rule__principle__version__imported_at", "pk")
    return {item.code: item.name for item in found}


def last_answer(tree: UnitTree, unit_id: int, code: str) -> Answer | None:
    """The last signed answer for an item in a unit's own evaluations, else in those of the nearest unit above it."""
    line = [unit_id, *tree.ancestors(unit_id)]
    found = Answer.objects.filter(
        item__code=code, evaluation__unit__in=line, evaluation__crew=None, evaluation__state=EvaluationState.LOCKED
    ).select_related("evaluation", "item")
    newest = list(found.order_by("-evaluation__held_on", "-evaluation_id"))
    return min(newest, key=lambda answer: line.index(answer.evaluation.unit_id), default=None)
