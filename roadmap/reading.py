"""What an evaluation consists of: its items, its answers, and what was answered the time before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from principles.teams.tree import UnitTree
from roadmap.models import Answer, Evaluation, EvaluationState, FocusItem, StandardVersion

RUNNING = (EvaluationState.OPEN, EvaluationState.SIGNING)


def version_in_use() -> StandardVersion | None:
    """The version that new evaluations are made on: the last that was adopted."""
    return StandardVersion.objects.first()


def items_of_version(version_id: int) -> list[FocusItem]:
    """Every row of a version in the standard's order, local ones behind their rule's, with rule and principle."""
    return list(
        FocusItem.objects.filter(rule__principle__version_id=version_id)
        .select_related("rule__principle", "local_to")
        .order_by("rule__principle__number", "rule__position", "position", "pk")
    )


def line_of(unit_id: int, tree: UnitTree) -> set[int]:
    """A unit and everything above it: where a local item has to be local to, so that it applies here."""
    return {unit_id, *tree.ancestors(unit_id)}


def items_of(evaluation: Evaluation, *, tree: UnitTree | None = None) -> list[FocusItem]:
    """The items that the group answers: the standard's and the local ones of its unit and of the units above.

    Once it is signed, they are the standard's and the local ones that were answered, whatever is changed later.
    `tree` saves a query where the caller has it.
    """
    rows = items_of_version(evaluation.version_id)
    local = [item for item in rows if item.local_to_id is not None]
    if not local:
        return rows
    kept = {item.pk for item in local_items(evaluation, local, tree=tree)}
    return [item for item in rows if item.local_to_id is None or item.pk in kept]


def local_items(evaluation: Evaluation, local: Iterable[FocusItem], *, tree: UnitTree | None = None) -> list[FocusItem]:
    """Those of the version's local items that belong to the evaluation; of one code the newest row in use."""
    answered = set(evaluation.answers.filter(item__local_to__isnull=False).values_list("item_id", flat=True))
    line: set[int] = set()
    if evaluation.state == EvaluationState.OPEN:
        line = line_of(evaluation.unit_id, tree or UnitTree.on(evaluation.held_on))
    found: dict[str, FocusItem] = {}
    for item in sorted(local, key=lambda item: (item.active, item.pk)):
        if item.pk in answered or (item.active and item.local_to_id in line):
            found[item.code] = item
    return list(found.values())


def is_item_of(evaluation: Evaluation, item: FocusItem) -> bool:
    """Whether the group answers this item now."""
    if item.rule.principle.version_id != evaluation.version_id:
        return False
    if item.local_to_id is None:
        return True
    same_code = FocusItem.objects.filter(
        rule__principle__version=evaluation.version_id, code=item.code, local_to__isnull=False
    )
    return item.pk in {found.pk for found in local_items(evaluation, same_code)}


def same_group(evaluation: Evaluation) -> QuerySet[Evaluation]:
    """Every evaluation of the same unit as a whole, or of the same team of it."""
    team = Q(crew__isnull=True) if evaluation.crew_id is None else Q(crew_id=evaluation.crew_id)
    return Evaluation.objects.filter(team, unit_id=evaluation.unit_id)


def answers_of(evaluation: Evaluation) -> dict[int, Answer]:
    """What the group has agreed on so far, by item id."""
    return {answer.item_id: answer for answer in evaluation.answers.select_related("decided_by")}


def last_answers(evaluation: Evaluation) -> dict[str, Answer]:
    """What the same unit or team answered in its last signed evaluation before this one, by the item's code.

    The answer's item is loaded: where its fingerprint differs, the text has changed since.
    """
    before = Q(held_on__lt=evaluation.held_on)
    if evaluation.pk is not None:
        before |= Q(held_on=evaluation.held_on, pk__lt=evaluation.pk)
    earlier = same_group(evaluation).filter(before, state=EvaluationState.LOCKED)
    found = (
        Answer.objects.filter(evaluation__in=earlier)
        .select_related("item", "evaluation")
        .order_by("item__code", "-evaluation__held_on", "-evaluation_id")
        .distinct("item__code")
    )
    return {answer.item.code: answer for answer in found}


def missing_items(evaluation: Evaluation) -> list[FocusItem]:
    """Items that the group has neither agreed on nor left grey on purpose."""
    answered = set(evaluation.answers.values_list("item_id", flat=True))
    return [item for item in items_of(evaluation) if item.pk not in answered]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where an item stands among the evaluation's: its number from 1, and the items beside it."""

    number: int
    total: int
    before: FocusItem | None
    after: FocusItem | None
    next_open: FocusItem | None


def neighbours(items: list[FocusItem], at: FocusItem, answered: Iterable[int]) -> Neighbours:
    """Place `at` among the items; `next_open` is the next unanswered one after it, else the first of all."""
    index = next((n for n, item in enumerate(items) if item.pk == at.pk), 0)
    done = set(answered)
    circle = [*items[index + 1 :], *items[:index]]
    return Neighbours(
        number=index + 1,
        total=len(items),
        before=items[index - 1] if index else None,
        after=items[index + 1] if index + 1 < len(items) else None,
        next_open=next((item for item in circle if item.pk not in done), None),
    )
