"""Roll-ups and the radar's geometry: pure functions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.drawings import Axis, principle_axes, radar, rule_axes, wrapped
from roadmap.models import ItemStatus
from roadmap.results import AnswerRow, Counts, ItemRow, counts_of, move_of, result_of

STATUSES = [status.value for status in ItemStatus]
lists = st.lists(st.sampled_from(STATUSES), max_size=12)


def _items(*codes: str) -> list[ItemRow]:
    """Items by code; the rule and principle follow from it."""
    return [
        ItemRow(at, code, f"Item {code}", "f", False, code[:3], f"Rule {code[:3]}", int(code[0]), f"P{code[0]}")
        for at, code in enumerate(codes, start=1)
    ]


@given(lists)
def test_green_only_when_every_item_is(statuses):
    counts = counts_of(statuses)
    assert counts.total == len(statuses)
    assert (counts.status == "green") == (bool(statuses) and set(statuses) == {"green"})
    if "red" in statuses:
        assert counts.status == "red"
    elif "yellow" in statuses:
        assert counts.status == "yellow"


@given(lists)
def test_the_index_leaves_grey_out(statuses):
    counts = counts_of(statuses)
    known = [status for status in statuses if status != "none"]
    assert counts.index == counts_of(known).index
    assert (counts.index is None) == (not known)
    if known:
        points = {"red": 0, "yellow": 50, "green": 100}
        mean = sum(points[status] for status in known) / len(known)
        assert abs(float(counts.index or 0) - mean) <= 0.051


@given(lists, lists)
def test_counts_add_up(first, second):
    assert counts_of(first).plus(counts_of(second)) == counts_of([*first, *second])


def test_moves():
    assert move_of("green", "red").steps == 2
    assert move_of("yellow", "green").direction == "down"
    assert move_of("red", "red").direction == "flat"
    assert move_of("red", None).direction == "unknown"
    assert move_of("none", "green").direction == "unknown"
    assert move_of("green", "none").direction == "unknown"


def test_an_evaluation_rolled_up():
    items = _items("1.1.1", "1.1.2", "1.2.1", "2.1.1")
    answers = {1: AnswerRow("green"), 2: AnswerRow("yellow", "two crews"), 4: AnswerRow("green")}
    before = {"1.1.1": AnswerRow("yellow", "", "f"), "1.1.2": AnswerRow("green", "", "old")}
    result = result_of(items, answers, before, {"1.1": "green", "2.1": "yellow", "1.2": "yellow"})
    assert [rule.status.value for rule in result.rules] == ["yellow", "none", "green"]
    assert result.counts == Counts(0, 1, 2, 1)
    assert result.counts.index == Decimal("83.3")
    assert result.moved == (1, 1)
    assert [item.code for item in result.gaps] == ["1.1.2"]
    assert result.gaps[0].text_changed
    assert result.gaps[0].reason == "two crews"
    # Below its target, and not assessed; the third stands beyond it.
    assert [rule.code for rule in result.behind_target] == ["1.1", "1.2"]
    assert result.rules[0].before_status == "yellow"
    assert result.rules[1].before is None
    assert result.principles[0].change == Decimal("0.0")
    assert result.principles[1].change is None
    assert result.rule_counts == Counts(0, 1, 1, 1)


def test_red_gaps_come_first():
    items = _items("1.1.1", "1.1.2")
    result = result_of(items, {1: AnswerRow("yellow"), 2: AnswerRow("red")}, {}, {})
    assert [item.code for item in result.gaps] == ["1.1.2", "1.1.1"]


def test_an_evaluation_without_items_or_answers():
    assert result_of([], {}, {}, {}).counts == Counts()
    empty = result_of(_items("1.1.1"), {}, {}, {})
    assert empty.counts.index is None
    assert empty.change is None
    assert empty.counts.status == "none"


def test_axes_say_what_the_numbers_say():
    items = _items("1.1.1", "1.2.1", "2.1.1")
    result = result_of(
        items, {1: AnswerRow("green"), 2: AnswerRow("red")}, {"1.1.1": AnswerRow("red")}, {"1.1": "green"}
    )
    one, two = principle_axes(result)
    assert (one.now, one.before, one.target) == (50, 0, None)  # a target for one of its two rules only
    assert two.now is None
    first, second, _third = rule_axes(result)
    assert (first.now, first.before, first.target) == (100, 0, 100)
    assert (second.now, second.before, second.target) == (0, None, None)


@given(st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=3, max_size=20))
def test_the_radar_stays_inside_its_rings(values):
    drawn = radar([Axis(str(at), f"Axis {at}", value) for at, value in enumerate(values)], short=True)
    known = [value for value in values if value is not None]
    lines = [line for line in drawn.lines if line.name == "now"]
    assert bool(lines) == bool(known)
    for line in lines:
        assert len(line.dots) == len(known)
        assert bool(line.closed) == (len(known) == len(values))
        for x, y in line.dots:
            assert (x - drawn.cx) ** 2 + (y - drawn.cy) ** 2 <= 120.1**2
    assert len(drawn.spokes) == len(values)
    assert len({(spoke.x, spoke.y) for spoke in drawn.spokes}) == len(values)


def test_a_missing_value_leaves_a_gap_in_the_line():
    drawn = radar([Axis("1", "a", 50), Axis("2", "b", None), Axis("3", "c", 50), Axis("4", "d", 50)])
    (line,) = drawn.lines
    assert line.closed == ""
    assert len(line.stretches) == 2  # 3–4 and 4–1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("1 Flow", ["1 Flow"]),
        ("2 Defined customer and supplier relationships", ["2 Defined", "customer and", "supplier relationships"]),
        ("4 Kunde-/leverandørforholdene", ["4", "Kunde-/leverandørforholdene"]),
    ],
)
def test_labels_in_lines(text, lines):
    assert wrapped(text) == lines
