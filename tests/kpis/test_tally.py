"""Tallies add up exactly, and indicators follow from them."""

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.tally import (
    EMPTY,
    InexactTally,
    Parts,
    PartsError,
    Tally,
    TallyError,
    conformity,
    conformity_part,
    coverage,
    mean,
    means,
    merge,
    merged,
    not_ok_rate,
    quantize,
    rate,
    ratio,
    rollup,
    rollup_part,
    total,
    whole,
)

# Anything a numeric column may hold: far beyond what Decimal's default 28 digits keep.
numbers = st.decimals(-(10**30), 10**30, places=12)
weights = st.decimals(0, 10**20, places=9)


@st.composite
def facts(draw) -> Tally:
    """The tally of one observation."""
    kind = draw(st.sampled_from(["conforming", "not_conforming", "not_applicable", "value", "weighted"]))
    planned = draw(st.integers(0, 2))
    if kind in ("value", "weighted"):
        x = draw(numbers)
        w = draw(weights) if kind == "weighted" else Decimal(0)
        with localcontext(prec=200):
            return Tally(1, 0, 0, 0, planned, x, x * x, x, x, w, w * x, done=draw(st.integers(0, min(planned, 1))))
    return Tally(
        n=1,
        conforming=int(kind == "conforming"),
        not_conforming=int(kind == "not_conforming"),
        not_applicable=int(kind == "not_applicable"),
        planned=planned,
        done=draw(st.integers(0, min(planned, 1))),
    )


tallies = st.lists(facts(), max_size=6).map(merged)


@given(tallies, tallies)
def test_done_stays_within_the_plan_and_the_rest_is_outside(a, b):
    together = a + b
    assert together.done <= together.planned
    assert together.done + together.outside == together.n
    assert (together.done, together.outside) == (a.done + b.done, a.outside + b.outside)


@given(tallies, tallies, tallies)
def test_tallies_merge_in_any_order_and_grouping(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + EMPTY == a == EMPTY + a


@given(st.lists(facts(), min_size=1, max_size=12), st.data())
def test_a_tally_of_tallies_is_the_tally_of_the_facts(single, data):
    cut = data.draw(st.integers(0, len(single)))
    whole_tally = merge(merged(single[:cut]), merged(single[cut:]))
    assert whole_tally == merged(data.draw(st.permutations(single)))
    assert whole_tally.n == len(single)
    assert whole_tally.done == sum(fact.done for fact in single)
    assert Fraction(whole_tally.sum_x) == sum((Fraction(fact.sum_x) for fact in single), Fraction(0))
    assert Fraction(whole_tally.sum_x2) == sum((Fraction(fact.sum_x) ** 2 for fact in single), Fraction(0))
    values = [fact.min_x for fact in single if fact.min_x is not None]
    assert whole_tally.min_x == (min(values) if values else None)
    assert whole_tally.max_x == (max(values) if values else None)


def test_sums_do_not_depend_on_the_surrounding_precision():
    with localcontext(prec=3):
        both = Tally(n=1, sum_x=Decimal("1000000.001")) + Tally(n=1, sum_x=Decimal("0.0001"))
    assert both.sum_x == Decimal("1000000.0011")


def test_a_sum_that_would_need_rounding_is_refused():
    with pytest.raises(InexactTally):
        Tally(n=1, sum_x=Decimal("1e3000")) + Tally(n=1, sum_x=Decimal(1))


@pytest.mark.parametrize(
    "values",
    [
        {"n": -1},
        {"n": 1, "conforming": 1, "not_applicable": 1},
        {"planned": -1},
        {"sum_x": Decimal("NaN")},
        {"max_x": Decimal("Infinity")},
        {"sum_w": Decimal(-1)},
        {"sum_x2": Decimal(-1)},
        {"planned": Decimal("NaN")},
        {"n": 1, "done": 1},
        {"n": 3, "planned": 2, "done": 3},
        {"n": 1, "planned": 2, "done": 2},
    ],
)
def test_a_tally_that_no_facts_could_have_is_refused(values):
    with pytest.raises(TallyError):
        Tally(**values)


def test_conformity_leaves_out_what_is_not_applicable_and_weighs_its_points():
    point = Tally(n=10, conforming=6, not_conforming=2, not_applicable=2)
    assert conformity_part(point).value == 75
    safety = Tally(n=4, conforming=1, not_conforming=3)
    both = conformity({"point": (point, 1), "safety": (safety, 3)})
    assert both.value == Fraction(100 * (6 + 3 * 1), 8 + 3 * 4)


@pytest.mark.parametrize("nothing", [EMPTY, Tally(n=3, not_applicable=3, planned=4)])
def test_missing_is_not_zero(nothing):
    assert conformity({"point": (nothing, 1)}).value is None
    assert mean(nothing).value is None
    assert total(nothing).value is None
    assert rate(nothing).value is None
    assert conformity({}).value is None


def test_a_mean_is_weighted_as_soon_as_weights_were_given():
    plain = Tally(n=3, not_applicable=1, sum_x=Decimal(5))
    assert mean(plain).value == Fraction(5, 2)
    heavy = Tally(n=2, sum_x=Decimal(3), sum_w=Decimal(10), sum_wx=Decimal(12))
    assert mean(heavy).value == Fraction(12, 10)
    assert mean(heavy, weighted=False).value == Fraction(3, 2)
    assert whole(means({"plain": plain, "heavy": heavy}).values()) == mean(plain + heavy)
    assert means({"plain": plain})["plain"].value == Fraction(5, 2)


def test_opportunities_without_events_are_zero_events():
    quiet = Tally(n=0, sum_w=Decimal(120))
    assert rate(quiet).value == 0
    eventful = Tally(n=3, sum_x=Decimal(3), sum_w=Decimal(40))
    assert rate(eventful, 1000).value == 75
    assert rate(quiet + eventful).value == Fraction(3, 160)


def test_the_share_not_conforming_leaves_out_what_is_not_applicable():
    assert not_ok_rate(Tally(n=10, conforming=6, not_conforming=2, not_applicable=2), 1000).value == 250
    assert not_ok_rate(Tally(n=2, not_applicable=2)).value is None


def test_a_ratio_needs_both_of_its_sums():
    carbon, metal = Tally(n=2, sum_x=Decimal(812)), Tally(n=1, sum_x=Decimal(2))
    assert ratio(carbon, metal).value == 406
    assert ratio(carbon, EMPTY).value is None
    assert ratio(EMPTY, metal).value is None
    assert ratio(carbon, Tally(n=1)).value is None


def test_coverage_is_done_of_planned_whatever_was_seen_besides():
    assert coverage(Tally(n=9, done=3, planned=4)).value == 75
    assert coverage(Tally(n=5, done=4, planned=Decimal(4))).value == 100
    assert coverage(Tally(n=1, planned=4)).value == 0
    assert coverage(Tally(n=3)).value is None
    assert coverage(Tally(n=2, not_applicable=2, done=2, planned=2)).value == 100


def test_totals_add_up_and_stay_missing_only_without_any_data():
    some = total(Tally(n=2, sum_x=Decimal(7)))
    assert (some + total(EMPTY)).value == 7
    assert (some + some).value == 14


def test_parts_of_different_indicators_do_not_mix():
    with pytest.raises(PartsError):
        rate(EMPTY, 10) + rate(EMPTY, 100)
    with pytest.raises(PartsError):
        total(EMPTY) + mean(EMPTY)
    with pytest.raises(PartsError):
        Parts(Fraction(1), Fraction(-1))
    with pytest.raises(PartsError):
        Parts(Fraction(1), Fraction(2), additive=True)
    with pytest.raises(PartsError):
        rollup([(1, -1)])
    with pytest.raises(PartsError):
        conformity_part(EMPTY, -1)


@given(st.lists(tallies, min_size=1, max_size=5))
def test_the_indicator_of_the_whole_is_that_of_its_parts(several):
    together = merged(several)
    assert whole(means(dict(enumerate(several))).values()) == mean(together)
    for indicator in (total, rate, coverage, conformity_part, not_ok_rate):
        assert reduce(Parts.__add__, map(indicator, several)) == indicator(together)


def test_a_roll_up_renormalises_over_the_children_with_data():
    assert rollup([(90, Decimal("0.2")), (100, Decimal("0.3")), (None, Decimal("0.5"))]) == 96
    assert rollup([(None, 1), (None, 2)]) is None
    assert rollup([]) is None
    assert rollup([(5, 0)]) is None
    assert whole([]) is None
    assert rollup_part(None, 1).value is None


# Built from integers: many times quicker to draw than bounded `st.fractions`.
values = st.one_of(st.none(), st.builds(Fraction, st.integers(-(10**6), 10**6), st.integers(1, 997)))
positive = st.builds(Fraction, st.integers(1, 10**4), st.integers(1, 97))


@given(st.lists(st.tuples(values, positive), min_size=1, max_size=8), positive)
def test_a_roll_up_lies_between_its_children_and_knows_only_relative_weights(children, scale):
    result = rollup(children)
    present = [value for value, _ in children if value is not None]
    assert result == rollup([(value, weight * scale) for value, weight in children])
    if result is None:
        assert not present
    else:
        assert min(present) <= result <= max(present)


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(2, 3), 0, "1"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Fraction(-1, 1000), 2, "0.00"),
        (Decimal("94.45"), 1, "94.5"),
        (5, 3, "5.000"),
        (10**40, 1, "1" + "0" * 40 + ".0"),
    ],
)
def test_figures_are_shown_with_halves_away_from_zero(value, places, shown):
    assert str(quantize(value, places)) == shown


def test_fewer_than_no_decimals_are_refused():
    with pytest.raises(ValueError, match="decimals"):
        quantize(1, -1)


@given(st.builds(Fraction, st.integers(), st.integers(1, 10**9)), st.integers(0, 8))
def test_a_shown_figure_is_the_nearest_one(value, places):
    shown = quantize(value, places)
    assert abs(Fraction(shown) - value) <= Fraction(1, 2 * 10**places)
    assert shown.as_tuple().exponent == -places
    assert quantize(-value, places) == shown.copy_negate()
