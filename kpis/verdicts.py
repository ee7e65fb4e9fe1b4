"""What figures before and after say of an action: better, no change, worse, or too early. Pure functions.

A plain rule, no statistics: where a change was expected, at least half of it counts as better, at least half of it the
other way as worse, anything between as no change. Where none was expected, it counts which way the figure went, as
shown: towards good, away from it, or neither.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from kpis.status import Direction, Limits, Trend, trend

HALF = Decimal("0.5")


class Suggestion(StrEnum):
    """Values as improvement's Verdict."""

    BETTER = "better"
    NO_CHANGE = "no_change"
    WORSE = "worse"
    TOO_EARLY = "too_early"


def suggested(
    before: Decimal | None,
    after: Decimal | None,
    *,
    direction: Direction,
    expected: Decimal | None = None,
    limits: Limits | None = None,
    places: int = 1,
) -> Suggestion:
    """The verdict that the figures suggest. `expected` is the wished change, signed; `limits` are needed for a band."""
    if before is None or after is None:
        return Suggestion.TOO_EARLY
    if expected:
        gained = (after - before) * (1 if expected > 0 else -1)
        wanted = abs(expected) * HALF
        if gained >= wanted:
            return Suggestion.BETTER
        return Suggestion.WORSE if gained <= -wanted else Suggestion.NO_CHANGE
    went = trend(after, before, direction, limits, places=places)
    if went == Trend.BETTER:
        return Suggestion.BETTER
    return Suggestion.WORSE if went == Trend.WORSE else Suggestion.NO_CHANGE


def is_wished(change: Decimal, direction: Direction) -> bool:
    """Whether an expected change goes the good way; of a band either way may be the good one."""
    if change == 0:
        return False
    if direction == Direction.BAND:
        return True
    return (change > 0) == (direction == Direction.UP)
