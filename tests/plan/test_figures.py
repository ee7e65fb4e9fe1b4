"""The arithmetic of the plan: USD per tonne, places in the year, order of codes. Properties over plain values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from roadmap.models import PlanYear
from roadmap.plan_rows import Effect, code_key
from roadmap.plan_sums import place_in_year

amounts = st.integers(min_value=0, max_value=10**12).map(Decimal)
tonnes = st.decimals(min_value=1, max_value=10**7, places=1)
rates = st.decimals(min_value=Decimal("0.01"), max_value=100, places=4)
dates = st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2100, 12, 31))


@given(amounts, amounts, tonnes, rates)
def test_usd_per_tonne_is_additive_and_turns_back(one, other, mass, rate):
    year = PlanYear(year=2026, tonnes=mass, nok_per_usd=rate)
    both = year.usd_per_tonne(one) + year.usd_per_tonne(other)
    assert abs(year.usd_per_tonne(one + other) - both) <= abs(both) * Decimal("1e-20")
    assert abs(year.usd_per_tonne(one) * mass * rate - one) <= one * Decimal("1e-20")


@given(amounts, tonnes, rates)
def test_twice_the_metal_halves_the_effect_per_tonne(amount, mass, rate):
    single = PlanYear(year=2026, tonnes=mass, nok_per_usd=rate).usd_per_tonne(amount)
    double = PlanYear(year=2026, tonnes=mass * 2, nok_per_usd=rate).usd_per_tonne(amount)
    assert abs(double * 2 - single) <= single * Decimal("1e-20")


def test_the_plants_own_example():
    """About 85 million NOK a year was 260 USD per tonne: some 60,000 t a year at the rate of the time (F125)."""
    year = PlanYear(year=2011, tonnes=Decimal(60_000), nok_per_usd=Decimal("5.45"))
    assert round(year.usd_per_tonne(Decimal(85_000_000))) == 260


@given(dates, dates)
def test_places_in_the_year_keep_the_order_of_the_dates(one, other):
    first, second = sorted([one, other])
    assert 0 <= place_in_year(first, one.year) <= place_in_year(second, one.year) <= 100


@given(dates)
def test_a_date_stands_in_its_own_month(date):
    width = 100 / 12
    place = place_in_year(date, date.year)
    assert (date.month - 1) * width - 0.01 <= place <= date.month * width + 0.01


@given(st.lists(st.tuples(*[st.integers(min_value=1, max_value=40)] * 3), min_size=2, unique=True))
def test_codes_are_ordered_as_numbers(codes):
    texts = [".".join(map(str, code)) for code in codes]
    assert sorted(texts, key=code_key) == [".".join(map(str, code)) for code in sorted(codes)]


def test_a_local_item_comes_after_the_standards_own():
    assert sorted(["1.1.L1", "1.10.1", "1.1.12", "1.1.2"], key=code_key) == ["1.1.2", "1.1.12", "1.1.L1", "1.10.1"]


@given(
    st.decimals(min_value=-1000, max_value=1000, places=3).filter(bool),
    st.decimals(min_value=-1000, max_value=1000, places=3),
    st.decimals(min_value=-1000, max_value=1000, places=3),
)
def test_reached_compares_expected_with_measured(expected, before, after):
    effect = Effect("K05", "Iron", "%", 2, "down", "EL1", expected, before, after)
    assert effect.measured == after - before
    same_way = (after - before) * expected > 0
    far_enough = abs(after - before) >= abs(expected)
    assert effect.reached == ("green" if same_way and far_enough else "amber" if same_way else "red")


def test_nothing_measured_is_not_judged():
    assert Effect("K05", "Iron", "%", 2, "down", "EL1", Decimal(1), None, Decimal(2)).reached == "none"
    assert Effect("K05", "Iron", "%", 2, "down", "EL1", None, Decimal(1), Decimal(2)).reached == "none"
