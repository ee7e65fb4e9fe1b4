"""What every page of figures stands on: the moment, the calendars, the rules, and the names of periods."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from amps import display, periods
from amps.periods import Cadence, Period, PeriodError
from amps.templatetags.display import shift_word
from kpis.rules import Rules
from kpis.spans import Places
from principles.teams.models import ShiftStart

CADENCES = (Cadence.SHIFT, Cadence.DAY, Cadence.WEEK, Cadence.MONTH)
_DAY_FORMATS = {"nb": "D j. b", "en": "D j M"}


class BadPeriod(ValueError):
    """The text names no period of this cadence."""


def cadence_name(cadence: str) -> str:
    """The heading of a cadence: "8 h", "24 h", "Week", "Month"."""
    return {"shift": _("8 h"), "day": _("24 h"), "week": _("Week"), "month": _("Month")}[cadence]


def period_key(first: dt.date, number: int) -> str:
    """A period as it stands in an address: "2026-11-21", a shift "2026-11-21.3"."""
    return f"{first.isoformat()}.{number}" if number else first.isoformat()


class Frame:
    """Calendars, rules and names, read once for a page (eight small queries, whatever the history).

    Raises `amps.periods.BadCalendars` when asked for a period of a plant that has no calendar.
    """

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.places = Places()
        self.rules = Rules(self.places)
        self.calendars = self.places.calendars
        starts = ShiftStart.objects.select_related("calendar")
        self._starts = {(start.calendar.valid_from, start.number): start for start in starts}

    def running(self, cadence: Cadence) -> Period:
        """The period that `now` lies in."""
        return periods.period_at(self.calendars, cadence, self.now)

    def line(self, last: Period, count: int) -> list[Period]:
        """The last `count` periods up to and with this one, oldest first."""
        found = [last]
        while len(found) < count:
            try:
                found.append(periods.previous_period(self.calendars, found[-1]))
            except PeriodError:
                break
        return found[::-1]

    def period(self, cadence: Cadence, first: dt.date, number: int) -> Period:
        """One period by what identifies it. Raises BadPeriod where the calendar knows none such."""
        try:
            period = periods.period_on(self.calendars, cadence, first, number)
        except PeriodError as error:
            raise BadPeriod(period_key(first, number)) from error
        if (period.first, period.number) != (first, number):
            raise BadPeriod(period_key(first, number))
        return period

    def parsed(self, cadence: Cadence, text: str) -> Period:
        """The period that an address names. Raises BadPeriod."""
        day, dot, number = text.partition(".")
        try:
            first = dt.date.fromisoformat(day)
            which = int(number) if dot else 0
        except ValueError as error:
            raise BadPeriod(text) from error
        return self.period(cadence, first, which)

    def shift_word(self, period: Period) -> str:
        """What a shift is called: "Night"."""
        try:
            start = self._starts[periods.calendar_on(self.calendars, period.first).valid_from, period.number]
        except (KeyError, PeriodError):
            return shift_word(period.start.astimezone(self.zone(period.first)).hour)
        return start.name

    def zone(self, date: dt.date) -> ZoneInfo:
        """The plant's time zone on a production date."""
        return ZoneInfo(periods.calendar_on(self.calendars, date).zone)

    def name(self, period: Period) -> str:
        """A period in words: "Night Fri 21", "Fri 21 Nov", "Week 47", "November"; with the year if another one."""
        other_year = period.first.year != self.now.year
        if period.cadence == Cadence.SHIFT:
            day = display.format_day_short(period.start, self.zone(period.first))
            near = abs((self.now - period.start).days) < 20
            return f"{self.shift_word(period)} {day if near else self.day(period.first)}"
        if period.cadence == Cadence.DAY:
            return self.day(period.first)
        if period.cadence == Cadence.WEEK:
            year, week = period.iso_week
            if year != self.now.isocalendar().year:
                return _("Week %(week)d, %(year)d") % {"week": week, "year": year}
            return _("Week %(week)d") % {"week": week}
        return dateformat.format(period.first, "F Y" if other_year else "F").capitalize()

    def full_name(self, period: Period) -> str:
        """A period in words with its dates, wherever it stands: "Week 47: Mon 16 Nov to Sun 22 Nov"."""
        if period.cadence == Cadence.SHIFT:
            span = display.format_span(period.start, period.end, self.zone(period.first))
            return f"{self.shift_word(period)} {self.day(period.first)}, {span}"
        if period.cadence == Cadence.WEEK:
            return _("%(week)s: %(first)s to %(last)s") % {
                "week": self.name(period),
                "first": self.day(period.first),
                "last": self.day(period.last),
            }
        if period.cadence == Cadence.MONTH:
            return dateformat.format(period.first, "F Y").capitalize()
        return self.day(period.first)

    def day(self, date: dt.date) -> str:
        """A production date in words: "Fri 21 Nov", with the year when it is not this one."""
        language = display.language_of()
        form = _DAY_FORMATS[language] + ("" if date.year == self.now.year else " Y")
        with translation.override(language):
            return dateformat.format(date, form)
