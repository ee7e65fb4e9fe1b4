"""Shifts as rows: made once, with the crew of the rota, also when two make them at once."""

from __future__ import annotations

import datetime as dt
import threading
from itertools import pairwise

import pytest
from django.db import connection

from amps import periods
from principles.teams import calendars
from principles.teams.models import Shift
from tests import factories as make

MARCH = dt.date(2026, 3, 28)


@pytest.mark.django_db
def test_shifts_are_made_once_with_their_crew():
    make.make_schedule()
    days = dt.timedelta(days=9)
    assert calendars.shifts_ensure(start=make.START, end=make.START + days) == 30
    assert calendars.shifts_ensure(start=make.START, end=make.START + days) == 0
    first = Shift.objects.select_related("crew").get(production_date=make.START, number=1)
    assert (first.code, first.name_en, first.crew.code if first.crew else None) == ("M", "Morning", "A")
    assert Shift.objects.filter(crew=None).count() == 0
    assert first.starts_at == make.oslo("2026-01-01 06:00")


@pytest.mark.django_db
def test_no_instant_is_without_a_shift_across_a_clock_change():
    make.make_schedule()
    shifts = make.make_shifts(MARCH, MARCH + dt.timedelta(days=2))
    assert all(one.ends_at == other.starts_at for one, other in pairwise(shifts))
    night = Shift.objects.get(production_date=MARCH, number=3)
    assert night.hours == 7
    assert calendars.shift_at(make.oslo("2026-03-29 04:30")) == night


@pytest.mark.django_db
def test_shift_at_makes_the_day_and_refuses_nonsense():
    make.make_schedule()
    found = calendars.shift_at(make.oslo("2026-02-02 05:59"))
    assert (found.production_date, found.code) == (dt.date(2026, 2, 1), "N")
    assert Shift.objects.count() == 3
    with pytest.raises(periods.PeriodError):
        calendars.shift_at(dt.datetime(2026, 2, 2))  # noqa: DTZ001 - a time without a zone is what is refused


@pytest.mark.django_db
def test_without_a_calendar_or_rota():
    now = make.oslo("2026-02-02 05:59")
    with pytest.raises(calendars.NoCalendar):
        calendars.shift_at(now)
    assert calendars.calendars() == []
    assert calendars.plant_zone().key == "Europe/Oslo"
    assert calendars.production_date(now) == dt.date(2026, 2, 2)
    make.make_calendar(zone="America/Toronto")
    assert calendars.plant_zone().key == "America/Toronto"
    assert calendars.shift_at(now).crew is None
    assert calendars.local(now).isoformat() == "2026-02-01T23:59:00-05:00"


@pytest.mark.django_db
def test_the_zone_is_the_one_valid_then():
    make.make_calendar(zone="Europe/Oslo")
    make.make_calendar(zone="Atlantic/Reykjavik", valid_from=dt.date(2026, 7, 1))
    assert calendars.plant_zone(on=dt.date(2026, 6, 30)).key == "Europe/Oslo"
    assert calendars.plant_zone(on=dt.date(2025, 1, 1)).key == "Europe/Oslo"
    assert calendars.plant_zone(on=dt.date(2026, 7, 1)).key == "Atlantic/Reykjavik"


@pytest.mark.django_db
def test_reversed_dates_are_refused():
    make.make_schedule()
    with pytest.raises(periods.ReversedInterval):
        calendars.shifts_ensure(start=MARCH, end=MARCH - dt.timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_set_of_shifts():
    make.make_schedule()
    barrier, made, failed = threading.Barrier(3), [], []

    def work() -> None:
        try:
            barrier.wait(10)
            made.append(calendars.shifts_ensure(start=MARCH, end=MARCH + dt.timedelta(days=30)))
        except Exception as error:  # noqa: BLE001 - the test asserts that there is none
            failed.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert failed == []
    assert sorted(made) == [0, 0, 93]
    assert Shift.objects.count() == 93
