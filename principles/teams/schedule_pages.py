"""Rota and calendar as pages show them: a month of crews and shifts, and what the clocks do."""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from amps import periods
from principles.teams import calendars
from principles.teams import rota as rotas
from principles.teams.models import Crew

_DAY = dt.timedelta(days=1)
# The first three shifts of a day have looks of their own; further ones look like the last.
_LOOKS = ("rota-morning", "rota-afternoon", "rota-night")


@dataclass(frozen=True, slots=True)
class RotaCell:
    """What a crew does on a date: the rota's letter ("" outside every rota), its name, and how it looks."""

    date: dt.date
    letter: str
    name: str
    look: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class RotaDay:
    """A column of the month: whether it is today, begins a new rota, or leaves shifts without exactly one crew."""

    date: dt.date
    is_today: bool
    is_weekend: bool
    is_new_rota: bool
    uncovered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RotaMonth:
    """A month of the rota: its days, a row per crew, and the months beside it as "2026-11"."""

    first: dt.date
    days: list[RotaDay]
    rows: list[tuple[Crew, list[RotaCell]]]
    previous: str
    following: str

    @property
    def has_gaps(self) -> bool:
        """Whether some shift of the month has nobody, or more than one crew."""
        return any(day.uncovered for day in self.days)


@dataclass(frozen=True, slots=True)
class OddNight:
    """A shift that is longer or shorter than by the wall clock, because the clocks change in it."""

    production_date: dt.date
    name: str
    hours: float
    usual: float


def rota_month(first: dt.date, *, today: dt.date) -> RotaMonth:
    """The month of production dates from `first` (its first day): who was or is to work which shift (4 queries)."""
    known, all_rotas = calendars.calendars(), calendars.rotas()
    names = _shift_names()
    days = [first + n * _DAY for n in range(months.monthrange(first.year, first.month)[1])]
    starts = {rota.valid_from for rota in all_rotas}
    letters_of = {day: _letters(known, day) for day in days}
    columns = [
        RotaDay(
            date=day,
            is_today=day == today,
            is_weekend=day.weekday() >= 5,
            is_new_rota=day in starts,
            uncovered=tuple(letter for letter in letters_of[day] if rotas.crew_on(all_rotas, day, letter) is None),
        )
        for day in days
    ]
    rows = []
    for crew in Crew.objects.all():
        cells = [_cell(crew.code, day, all_rotas, letters_of[day], names, today) for day in days]
        if crew.active or any(cell.letter for cell in cells):
            rows.append((crew, cells))
    before, after = first - _DAY, days[-1] + _DAY
    return RotaMonth(first, columns, rows, f"{before:%Y-%m}", f"{after:%Y-%m}")


def odd_nights(known: list[periods.Calendar], *, start: dt.date, end: dt.date) -> list[OddNight]:
    """Shifts between two production dates that the change of the clocks makes longer or shorter."""
    if not known:
        return []
    names, found = _shift_names(), []
    for n in range((end - start).days + 1):
        day = start + n * _DAY
        calendar = periods.calendar_on(known, day)
        usual = _usual_hours(calendar)
        for span in periods.shifts_of_day(known, day):
            is_last_before_change = calendar is not periods.calendar_on(known, day + _DAY)
            hours = float(span.hours)
            if hours != usual[span.code] and not is_last_before_change:
                found.append(OddNight(day, names.get(span.code, span.code), hours, usual[span.code]))
    return found


def _usual_hours(calendar: periods.Calendar) -> dict[str, float]:
    minutes = [start.at.hour * 60 + start.at.minute for start in calendar.starts]
    since = [(minute - minutes[0]) % 1440 for minute in minutes] + [1440]
    return {
        start.code: (later - earlier) / 60
        for start, (earlier, later) in zip(calendar.starts, pairwise(since), strict=True)
    }


def _letters(known: list[periods.Calendar], day: dt.date) -> list[str]:
    return [start.code for start in periods.calendar_on(known, day).starts] if known else []


def _shift_names() -> dict[str, str]:
    """The newest name of each letter."""
    return {start.code: start.name for row in calendars.calendar_rows() for start in row.starts.all()}


def _cell(
    code: str, day: dt.date, all_rotas: list[rotas.Rota], letters: list[str], names: dict[str, str], today: dt.date
) -> RotaCell:
    rota = rotas.rota_on(all_rotas, day)
    letter = rotas.state(rota, rota.crews.index(code), day) if rota is not None and code in rota.crews else ""
    look = _LOOKS[min(letters.index(letter), len(_LOOKS) - 1)] if letter in letters else ""
    return RotaCell(day, "" if letter == rotas.OFF else letter, names.get(letter, ""), look, day == today)
