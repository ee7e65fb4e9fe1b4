"""The business plan as plain values: its rows, which of them are wanted, and in which order. Sums: `plan_sums`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from principles.improvement.models import ActionState, Verdict

_BETTER = Verdict.BETTER.value


@dataclass(frozen=True, slots=True)
class Effect:
    """The indicator that an action should move: the change expected, and what it was before and after, in `unit`."""

    code: str
    name: str
    unit: str
    decimals: int
    direction: str  # up, down, band
    place: str
    expected: Decimal | None
    before: Decimal | None = None
    after: Decimal | None = None

    @property
    def measured(self) -> Decimal | None:
        """The change that the figures show; None until there are figures on both sides."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def reached(self) -> str:
        """The mark of expected against measured: green when all of it came, amber for some of it, red for none."""
        measured = self.measured
        if measured is None or not self.expected:
            return "none"
        share = measured / self.expected
        return "green" if share >= 1 else "amber" if share > 0 else "red"


@dataclass(frozen=True, slots=True)
class GapTrace:
    """The focus item at the evaluation that raised the action, and at the next one of the same group."""

    evaluation_id: int
    item_id: int
    status: str
    held_on: dt.date
    next_evaluation_id: int | None = None
    next_status: str = ""
    next_held_on: dt.date | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the next evaluation found it green."""
        return self.next_status == "green"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One action of the plan with everything that a list, the timeline, the load and the PDF show.

    `owner` is empty where the reader may not see the name. `in_plan` says whether it has an entry of the plan's year;
    dates are the plant's.
    """

    pk: int
    number: str
    title: str
    goal: str
    unit_id: int
    unit: str
    owner_id: int
    owner: str
    due: dt.date
    first_due: dt.date
    opened: dt.date
    started: dt.date | None
    carried_out: dt.date | None
    ended: dt.date | None
    dimension: str
    dimension_label: str
    principle: int
    source: str
    source_label: str
    deviation_id: int | None
    meeting_id: int | None
    state: str
    state_label: str
    is_overdue: bool
    in_plan: bool
    item_code: str
    item_name: str
    gap: GapTrace | None
    challenge_id: int | None
    challenge: str
    nok: Decimal | None
    usd_per_tonne: Decimal | None
    effect: Effect | None
    verdict: str
    verdict_label: str
    verdict_words: str
    is_verified: bool

    @property
    def has_ended(self) -> bool:
        return self.state in (ActionState.DONE, ActionState.CANCELLED)

    @property
    def is_cancelled(self) -> bool:
        return self.state == ActionState.CANCELLED

    @property
    def is_late(self) -> bool:
        """Whether its due date was moved to a later one."""
        return self.due > self.first_due

    @property
    def is_finished(self) -> bool:
        """Whether its effect can be looked at: done, or carried out and being checked."""
        return self.state in (ActionState.CHECK, ActionState.ACT, ActionState.DONE)

    @property
    def verdict_status(self) -> str:
        """The mark of the verdict."""
        return {"better": "green", "no_change": "amber", "worse": "red"}.get(self.verdict, "none")

    @property
    def worked(self) -> bool:
        """Whether the effect is verified, in words and by figures where an indicator is linked, as better."""
        return self.is_verified and self.verdict == _BETTER


@dataclass(frozen=True, slots=True)
class Gap:
    """An item below green in a group's last signed evaluation, with the actions that shall close it."""

    code: str
    name: str
    principle: int
    status: str
    evaluation_id: int
    item_id: int
    unit_id: int
    unit: str
    crew: str
    held_on: dt.date
    actions: tuple[tuple[int, str, str], ...] = ()  # pk, number, title

    @property
    def is_covered(self) -> bool:
        return bool(self.actions)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a plan is shown; empty means all."""

    principle: int | None = None
    dimension: str = ""
    state: str = ""  # a state, or "open"
    owner: int | None = None
    source: str = ""
    overdue: bool = False
    item: str = ""  # with, without
    entry: str = ""  # in, out
    challenge: int | None = None
    text: str = ""

    @property
    def is_all(self) -> bool:
        return self == Wanted()

    def fits(self, row: PlanRow) -> bool:
        """Whether a row is wanted. A hidden owner is never found by name or choice."""
        return (
            (self.principle is None or row.principle == self.principle)
            and (not self.dimension or row.dimension == self.dimension)
            and self._fits_state(row)
            and (self.owner is None or (bool(row.owner) and row.owner_id == self.owner))
            and (not self.source or row.source == self.source)
            and (not self.overdue or row.is_overdue)
            and (not self.item or bool(row.item_code) == (self.item == "with"))
            and (not self.entry or row.in_plan == (self.entry == "in"))
            and (self.challenge is None or row.challenge_id == self.challenge)
            and self._fits_text(row)
        )

    def _fits_state(self, row: PlanRow) -> bool:
        if self.state == "open":
            return not row.has_ended
        return not self.state or row.state == self.state

    def _fits_text(self, row: PlanRow) -> bool:
        words = self.text.casefold().split()
        if not words:
            return True
        parts = (row.number, row.title, row.goal, row.unit, row.owner, row.item_code, row.item_name, row.challenge)
        text = " ".join(parts).casefold()
        return all(word in text for word in words)


_SORTS: dict[str, Callable[[PlanRow], object]] = {
    "number": lambda row: row.pk,
    "title": lambda row: row.title.casefold(),
    "unit": lambda row: row.unit.casefold(),
    "owner": lambda row: row.owner.casefold(),
    "due": lambda row: (row.due, row.pk),
    "state": lambda row: list(ActionState.values).index(row.state),
    "item": lambda row: (not row.item_code, code_key(row.item_code)),
    "source": lambda row: row.source_label.casefold(),
    "nok": lambda row: row.nok if row.nok is not None else Decimal(-1),
}


def code_key(code: str) -> tuple[tuple[int, str], ...]:
    """The order of focus items: 1.2.1 before 1.10.1, a local "1.1.L1" after the standard's own."""
    return tuple((int(part), "") if part.isdecimal() else (9_999, part) for part in code.split("."))


def sorted_rows(rows: Iterable[PlanRow], sort: str) -> list[PlanRow]:
    """Rows by a heading ("due", "-due" for the other way); by due date where the heading is unknown."""
    key = _SORTS.get(sort.removeprefix("-"), _SORTS["due"])
    return sorted(rows, key=key, reverse=sort.startswith("-") and sort[1:] in _SORTS)  # type: ignore[arg-type]


def is_sort(sort: str) -> bool:
    """Whether rows can be sorted by it."""
    return sort.removeprefix("-") in _SORTS


def without_names(rows: Iterable[PlanRow], may_see: Callable[[int, int], bool]) -> list[PlanRow]:
    """Rows with the owners' names that `may_see(unit id, owner id)` does not allow taken out."""
    return [row if may_see(row.unit_id, row.owner_id) else replace(row, owner="") for row in rows]
