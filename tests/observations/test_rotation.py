"""Which cells a round shows: everybody's turn comes, and what needs looking at again comes first."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from observations.rotation import Occasion, is_due, pick_targets, turn

START = dt.date(2026, 1, 1)


@given(
    count=st.integers(1, 60),
    size=st.integers(1, 70),
    begin=st.integers(0, 5000),
    urgent=st.lists(st.lists(st.integers(0, 59), max_size=12), min_size=1, max_size=200),
)
def test_every_cell_gets_its_turn_whatever_is_urgent(count, size, begin, urgent):
    cells = list(range(count))
    seen: set[int] = set()
    rounds = 0
    while len(seen) < count:
        picked, first = pick_targets(cells, size=size, turn_number=begin + rounds, urgent=urgent[rounds % len(urgent)])
        assert len(picked) == len(set(picked)) == min(size, count)
        assert picked[: len(first)] == first
        seen |= set(picked)
        rounds += 1
        assert rounds <= 2 * count + 1


def test_urgent_cell_comes_first_and_says_so():
    picked, first = pick_targets([1, 2, 3, 4, 5, 6, 7, 8, 9], size=4, turn_number=0, urgent=[9])
    assert picked == [9, 1, 2, 3]
    assert first == [9]


def test_displaced_cell_is_in_the_next_round():
    cells = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    first_round, _ = pick_targets(cells, size=4, turn_number=0, urgent=[9])
    next_round, _ = pick_targets(cells, size=4, turn_number=1)
    assert 4 not in first_round
    assert 4 in next_round


def test_no_targets_give_none():
    assert pick_targets([], size=4, turn_number=3, urgent=[1]) == ([], [])


@given(st.dates(dt.date(2025, 1, 1), dt.date(2030, 1, 1)), st.integers(1, 31))
def test_a_monthly_plan_is_due_once_a_month(date, month_day):
    first = date.replace(day=1)
    days = [first + dt.timedelta(days=n) for n in range(31) if (first + dt.timedelta(days=n)).month == first.month]
    due = [
        day
        for day in days
        if is_due(Occasion(day, 1, 3), cadence="month", shift_number=None, weekday=0, month_day=month_day)
    ]
    assert len(due) == 1
    assert due[0].day == min(month_day, days[-1].day)


def test_due_by_cadence_and_shift():
    monday = dt.date(2026, 3, 9)
    plain = {"shift_number": None, "weekday": 0, "month_day": 1}
    assert [n for n in (1, 2, 3) if is_due(Occasion(monday, n, 3), cadence="shift", **plain)] == [1, 2, 3]
    assert [n for n in (1, 2, 3) if is_due(Occasion(monday, n, 3), cadence="day", **plain)] == [1]
    night = plain | {"shift_number": 3}
    assert [n for n in (1, 2, 3) if is_due(Occasion(monday, n, 3), cadence="shift", **night)] == [3]
    assert [n for n in (1, 2, 3) if is_due(Occasion(monday, n, 3), cadence="week", **night)] == [3]
    assert not is_due(Occasion(monday + dt.timedelta(days=1), 3, 3), cadence="week", **night)


def test_turns_rise_by_one():
    occasions = [Occasion(START + dt.timedelta(days=n // 3), n % 3 + 1, 3) for n in range(9)]
    turns = [turn(one, cadence="shift", shift_number=None) for one in occasions]
    assert turns == list(range(turns[0], turns[0] + 9))
    months = [turn(Occasion(dt.date(2025, 12, 5), 1, 3), cadence="month", shift_number=None)]
    months.append(turn(Occasion(dt.date(2026, 1, 5), 1, 3), cadence="month", shift_number=None))
    assert months[1] - months[0] == 1
