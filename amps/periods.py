"""The four lengths of period that figures are followed up at: shift, production day, ISO week and month.

A shift belongs to exactly one production day, one ISO week and one calendar month, those of its production
date, and none of them ever splits it: the night to the 1st belongs to the month before. How shifts and
production days follow from a plant's calendars is told in `amps.shifts`; its names are offered here too.

Pure functions on plain values; aware datetimes only, answers in UTC. Every refusal is a `PeriodError`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from amps.shifts import (
    AmbiguousTime,
    BadCalendar,
    BadCalendars,
    BadDate,
    Calendar,
    Calendars,
    NaiveInstant,
    NonexistentTime,
    NotLocalTime,
    OutOfRange,
    PeriodError,
    ReversedInterval,
    ShiftSpan,
    ShiftStart,
    UnknownShift,
    UnknownZone,
    calendar_on,
    day_start,
    hours_between,
    interval,
    next_shift,
    parse_local,
    previous_shift,
    shift_at,
    shift_on,
    shifts_between,
    shifts_of_day,
)

__all__ = [
    "AmbiguousTime",
    "BadCalendar",
    "BadCalendars",
    "BadDate",
    "Cadence",
    "Calendar",
    "Calendars",
    "NaiveInstant",
    "NonexistentTime",
    "NotLocalTime",
    "OutOfRange",
    "Period",
    "PeriodError",
    "ReversedInterval",
    "ShiftSpan",
    "ShiftStart",
    "UnknownShift",
    "UnknownZone",
    "calendar_on",
    "day_start",
    "next_period",
    "next_shift",
    "parse_local",
    "period_at",
    "period_of",
    "period_on",
    "periods_between",
    "previous_period",
    "previous_shift",
    "shift_at",
    "shift_on",
    "shifts_between",
    "shifts_of_day",
]

_DAY = timedelta(days=1)


class Cadence(StrEnum):
    """The four lengths of period that figures are followed up at."""

    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """One shift, production day, ISO week or calendar month of production dates: [start, end) in UTC.

    `first` is the production date of its first day. `number` is the shift's number, 0 for longer periods.
    Cadence, first and number identify a period; start and end follow from the calendars.
    """

    cadence: Cadence
    first: date
    number: int
    start: datetime
    end: datetime

    @property
    def hours(self) -> Decimal:
        """Real length in hours."""
        return hours_between(self.start, self.end)

    @property
    def days(self) -> list[date]:
        """The production dates in it, in order."""
        count = (_first_after(self.cadence, self.first) - self.first).days
        return [self.first + timedelta(days=day) for day in range(count)]

    @property
    def last(self) -> date:
        """The production date of its last day."""
        return _first_after(self.cadence, self.first) - _DAY

    @property
    def iso_week(self) -> tuple[int, int]:
        """(ISO year, ISO week) of its first production date; (2025, 1) for the week from 2024-12-30."""
        year, week, _ = self.first.isocalendar()
        return year, week


def period_on(calendars: Calendars, cadence: Cadence, production_date: date, number: int = 0) -> Period:
    """The period of a cadence that holds a production date; a shift needs its number (else UnknownShift)."""
    if cadence == Cadence.SHIFT:
        return _shift_period(shift_on(calendars, production_date, number))
    if isinstance(production_date, datetime):
        raise BadDate("A production date is a date without a time")
    first = _first_of(cadence, production_date)
    end = day_start(calendars, _first_after(cadence, first))
    return Period(cadence, first, 0, day_start(calendars, first), end)


def period_of(calendars: Calendars, cadence: Cadence, span: ShiftSpan) -> Period:
    """The period of a cadence that a shift belongs to."""
    if cadence == Cadence.SHIFT:
        return _shift_period(span)
    return period_on(calendars, cadence, span.production_date)


def period_at(calendars: Calendars, cadence: Cadence, instant: datetime) -> Period:
    """The period of a cadence that an instant (aware) belongs to."""
    return period_of(calendars, cadence, shift_at(calendars, instant))


def next_period(calendars: Calendars, period: Period) -> Period:
    """The period after this one, of the same cadence."""
    if period.cadence == Cadence.SHIFT:
        return _shift_period(next_shift(calendars, _as_span(period)))
    later = period_on(calendars, period.cadence, _first_after(period.cadence, period.first))
    while later.start == later.end:
        later = period_on(calendars, later.cadence, _first_after(later.cadence, later.first))
    return later


def previous_period(calendars: Calendars, period: Period) -> Period:
    """The period before this one, of the same cadence."""
    if period.cadence == Cadence.SHIFT:
        return _shift_period(previous_shift(calendars, _as_span(period)))
    earlier = period_on(calendars, period.cadence, period.first - _DAY)
    while earlier.start == earlier.end:
        earlier = period_on(calendars, earlier.cadence, earlier.first - _DAY)
    return earlier


def periods_between(calendars: Calendars, cadence: Cadence, start: datetime, end: datetime) -> Iterator[Period]:
    """Every period of a cadence that overlaps [start, end), in order; none for an empty interval."""
    begin, stop = interval(start, end)
    return _periods(tuple(calendars), cadence, begin, stop)


def _periods(calendars: Calendars, cadence: Cadence, begin: datetime, stop: datetime) -> Iterator[Period]:
    if begin == stop:
        return
    period = period_at(calendars, cadence, begin)
    yield period
    while period.end < stop:
        period = next_period(calendars, period)
        yield period


def _shift_period(span: ShiftSpan) -> Period:
    return Period(Cadence.SHIFT, span.production_date, span.number, span.start, span.end)


def _as_span(period: Period) -> ShiftSpan:
    return ShiftSpan(period.first, period.number, "", period.start, period.end)


def _first_of(cadence: Cadence, production_date: date) -> date:
    if cadence == Cadence.WEEK:
        return production_date - timedelta(days=production_date.weekday())
    if cadence == Cadence.MONTH:
        return production_date.replace(day=1)
    return production_date


def _first_after(cadence: Cadence, first: date) -> date:
    if cadence == Cadence.WEEK:
        return first + timedelta(days=7)
    if cadence == Cadence.MONTH:
        return (first + timedelta(days=31)).replace(day=1)
    return first + _DAY
