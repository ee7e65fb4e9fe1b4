"""Contributions add up exactly to the gap, and so do the rounded ones that a page shows."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kpis.contributions import SharesError, contributions, rounded_shares
from kpis.status import Direction
from kpis.tally import Parts, Tally, conformity_part, quantize, rate, rollup, rollup_part, total, whole

# Built from integers: many times quicker to draw than `st.fractions` with a largest denominator.
fractions = st.builds(Fraction, st.integers(-(10**6), 10**6), st.integers(1, 997))
positive = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 997))
directions = st.sampled_from(Direction)


def ratio_parts(factor: Fraction):
    return st.dictionaries(
        st.text("abcdefgh", min_size=1, max_size=3),
        st.builds(
            Parts,
            fractions,
            st.one_of(st.just(Fraction(0)), positive),
            st.just(factor),
        ),
        max_size=8,
    )


def test_each_crew_has_its_part_of_the_gap():
    parts = {
        "good": conformity_part(Tally(n=50, conforming=49, not_conforming=1)),
        "bad": conformity_part(Tally(n=30, conforming=21, not_conforming=9)),
        "absent": conformity_part(Tally(planned=20)),
    }
    found = contributions(parts, Decimal(95), Direction.UP)
    assert found == [
        ("bad", Fraction(2100 - 95 * 30, 80)),
        ("absent", Fraction(0)),
        ("good", Fraction(4900 - 95 * 50, 80)),
    ]
    assert sum(share for _, share in found) == Fraction(7000, 80) - 95


def test_the_worst_comes_first_whichever_way_is_good():
    parts = {
        "quiet": rate(Tally(sum_w=Decimal(10))),
        "loud": rate(Tally(n=9, sum_x=Decimal(9), sum_w=Decimal(10))),
    }
    target = Fraction(1, 4)
    assert [key for key, _ in contributions(parts, target, Direction.UP)] == ["quiet", "loud"]
    assert [key for key, _ in contributions(parts, target, Direction.DOWN)] == ["loud", "quiet"]
    assert [key for key, _ in contributions(parts, target, Direction.BAND)] == ["loud", "quiet"]
    assert [key for key, _ in contributions(parts, 5, Direction.BAND)] == ["quiet", "loud"]


def test_without_a_value_there_is_nothing_to_explain():
    assert contributions({}, 1, Direction.UP) == []
    assert contributions({"a": rate(Tally())}, 1, Direction.UP) == []
    assert rounded_shares([], 1) == []


@given(st.sampled_from([Fraction(1), Fraction(100), Fraction(-7, 3)]).flatmap(ratio_parts), fractions, directions)
def test_contributions_of_a_ratio_add_up_exactly_to_its_gap(parts, target, direction):
    summed = whole(parts.values())
    value = summed.value if summed else None
    assume(value is not None)
    found = contributions(parts, target, direction)
    assert sum((share for _, share in found), Fraction(0)) == value - target
    assert {key for key, _ in found} == set(parts)
    sign = {Direction.UP: -1, Direction.DOWN: 1}.get(direction, 1 if value >= target else -1)
    shares = [sign * share for _, share in found]
    assert shares == sorted(shares, reverse=True)


@given(
    st.dictionaries(
        st.integers(0, 20),
        st.tuples(st.one_of(st.none(), fractions), st.one_of(st.just(Fraction(0)), positive)),
        min_size=1,
        max_size=6,
    ),
    fractions,
    directions,
)
def test_contributions_of_a_roll_up_add_up_exactly_to_its_gap(children, target, direction):
    value = rollup(children.values())
    found = contributions({key: rollup_part(*child) for key, child in children.items()}, target, direction)
    if value is None:
        assert found == []
    else:
        assert sum((share for _, share in found), Fraction(0)) == value - target
        without = {key for key, (child, _) in children.items() if child is None}
        assert all(share == 0 for key, share in found if key in without)


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 50), min_size=1), fractions, directions, st.data())
def test_contributions_of_a_plain_sum_add_up_exactly_to_its_gap(counts, target, direction, data):
    parts = {key: total(Tally(n=1, sum_x=Decimal(count))) for key, count in counts.items()}
    given_weights = [data.draw(st.integers(1, 9)) for _ in counts]
    split = {key: Fraction(weight, sum(given_weights)) for key, weight in zip(counts, given_weights, strict=True)}
    for shares in (None, split):
        found = contributions(parts, target, direction, shares=shares)
        assert sum((share for _, share in found), Fraction(0)) == sum(counts.values()) - target


@pytest.mark.parametrize("shares", [{"a": Fraction(1)}, {"a": Fraction(1, 2), "b": Fraction(1, 3)}])
def test_shares_of_a_target_that_do_not_split_it_are_refused(shares):
    parts = {key: total(Tally(n=1, sum_x=Decimal(1))) for key in "ab"}
    with pytest.raises(SharesError):
        contributions(parts, 1, Direction.DOWN, shares=shares)


def test_thirds_are_shown_so_that_they_add_up():
    thirds = [(key, Fraction(-1, 3)) for key in "abc"]
    assert rounded_shares(thirds, 1) == [("a", Decimal("-0.3")), ("b", Decimal("-0.3")), ("c", Decimal("-0.4"))]
    assert rounded_shares([("a", Fraction(0)), *thirds], 0)[0] == ("a", Decimal(0))


def test_the_gap_between_a_shown_value_and_a_shown_target_can_be_met():
    exact = [("a", Fraction("-0.62")), ("b", Fraction("-0.03"))]  # 94.35 against 95
    assert sum(share for _, share in rounded_shares(exact, 1)) == Decimal("-0.7")
    assert sum(share for _, share in rounded_shares(exact, 1, Decimal("-0.6"))) == Decimal("-0.6")


@pytest.mark.parametrize("shown", [Decimal("-0.9"), Decimal("-0.4"), Decimal("-0.65")])
def test_a_shown_gap_that_is_none_is_refused(shown):
    with pytest.raises(SharesError):
        rounded_shares([("a", Fraction("-0.65"))], 1, shown)


lists = st.lists(st.tuples(st.integers(), fractions), min_size=1, max_size=12)


@given(lists, st.integers(0, 5))
def test_shown_contributions_add_up_to_the_shown_gap(exact, places):
    step = Fraction(1, 10**places)
    shown = rounded_shares(exact, places)
    gap = sum((share for _, share in exact), Fraction(0))
    assert sum((Fraction(share) for _, share in shown), Fraction(0)) == Fraction(quantize(gap, places))
    assert [key for key, _ in shown] == [key for key, _ in exact]
    for (_, share), (_, other) in zip(exact, shown, strict=True):
        assert abs(Fraction(other) - share) < step
        assert other.as_tuple().exponent == -places
        if share % step == 0:
            assert Fraction(other) == share


@given(lists, st.integers(0, 5), fractions)
def test_shown_contributions_lead_from_the_shown_target_to_the_shown_value(exact, places, target):
    value = target + sum((share for _, share in exact), Fraction(0))
    gap = Fraction(quantize(value, places)) - Fraction(quantize(target, places))
    shown = rounded_shares(exact, places, quantize(gap, places))
    assert sum((Fraction(share) for _, share in shown), Fraction(0)) == gap
