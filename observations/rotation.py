"""Which rounds a plan owes in a shift, and which cells are walked: pure functions on plain values.

Cells take turns. Every round shows `size` of them, and the next round begins `size - reserve` further on, so that
up to `reserve` cells that need looking at again may push the last ones of the window into the next round: no cell
ever loses its turn.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occasion:
    """A shift as a plan sees it: production date, number (1-based) and how many shifts the day has."""

    date: dt.date
    number: int
    of: int


def is_due(occasion: Occasion, *, cadence: str, shift_number: int | None, weekday: int, month_day: int) -> bool:
    """Whether a plan owes its rounds in this shift.

    cadence: "shift", "day", "week" or "month". shift_number None means every shift for a shift plan, and the
    first shift of the production day for longer ones. A month that is too short owes on its last day.
    """
    if cadence == "shift":
        return shift_number is None or shift_number == occasion.number
    if occasion.number != (shift_number or 1):
        return False
    if cadence == "week":
        return occasion.date.weekday() == weekday
    if cadence == "month":
        last = monthrange(occasion.date.year, occasion.date.month)[1]
        return occasion.date.day == min(month_day, last)
    return True


def turn(occasion: Occasion, *, cadence: str, shift_number: int | None) -> int:
    """A number that rises by one from each time that a plan is due to the next."""
    day = occasion.date.toordinal()
    if cadence == "shift" and shift_number is None:
        return day * max(occasion.of, 1) + occasion.number - 1
    if cadence == "week":
        return day // 7
    if cadence == "month":
        return occasion.date.year * 12 + occasion.date.month
    return day


def reserve_of(size: int) -> int:
    """How many of a round's cells may be ones that need looking at again: a quarter, at least one of two."""
    return 0 if size < 2 else max(1, size // 4)


def pick_targets(
    targets: Sequence[int], *, size: int, turn_number: int, urgent: Sequence[int] = ()
) -> tuple[list[int], list[int]]:
    """The targets of one round in walking order, and which of them were put first because they are urgent.

    targets: every target of the area in order. urgent: those that need looking at again, the worst first.
    """
    count = len(targets)
    if not count:
        return [], []
    size = min(max(size, 1), count)
    reserve = reserve_of(size)
    begin = 0 if size == count else turn_number * (size - reserve) % count
    window = [targets[(begin + step) % count] for step in range(size)]
    known = set(targets) if reserve else set(window)
    first = [target for target in dict.fromkeys(urgent) if target in known][: max(reserve, 1)]
    rest = [target for target in window if target not in first]
    return (first + rest)[:size], first
