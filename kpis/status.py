"""Green, yellow or red: how a figure stands against its limits, and whether it went the right way.

Status is decided on the exact value, not on the rounded one: a figure just past a limit is past it, whatever
its decimals show. A statistical signal is something else and lives elsewhere.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kpis.tally import Exact, quantize


class Direction(StrEnum):
    """Which way is good: more, less, or inside a band."""

    UP = "up"
    DOWN = "down"
    BAND = "band"


class Status(StrEnum):
    """How a figure stands; NONE is no data, or no limits to hold it against."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"


class Trend(StrEnum):
    """How a figure moved since the period before, in terms of good and bad."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Limits:
    """Target and limits in the indicator's unit. A limit that is not set decides nothing.

    UP and DOWN: `yellow` is the last value that is still green, `red` the last that is still yellow.
    BAND: green from `target_min` to `target_max`, yellow from `red_min` to `red_max`, ends included.
    `target` is what is aimed for; it does not decide the colour.
    """

    target: Decimal | None = None
    yellow: Decimal | None = None
    red: Decimal | None = None
    target_min: Decimal | None = None
    target_max: Decimal | None = None
    red_min: Decimal | None = None
    red_max: Decimal | None = None


def status(value: Exact | None, limits: Limits | None, direction: Direction) -> Status:
    """The status of an exact value; NONE without data or without limits for this direction."""
    if value is None or limits is None:
        return Status.NONE
    red_low, green_low, green_high, red_high = _scale(limits, direction)
    if red_low is green_low is green_high is red_high is None:
        return Status.NONE
    if _outside(value, red_low, red_high):
        return Status.RED
    return Status.YELLOW if _outside(value, green_low, green_high) else Status.GREEN


def consistent(limits: Limits, direction: Direction) -> bool:
    """Whether the limits that are set lie in order: red ≤ yellow ≤ target on the low side, and so on."""
    red_low, green_low, green_high, red_high = _scale(limits, direction)
    ladder = [limit for limit in (red_low, green_low, limits.target, green_high, red_high) if limit is not None]
    return ladder == sorted(ladder)


def trend(
    now: Exact | None,
    before: Exact | None,
    direction: Direction,
    limits: Limits | None = None,
    *,
    places: int | None = None,
) -> Trend | None:
    """Whether a figure moved to the better since the period before; None without data in either.

    For BAND it is the distance from the green band (or from the target where no band is set) that counts, and
    None where neither is set. With `places` the figures are compared as shown, so that two equal numbers on a
    page never carry an arrow.
    """
    if now is None or before is None:
        return None
    new, old = (Fraction(value if places is None else quantize(value, places)) for value in (now, before))
    if direction == Direction.BAND:
        if limits is None:
            return None
        far, was_far = _off(new, limits), _off(old, limits)
        if far is None or was_far is None:
            return None
        gain = was_far - far
    else:
        gain = new - old if direction == Direction.UP else old - new
    if gain == 0:
        return Trend.SAME
    return Trend.BETTER if gain > 0 else Trend.WORSE


type _Limit = Decimal | None


def _scale(limits: Limits, direction: Direction) -> tuple[_Limit, _Limit, _Limit, _Limit]:
    """Red below, green from, green to, red above."""
    if direction == Direction.UP:
        return limits.red, limits.yellow, None, None
    if direction == Direction.DOWN:
        return None, None, limits.yellow, limits.red
    return limits.red_min, limits.target_min, limits.target_max, limits.red_max


def _outside(value: Exact, low: _Limit, high: _Limit) -> bool:
    exact = Fraction(value)
    return (low is not None and exact < Fraction(low)) or (high is not None and exact > Fraction(high))


def _off(value: Fraction, limits: Limits) -> Fraction | None:
    """How far a value lies outside the green band, or from the target where no band is set."""
    low, high = limits.target_min, limits.target_max
    if low is None and high is None:
        return None if limits.target is None else abs(value - Fraction(limits.target))
    below = Fraction(low) - value if low is not None else Fraction(0)
    above = value - Fraction(high) if high is not None else Fraction(0)
    return max(below, above, Fraction(0))
