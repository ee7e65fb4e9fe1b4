"""Periods close in order, once each; figures become final after their grace, and nothing waits for ever."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction

from kpis.closing import FOLLOW_UP_REACH, close_due, finalise_due, missed_rounds
from kpis.models import Closing, ClosingLine, Figure, FigureVersion
from kpis.rollup import process_all_marks
from observations.models import Mark
from observations.planning import grace
from principles.teams.models import ShiftCalendar, UnitPlacement
from tests.factories import make_shifts
from tests.kpis.world import LATER, World, fact, figure, make_target, measured

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 27)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def shifts(world):
    """Friday to Tuesday, across the last Sunday of March and the end of the month."""
    return make_shifts(DAY, DAY + dt.timedelta(days=4))


def live_until(now: dt.datetime) -> None:
    process_all_marks(now=now)
    close_due(now=now)
    finalise_due(now=now)


def test_a_shift_closes_when_it_ends_and_is_final_after_its_grace(world, shifts):
    fact(world.a, world.plant.el1, shifts[0])
    process_all_marks(now=shifts[0].starts_at)
    assert close_due(now=shifts[0].ends_at - HOUR) == 0
    assert close_due(now=shifts[0].ends_at) == 4  # the area and the three above it
    assert finalise_due(now=shifts[0].ends_at + HOUR) == 0
    assert figure(world.tending, world.plant.el1, shifts[0]).state == "provisional"
    assert finalise_due(now=shifts[0].ends_at + 2 * HOUR) > 0
    assert figure(world.tending, world.plant.el1, shifts[0]).state == "final"
    assert figure(world.tending, world.plant.el1, shifts[0], "day").state == "provisional"
    closing = Closing.objects.get(unit=world.plant.el1)
    assert (closing.closed_at, closing.finalised_at) == (shifts[0].ends_at, shifts[0].ends_at + 2 * HOUR)


def test_what_was_known_at_closing_stays_beside_what_came_later(world, shifts):
    fact(world.a, world.plant.el1, shifts[0])
    live_until(shifts[0].ends_at)
    fact(world.a, world.plant.el1, shifts[0], "not_ok")
    live_until(shifts[0].ends_at + 3 * HOUR)
    fact(world.a, world.plant.el1, shifts[0], "not_ok")
    live_until(shifts[0].ends_at + 4 * HOUR)
    told = FigureVersion.objects.filter(figure=figure(world.tending, world.plant.el1, shifts[0]))
    assert [(version.kind, round(version.value), version.reason) for version in told] == [
        ("closed", 100, ""),
        ("final", 50, ""),
        ("restated", 33, "late"),
    ]


def test_after_three_days_off_periods_close_in_order_once_each(world, shifts):
    fact(world.a, world.plant.el1, shifts[0])
    live_until(shifts[0].ends_at)
    before = Closing.objects.count()
    back = shifts[-1].ends_at
    live_until(back)
    made = list(Closing.objects.filter(unit=world.plant.el1).order_by("pk").values_list("ends_at", "cadence"))
    assert len(made) == 15 + 5 + 1 + 1
    rank = {"shift": 0, "day": 1, "week": 2, "month": 3}
    assert made == sorted(made, key=lambda row: (row[0], rank[row[1]]))
    assert Closing.objects.count() > before
    assert close_due(now=back) == 0
    assert finalise_due(now=back) == 0


def test_a_period_waits_for_its_marks_and_those_after_it_wait_too(world, shifts):
    fact(world.a, world.plant.el1, shifts[0])
    fact(world.a, world.plant.el1, shifts[1])
    process_all_marks(now=LATER)
    Mark.objects.create(point=world.a, area=world.plant.el1, shift=shifts[1])
    assert close_due(now=shifts[2].ends_at) == 4
    assert finalise_due(now=LATER) > 0
    assert figure(world.tending, world.plant.el1, shifts[1]).state == "provisional"
    assert figure(world.tending, world.plant.el1, shifts[0], "day").state == "provisional"
    live_until(LATER)
    assert not Figure.objects.filter(state="provisional").exists()
    assert not Closing.objects.filter(finalised_at=None).exists()


def test_the_agenda_has_the_worst_first(world, shifts):
    el1 = world.plant.el1
    make_target(world.covering, 95, yellow=90, red=80)
    make_target(world.iron, 1, yellow=2, red=3)
    missed = world.owe(shifts[0], a=2, b=2)
    fact(world.a, el1, shifts[0], round=missed, equipment=world.plant.cells[0])
    fact(world.a, el1, shifts[0], round=missed, equipment=world.plant.cells[1])
    fact(world.a, el1, shifts[0])
    fact(world.b, el1, shifts[0], "not_ok", round=missed)
    whole = world.owe(shifts[1], a=1)
    fact(world.a, el1, shifts[1], round=whole)
    live_until(shifts[0].ends_at)
    closing = Closing.objects.get(unit=el1)
    lines = [
        (line.kind, line.figure and line.figure.indicator.code, line.done, line.planned) for line in closing.lines.all()
    ]
    assert lines == [("red", "O05", 1, 2), ("red", "O03", 3, 4), ("missed", None, 3, 4)]
    assert closing.lines.get(kind="missed").round == missed
    assert missed_rounds([closing.pk]) == {closing.pk: 1}
    above = Closing.objects.get(unit=world.plant.electrolysis)
    assert not above.lines.filter(kind="missed").exists()
    live_until(shifts[1].ends_at)
    assert not ClosingLine.objects.filter(closing__number=2, kind="missed").exists()


def test_a_card_seen_twice_makes_up_for_no_other(world, shifts):
    missed = world.owe(shifts[0], a=2)
    for _ in range(2):
        fact(world.a, world.plant.el1, shifts[0], round=missed, equipment=world.plant.cells[0])
    live_until(shifts[0].ends_at)
    lines = Closing.objects.get(unit=world.plant.el1).lines
    assert (lines.get(kind="missed").done, lines.get(kind="missed").planned) == (1, 2)


def test_a_round_that_nobody_walked_is_missed_and_without_data(world, shifts):
    round_ = world.owe(shifts[0], a=3)
    live_until(shifts[0].ends_at)
    lines = Closing.objects.get(unit=world.plant.el1).lines
    assert (lines.get(kind="missed").round, lines.get(kind="missed").planned) == (round_, 3)
    assert lines.get(kind="no_data").figure.indicator == world.tending


def test_a_closing_that_fails_half_way_leaves_nothing_half_done(world, shifts, monkeypatch):
    fact(world.a, world.plant.el1, shifts[0])
    process_all_marks(now=LATER)
    ended = shifts[-1].ends_at

    def fail(*args, **kwargs):
        raise RuntimeError("the worker died")

    with monkeypatch.context() as patch:
        patch.setattr("kpis.closing.lines_write", fail)
        with pytest.raises(RuntimeError):
            close_due(now=ended)
    assert not Closing.objects.exists()
    assert not FigureVersion.objects.exists()
    assert close_due(now=ended) > 0


def test_units_without_anything_to_follow_are_not_closed(world, shifts):
    fact(world.a, world.plant.el1, shifts[3])
    live_until(shifts[-1].ends_at)
    assert not Closing.objects.filter(unit__in=[world.plant.el2, world.plant.st1, world.plant.casthouse]).exists()
    first = Closing.objects.filter(unit=world.plant.el1, cadence="shift").order_by("ends_at").first()
    assert first is not None
    assert first.starts_at == shifts[3].starts_at


def told() -> tuple[list[tuple[object, ...]], ...]:
    """Everything that closing leaves; versions in the order in which they were known."""
    closings = Closing.objects.order_by("unit", "pk")
    versions = FigureVersion.objects.order_by("figure", "pk")
    figures = Figure.objects.order_by("unit", "indicator", "cadence", "first", "number")
    lines = ClosingLine.objects.order_by("closing__unit", "closing__ends_at", "closing__cadence", "position")
    return (
        list(closings.values_list("unit", "cadence", "first", "number", "ends_at", "closed_at", "finalised_at")),
        list(versions.values_list("figure", "kind", "at", "reason", "value", "n", "planned", "status")),
        list(figures.values_list("pk", "cadence", "first", "number", "state", "value", "updated_at")),
        list(lines.values_list("closing__unit", "closing__cadence", "closing__first", "kind", "round", "done")),
    )


@pytest.mark.parametrize("until", [2, 5, 14])
def test_catching_up_with_a_past_leaves_what_closing_on_time_would_have_left(world, shifts, until):
    for at, shift in enumerate(shifts):
        round_ = world.owe(shift, a=2, b=1)
        fact(world.a, world.plant.el1, shift, "not_ok" if at % 3 else "ok", round=round_)
        measured(world.fe, world.plant.el2, shift, str(at + 1))
    process_all_marks(now=LATER)
    delay = dt.timedelta(minutes=1)
    late, end = shifts[until].starts_at + HOUR, shifts[-1].ends_at + 3 * HOUR
    due = {shift.ends_at + delay for shift in shifts} | {shift.ends_at + grace() + delay for shift in shifts}

    def on_time(since: dt.datetime, to: dt.datetime) -> None:
        for moment in sorted(due):
            if since < moment <= to:
                close_due(now=moment)
                finalise_due(now=moment)

    def afterwards(since: dt.datetime, to: dt.datetime) -> None:
        close_due(now=to, delay=delay)
        finalise_due(now=to, delay=delay)

    results = []
    for live in (on_time, afterwards):
        with transaction.atomic():
            live(shifts[0].starts_at, late)
            fact(world.a, world.plant.el1, shifts[0], "not_ok")
            process_all_marks(now=late)
            live(late, end)
            results.append(told())
            transaction.set_rollback(True)
    assert results[0] == results[1]
    assert all(results[0])


def test_a_past_from_before_the_product_has_final_figures_but_no_follow_up(world):
    """Facts five years old, imported on the day on which a plan begins."""
    el1, today = world.plant.el1, dt.date(2026, 3, 31)
    ShiftCalendar.objects.update(valid_from=dt.date(2021, 1, 1))
    UnitPlacement.objects.update(valid_from=dt.date(2021, 1, 1))
    old = make_shifts(dt.date(2021, 3, 1), dt.date(2021, 3, 31))
    for shift in old[::5]:
        fact(world.a, el1, shift, "not_ok", source="import")
    shifts = make_shifts(today, today + dt.timedelta(days=30))
    round_ = world.owe(shifts[0], a=2)
    live_until(shifts[0].starts_at + HOUR)
    assert not Closing.objects.exists()
    assert figure(world.tending, el1, old[0], "month").value == 0

    live_until(shifts[0].ends_at)
    assert list(Closing.objects.filter(unit=el1).values_list("cadence", "first")) == [("shift", today)]
    assert ClosingLine.objects.filter(kind="missed").values_list("round", flat=True).get() == round_.pk
    past = Figure.objects.filter(first__lt=today - dt.timedelta(days=31))
    assert set(past.values_list("cadence", flat=True)) == {"shift", "day", "week", "month"}
    assert set(past.values_list("state", flat=True)) == {"final"}
    told = FigureVersion.objects.filter(figure__in=past).values_list("kind", "at")
    assert set(told) == {("final", shifts[0].ends_at)}
    assert len(told) == past.count()

    # The first day, week and month close as they end, and late facts of the past restate it.
    fact(world.a, el1, old[0], "ok", source="import")
    live_until(shifts[-1].ends_at)
    made = Counter(Closing.objects.filter(unit=el1).values_list("cadence", flat=True))
    assert made == {"shift": 93, "day": 31, "week": 4, "month": 2}
    assert figure(world.tending, el1, old[0]).state == "restated"
    assert Closing.objects.order_by("ends_at").first().ends_at == shifts[0].ends_at


def test_follow_up_begins_at_most_its_reach_back(world):
    begun = make_shifts(dt.date(2026, 2, 16), dt.date(2026, 3, 22))
    for shift in begun:
        fact(world.a, world.plant.el1, shift)
    now = begun[-1].ends_at
    live_until(now)
    closings = Closing.objects.filter(unit=world.plant.el1)
    assert min(closings.values_list("ends_at", flat=True)) > now - FOLLOW_UP_REACH
    assert Counter(closings.values_list("cadence", flat=True)) == {"shift": 21, "day": 7, "week": 1}
    assert not Figure.objects.filter(state="provisional", ends_at__lte=now - FOLLOW_UP_REACH).exists()
    # Having begun, it leaves nothing out, however long the worker was away.
    make_shifts(dt.date(2026, 3, 23), dt.date(2026, 5, 10))
    live_until(now + dt.timedelta(days=40))
    assert closings.filter(cadence="shift").count() == 21 + 3 * 40
    assert closings.filter(cadence="month").count() == 2
