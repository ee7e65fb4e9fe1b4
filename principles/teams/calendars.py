"""The plant's calendar and its shifts as rows: what `amps.periods` and `principles.teams.rota` say, stored.

A shift's row is made once and keeps the crew that the rota gave it. Changing the calendar or the rota is in
`principles.teams.scheduling`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from amps import periods
from principles.teams import rota as rotas_module
from principles.teams.models import Crew, Rota, Shift, ShiftCalendar, ShiftStart

# One number for every writer of shifts: calendar changes, rota changes and the making of rows take turns.
_SHIFT_LOCK = 4_002_001


class NoCalendar(periods.PeriodError):
    """The plant has no shift calendar yet, so no time can be placed in a shift."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that says which shifts exist and who works them, read once (four queries).

    `starts` are the rows behind the calendars by (calendar's first date, letter); `crews` maps codes to ids.
    """

    calendars: list[periods.Calendar]
    rotas: list[rotas_module.Rota]
    starts: dict[tuple[dt.date, str], ShiftStart]
    crews: dict[str, int]

    def crew_id(self, span: periods.ShiftSpan) -> int | None:
        """The crew that the rota gives a shift; None where it names none, several or an unknown one."""
        code = rotas_module.crew_on(self.rotas, span.production_date, span.code)
        return self.crews.get(code) if code is not None else None

    def row(self, span: periods.ShiftSpan) -> Shift:
        """The unsaved row of a shift."""
        calendar = periods.calendar_on(self.calendars, span.production_date)
        start = self.starts[calendar.valid_from, span.code]
        return Shift(
            production_date=span.production_date,
            number=span.number,
            code=span.code,
            name_en=start.name_en,
            name_nb=start.name_nb,
            starts_at=span.start,
            ends_at=span.end,
            crew_id=self.crew_id(span),
        )


def as_calendar(row: ShiftCalendar) -> periods.Calendar:
    """The plain calendar of a row; its starts are read in their order. Raises `periods.BadCalendar`."""
    starts = tuple(periods.ShiftStart(code=start.code, at=start.at) for start in row.starts.all())
    return periods.Calendar(valid_from=row.valid_from, zone=row.zone, starts=starts)


def as_rota(row: Rota) -> rotas_module.Rota:
    """The plain rota of a row. Raises `principles.teams.rota.RotaError`."""
    return rotas_module.Rota(
        valid_from=row.valid_from,
        pattern=row.pattern,
        anchor=row.anchor,
        offset=row.offset,
        crews=tuple(row.crews),
        shifts="".join(sorted(set(row.pattern) - {rotas_module.OFF, rotas_module.DAY_WORK})),
    )


def calendar_rows() -> list[ShiftCalendar]:
    """The rows of the plant's calendars by rising validity, with their starts (two queries)."""
    return list(ShiftCalendar.objects.prefetch_related("starts"))


def calendars() -> list[periods.Calendar]:
    """The plant's calendars by rising validity, as `amps.periods` wants them (two queries); empty before any."""
    return [as_calendar(row) for row in calendar_rows()]


def rotas() -> list[rotas_module.Rota]:
    """The plant's rotas by rising validity (one query)."""
    return [as_rota(row) for row in Rota.objects.all()]


def schedule() -> Schedule:
    """Calendars, rotas and crews together. Raises NoCalendar when the plant has no calendar."""
    rows = calendar_rows()
    if not rows:
        raise NoCalendar("The plant has no shift calendar")
    return Schedule(
        calendars=[as_calendar(row) for row in rows],
        rotas=rotas(),
        starts={(row.valid_from, start.code): start for row in rows for start in row.starts.all()},
        crews=dict(Crew.objects.values_list("code", "pk")),
    )


@transaction.atomic
def shifts_ensure(*, start: dt.date, end: dt.date) -> int:
    """Make the missing rows of every shift from production date `start` to `end`, both included.

    Returns how many were made; run twice it makes none the second time. Raises NoCalendar, and
    `periods.ReversedInterval` when `end` lies before `start`.
    """
    if end < start:
        raise periods.ReversedInterval("The end lies before the start")
    if not _missing(schedule(), start, end):
        return 0
    shifts_lock()
    # Read again under the lock: another process may have made them, or changed the calendar, meanwhile.
    plan = schedule()
    rows = [plan.row(span) for span in _missing(plan, start, end)]
    Shift.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def shift_at(instant: dt.datetime) -> Shift:
    """The shift that an aware instant belongs to; its production day's rows are made when missing.

    Raises NoCalendar, or `periods.PeriodError` for a naive instant or one out of range.
    """
    if instant.tzinfo is None:
        raise periods.NaiveInstant(f"{instant.isoformat()} has no time zone")
    found = Shift.objects.at(instant).select_related("crew").first()
    if found is not None:
        return found
    date = production_date(instant)
    shifts_ensure(start=date, end=date)
    return Shift.objects.select_related("crew").get(pk=Shift.objects.at(instant).values("pk")[:1])


def production_date(instant: dt.datetime) -> dt.date:
    """The production date of an aware instant, by the shifts' rows, else by the calendar (makes no rows).

    Before the first calendar it is the date in the process's own time zone.
    """
    stored = Shift.objects.at(instant).values_list("production_date", flat=True).first()
    if stored is not None:
        return stored
    known = calendars()
    if not known:
        return instant.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return periods.shift_at(known, instant).production_date


def plant_zone(*, on: dt.date | None = None) -> ZoneInfo:
    """The plant's time zone by the calendar valid on a date (the newest when none is given), one query.

    Before the first calendar it is the process's own zone.
    """
    rows = ShiftCalendar.objects.order_by("-valid_from").values_list("valid_from", "zone")
    known = [(valid_from, zone) for valid_from, zone in rows]
    if not known:
        return ZoneInfo(settings.TIME_ZONE)
    valid = (zone for valid_from, zone in known if on is None or valid_from <= on)
    return ZoneInfo(next(valid, known[-1][1]))


def local(instant: dt.datetime) -> dt.datetime:
    """An aware instant by the plant's wall clock."""
    return instant.astimezone(plant_zone(on=instant.date()))


def shifts_lock() -> None:
    """Wait for every other writer of shifts; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SHIFT_LOCK])


def spans_of(plan: Schedule, start: dt.date, end: dt.date) -> list[periods.ShiftSpan]:
    """Every shift of the production dates from `start` to `end`, both included, as the calendars have them."""
    return [
        span
        for day in range((end - start).days + 1)
        for span in periods.shifts_of_day(plan.calendars, start + dt.timedelta(days=day))
    ]


def _missing(plan: Schedule, start: dt.date, end: dt.date) -> list[periods.ShiftSpan]:
    stored = set(Shift.objects.filter(production_date__range=(start, end)).values_list("production_date", "number"))
    return [span for span in spans_of(plan, start, end) if (span.production_date, span.number) not in stored]
