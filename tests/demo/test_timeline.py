"""Where the stories are placed in the weeks."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from amps.demo.timeline import FEEDER_SHIFTS, SATURDAY, timeline

DATES = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))


@given(DATES, st.integers(1, 52))
def test_every_story_lies_in_the_weeks(first, weeks):
    line = timeline(first, weeks)
    end = first + dt.timedelta(days=7 * weeks)
    dates = [line.covering, line.feeding, line.slip, *line.missed, *(day for day, _ in (*line.feeder, *line.late))]
    assert all(first <= date < end for date in dates if date is not None)
    assert all(day.weekday() == SATURDAY for day in line.missed)


@given(DATES)
def test_thirteen_weeks_hold_all_stories_as_told(first):
    line = timeline(first, 13)
    assert line.covering == first + dt.timedelta(days=28)
    assert line.slip == first + dt.timedelta(days=56)
    assert len(line.feeder) == len(set(line.feeder)) == FEEDER_SHIFTS
    assert len(line.missed) == 2
    assert len(line.late) == 4
    assert line.covering_effect(line.covering - dt.timedelta(days=1)) == 0
    assert line.covering_effect(line.covering + dt.timedelta(days=20)) == 1


@given(DATES, st.integers(2, 52))
def test_the_nine_shifts_follow_each_other(first, weeks):
    places = [day.toordinal() * 3 + number for day, number in timeline(first, weeks).feeder]
    assert places == list(range(places[0], places[0] + FEEDER_SHIFTS))


def test_one_week_has_room_for_few_stories():
    line = timeline(dt.date(2026, 11, 1), 1)
    assert (line.covering, line.feeding, line.slip, line.feeder) == (None, None, None, ())
