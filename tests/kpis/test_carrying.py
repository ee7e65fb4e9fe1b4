"""At each closing open deviations are carried or escalated: once each, in order, whatever happens to the workers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from kpis.closing import close_due
from kpis.models import Closing
from kpis.rollup import process_all_marks
from principles.improvement.models import Carry, Deviation
from principles.improvement.services.carrying import ClosedPeriod, deviations_carry
from tests.factories import make_shifts, make_user
from tests.kpis.world import LATER, World, fact

DAY = dt.date(2026, 3, 23)  # a Monday
HOUR = dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


class Plant:
    """A plant whose first area is followed up over a fortnight."""

    def __init__(self) -> None:
        self.world = World()
        self.el1 = self.world.plant.el1
        self.shifts = make_shifts(DAY, DAY + dt.timedelta(days=13))
        fact(self.world.a, self.el1, self.shifts[0])
        process_all_marks(now=LATER)

    def deviation(self, **fields: object) -> Deviation:
        """An ordinary one: contained, owned, not due yet, reported in the first shift."""
        reported = self.shifts[0].starts_at + HOUR
        named = {
            "title": "The feeder does not run",
            "unit": self.el1,
            "occurred_at": reported,
            "reported_at": reported,
            "contained_at": reported,
            "owner": make_user(),
            **fields,
        }
        return Deviation.objects.create(**named)

    def live(self, count: int) -> None:
        """Close the first shifts, each at its end."""
        for shift in self.shifts[:count]:
            close_due(now=shift.ends_at)


def told() -> list[tuple[object, ...]]:
    carries = Carry.objects.order_by("deviation", "at", "pk")
    return list(carries.values_list("deviation__title", "cadence", "first", "number", "to_arena", "reason", "at"))


@pytest.fixture
def plant() -> Plant:
    return Plant()


def test_an_answered_for_deviation_is_carried_until_its_time_is_over(plant):
    deviation = plant.deviation()
    plant.live(4)
    shifts = [row[-2] for row in told() if row[1] == "shift"]
    assert shifts == ["", "", "", "answering_time"]
    deviation.refresh_from_db()
    assert deviation.arena == "morning"
    assert deviation.version == 1  # what somebody has open on a screen is not out of date by it


def test_what_is_not_contained_goes_up_at_once_and_the_meeting_gets_its_chance(plant):
    deviation = plant.deviation(contained_at=None)
    plant.live(3)
    # It came to the morning meeting inside this day: the day's closing carries it, and takes it no further.
    assert [row[1:2] + row[4:6] for row in told()] == [("shift", "morning", "not_contained"), ("day", "morning", "")]
    plant.live(6)
    deviation.refresh_from_db()
    assert (deviation.arena, told()[-1][5]) == ("weekly", "not_contained")


def test_what_goes_up_with_the_end_of_a_day_is_not_that_day_s(plant):
    night = plant.shifts[2]
    deviation = plant.deviation(contained_at=None, reported_at=night.starts_at + HOUR)
    plant.live(3)
    assert [(row[1], row[5]) for row in told()] == [("shift", "not_contained")]
    plant.live(5)
    assert len(told()) == 1
    plant.live(6)
    deviation.refresh_from_db()
    assert (deviation.arena, told()[-1][1]) == ("weekly", "day")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"due": DAY - dt.timedelta(days=1)}, "overdue"),
        ({"severity": "high", "owner": None}, "no_owner"),
        ({"severity": "medium", "owner": None}, ""),
        ({"due": DAY}, ""),
    ],
)
def test_what_makes_a_deviation_go_up(plant, fields, reason):
    plant.deviation(**fields)
    plant.live(1)
    assert [row[5] for row in told()] == [reason]


def test_the_monthly_meeting_keeps_it(plant):
    deviation = plant.deviation(arena="monthly", contained_at=None, due=DAY - dt.timedelta(days=9))
    plant.live(len(plant.shifts))
    deviation.refresh_from_db()
    assert deviation.arena == "monthly"
    assert [(row[1], row[4], row[5]) for row in told()] == [("month", "monthly", "")]


def test_only_what_was_open_and_reported_then_meets_a_closing(plant):
    early, late = plant.shifts[0].ends_at - HOUR, plant.shifts[0].ends_at + HOUR
    plant.deviation(title="closed before", closed_at=early, closed_by=make_user(), closing_words="done")
    plant.deviation(title="closed after", closed_at=late, closed_by=make_user(), closing_words="done")
    plant.deviation(title="reported after", reported_at=late)
    plant.deviation(title="elsewhere", unit=plant.world.plant.st1)
    plant.live(1)
    assert [row[0] for row in told()] == ["closed after"]


def test_equipment_and_sections_meet_the_closings_of_their_area(plant):
    plant.deviation(unit=plant.world.plant.section1)
    plant.live(1)
    assert Carry.objects.get().unit == plant.el1


def test_late_closing_says_the_same_as_closing_in_time(plant):
    plant.deviation(title="a")
    plant.deviation(title="b", contained_at=None)
    plant.deviation(title="c", due=DAY + dt.timedelta(days=2), reported_at=plant.shifts[4].starts_at)
    plant.deviation(title="d", severity="high", owner=None, arena="weekly")
    plant.live(1)
    results = []
    for late in (False, True):
        with transaction.atomic():
            if late:
                close_due(now=plant.shifts[-1].ends_at)
            else:
                plant.live(len(plant.shifts))
            arenas = list(Deviation.objects.order_by("title").values_list("arena", flat=True))
            results.append((told(), arenas))
            transaction.set_rollback(True)
    assert results[0] == results[1]
    assert len(results[0][0]) > 10


def test_asked_again_nothing_is_added(plant):
    plant.deviation(contained_at=None)
    plant.live(6)
    before = told()
    closed = Closing.objects.filter(unit=plant.el1).order_by("ends_at", "pk")
    periods = [ClosedPeriod(c.unit_id, c.cadence, c.first, c.number, c.starts_at, c.ends_at) for c in closed]
    assert deviations_carry(periods=periods, now=LATER) == 0
    assert told() == before


def test_a_quarter_of_closings_asks_little_where_nothing_is_open(plant, django_assert_num_queries):
    periods = [
        ClosedPeriod(plant.el1.pk, "shift", shift.production_date, shift.number, shift.starts_at, shift.ends_at)
        for shift in plant.shifts
    ]
    with django_assert_num_queries(3):  # one, in a savepoint
        deviations_carry(periods=periods, now=LATER)
    for number in range(20):
        plant.deviation(title=f"no {number}")
    with django_assert_num_queries(6):  # the deviations, their carries twice, one insert
        assert deviations_carry(periods=periods[:3], now=LATER) == 60
