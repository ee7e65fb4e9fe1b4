"""One item of an evaluation as its page shows it: texts, marks of the group, what it agreed on, last time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from roadmap.models import Answer, FocusItem, ItemStatus, Mark, Participant

# In the order of the keys: 1, 2, 3, and 0 for grey.
LEVELS = (ItemStatus.RED, ItemStatus.YELLOW, ItemStatus.GREEN)
KEYS: dict[str, str] = {ItemStatus.RED: "1", ItemStatus.YELLOW: "2", ItemStatus.GREEN: "3", ItemStatus.NONE: "0"}
# The base point of the common wage supplement (F094): who agreed on what, and when, is kept.
PAY_ITEMS = frozenset({"1.1.1"})
LEVEL_NAMES: dict[str, str | Promise] = {
    ItemStatus.RED: _("Red"),
    ItemStatus.YELLOW: _("Yellow"),
    ItemStatus.GREEN: _("Green"),
    ItemStatus.NONE: _("Not assessed"),
}


@dataclass(frozen=True, slots=True)
class Level:
    """One of the three texts, with what points at it."""

    status: str
    name: str | Promise
    key: str
    text: str
    is_last: bool
    is_own: bool
    is_agreed: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the group gave a status."""

    status: str
    name: str | Promise
    n: int


@dataclass(frozen=True, slots=True)
class Comment:
    """A word that somebody gave with their mark."""

    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Spread:
    """The group's marks for an item, as one person may see them.

    `counts` and `comments` are empty unless `is_visible`: others' marks are seen after one's own. `waiting` are the
    members who have not given theirs; who has left is not waited for.
    """

    own: Mark | None
    is_visible: bool
    counts: Sequence[Count]
    comments: Sequence[Comment]
    waiting: Sequence[Participant]
    given: int
    total: int

    @property
    def is_split(self) -> bool:
        """Whether the visible marks differ."""
        return len([count for count in self.counts if count.n and count.status != ItemStatus.NONE]) > 1


@dataclass(frozen=True, slots=True)
class Last:
    """Last time's answer; `is_same` tells whether the item's text is still the same."""

    answer: Answer
    is_same: bool

    @property
    def status(self) -> str:
        return self.answer.status


def sees_marks(*, own: Mark | None, is_member: bool, is_open: bool, is_agreed: bool) -> bool:
    """A member sees the others' marks after giving one; who is not in the group, when the group has agreed."""
    if not is_open or own is not None:
        return True
    return is_agreed and not is_member


def spread_of(
    marks: Iterable[Mark],
    group: Sequence[Participant],
    *,
    reader_id: int,
    is_open: bool,
    answer: Answer | None,
) -> Spread:
    """The spread of one item's marks for one reader."""
    given = list(marks)
    here = [one for one in group if one.left_at is None]
    own = next((mark for mark in given if mark.person_id == reader_id), None)
    done = {mark.person_id for mark in given}
    is_member = any(one.person_id == reader_id for one in here)
    is_visible = sees_marks(own=own, is_member=is_member, is_open=is_open, is_agreed=answer is not None)
    tally = Counter(mark.status for mark in given)
    return Spread(
        own=own,
        is_visible=is_visible,
        counts=[Count(status, LEVEL_NAMES[status], tally[status]) for status in (*LEVELS, ItemStatus.NONE)]
        if is_visible
        else [],
        comments=[Comment(mark.status, mark.comment) for mark in given if mark.comment] if is_visible else [],
        waiting=[one for one in here if one.person_id not in done],
        given=len(done),
        total=len(done | {one.person_id for one in here}),
    )


def levels_of(item: FocusItem, *, own: Mark | None, answer: Answer | None, last: Last | None) -> list[Level]:
    """Red, yellow and green with their texts."""
    return [
        Level(
            status=status,
            name=LEVEL_NAMES[status],
            key=KEYS[status],
            text=getattr(item, status),
            is_last=last is not None and last.status == status,
            is_own=own is not None and own.status == status,
            is_agreed=answer is not None and answer.status == status,
        )
        for status in LEVELS
    ]


def last_of(item: FocusItem, answers: dict[str, Answer]) -> Last | None:
    """Last time's answer to the item of this code, if there was one."""
    found = answers.get(item.code)
    return Last(found, found.item.fingerprint == item.fingerprint) if found is not None else None
