"""What a plan's rows come to: the head, the load per owner, the timeline, the groups. Pure functions."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from amps.display import share_of
from principles.improvement.models import ActionState
from roadmap.plan_rows import Gap, PlanRow

MONTHS = 12
# The drawing of a person's load: where its bars stand, and how tall the tallest is, in pixels.
_GROUND, _TALLEST, _SHORTEST = 32.0, 20.0, 3.0


@dataclass(frozen=True, slots=True)
class Money:
    """An effect per year: NOK, and USD per tonne (None where the plan year is missing)."""

    nok: Decimal
    usd_per_tonne: Decimal | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the head of a plan says. `states` holds every state with how many actions are in it."""

    total: int
    in_plan: int
    open: int
    done: int
    overdue: int
    states: tuple[tuple[str, str, int], ...]
    expected: Money
    verified: Money
    without_amount: int
    gaps: int
    gaps_covered: int


@dataclass(frozen=True, slots=True)
class OwnerLoad:
    """What one person has to do: open actions, overdue ones, and how many fall due in each month of the year.

    `owner` is empty for all those together whose names the reader may not see.
    """

    owner_id: int | None
    owner: str
    open: int
    overdue: int
    done: int
    before: int  # open, due before the year
    months: tuple[int, ...]  # twelve
    late_months: tuple[int, ...]  # how many of those are overdue
    after: int  # open, due after the year
    nok: Decimal

    @property
    def due_in_year(self) -> int:
        return sum(self.months)


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the timeline; every place is per cent of the year's width, 0 to 100."""

    row: PlanRow
    start: float
    end: float
    first_due: float | None  # where it was moved
    has_earlier: bool  # begins before the year
    has_later: bool  # is due after it

    @property
    def width(self) -> float:
        """How long it is; never so short that it can't be seen."""
        return max(0.6, round(self.end - self.start, 2))


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one principle."""

    number: int
    name: str
    rows: list[PlanRow]
    overdue: int
    done: int
    nok: Decimal


def total_nok(rows: Iterable[PlanRow]) -> Decimal:
    """NOK per year of all rows that are not cancelled and have an amount."""
    return sum((row.nok for row in rows if row.nok is not None and not row.is_cancelled), Decimal(0))


def summary_of(
    rows: Sequence[PlanRow], gaps: Sequence[Gap], usd_per_tonne: Callable[[Decimal], Decimal] | None
) -> Summary:
    """The head of a plan over the rows given. `usd_per_tonne` reckons NOK as USD per tonne (None: no plan year)."""

    def money(nok: Decimal) -> Money:
        return Money(nok, usd_per_tonne(nok) if usd_per_tonne is not None else None)

    counts = dict.fromkeys(ActionState.values, 0)
    for row in rows:
        counts[row.state] += 1
    return Summary(
        total=len(rows),
        in_plan=sum(row.in_plan for row in rows),
        open=sum(not row.has_ended for row in rows),
        done=counts[ActionState.DONE],
        overdue=sum(row.is_overdue for row in rows),
        states=tuple((state.value, str(state.label), counts[state]) for state in ActionState),
        expected=money(total_nok(rows)),
        verified=money(total_nok(row for row in rows if row.worked)),
        without_amount=sum(row.nok is None and not row.is_cancelled for row in rows),
        gaps=len(gaps),
        gaps_covered=sum(gap.is_covered for gap in gaps),
    )


def load_of(rows: Iterable[PlanRow], year: int) -> list[OwnerLoad]:
    """The load per owner, the most overdue first; owners whose names are hidden are one line, the last."""
    by_owner: dict[int | None, list[PlanRow]] = {}
    for row in rows:
        if not row.is_cancelled:
            by_owner.setdefault(row.owner_id if row.owner else None, []).append(row)
    loads = [_load(owner_id, found, year) for owner_id, found in by_owner.items()]
    return sorted(loads, key=lambda load: (load.owner_id is None, -load.overdue, -load.open, load.owner.casefold()))


def _load(owner_id: int | None, rows: list[PlanRow], year: int) -> OwnerLoad:
    still = [row for row in rows if not row.has_ended]
    months, late = [0] * MONTHS, [0] * MONTHS
    for row in still:
        if row.due.year == year:
            months[row.due.month - 1] += 1
            late[row.due.month - 1] += row.is_overdue
    return OwnerLoad(
        owner_id=owner_id,
        owner=rows[0].owner if owner_id is not None else "",
        open=len(still),
        overdue=sum(row.is_overdue for row in still),
        done=sum(row.state == ActionState.DONE for row in rows),
        before=sum(row.due.year < year for row in still),
        months=tuple(months),
        late_months=tuple(late),
        after=sum(row.due.year > year for row in still),
        nok=total_nok(rows),
    )


def place_in_year(date: dt.date, year: int) -> float:
    """Where a date stands in a year drawn as twelve equal months, in per cent; 0 before it, 100 after it."""
    if date.year != year:
        return 0.0 if date.year < year else 100.0
    days = calendar.monthrange(date.year, date.month)[1]
    return round((date.month - 1 + (date.day - 0.5) / days) / MONTHS * 100, 2)


def lane_of(row: PlanRow, year: int) -> Lane:
    """A row of the timeline: from its opening to its due date, or to the day when it ended."""
    end = row.ended or row.due
    begin = min(row.opened, end)
    return Lane(
        row=row,
        start=place_in_year(begin, year),
        end=place_in_year(end, year),
        first_due=place_in_year(row.first_due, year) if _was_moved(row, year) else None,
        has_earlier=begin.year < year,
        has_later=end.year > year,
    )


def _was_moved(row: PlanRow, year: int) -> bool:
    return row.first_due != row.due and row.first_due.year == year


def groups_of(rows: Iterable[PlanRow], names: dict[int, str]) -> list[Group]:
    """Rows by principle, in the order of the principles; principles without rows are left out."""
    by_number: dict[int, list[PlanRow]] = {}
    for row in rows:
        by_number.setdefault(row.principle, []).append(row)
    return [
        Group(
            number=number,
            name=names.get(number, ""),
            rows=found,
            overdue=sum(row.is_overdue for row in found),
            done=sum(row.state == ActionState.DONE for row in found),
            nok=total_nok(found),
        )
        for number, found in sorted(by_number.items())
    ]


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of a person's load as drawn: `x` in per cent of the width, the others in pixels from the top."""

    name: str
    letter: str
    count: int
    x: float
    y: float
    tall: float
    late: int
    late_y: float
    late_tall: float
    text_y: float


def bars_of(load: OwnerLoad, most: int, names: Sequence[str]) -> list[Bar]:
    """Twelve bars on a scale that ends at `most`; `names` are the twelve months'."""
    bars = []
    for index, (count, late, name) in enumerate(zip(load.months, load.late_months, names, strict=True)):
        tall = round(max(_SHORTEST, share_of(count, most) / 100 * _TALLEST), 1)
        late_tall = round(tall * late / count, 1) if count else 0.0
        y = round(_GROUND - tall, 1)
        bars.append(
            Bar(
                name=name,
                letter=name[:1].upper(),
                count=count,
                x=round(index * 100 / MONTHS, 2),
                y=y,
                tall=tall,
                late=late,
                late_y=round(_GROUND - late_tall, 1),
                late_tall=late_tall,
                text_y=round(y - 3, 1),
            )
        )
    return bars
