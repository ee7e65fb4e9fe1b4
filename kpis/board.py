"""What a dashboard is made of: columns, rows, cells, and the words for a target."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from amps import display
from amps.periods import Period
from kpis.models import Indicator, Target
from kpis.series import Reading
from principles.improvement.models import Deviation


@dataclass(frozen=True, slots=True)
class Column:
    """A cadence's column and the period that it shows."""

    cadence: str
    label: str
    period: Period
    name: str
    full_name: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of the table; `earlier` names its period where that is not the column's."""

    reading: Reading
    previous: Decimal | None
    href: str
    earlier: str = ""
    earlier_short: str = ""
    until: dt.datetime | None = None
    reason: str = ""
    streak: int = 0
    is_running: bool = False

    @property
    def css_id(self) -> str:
        """An id that stays the same from one refresh to the next, so that the focus stays."""
        return "c" + "".join(sign if sign.isalnum() else "-" for sign in self.href)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a row: a cell, or why there is none."""

    column: Column
    cell: Cell | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator."""

    indicator: Indicator
    slots: list[Slot]
    goal: str
    aim: Decimal | None
    spark: list[Decimal | None]
    spark_label: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of "needs attention"; `figure` is the stored red figure it is about, 0 where it is about none.

    `deviation` is the open one of that figure.
    """

    status: str
    what: str
    text: str
    href: str
    go: str
    rank: tuple[int, ...] = ()
    figure: int = 0
    deviation: Deviation | None = None


def goal_text(target: Target | None, decimals: int, direction: str) -> str:
    """Where green is, in words: "≥ 95", "≤ 0.12", "225–235"; "" without a target."""
    if target is None:
        return ""
    if direction == "band":
        if target.target_min is None or target.target_max is None:
            return display.format_number(target.target, decimals)
        ends = (display.format_number(end, decimals) for end in (target.target_min, target.target_max))
        return "–".join(ends)
    limit = target.yellow if target.yellow is not None else target.target
    sign = "≥" if direction == "up" else "≤"
    return f"{sign}\N{NO-BREAK SPACE}{display.format_number(limit, _places(limit, decimals))}"


def aim_text(target: Target | None, decimals: int) -> str:
    """The target itself, with as many decimals as it needs: "95", "0.12"; "" without one."""
    if target is None:
        return ""
    return display.format_number(target.target, _places(target.target, decimals))


def _places(limit: Decimal, decimals: int) -> int:
    """As many decimals as the indicator has; more when the limit would otherwise be shown wrongly."""
    exponent = limit.normalize().as_tuple().exponent
    return max(decimals if isinstance(exponent, str) else min(decimals, max(0, -exponent)), _needed(limit))


def _needed(limit: Decimal) -> int:
    exponent = limit.normalize().as_tuple().exponent
    return 0 if isinstance(exponent, str) else max(0, -exponent)
