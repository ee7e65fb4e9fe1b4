"""A new calendar or rota begins on a coming day and rewrites nothing that has begun."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from amps import periods
from amps.models import AuditEntry
from observations.models import Mark
from principles.teams import calendars
from principles.teams import rota as rotas
from principles.teams.models import Crew, Rota, Shift, ShiftCalendar, User
from principles.teams.services import scheduling
from sops.models import ObservationPoint
from tests import factories as make

NOW = make.oslo("2026-06-10 12:00")
TODAY = dt.date(2026, 6, 10)
DAY = dt.timedelta(days=1)
FROM = TODAY + 2 * DAY


def starts(*given: str) -> list[scheduling.StartGiven]:
    """Starts such as "M 05:00"."""
    return [
        scheduling.StartGiven(
            code=letter, name_en=f"Shift {letter}", name_nb=f"Skift {letter}", at=dt.time.fromisoformat(at)
        )
        for letter, at in (one.split() for one in given)
    ]


THREE = starts("M 05:00", "A 13:00", "N 21:00")


def change(actor: User | None = None, *, valid_from: dt.date = FROM, zone: str = "Europe/Oslo", given=THREE, now=NOW):
    return scheduling.calendar_change(valid_from=valid_from, zone=zone, starts=given, actor=actor, now=now)


def no_gap(shifts: list[Shift]) -> bool:
    return all(one.ends_at == other.starts_at for one, other in pairwise(shifts))


def new_rota(actor: User | None = None, *, now: dt.datetime = NOW, **fields) -> Rota:
    given = {"valid_from": FROM, "pattern": "MMAANN----", "anchor": FROM, "offset": 2, "crews": list("EDCBA"), **fields}
    return scheduling.rota_change(actor=actor, now=now, **given)


def test_the_shift_before_a_new_calendar_shrinks_to_meet_it(plant: make.Plant, admin: User):
    make.make_shifts(TODAY - DAY, TODAY + 5 * DAY)
    before = list(Shift.objects.filter(production_date__lt=FROM).values_list("pk", "starts_at", "crew"))
    change(admin)
    after = list(Shift.objects.all())
    assert no_gap(after)
    assert list(Shift.objects.filter(production_date__lt=FROM).values_list("pk", "starts_at", "crew")) == before
    last = Shift.objects.filter(production_date=FROM - DAY).last()
    assert last is not None
    assert last.hours == 7
    first = Shift.objects.get(production_date=FROM, number=1)
    assert (first.starts_at, first.name_en) == (make.oslo("2026-06-12 05:00"), "Shift M")
    assert max(shift.production_date for shift in after) == TODAY + 5 * DAY
    entry = AuditEntry.objects.get()
    assert (entry.action, (entry.after or {})["starts"][0]) == ("calendar.changed", "M Shift M 05:00")
    assert [calendar.valid_from for calendar in calendars.calendars()] == [make.START, FROM]


def test_a_calendar_taken_back_leaves_the_shifts_as_they_were(plant: make.Plant, admin: User):
    fields = ("production_date", "number", "starts_at", "ends_at", "crew")
    make.make_shifts(TODAY - DAY, TODAY + 5 * DAY)
    before = list(Shift.objects.values_list(*fields))
    planned = change(admin)
    assert list(Shift.objects.values_list(*fields)) != before
    scheduling.calendar_withdraw(calendar=planned, actor=admin, now=NOW)
    assert list(Shift.objects.values_list(*fields)) == before
    assert ShiftCalendar.objects.count() == 1


def test_two_shifts_of_twelve_hours_have_no_crew_until_a_rota_knows_them(plant: make.Plant, admin: User):
    make.make_shifts(TODAY, TODAY + 3 * DAY)
    change(admin, given=starts("M 06:00", "N 18:00"))
    coming = Shift.objects.filter(production_date=FROM)
    assert coming.count() == 2
    with pytest.raises(rotas.RotaError):
        new_rota(admin)
    new_rota(admin, pattern="MN--", offset=1, crews=list("ABCD"))
    assert all(shift.crew is not None for shift in coming.select_related("crew"))


@pytest.mark.parametrize("days", [-1, 0])
def test_no_day_that_has_begun_changes(plant: make.Plant, admin: User, days: int):
    with pytest.raises(scheduling.NotComing) as refusal:
        change(admin, valid_from=TODAY + days * DAY)
    assert refusal.value.earliest == TODAY + DAY
    with pytest.raises(scheduling.NotComing):
        new_rota(admin, valid_from=TODAY + days * DAY)
    assert AuditEntry.objects.count() == 0


def test_a_day_that_would_have_begun_already_is_too_early(plant: make.Plant, admin: User):
    # At half past five the night of the 10th runs; a day of the 11th from five would have begun half an hour ago.
    now = make.oslo("2026-06-11 05:30")
    make.make_shifts(TODAY, TODAY + DAY)
    with pytest.raises(scheduling.NotComing) as refusal:
        change(admin, valid_from=TODAY + DAY, now=now)
    assert refusal.value.earliest == TODAY + 2 * DAY
    assert no_gap(list(Shift.objects.all()))


def test_shifts_that_something_points_at_stay(plant: make.Plant, admin: User):
    make.make_shifts(TODAY, FROM + 3 * DAY)
    point = ObservationPoint.objects.create(code="p", text_en="p", text_nb="p", kind="check")
    used = Shift.objects.get(production_date=FROM + DAY, number=2)
    Mark.objects.create(point=point, area=plant.el1, shift=used)
    for refused in (lambda: change(admin), lambda: new_rota(admin)):
        with pytest.raises(scheduling.ShiftsInUse) as refusal:
            refused()
        assert refusal.value.earliest == FROM + 2 * DAY
    assert scheduling.earliest_change(now=NOW) == FROM + 2 * DAY
    assert change(admin, valid_from=FROM + 2 * DAY).valid_from == FROM + 2 * DAY
    assert Mark.objects.get().shift_id == used.pk


@pytest.mark.parametrize(
    ("given", "zone"),
    [
        ([], "Europe/Oslo"),
        (starts("M 06:00", "M 14:00"), "Europe/Oslo"),
        (starts("M 06:00", "A 05:00", "N 22:00"), "Europe/Oslo"),
        (THREE, "Mars/Base"),
    ],
)
def test_calendars_that_cannot_be_are_refused(plant: make.Plant, admin: User, given, zone: str):
    with pytest.raises(periods.BadCalendar):
        change(admin, given=given, zone=zone)
    assert ShiftCalendar.objects.count() == 1


def test_a_new_rota_changes_the_crews_of_coming_shifts_only(plant: make.Plant, admin: User):
    make.make_shifts(TODAY - DAY, TODAY + 5 * DAY)
    before = dict(Shift.objects.filter(production_date__lt=FROM).values_list("pk", "crew__code"))
    new_rota(admin)
    assert dict(Shift.objects.filter(production_date__lt=FROM).values_list("pk", "crew__code")) == before
    on_first = dict(Shift.objects.filter(production_date=FROM).values_list("code", "crew__code"))
    assert on_first == {"M": "E", "A": "A", "N": "B"}
    scheduling.rota_withdraw(rota=Rota.objects.get(valid_from=FROM), actor=admin, now=NOW)
    assert Shift.objects.get(production_date=FROM, code="M").crew == Crew.objects.get(code="B")
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "rota.changed",
        "rota.withdrawn",
    ]


def test_a_rota_with_gaps_is_refused_with_the_gaps(plant: make.Plant, admin: User):
    with pytest.raises(scheduling.NotCovered) as refusal:
        new_rota(admin, crews=list("ABCD"))
    assert len(refusal.value.gaps) == 6
    with pytest.raises(scheduling.UnknownCrews) as unknown:
        new_rota(admin, crews=list("ABCDX"))
    assert unknown.value.codes == ["X"]
    with pytest.raises(rotas.RotaError):
        new_rota(admin, pattern="MMQQ")
    assert Rota.objects.count() == 1


@pytest.mark.django_db
def test_the_first_calendar_and_rota_may_begin_in_the_past():
    make.make_crews()
    change(valid_from=TODAY - 100 * DAY)
    make.make_shifts(TODAY, TODAY)
    assert Shift.objects.filter(crew=None).count() == 3
    new_rota(valid_from=TODAY - 100 * DAY, anchor=TODAY - 100 * DAY)
    assert Shift.objects.filter(crew=None).count() == 0
