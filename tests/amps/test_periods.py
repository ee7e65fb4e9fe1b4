"""Every instant belongs to exactly one shift, and every shift to one day, week and month."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amps.periods import (
    AmbiguousTime,
    BadCalendar,
    BadCalendars,
    BadDate,
    Cadence,
    Calendar,
    NaiveInstant,
    NonexistentTime,
    NotLocalTime,
    OutOfRange,
    ReversedInterval,
    ShiftStart,
    UnknownShift,
    UnknownZone,
    calendar_on,
    day_start,
    next_period,
    next_shift,
    parse_local,
    period_at,
    period_of,
    period_on,
    periods_between,
    previous_period,
    previous_shift,
    shift_at,
    shift_on,
    shifts_between,
    shifts_of_day,
)

OSLO = "Europe/Oslo"
DAY = timedelta(days=1)


def starts(*pairs: str) -> tuple[ShiftStart, ...]:
    """Shift starts from "M 06:00" and so on."""
    return tuple(ShiftStart(code, time.fromisoformat(at)) for code, at in (pair.split() for pair in pairs))


THREE = starts("M 06:00", "A 14:00", "N 22:00")
PLANT = (Calendar(date(2020, 1, 1), OSLO, THREE),)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("instant", "production_date", "code", "week"),
    [
        ("2025-01-06T05:59:59+01:00", "2025-01-05", "N", (2025, 1)),
        ("2025-01-06T06:00:00+01:00", "2025-01-06", "M", (2025, 2)),
        ("2025-01-06T13:59:59+01:00", "2025-01-06", "M", (2025, 2)),
        ("2025-01-06T14:00:00+01:00", "2025-01-06", "A", (2025, 2)),
        ("2025-01-06T22:00:00+01:00", "2025-01-06", "N", (2025, 2)),
        ("2025-03-01T02:00:00+01:00", "2025-02-28", "N", (2025, 9)),
        ("2025-03-30T03:00:00+02:00", "2025-03-29", "N", (2025, 13)),
        ("2025-10-26T02:30:00+02:00", "2025-10-25", "N", (2025, 43)),
        ("2025-10-26T02:30:00+01:00", "2025-10-25", "N", (2025, 43)),
        ("2024-12-30T10:00:00+01:00", "2024-12-30", "M", (2025, 1)),
        ("2026-12-31T23:00:00+01:00", "2026-12-31", "N", (2026, 53)),
        ("2027-01-01T03:00:00+01:00", "2026-12-31", "N", (2026, 53)),
        ("2027-01-04T06:00:00+01:00", "2027-01-04", "M", (2027, 1)),
    ],
)
def test_an_instant_has_its_production_date_shift_and_week(instant, production_date, code, week):
    span = shift_at(PLANT, datetime.fromisoformat(instant))
    assert (span.production_date, span.code) == (date.fromisoformat(production_date), code)
    assert period_of(PLANT, Cadence.WEEK, span).iso_week == week


def test_the_night_to_the_1st_belongs_to_the_month_before():
    month = period_at(PLANT, Cadence.MONTH, datetime.fromisoformat("2025-03-01T02:00:00+01:00"))
    assert month.first == date(2025, 2, 1)
    assert (month.start, month.end) == (utc("2025-02-01T06:00+01:00"), utc("2025-03-01T06:00+01:00"))
    assert (month.days[0], month.days[-1], len(month.days)) == (date(2025, 2, 1), date(2025, 2, 28), 28)


def test_a_week_runs_from_monday_morning_to_monday_morning():
    week = period_on(PLANT, Cadence.WEEK, date(2025, 1, 12))
    assert (week.first, week.last) == (date(2025, 1, 6), date(2025, 1, 12))
    assert (week.start, week.end) == (utc("2025-01-06T06:00+01:00"), utc("2025-01-13T06:00+01:00"))
    assert week.days == [date(2025, 1, 6) + timedelta(days=day) for day in range(7)]


@pytest.mark.parametrize(
    ("production_date", "start", "end", "night", "day"),
    [
        ("2025-03-29", "2025-03-29T21:00Z", "2025-03-30T04:00Z", 7, 23),
        ("2025-10-25", "2025-10-25T20:00Z", "2025-10-26T05:00Z", 9, 25),
        ("2025-06-10", "2025-06-10T20:00Z", "2025-06-11T04:00Z", 8, 24),
    ],
)
def test_a_night_is_as_long_as_the_clocks_make_it(production_date, start, end, night, day):
    on = date.fromisoformat(production_date)
    span = shift_on(PLANT, on, 3)
    assert (span.start, span.end, span.hours) == (utc(start), utc(end), Decimal(night))
    assert period_on(PLANT, Cadence.DAY, on).hours == Decimal(day)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-03-31", "2024-10-27"),
        ("2025-03-30", "2025-10-26"),
        ("2026-03-29", "2026-10-25"),
        ("2027-03-28", "2027-10-31"),
        ("2028-03-26", "2028-10-29"),
        ("2029-03-25", "2029-10-28"),
        ("2030-03-31", "2030-10-27"),
        ("2031-03-30", "2031-10-26"),
        ("2032-03-28", "2032-10-31"),
        ("2033-03-27", "2033-10-30"),
    ],
)
def test_the_clocks_change_in_the_night_of_the_saturday(first, second):
    spring, autumn = date.fromisoformat(first) - DAY, date.fromisoformat(second) - DAY
    assert [span.hours for span in shifts_of_day(PLANT, spring)] == [8, 8, 7]
    assert [span.hours for span in shifts_of_day(PLANT, autumn)] == [8, 8, 9]


@pytest.mark.parametrize("year", [2004, 2009, 2015, 2020, 2026, 2032, 2037, 2043, 2048])
def test_long_iso_years_have_a_week_53(year):
    assert period_on(PLANT, Cadence.WEEK, date(year, 12, 31)).iso_week == (year, 53)


def test_a_day_can_begin_with_the_night_shift():
    plant = [Calendar(date(2020, 1, 1), OSLO, starts("N 22:00", "M 06:00", "A 14:00"))]
    spans = shifts_of_day(plant, date(2025, 1, 6))
    assert [(span.number, span.code) for span in spans] == [(1, "N"), (2, "M"), (3, "A")]
    assert spans[0].start == utc("2025-01-06T22:00+01:00")
    assert spans[1].start == utc("2025-01-07T06:00+01:00")
    assert spans[-1].end == utc("2025-01-07T22:00+01:00")


def test_the_last_shift_of_the_old_calendar_stretches_to_the_first_of_the_new():
    plant = [*PLANT, Calendar(date(2025, 5, 1), OSLO, starts("M 07:00", "A 15:00", "N 23:00"))]
    assert [span.hours for span in shifts_of_day(plant, date(2025, 4, 30))] == [8, 8, 9]
    assert shifts_of_day(plant, date(2025, 5, 1))[0].start == utc("2025-05-01T07:00+02:00")
    assert shifts_of_day(plant, date(2025, 4, 29)) == shifts_of_day(PLANT, date(2025, 4, 29))
    assert calendar_on(plant, date(2025, 4, 30)) == PLANT[0]
    assert calendar_on(plant, date(2025, 5, 1)) == plant[1]


def test_the_last_shift_of_the_old_calendar_shrinks_and_shifts_without_time_are_left_out():
    plant = [
        Calendar(date(2020, 1, 1), OSLO, starts("N 22:00", "M 06:00", "A 14:00")),
        Calendar(date(2025, 5, 2), OSLO, starts("D 05:00", "E 17:00")),
    ]
    spans = shifts_of_day(plant, date(2025, 5, 1))
    assert [(span.code, span.hours) for span in spans] == [("N", Decimal(7))]
    assert next_shift(plant, spans[0]).code == "D"
    assert shift_at(plant, utc("2025-05-02T05:00+02:00")).production_date == date(2025, 5, 2)


def test_dates_before_the_first_calendar_follow_it():
    plant = [*PLANT, Calendar(date(2025, 5, 1), "UTC", starts("D 07:00", "E 19:00"))]
    assert shift_on(plant, date(1999, 1, 1), 1).start == utc("1999-01-01T06:00+01:00")


def test_a_start_in_the_skipped_hour_comes_when_the_clocks_jump():
    plant = [Calendar(date(2020, 1, 1), OSLO, starts("A 02:30", "B 14:30"))]
    assert day_start(plant, date(2025, 3, 30)) == utc("2025-03-30T01:00Z")
    assert day_start(plant, date(2025, 10, 26)) == utc("2025-10-26T00:30Z")


def test_a_calendar_date_that_a_zone_skips_has_no_shifts():
    plant = [Calendar(date(2000, 1, 1), "Pacific/Apia", starts("M 00:00", "A 12:00"))]
    assert shifts_of_day(plant, date(2011, 12, 30)) == []
    last = shifts_of_day(plant, date(2011, 12, 29))[-1]
    following = next_shift(plant, last)
    assert following.production_date == date(2011, 12, 31)
    assert previous_shift(plant, following) == last
    day = period_of(plant, Cadence.DAY, last)
    assert next_period(plant, day).first == date(2011, 12, 31)
    assert previous_period(plant, next_period(plant, day)) == day


def test_a_move_of_the_zone_far_east_leaves_no_hour_without_a_shift():
    plant = [
        Calendar(date(2020, 1, 1), "Etc/GMT+12", starts("N 23:00")),
        Calendar(date(2025, 5, 2), "Etc/GMT-14", starts("M 00:00")),
    ]
    spans = list(shifts_between(plant, utc("2025-04-28T00:00Z"), utc("2025-05-06T00:00Z")))
    assert all(earlier.end == later.start for earlier, later in pairwise(spans))
    assert shifts_of_day(plant, date(2025, 5, 1)) == []


def test_stored_spans_and_periods_find_their_neighbours_after_a_change_of_calendar():
    plant = [*PLANT, Calendar(date(2025, 5, 1), OSLO, starts("D 07:00", "E 19:00"))]
    stored = shift_on(PLANT, date(2025, 5, 1), 1)
    assert next_shift(plant, stored) == shift_on(plant, date(2025, 5, 1), 2)
    assert previous_shift(plant, stored) == shift_on(plant, date(2025, 4, 30), 3)
    april = period_on(PLANT, Cadence.MONTH, date(2025, 4, 1))
    assert next_period(plant, april) == period_on(plant, Cadence.MONTH, date(2025, 5, 1))


def test_a_skipped_wall_time_is_refused_with_the_instant_of_the_jump():
    with pytest.raises(NonexistentTime) as refused:
        parse_local(OSLO, datetime(2025, 3, 30, 2, 30), fold=0)  # noqa: DTZ001 - a wall time is meant
    assert refused.value.moved_forward == utc("2025-03-30T01:00Z")


def test_a_repeated_wall_time_needs_a_choice():
    naive = datetime(2025, 10, 26, 2, 30)  # noqa: DTZ001 - a wall time is meant
    with pytest.raises(AmbiguousTime) as refused:
        parse_local(PLANT, naive)
    assert (refused.value.first, refused.value.second) == (utc("2025-10-26T00:30Z"), utc("2025-10-26T01:30Z"))
    assert parse_local(PLANT, naive, fold=0) == utc("2025-10-26T00:30Z")
    assert parse_local(PLANT, naive, fold=1) == utc("2025-10-26T01:30Z")


def test_a_wall_time_takes_the_zone_of_its_production_day():
    plant = [*PLANT, Calendar(date(2025, 5, 1), "Europe/London", THREE)]
    before, after = datetime(2025, 5, 1, 5, 59), datetime(2025, 5, 1, 6, 0)  # noqa: DTZ001 - wall times
    assert parse_local(plant, before) == utc("2025-05-01T03:59Z")
    assert parse_local(plant, after) == utc("2025-05-01T05:00Z")


@pytest.mark.parametrize(
    ("zone", "pairs", "refusal"),
    [
        (OSLO, (), BadCalendar),
        (OSLO, ("M 06:00", "M 14:00"), BadCalendar),
        (OSLO, ("M 06:00", "A 06:00"), BadCalendar),
        (OSLO, ("M 06:00", "N 22:00", "A 14:00"), BadCalendar),
        (OSLO, ("M 06:00+00:00",), BadCalendar),
        ("Europe/Nowhere", ("M 06:00",), UnknownZone),
        ("", ("M 06:00",), UnknownZone),
        ("../etc/passwd", ("M 06:00",), UnknownZone),
        ("Europe", ("M 06:00",), UnknownZone),
    ],
)
def test_a_calendar_that_cannot_be_used_is_refused(zone, pairs, refusal):
    with pytest.raises(refusal):
        Calendar(date(2020, 1, 1), zone, starts(*pairs))


def test_what_cannot_be_placed_in_time_is_refused():
    noon = datetime(2025, 1, 1, 12)  # noqa: DTZ001 - a naive time is what is refused
    with pytest.raises(BadCalendars):
        shift_at([], noon.replace(tzinfo=UTC))
    with pytest.raises(BadCalendars):
        shift_at([*PLANT, *PLANT], noon.replace(tzinfo=UTC))
    with pytest.raises(BadCalendar):
        Calendar(noon, OSLO, THREE)
    with pytest.raises(NaiveInstant):
        shift_at(PLANT, noon)
    with pytest.raises(BadDate):
        shifts_of_day(PLANT, noon)
    with pytest.raises(BadDate):
        period_on(PLANT, Cadence.WEEK, noon)
    with pytest.raises(OutOfRange):
        shift_at(PLANT, datetime.max.replace(tzinfo=UTC))
    with pytest.raises(OutOfRange):
        parse_local(PLANT, noon.replace(year=1))
    with pytest.raises(OutOfRange):
        period_on(PLANT, Cadence.DAY, date.max - DAY)
    with pytest.raises(ReversedInterval):
        shifts_between(PLANT, utc("2025-01-02T00:00Z"), utc("2025-01-01T00:00Z"))
    with pytest.raises(UnknownShift):
        shift_on(PLANT, date(2025, 1, 1), 4)
    with pytest.raises(UnknownShift):
        period_on(PLANT, Cadence.SHIFT, date(2025, 1, 1))
    with pytest.raises(NotLocalTime):
        parse_local(PLANT, noon.replace(tzinfo=UTC))
    with pytest.raises(NotLocalTime):
        parse_local(PLANT, noon, fold=2)


def test_an_empty_interval_holds_nothing():
    at = utc("2025-01-01T00:00Z")
    assert list(shifts_between(PLANT, at, at)) == []
    assert list(periods_between(PLANT, Cadence.DAY, at, at)) == []


# The line of time as such, over calendars that change their zone, day start and number of shifts.

ZONES = [
    OSLO,
    "UTC",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Africa/Casablanca",
    "Asia/Kathmandu",
]


@st.composite
def shift_starts(draw) -> tuple[ShiftStart, ...]:
    """1 to 5 shifts, starting at any quarter of an hour, in the order of the day."""
    quarters = draw(st.lists(st.integers(0, 95), min_size=1, max_size=5, unique=True).map(sorted))
    turn = draw(st.integers(0, len(quarters) - 1))
    turned = quarters[turn:] + quarters[:turn]
    return tuple(
        ShiftStart(code, time(quarter // 4, quarter % 4 * 15)) for code, quarter in zip("ABCDE", turned, strict=False)
    )


@st.composite
def plants(draw) -> list[Calendar]:
    """1 to 3 calendars, some of them valid for a few days only."""
    changes = draw(
        st.lists(
            st.one_of(
                st.dates(date(2011, 12, 20), date(2012, 1, 10)),
                st.dates(date(2025, 3, 20), date(2025, 4, 10)),
                st.dates(date(2010, 1, 1), date(2030, 12, 31)),
            ),
            min_size=1,
            max_size=3,
            unique=True,
        ).map(sorted)
    )
    return [Calendar(valid_from, draw(st.sampled_from(ZONES)), draw(shift_starts())) for valid_from in changes]


@st.composite
def plants_and_dates(draw) -> tuple[list[Calendar], date]:
    """Calendars, and a date that is often near a change of calendar or clock."""
    plant = draw(plants())
    near = st.builds(
        lambda day, off: day + timedelta(days=off),
        st.sampled_from([calendar.valid_from for calendar in plant] + [date(2025, 3, 29), date(2025, 10, 25)]),
        st.integers(-4, 4),
    )
    return plant, draw(st.one_of(near, st.dates(date(2009, 1, 1), date(2032, 1, 1))))


cadences = st.sampled_from(Cadence)

# Wall times within the days on which clocks change somewhere, to the quarter of an hour.
near_a_change = st.builds(
    lambda day, quarter: datetime.combine(day, time(0)) + timedelta(minutes=15 * quarter),
    st.sampled_from([date(2025, 3, 30), date(2025, 10, 26), date(2025, 4, 6), date(2011, 12, 30)]),
    st.integers(0, 95),
)


@given(plants_and_dates())
def test_shifts_follow_each_other_without_gap_or_overlap(case):
    plant, day = case
    spans = [span for off in range(9) for span in shifts_of_day(plant, day + timedelta(days=off))]
    assert spans[0].start == next(
        day_start(plant, day + timedelta(days=off)) for off in range(9) if shifts_of_day(plant, day + off * DAY)
    )
    assert all(span.start < span.end for span in spans)
    assert all(earlier.end == later.start for earlier, later in pairwise(spans))
    assert all(
        (earlier.production_date, earlier.number) < (later.production_date, later.number)
        for earlier, later in pairwise(spans)
    )
    for earlier, later in pairwise(spans):
        assert next_shift(plant, earlier) == later
        assert previous_shift(plant, later) == earlier


@given(plants_and_dates(), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_every_instant_is_owned_by_the_one_shift_around_it(case, after):
    plant, day = case
    instant = datetime.combine(day, time(0), UTC) + after
    span = shift_at(plant, instant)
    assert span.start <= instant < span.end
    assert span in shifts_of_day(plant, span.production_date)
    assert shift_at(plant, span.start) == span
    assert shift_at(plant, span.end - timedelta.resolution) == span
    assert shift_at(plant, span.end) == next_shift(plant, span)
    assert shift_at(plant, instant.astimezone(ZoneInfo("Asia/Tokyo"))) == span


@given(plants_and_dates())
def test_a_shift_begins_at_its_wall_time_in_an_undisturbed_day(case):
    plant, day = case
    calendar = calendar_on(plant, day)
    if any(calendar_on(plant, day + off * DAY) != calendar for off in (-1, 1, 2)):
        return
    zone = ZoneInfo(calendar.zone)
    noons = (datetime.combine(day + off * DAY, time(12), zone) for off in (-1, 0, 1, 2, 3))
    if len({noon.utcoffset() for noon in noons}) > 1:
        return
    spans = shifts_of_day(plant, day)
    assert [span.start.astimezone(zone).time() for span in spans] == [start.at for start in calendar.starts]
    assert [span.code for span in spans] == [start.code for start in calendar.starts]
    assert sum(span.hours for span in spans) == 24


@given(plants_and_dates(), cadences, st.integers(0, 60 * 24))
def test_periods_of_a_cadence_follow_each_other_and_are_never_split(case, cadence, minutes):
    plant, day = case
    instant = datetime.combine(day, time(0), UTC) + timedelta(minutes=minutes)
    period = period_at(plant, cadence, instant)
    assert period.start <= instant < period.end
    following = next_period(plant, period)
    assert following.start == period.end
    assert previous_period(plant, following) == period
    assert period_at(plant, cadence, period.end) == following
    assert period_on(plant, cadence, period.first, period.number) == period
    spans = list(shifts_between(plant, period.start, period.end))
    assert (spans[0].start, spans[-1].end) == (period.start, period.end)
    assert all(period_of(plant, cadence, span) == period for span in spans)
    assert {span.production_date for span in spans} <= set(period.days)
    assert sum(span.hours for span in spans) == period.hours


@given(plants_and_dates())
def test_shift_lies_in_day_and_day_in_week_and_month(case):
    plant, day = case
    for span in shifts_of_day(plant, day):
        whole_day = period_of(plant, Cadence.DAY, span)
        assert whole_day.start <= span.start < span.end <= whole_day.end
        for cadence in (Cadence.WEEK, Cadence.MONTH):
            longer = period_of(plant, cadence, span)
            assert longer.start <= whole_day.start < whole_day.end <= longer.end
            assert day in longer.days
        assert period_of(plant, Cadence.WEEK, span).iso_week == tuple(day.isocalendar())[:2]


@given(plants_and_dates(), cadences, st.integers(0, 20 * 24), st.integers(1, 40 * 24))
def test_an_interval_holds_exactly_the_periods_that_overlap_it(case, cadence, after, hours):
    plant, day = case
    begin = datetime.combine(day, time(0), UTC) + timedelta(hours=after)
    end = begin + timedelta(hours=hours)
    found = list(periods_between(plant, cadence, begin, end))
    assert found[0] == period_at(plant, cadence, begin)
    assert found[-1] == period_at(plant, cadence, end - timedelta.resolution)
    assert all(earlier.end == later.start for earlier, later in pairwise(found))


@given(st.sampled_from(ZONES), st.datetimes(datetime(2009, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_wall_time_leads_back_to_its_instant(zone, instant):
    local = instant.astimezone(ZoneInfo(zone))
    assert parse_local(zone, local.replace(tzinfo=None), fold=local.fold) == instant


def wall(zone: str, instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@given(st.sampled_from(ZONES), st.one_of(st.datetimes(datetime(2009, 1, 1), datetime(2032, 1, 1)), near_a_change))  # noqa: DTZ001
def test_a_wall_time_is_the_only_one_or_is_refused(zone, naive):
    try:
        found = [parse_local(zone, naive)]
    except AmbiguousTime as refused:
        found = [refused.first, refused.second]
    except NonexistentTime as refused:
        found = []
        jump = refused.moved_forward
        assert wall(zone, jump - timedelta(seconds=1)) < naive < wall(zone, jump)
    assert found == sorted(set(found))
    assert all(wall(zone, instant) == naive for instant in found)
