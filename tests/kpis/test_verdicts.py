"""What figures before and after suggest: properties of the rule, and its edges."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.status import Direction, Limits
from kpis.verdicts import Suggestion, is_wished, suggested

values = st.decimals(min_value=-1000, max_value=1000, places=3)
changes = values.filter(lambda value: value != 0)
OPPOSITE = {
    Suggestion.BETTER: Suggestion.WORSE,
    Suggestion.WORSE: Suggestion.BETTER,
    Suggestion.NO_CHANGE: Suggestion.NO_CHANGE,
}


@given(values, changes, st.decimals(min_value=Decimal("0.5"), max_value=3, places=2))
def test_half_of_what_was_expected_or_more_is_better(before, expected, share):
    after = before + expected * share
    up = Direction.UP if expected > 0 else Direction.DOWN
    assert suggested(before, after, direction=up, expected=expected) == Suggestion.BETTER


@given(values, values, changes)
def test_turned_round_better_is_worse(before, after, expected):
    there = suggested(before, after, direction=Direction.BAND, expected=expected)
    assert suggested(after, before, direction=Direction.BAND, expected=expected) == OPPOSITE[there]
    assert suggested(before, after, direction=Direction.BAND, expected=-expected) == OPPOSITE[there]


@given(values, values, st.sampled_from([Direction.UP, Direction.DOWN]))
def test_without_an_expectation_the_way_counts_as_it_is_shown(before, after, direction):
    said = suggested(before, after, direction=direction, places=1)
    other = Direction.DOWN if direction == Direction.UP else Direction.UP
    assert suggested(before, after, direction=other, places=1) == OPPOSITE[said]
    if abs(after - before) > Decimal("0.1"):
        grew = after > before
        assert (said == Suggestion.BETTER) == (grew == (direction == Direction.UP))


@given(values, st.sampled_from(Direction), st.none() | changes)
def test_without_both_sides_it_is_too_early(value, direction, expected):
    for before, after in ((None, value), (value, None), (None, None)):
        assert suggested(before, after, direction=direction, expected=expected) == Suggestion.TOO_EARLY


@given(values, values)
def test_of_a_band_it_counts_how_near_the_figure_came(before, after):
    limits = Limits(target=Decimal(0), target_min=Decimal(-1), target_max=Decimal(1))
    said = suggested(before, after, direction=Direction.BAND, limits=limits, places=3)
    was, came = (max(abs(value) - 1, Decimal(0)) for value in (before, after))
    expected = Suggestion.NO_CHANGE if was == came else Suggestion.BETTER if came < was else Suggestion.WORSE
    assert said == expected


@pytest.mark.parametrize(
    ("change", "direction", "wished"),
    [
        ("2", Direction.UP, True),
        ("-2", Direction.UP, False),
        ("-2", Direction.DOWN, True),
        ("2", Direction.DOWN, False),
        ("-2", Direction.BAND, True),
        ("0", Direction.BAND, False),
        ("0", Direction.UP, False),
    ],
)
def test_which_changes_are_wished(change, direction, wished):
    assert is_wished(Decimal(change), direction) is wished
