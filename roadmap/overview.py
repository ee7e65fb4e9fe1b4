"""All items of an evaluation on one page: where the group is, and what needs it again. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from principles.teams.tree import UnitTree
from roadmap.item_page import Last, last_of, sees_marks
from roadmap.models import Answer, Evaluation, EvaluationState, FocusItem, ItemStatus, Mark, Participant, Rule
from roadmap.reading import answers_of, items_of, last_answers

SHOWN = ("all", "open", "grey", "split", "against")


@dataclass(frozen=True, slots=True)
class Row:
    """One item with what the reader may see of it."""

    item: FocusItem
    answer: Answer | None
    own: Mark | None
    last: Last | None
    given: int
    is_split: bool

    @property
    def is_against(self) -> bool:
        """Whether the group's claim stands against the facts."""
        return self.answer is not None and bool(self.answer.against_facts)

    @property
    def is_grey(self) -> bool:
        return self.answer is not None and self.answer.status == ItemStatus.NONE

    def is_shown(self, shown: str) -> bool:
        """Whether the row belongs to one of the filters SHOWN."""
        return {
            "open": self.answer is None,
            "grey": self.is_grey,
            "split": self.is_split,
            "against": self.is_against,
        }.get(shown, True)


@dataclass(slots=True)
class Group:
    """A practice rule with its rows; `done` of `total` items are answered (whatever is filtered away)."""

    rule: Rule
    rows: list[Row] = field(default_factory=list)
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page lists."""

    rows: list[Row]
    groups: list[Group]
    counts: dict[str, int]
    next_item: FocusItem | None

    @property
    def total(self) -> int:
        return self.counts["all"]

    @property
    def has_rows(self) -> bool:
        """Whether the filter leaves anything."""
        return any(group.rows for group in self.groups)

    @property
    def done(self) -> int:
        return self.counts["all"] - self.counts["open"]


def overview_of(
    evaluation: Evaluation, group: Sequence[Participant], *, reader_id: int, tree: UnitTree, shown: str = "all"
) -> Overview:
    """The evaluation's items for one reader; `shown` is one of SHOWN."""
    items = items_of(evaluation, tree=tree)
    answers, last = answers_of(evaluation), last_answers(evaluation)
    marks: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in evaluation.marks.all():
        marks[mark.item_id].append(mark)
    is_open = evaluation.state == EvaluationState.OPEN
    is_member = any(one.person_id == reader_id and one.left_at is None for one in group)
    rows = [
        _row(item, answers.get(item.pk), marks[item.pk], last_of(item, last), reader_id, is_member, is_open)
        for item in items
    ]
    counts = {name: sum(row.is_shown(name) for row in rows) for name in SHOWN}
    return Overview(
        rows=rows,
        groups=_groups(rows, shown),
        counts=counts,
        next_item=next((row.item for row in rows if row.answer is None), None),
    )


def _row(
    item: FocusItem,
    answer: Answer | None,
    marks: list[Mark],
    last: Last | None,
    reader_id: int,
    is_member: bool,
    is_open: bool,
) -> Row:
    own = next((mark for mark in marks if mark.person_id == reader_id), None)
    sees = sees_marks(own=own, is_member=is_member, is_open=is_open, is_agreed=answer is not None)
    given = {mark.status for mark in marks} - {ItemStatus.NONE}
    return Row(item, answer, own, last, len(marks), is_split=sees and len(given) > 1)


def _groups(rows: list[Row], shown: str) -> list[Group]:
    groups: dict[int, Group] = {}
    for row in rows:
        found = groups.setdefault(row.item.rule_id, Group(row.item.rule))
        found.total += 1
        found.done += row.answer is not None
        if row.is_shown(shown):
            found.rows.append(row)
    return list(groups.values())
