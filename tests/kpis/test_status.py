"""Green, yellow, red, and the way a figure moved."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.status import Direction, Limits, Status, Trend, consistent, status, trend

UP = Limits(target=Decimal(95), yellow=Decimal("94.5"), red=Decimal(93))
DOWN = Limits(target=Decimal("0.05"), yellow=Decimal("0.08"), red=Decimal("0.15"))
BAND = Limits(
    target=Decimal(100),
    target_min=Decimal(97),
    target_max=Decimal(103),
    red_min=Decimal(94),
    red_max=Decimal(106),
)


@pytest.mark.parametrize(
    ("limits", "direction", "value", "expected"),
    [
        (UP, "up", "96", "green"),
        (UP, "up", "94.5", "green"),
        (UP, "up", "94.49", "yellow"),
        (UP, "up", "93", "yellow"),
        (UP, "up", "92.99", "red"),
        (DOWN, "down", "0", "green"),
        (DOWN, "down", "0.08", "green"),
        (DOWN, "down", "0.081", "yellow"),
        (DOWN, "down", "0.15", "yellow"),
        (DOWN, "down", "0.151", "red"),
        (BAND, "band", "97", "green"),
        (BAND, "band", "103", "green"),
        (BAND, "band", "96.9", "yellow"),
        (BAND, "band", "103.1", "yellow"),
        (BAND, "band", "94", "yellow"),
        (BAND, "band", "106", "yellow"),
        (BAND, "band", "93.9", "red"),
        (BAND, "band", "106.1", "red"),
    ],
)
def test_the_last_green_and_the_last_yellow_value(limits, direction, value, expected):
    assert status(Decimal(value), limits, Direction(direction)) == Status(expected)


def test_the_exact_value_decides_not_the_rounded_one():
    assert status(Fraction("94.4999"), UP, Direction.UP) == Status.YELLOW


@pytest.mark.parametrize("direction", Direction)
def test_no_data_or_no_limits_is_no_status(direction):
    assert status(None, UP, direction) == Status.NONE
    assert status(1, None, direction) == Status.NONE
    assert status(1, Limits(target=Decimal(1)), direction) == Status.NONE


def test_limits_of_another_direction_are_no_limits():
    assert status(1, BAND, Direction.UP) == Status.NONE
    assert status(1, UP, Direction.BAND) == Status.NONE


def test_a_limit_that_is_not_set_decides_nothing():
    assert status(92, Limits(red=Decimal(93)), Direction.UP) == Status.RED
    assert status(94, Limits(red=Decimal(93)), Direction.UP) == Status.GREEN
    assert status(10, Limits(yellow=Decimal(93)), Direction.UP) == Status.YELLOW
    one_sided = Limits(target_max=Decimal(10), red_max=Decimal(20))
    assert [status(value, one_sided, Direction.BAND) for value in (-99, 10, 20, 21)] == [
        Status.GREEN,
        Status.GREEN,
        Status.YELLOW,
        Status.RED,
    ]


def test_zero_is_a_value_and_a_limit():
    assert status(0, DOWN, Direction.DOWN) == Status.GREEN
    assert status(1, Limits(yellow=Decimal(0), red=Decimal(0)), Direction.DOWN) == Status.RED


def test_limits_out_of_order_are_told():
    assert consistent(UP, Direction.UP)
    assert consistent(DOWN, Direction.DOWN)
    assert consistent(BAND, Direction.BAND)
    assert consistent(Limits(), Direction.UP)
    assert not consistent(Limits(yellow=Decimal(1), red=Decimal(2)), Direction.UP)
    assert not consistent(Limits(target=Decimal(3), yellow=Decimal(2)), Direction.DOWN)
    assert not consistent(Limits(target=Decimal(1), target_min=Decimal(2)), Direction.BAND)


values = st.decimals(-1000, 1000, places=3)
ORDER = [Status.RED, Status.YELLOW, Status.GREEN]


@given(values, values, values, values)
def test_more_is_never_a_worse_status_where_more_is_good(a, b, first, second):
    red, yellow = sorted([a, b])
    low, high = sorted([first, second])
    up = Limits(yellow=yellow, red=red)
    down = Limits(yellow=-yellow, red=-red)
    low_status, high_status = status(low, up, Direction.UP), status(high, up, Direction.UP)
    assert ORDER.index(low_status) <= ORDER.index(high_status)
    assert status(-low, down, Direction.DOWN) == low_status


@given(st.lists(values, min_size=4, max_size=4).map(sorted), values)
def test_a_band_is_both_of_its_sides(ends, value):
    band = Limits(red_min=ends[0], target_min=ends[1], target_max=ends[2], red_max=ends[3])
    below = status(value, Limits(red=ends[0], yellow=ends[1]), Direction.UP)
    above = status(value, Limits(red=ends[3], yellow=ends[2]), Direction.DOWN)
    assert status(value, band, Direction.BAND) == min(below, above, key=ORDER.index)


def test_a_trend_is_the_way_towards_good():
    assert trend(95, 94, Direction.UP) == Trend.BETTER
    assert trend(95, 94, Direction.DOWN) == Trend.WORSE
    assert trend(94, Decimal("94.0"), Direction.UP) == Trend.SAME
    assert trend(110, 108, Direction.BAND, BAND) == Trend.WORSE
    assert trend(90, 108, Direction.BAND, BAND) == Trend.WORSE
    assert trend(104, 95, Direction.BAND, BAND) == Trend.BETTER
    assert trend(98, 102, Direction.BAND, BAND) == Trend.SAME
    assert trend(98, 103, Direction.BAND, Limits(target=Decimal(100))) == Trend.BETTER


def test_a_trend_needs_two_values_and_a_band_its_limits():
    assert trend(None, 1, Direction.UP) is None
    assert trend(1, None, Direction.UP) is None
    assert trend(1, 2, Direction.BAND) is None
    assert trend(1, 2, Direction.BAND, Limits()) is None


def test_figures_that_look_the_same_have_no_trend():
    assert trend(Fraction("94.51"), Fraction("94.46"), Direction.UP, places=1) == Trend.SAME
    assert trend(Fraction("94.51"), Fraction("94.46"), Direction.UP) == Trend.BETTER


@given(values, values, st.sampled_from(Direction))
def test_the_way_back_is_the_opposite(now, before, direction):
    opposite = {Trend.BETTER: Trend.WORSE, Trend.WORSE: Trend.BETTER, Trend.SAME: Trend.SAME}
    there, back = trend(now, before, direction, BAND), trend(before, now, direction, BAND)
    assert there is not None
    assert back == opposite[there]
