"""Shift calendars, and the shifts and production days that follow from them.

A calendar says when a plant's shifts start; it applies from a production date. Wall times become instants
through the plant's time zone, so a night is 7 h or 9 h long when the clocks change.

Rules that make every instant belong to exactly one shift:

* A start is the first instant at which the wall clock has reached its time. A time that the clocks skip comes
  when they jump; a time that occurs twice counts the first time.
* A production day ends where the next one begins, under whatever calendar is valid then. The last shift
  before a change of calendar therefore stretches or shrinks; a shift that is left without any time does not
  exist.
* Production dates before the first calendar follow the first calendar.

Pure functions on plain values; aware datetimes only, answers in UTC. Every refusal is a `PeriodError`.
Weeks and months are built on this in `amps.periods`, which is also where the other parts import all of it
from.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_DIVIDE = Context(prec=28)
# A zone or a month reaches past the date that is asked for, and Python's own years are 1 to 9999.
_FIRST_YEAR, _LAST_YEAR = 2, 9998


class PeriodError(ValueError):
    """The calendar, date or time given cannot be placed on the plant's line of time."""


class BadCalendar(PeriodError):
    """A calendar without starts, with repeated codes, or with starts that are not in the order of the day."""


class UnknownZone(BadCalendar):
    """The time zone is not an IANA name."""


class BadCalendars(PeriodError):
    """No calendar at all, or calendars that are not sorted by strictly rising `valid_from`."""


class NaiveInstant(PeriodError):
    """An instant without a time zone."""


class NotLocalTime(PeriodError):
    """A wall time was wanted, but the value carries a time zone already, or `fold` is not None, 0 or 1."""


class BadDate(PeriodError):
    """A production date was wanted (a `date`, not a `datetime`)."""


class OutOfRange(PeriodError):
    """A date before year 2 or after year 9998."""


class ReversedInterval(PeriodError):
    """The end lies before the start."""


class UnknownShift(PeriodError):
    """The production day has no shift with this number."""


class NonexistentTime(PeriodError):
    """The clocks skip this wall time; `moved_forward` is the instant at which they jump (UTC)."""

    def __init__(self, naive: datetime, moved_forward: datetime) -> None:
        super().__init__(f"{naive.isoformat()} does not exist")
        self.naive = naive
        self.moved_forward = moved_forward


class AmbiguousTime(PeriodError):
    """This wall time occurs twice, at the instants `first` and `second` (UTC); `fold` has to choose."""

    def __init__(self, naive: datetime, first: datetime, second: datetime) -> None:
        super().__init__(f"{naive.isoformat()} occurs twice")
        self.naive = naive
        self.first = first
        self.second = second


@dataclass(frozen=True, slots=True)
class ShiftStart:
    """The wall time at which the shift with this code begins."""

    code: str
    at: time


@dataclass(frozen=True, slots=True)
class Calendar:
    """Shift starts of a plant from the production date `valid_from` on.

    `zone` is an IANA name. The first of `starts` begins the production day; the others follow in the order of
    the day, so that a time earlier than the first one belongs to the next calendar date.
    """

    valid_from: date
    zone: str
    starts: tuple[ShiftStart, ...]

    def __post_init__(self) -> None:
        """Raise BadCalendar or UnknownZone for a calendar that cannot be used."""
        if isinstance(self.valid_from, datetime):
            raise BadCalendar("valid_from is a production date, not a time")
        _zone(self.zone)
        if not self.starts:
            raise BadCalendar("A calendar needs at least one shift")
        codes = [start.code for start in self.starts]
        if not all(codes) or len(set(codes)) != len(codes):
            raise BadCalendar("Shift codes have to be given and different")
        if any(start.at.tzinfo is not None for start in self.starts):
            raise BadCalendar("Shift starts are wall times without a time zone")
        clock = [_since_midnight(start.at) for start in self.starts]
        since_first = [(at - clock[0]) % _DAY for at in clock]
        if any(later <= earlier for earlier, later in pairwise(since_first)):
            raise BadCalendar("Shift starts have to follow each other within 24 hours")


type Calendars = Sequence[Calendar]


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """One shift in time: [start, end) in UTC. `number` is 1 for the first shift of the production day."""

    production_date: date
    number: int
    code: str
    start: datetime
    end: datetime

    @property
    def hours(self) -> Decimal:
        """Real length in hours; the denominator for anything per hour."""
        return hours_between(self.start, self.end)


def calendar_on(calendars: Calendars, production_date: date) -> Calendar:
    """The calendar that a production date follows."""
    return _calendar_on(_checked(calendars), _production_date(production_date))


def day_start(calendars: Calendars, production_date: date) -> datetime:
    """Where a production day begins (UTC), which is where the one before it ends."""
    return _boundary(_checked(calendars), _production_date(production_date))


def shifts_of_day(calendars: Calendars, production_date: date) -> list[ShiftSpan]:
    """The shifts of a production day in order, without gap or overlap up to the next day's first shift."""
    return list(_day(_checked(calendars), _production_date(production_date)))


def shift_on(calendars: Calendars, production_date: date, number: int) -> ShiftSpan:
    """The shift with this number (1-based); raises UnknownShift when the day has none."""
    for span in shifts_of_day(calendars, production_date):
        if span.number == number:
            return span
    raise UnknownShift(f"{production_date.isoformat()} has no shift {number}")


def shift_at(calendars: Calendars, instant: datetime) -> ShiftSpan:
    """The one shift that an instant (aware) belongs to; its end belongs to the next shift."""
    known = _checked(calendars)
    moment = _utc(instant)
    spans = _day(known, _production_date_at(known, moment))
    return spans[bisect_right(spans, moment, key=lambda span: span.start) - 1]


def shifts_between(calendars: Calendars, start: datetime, end: datetime) -> Iterator[ShiftSpan]:
    """Every shift that overlaps [start, end), in order; none for an empty interval."""
    known = _checked(calendars)
    begin, stop = interval(start, end)
    return _shifts(known, begin, stop)


def next_shift(calendars: Calendars, span: ShiftSpan) -> ShiftSpan:
    """The shift after this one. Found by production date and number, so stored spans work after a change."""
    known = _checked(calendars)
    production_date = _production_date(span.production_date)
    later = [other for other in _day(known, production_date) if other.number > span.number]
    while not later:
        production_date = _production_date(production_date + _DAY)
        later = list(_day(known, production_date))
    return later[0]


def previous_shift(calendars: Calendars, span: ShiftSpan) -> ShiftSpan:
    """The shift before this one. Found by production date and number, so stored spans work after a change."""
    known = _checked(calendars)
    production_date = _production_date(span.production_date)
    earlier = [other for other in _day(known, production_date) if other.number < span.number]
    while not earlier:
        production_date = _production_date(production_date - _DAY)
        earlier = list(_day(known, production_date))
    return earlier[-1]


def parse_local(where: Calendars | str, naive: datetime, *, fold: int | None = None) -> datetime:
    """The instant (UTC) of a wall time in a zone, or in the zone that a plant's calendars give it.

    `fold` 0 or 1 chooses the first or second occurrence when the clocks go back and is ignored otherwise.
    Raises NonexistentTime for a skipped time and AmbiguousTime for a repeated one without `fold`.
    """
    if naive.tzinfo is not None:
        raise NotLocalTime("A wall time without a time zone is wanted")
    if fold not in (None, 0, 1):
        raise NotLocalTime("fold is None, 0 or 1")
    _year_in_range(naive)
    naive = naive.replace(fold=0)
    zone = _zone(where if isinstance(where, str) else _zone_at(_checked(where), naive))
    first = naive.replace(tzinfo=zone).astimezone(UTC)
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first
    if first > second:
        raise NonexistentTime(naive, _first_reached(zone.key, naive))
    if fold is None:
        raise AmbiguousTime(naive, first, second)
    return second if fold else first


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Real hours from one instant to another, exact to 28 digits."""
    microseconds = (end - start) // timedelta(microseconds=1)
    return _DIVIDE.divide(Decimal(microseconds), Decimal(3_600_000_000))


def interval(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Both ends in UTC; raises NaiveInstant or ReversedInterval."""
    begin, stop = _utc(start), _utc(end)
    if stop < begin:
        raise ReversedInterval("The end lies before the start")
    return begin, stop


def _shifts(calendars: tuple[Calendar, ...], begin: datetime, stop: datetime) -> Iterator[ShiftSpan]:
    if begin == stop:
        return
    span = shift_at(calendars, begin)
    yield span
    while span.end < stop:
        span = next_shift(calendars, span)
        yield span


@lru_cache(maxsize=8192)
def _day(calendars: tuple[Calendar, ...], production_date: date) -> tuple[ShiftSpan, ...]:
    begin, end = _boundary(calendars, production_date), _boundary(calendars, production_date + _DAY)
    calendar = _calendar_on(calendars, production_date)
    starts = [min(max(start, begin), end) for start in _starts(calendar, production_date)]
    starts[0] = begin
    spans = zip(calendar.starts, starts, [*starts[1:], end], strict=True)
    return tuple(
        ShiftSpan(production_date, number, shift.code, start, stop)
        for number, (shift, start, stop) in enumerate(spans, start=1)
        if start < stop
    )


@lru_cache(maxsize=8192)
def _boundary(calendars: tuple[Calendar, ...], production_date: date) -> datetime:
    """Where a production day begins (UTC); never after the beginning of a later day.

    A change to a zone far east of the old one can put the next day's start before this day's own. Zones
    differ by some 26 h, and starts by less than 24 h, so two days ahead are enough to look at.
    """
    days = (production_date + timedelta(days=ahead) for ahead in range(3))
    return min(_starts(_calendar_on(calendars, day), day)[0] for day in days)


@lru_cache(maxsize=8192)
def _starts(calendar: Calendar, production_date: date) -> tuple[datetime, ...]:
    first = calendar.starts[0].at
    return tuple(
        _first_reached(
            calendar.zone,
            datetime.combine(production_date if start.at >= first else production_date + _DAY, start.at),
        )
        for start in calendar.starts
    )


def _first_reached(zone: str, naive: datetime) -> datetime:
    """The first instant at which the wall clock has reached `naive`: for a skipped time, the jump itself."""
    tz = _zone(zone)
    naive = naive.replace(fold=0)
    reached = naive.replace(tzinfo=tz).astimezone(UTC)
    before = naive.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if reached <= before:
        return reached
    # In a gap: `before` shows an earlier wall time, `reached` a later one, and zones jump at whole seconds.
    before, reached = before.replace(microsecond=0), reached.replace(microsecond=0)
    while reached - before > _SECOND:
        middle = before + timedelta(seconds=(reached - before) // _SECOND // 2)
        if middle.astimezone(tz).replace(tzinfo=None) >= naive:
            reached = middle
        else:
            before = middle
    return reached


def _production_date_at(calendars: tuple[Calendar, ...], moment: datetime) -> date:
    zone = _zone(_calendar_on(calendars, moment.date()).zone)
    production_date = moment.astimezone(zone).date()
    while _boundary(calendars, production_date) > moment:
        production_date -= _DAY
    while _boundary(calendars, production_date + _DAY) <= moment:
        production_date += _DAY
    return production_date


def _zone_at(calendars: tuple[Calendar, ...], naive: datetime) -> str:
    """The zone of the production day that a wall time falls in: before the day's start, the day before's."""
    calendar = _calendar_on(calendars, naive.date())
    if naive.time() >= calendar.starts[0].at:
        return calendar.zone
    return _calendar_on(calendars, naive.date() - _DAY).zone


def _calendar_on(calendars: tuple[Calendar, ...], production_date: date) -> Calendar:
    place = bisect_right(calendars, production_date, key=lambda calendar: calendar.valid_from)
    return calendars[max(place - 1, 0)]


def _checked(calendars: Calendars) -> tuple[Calendar, ...]:
    known = tuple(calendars)
    if not known:
        raise BadCalendars("No calendar")
    if any(later.valid_from <= earlier.valid_from for earlier, later in pairwise(known)):
        raise BadCalendars("Calendars have to be sorted by the date they are valid from")
    return known


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UnknownZone(f"{name!r} is not an IANA time zone") from error


def _production_date(day: date) -> date:
    if isinstance(day, datetime):
        raise BadDate("A production date is a date without a time")
    _year_in_range(day)
    return day


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise NaiveInstant(f"{instant.isoformat()} has no time zone")
    _year_in_range(instant)
    return instant.astimezone(UTC)


def _year_in_range(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise OutOfRange(f"Year {day.year} is out of range")


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
