"""What facts suggest: the pure part, and the standard's own worked example 1.1.1."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from roadmap.evidence import Fact, against_facts, fact_from_json, judge, suggest
from roadmap.evidence.plain import Reading, median, worst_of
from roadmap.models import ItemStatus

RED, YELLOW, GREEN, NONE = ItemStatus.RED, ItemStatus.YELLOW, ItemStatus.GREEN, ItemStatus.NONE
statuses = st.sampled_from([RED, YELLOW, GREEN, NONE])
numbers = st.integers(min_value=-1000, max_value=1000).map(lambda number: Fraction(number, 8))
RANK = {RED: 0, YELLOW: 1, GREEN: 2}


def test_worked_example_1_1_1():
    """All critical processes have an SOP, but indicators are not followed at all cadences: yellow, not green."""
    sops = judge(Decimal(100), "up", Decimal(60), Decimal(100))
    followed = judge(Decimal(75), "up", Decimal(0), Decimal(100))
    assert (sops, followed) == (GREEN, YELLOW)
    assert suggest([("sops", sops), ("followed", followed)]) == (YELLOW, "followed")
    # Nothing followed at all holds back green, but causes no red.
    assert judge(Decimal(0), "up", Decimal(0), Decimal(100)) == YELLOW
    assert suggest([("sops", judge(Decimal(50), "up", Decimal(60), Decimal(100))), ("followed", YELLOW)]) == (
        RED,
        "sops",
    )
    assert suggest([("sops", sops), ("followed", judge(100, "up", 0, 100))]) == (GREEN, "sops")


def test_limits_themselves_are_on_the_better_side():
    assert judge(95, "up", 70, 95) == GREEN
    assert judge(70, "up", 70, 95) == YELLOW
    assert judge(Fraction(6999, 100), "up", 70, 95) == RED
    assert judge(10, "down", 30, 10) == GREEN
    assert judge(30, "down", 30, 10) == YELLOW
    assert judge(Fraction(3001, 100), "down", 30, 10) == RED


def test_yellow_at_zero_going_down_can_be_red():
    assert judge(1, "down", 0, 0) == RED


@given(numbers, st.sampled_from(["up", "down"]), numbers, numbers)
def test_better_values_never_get_a_worse_status(value, direction, yellow, green):
    better = value + 1 if direction == "up" else value - 1
    if (green >= yellow) == (direction == "up"):
        assert RANK[judge(better, direction, yellow, green)] >= RANK[judge(value, direction, yellow, green)]


@given(numbers, numbers)
def test_yellow_at_zero_never_causes_red(value, green):
    assert judge(value, "up", 0, green) != RED


@given(st.lists(statuses, max_size=6))
def test_the_suggestion_is_the_worst_and_never_green_with_something_unmeasured(found):
    suggested, binding = suggest([(str(at), status) for at, status in enumerate(found)])
    known = [status for status in found if status != NONE]
    if RED in known or YELLOW in known:
        assert suggested == min(known, key=RANK.__getitem__)
    elif NONE in found or not found:
        assert suggested == NONE
    else:
        assert suggested == GREEN
    if suggested == NONE:
        assert binding is None
    else:
        assert binding is not None
        assert found[int(binding)] == suggested


@given(st.lists(statuses, min_size=1, max_size=5), statuses)
def test_another_metric_never_makes_a_suggestion_better(found, one_more):
    before, _ = suggest([(str(at), status) for at, status in enumerate(found)])
    after, _ = suggest([(str(at), status) for at, status in enumerate([*found, one_more])])
    if NONE not in (before, after):
        assert RANK[after] <= RANK[before]


def test_only_a_better_claim_needs_a_reason():
    assert against_facts("green", "yellow")
    assert against_facts("yellow", "red")
    assert not against_facts("red", "green")
    assert not against_facts("green", "none")
    assert not against_facts("none", "red")


@given(st.lists(numbers, min_size=1))
def test_the_median_halves(values):
    middle = median(values)
    assert middle is not None
    assert sum(value < middle for value in values) <= len(values) / 2
    assert sum(value > middle for value in values) <= len(values) / 2


def test_the_worst_reading_depends_on_the_direction():
    readings = [Reading(value=1), Reading(missing="none"), Reading(value=3)]
    assert worst_of(readings, "up") == readings[0]
    assert worst_of(readings, "down") == readings[2]
    assert worst_of([readings[1]], "up") is None


def test_a_fact_survives_being_kept_with_an_answer():
    fact = Fact(
        "m", "Label", Decimal("92.5"), "%", Decimal(37), Decimal(40), Decimal(70), Decimal(95), YELLOW, "/x/", ""
    )
    kept = fact.as_json()
    assert kept["value"] == "92.5"
    assert kept["numerator"] == "37"
    with translation.override("nb"):
        again = fact_from_json(kept)
    assert (again.value, again.numerator, again.status, str(again.label)) == (
        fact.value,
        fact.numerator,
        YELLOW,
        "Label",
    )
    assert again.band == fact.band
