"""Changing the shift calendar and the rota, from a coming production date on. No shift that has begun changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models, transaction

from amps import audit, periods
from principles.teams import calendars
from principles.teams import rota as rotas
from principles.teams.models import Crew, Rota, Shift, ShiftCalendar, ShiftStart, User

_DAY = dt.timedelta(days=1)


class ScheduleError(Exception):
    """A change of calendar or rota that is refused; the subclasses say why."""


class NotComing(ScheduleError):
    """The change would begin on a day that has begun; `earliest` is the first date possible."""

    def __init__(self, earliest: dt.date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class ShiftsInUse(ScheduleError):
    """Rounds or observations belong to shifts from that date on; `earliest` is the first date without any."""

    def __init__(self, earliest: dt.date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class UnknownCrews(ScheduleError):
    """The rota names crews that the plant does not have in use; `codes` are those."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(codes)
        self.codes = codes


class NotCovered(ScheduleError):
    """The rota leaves shifts without a crew or with several; `gaps` are those of one cycle."""

    def __init__(self, gaps: list[rotas.CoverageGap]) -> None:
        super().__init__(gaps)
        self.gaps = gaps


@dataclass(frozen=True, slots=True)
class StartGiven:
    """One shift of a new calendar: its letter in the rota, its names, and when it starts by the wall clock."""

    code: str
    name_en: str
    name_nb: str
    at: dt.time


@transaction.atomic
def calendar_change(
    *, valid_from: dt.date, zone: str, starts: Sequence[StartGiven], actor: User | None, now: dt.datetime
) -> ShiftCalendar:
    """Let a calendar apply from a coming production date on; shifts already made from then on are made anew.

    The plant's first calendar may begin at any date. A coming calendar of the same date is replaced. Raises
    NotComing, ShiftsInUse, or `periods.BadCalendar` for starts or a zone that cannot be used.
    """
    calendars.shifts_lock()
    is_first = not ShiftCalendar.objects.exists()
    if not is_first:
        _check_coming(valid_from, now)
    periods.Calendar(
        valid_from=valid_from, zone=zone, starts=tuple(periods.ShiftStart(start.code, start.at) for start in starts)
    )
    before = _calendar_facts(ShiftCalendar.objects.filter(valid_from__lte=valid_from).last())
    ShiftCalendar.objects.filter(valid_from=valid_from).delete()
    row = ShiftCalendar.objects.create(valid_from=valid_from, zone=zone)
    for number, start in enumerate(starts, start=1):
        given = ShiftStart(
            calendar=row, number=number, code=start.code, name_en=start.name_en, name_nb=start.name_nb, at=start.at
        )
        given.full_clean()
        given.save()
    _remake(valid_from, now=now)
    audit.record(actor=actor, action="calendar.changed", target=row, before=before, after=_calendar_facts(row))
    return row


@transaction.atomic
def calendar_withdraw(*, calendar: ShiftCalendar, actor: User | None, now: dt.datetime) -> None:
    """Take back a calendar that has not begun; the one before it goes on. Raises NotComing or ShiftsInUse."""
    calendars.shifts_lock()
    valid_from = calendar.valid_from
    _check_coming(valid_from, now)
    audit.record(actor=actor, action="calendar.withdrawn", target=calendar, before=_calendar_facts(calendar))
    ShiftCalendar.objects.filter(pk=calendar.pk).delete()
    _remake(valid_from, now=now)


@transaction.atomic
def rota_change(
    *,
    valid_from: dt.date,
    pattern: str,
    anchor: dt.date,
    offset: int,
    crews: Sequence[str],
    actor: User | None,
    now: dt.datetime,
) -> Rota:
    """Let a rota apply from a coming production date on; shifts already made from then on get their new crew.

    The plant's first rota may begin at any date, and gives shifts without a crew theirs. Raises NotComing,
    ShiftsInUse, UnknownCrews, NotCovered, or `principles.teams.rota.RotaError` for a pattern that cannot be used.
    """
    calendars.shifts_lock()
    if Rota.objects.exists():
        _check_coming(valid_from, now)
    known = set(Crew.objects.filter(active=True).values_list("code", flat=True))
    if unknown := [code for code in crews if code not in known]:
        raise UnknownCrews(unknown)
    gaps = rotas.coverage_gaps(rota_planned(valid_from, pattern, anchor, offset, crews))
    if gaps:
        raise NotCovered(gaps)
    before = _rota_facts(Rota.objects.filter(valid_from__lte=valid_from).last())
    Rota.objects.filter(valid_from=valid_from).delete()
    row = Rota.objects.create(valid_from=valid_from, pattern=pattern, anchor=anchor, offset=offset, crews=list(crews))
    _recrew(valid_from)
    audit.record(actor=actor, action="rota.changed", target=row, before=before, after=_rota_facts(row))
    return row


@transaction.atomic
def rota_withdraw(*, rota: Rota, actor: User | None, now: dt.datetime) -> None:
    """Take back a rota that has not begun; the one before it goes on. Raises NotComing or ShiftsInUse."""
    calendars.shifts_lock()
    valid_from = rota.valid_from
    _check_coming(valid_from, now)
    audit.record(actor=actor, action="rota.withdrawn", target=rota, before=_rota_facts(rota))
    Rota.objects.filter(pk=rota.pk).delete()
    _recrew(valid_from)


def rota_planned(valid_from: dt.date, pattern: str, anchor: dt.date, offset: int, crews: Sequence[str]) -> rotas.Rota:
    """The plain rota, with the letters that the calendar of that date has to have covered. Raises RotaError."""
    known = calendars.calendars()
    letters = "".join(start.code for start in periods.calendar_on(known, valid_from).starts) if known else "MAN"
    return rotas.Rota(
        valid_from=valid_from, pattern=pattern, anchor=anchor, offset=offset, crews=tuple(crews), shifts=letters
    )


def earliest_change(*, now: dt.datetime) -> dt.date:
    """The first production date that a new calendar or rota can begin on: no shift used, none begun."""
    tomorrow = calendars.production_date(now) + _DAY
    used = _last_used(tomorrow)
    return tomorrow if used is None else used + _DAY


def _check_coming(valid_from: dt.date, now: dt.datetime) -> None:
    tomorrow = calendars.production_date(now) + _DAY
    if valid_from < tomorrow:
        raise NotComing(tomorrow)
    used = _last_used(valid_from)
    if used is not None:
        raise ShiftsInUse(used + _DAY)


def _last_used(start: dt.date) -> dt.date | None:
    """The last production date from `start` on with a shift that a row of any other table points at."""
    last: dt.date | None = None
    for model, field in _pointing_at_shifts():
        column = f"{field}__production_date"
        rows = model._base_manager.filter(**{f"{column}__gte": start}).order_by(f"-{column}")
        date: dt.date | None = rows.values_list(column, flat=True).first()
        if date is not None and (last is None or date > last):
            last = date
    return last


def _pointing_at_shifts() -> list[tuple[type[models.Model], str]]:
    """Every model of a higher floor with a foreign key to a shift, found without importing any of them."""
    return [
        (relation.related_model, relation.field.name)
        for relation in Shift._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel) and not isinstance(relation.related_model, str)
    ]


def _remake(valid_from: dt.date, *, now: dt.datetime) -> None:
    """Make the stored shifts from a date on anew, and let the day before end where they begin."""
    plan = calendars.schedule() if ShiftCalendar.objects.exists() else None
    stored = Shift.objects.filter(production_date__gte=valid_from)
    last = stored.order_by("-production_date").values_list("production_date", flat=True).first()
    if plan is None:
        stored.delete()
        return
    _stretch(plan, valid_from - _DAY, now=now)
    if last is not None:
        stored.delete()
        rows = [plan.row(span) for span in calendars.spans_of(plan, valid_from, last)]
        Shift.objects.bulk_create(rows, batch_size=1000)


def _stretch(plan: calendars.Schedule, date: dt.date, *, now: dt.datetime) -> None:
    """Give the shifts of the last day before a change the end that the new calendar leaves them."""
    spans = {span.number: span for span in periods.shifts_of_day(plan.calendars, date)}
    for shift in Shift.objects.filter(production_date=date):
        span = spans.get(shift.number)
        end = span.end if span is not None else shift.starts_at
        if end == shift.ends_at:
            continue
        if end <= now or end <= shift.starts_at:
            # The new day would begin before the present moment, or swallow a whole shift of the day before.
            raise NotComing(date + 2 * _DAY)
        shift.ends_at = end
        shift.save(update_fields=["ends_at"])


def _recrew(valid_from: dt.date) -> None:
    """Give stored shifts from a date on the crew that the rotas now say."""
    plan_rotas, crews = calendars.rotas(), dict(Crew.objects.values_list("code", "pk"))
    changed = []
    for shift in Shift.objects.filter(production_date__gte=valid_from):
        code = rotas.crew_on(plan_rotas, shift.production_date, shift.code)
        crew_id = crews.get(code) if code is not None else None
        if crew_id != shift.crew_id:
            shift.crew_id = crew_id
            changed.append(shift)
    Shift.objects.bulk_update(changed, ["crew"], batch_size=1000)


def _calendar_facts(row: ShiftCalendar | None) -> dict[str, object] | None:
    if row is None:
        return None
    starts = [f"{start.code} {start.name_en} {start.at:%H:%M}" for start in row.starts.all()]
    return {"valid_from": row.valid_from, "zone": row.zone, "starts": starts}


def _rota_facts(row: Rota | None) -> dict[str, object] | None:
    if row is None:
        return None
    return {
        "valid_from": row.valid_from,
        "pattern": row.pattern,
        "anchor": row.anchor,
        "offset": row.offset,
        "crews": row.crews,
    }
