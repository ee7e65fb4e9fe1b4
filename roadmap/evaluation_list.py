"""Evaluations as the list shows them, with how far each is. A fixed number of queries per page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce

from principles.teams.tree import UnitTree
from roadmap.models import Evaluation, EvaluationState, FocusItem
from roadmap.reading import RUNNING, line_of


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One evaluation: `done` of `total` items answered."""

    evaluation: Evaluation
    done: int
    total: int


def evaluations_for(units: Iterable[int] | None, state: str) -> QuerySet[Evaluation]:
    """Evaluations of these units (None: all) that are "running", "locked" or in any state ("all")."""
    found = Evaluation.objects.select_related("unit", "crew", "version", "leader")
    if units is not None:
        found = found.filter(unit_id__in=list(units))
    if state == "running":
        found = found.filter(state__in=RUNNING)
    elif state == "locked":
        found = found.filter(state=EvaluationState.LOCKED)
    first = Case(When(state__in=RUNNING, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.annotate(is_over=first, answered=Count("answers")).order_by("is_over", "-held_on", "-pk")


def as_rows(evaluations: Iterable[Evaluation], *, tree: UnitTree) -> list[EvaluationRow]:
    """Rows of one page of `evaluations_for` (two queries)."""
    found = list(evaluations)
    versions = {one.version_id for one in found}
    standard: Counter[int] = Counter()
    local: defaultdict[int, list[int]] = defaultdict(list)
    items = FocusItem.objects.filter(rule__principle__version__in=versions, active=True)
    for version, unit in items.values_list("rule__principle__version_id", Coalesce("local_to_id", 0)):
        if unit:
            local[version].append(unit)
        else:
            standard[version] += 1
    rows = []
    for one in found:
        done: int = getattr(one, "answered", 0)
        total = done
        if one.state == EvaluationState.OPEN:
            line = line_of(one.unit_id, tree)
            total = max(done, standard[one.version_id] + sum(unit in line for unit in local[one.version_id]))
        elif one.state == EvaluationState.CANCELLED:
            total = max(done, standard[one.version_id])
        rows.append(EvaluationRow(one, done, total))
    return rows
