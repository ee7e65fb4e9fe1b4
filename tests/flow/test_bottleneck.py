"""Bottleneck, throughput and shortfall: the worked example of F061/F062, and what holds for every route."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from principles.flow.bottleneck import assess

tonnes = st.decimals(min_value=0, max_value=10**6, places=2, allow_nan=False, allow_infinity=False)
demands = st.decimals(min_value=Decimal("0.01"), max_value=10**6, places=2, allow_nan=False, allow_infinity=False)


def test_the_worked_example():
    found = assess([Decimal(7400), Decimal(7400), Decimal(5865), Decimal(7800), Decimal(9000)], Decimal(7000))
    assert found.bottlenecks == (2,)
    assert found.throughput == 5865
    assert found.shortfall == 1135
    assert round(found.shortfall_percent, 1) == Decimal("16.2")


@given(st.lists(tonnes, min_size=1, max_size=12), demands)
def test_throughput_and_shortfall_add_up_to_the_demand_or_more_is_possible(capacities, demand):
    found = assess(capacities, demand)
    assert found.throughput + found.shortfall == demand
    assert found.throughput <= demand
    assert all(found.throughput <= capacity for capacity in capacities)
    assert {capacities[index] for index in found.bottlenecks} == {min(capacities)}


@given(st.lists(tonnes, min_size=1, max_size=12), demands, st.data())
def test_more_capacity_elsewhere_than_at_the_bottleneck_changes_nothing(capacities, demand, data):
    before = assess(capacities, demand)
    others = [index for index in range(len(capacities)) if index not in before.bottlenecks]
    raised = list(capacities)
    for index in others:
        raised[index] += data.draw(tonnes)
    assert assess(raised, demand).throughput == before.throughput


@given(st.permutations([Decimal(1), Decimal(2), Decimal(3), Decimal(3)]))
def test_the_order_of_the_processes_does_not_matter(capacities):
    found = assess(capacities, Decimal(2))
    assert (found.capacity, found.throughput, found.shortfall) == (1, 1, 1)


@pytest.mark.parametrize(
    ("capacities", "demand"), [([], Decimal(1)), ([Decimal(-1)], Decimal(1)), ([Decimal(1)], Decimal(0))]
)
def test_what_makes_no_sense_is_refused(capacities, demand):
    with pytest.raises(ValueError, match=r"a (route|capacity|demand)"):
        assess(capacities, demand)
