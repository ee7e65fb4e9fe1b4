"""From facts to figures: what is counted, what it adds up to, and what is kept of what was known before."""

import datetime as dt
from decimal import Decimal

import pytest

from kpis.figures import figures_refresh
from kpis.models import Closing, Figure, FigureVersion, IndicatorPoint, Tally, Target
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_all_marks, process_marks
from kpis.rules import parts_of
from kpis.tally import Tally as Pure
from kpis.tally import quantize
from observations.models import Mark
from principles.teams.models import UnitPlacement
from tests.factories import make_shifts
from tests.kpis.world import (
    LATER,
    World,
    all_values,
    corrected,
    fact,
    figure,
    make_edge,
    make_indicator,
    make_target,
    measured,
    pure_tallies,
    reported,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 10)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def shifts(world):
    return make_shifts(DAY, DAY)


def test_a_fact_reaches_every_cadence_and_every_unit_above(world, shifts):
    fact(world.a, world.plant.el1, shifts[0])
    fact(world.a, world.plant.el1, shifts[1], "not_ok")
    assert process_marks(now=LATER) == 2
    assert not Mark.objects.exists()
    assert figure(world.tending, world.plant.el1, shifts[0]).value == 100
    assert figure(world.tending, world.plant.el1, shifts[1]).value == 0
    for cadence in ("day", "week", "month"):
        for unit in (world.plant.el1, world.plant.electrolysis, world.plant.plant, world.plant.company):
            found = figure(world.tending, unit, shifts[0], cadence)
            assert (found.value, found.n, found.status) == (50, 2, "red")
    assert not Figure.objects.filter(unit=world.plant.el2).exists()


def test_the_database_counts_as_the_pure_functions_do(world, shifts):
    el1, el2 = world.plant.el1, world.plant.el2
    round_ = world.owe(shifts[0], a=4, b=2)
    for place, result in enumerate(("ok", "ok", "not_ok", "na")):
        fact(world.a, el1, shifts[0], result, round=round_, equipment=world.plant.cells[place // 2])
    fact(world.b, el1, shifts[0], "not_ok")
    fact(world.b, el2, shifts[0], "ok", crew_id=None)
    corrected(fact(world.b, el1, shifts[1], "ok"), "void")
    corrected(
        measured(world.fe, el1, shifts[0], "9.9", "1"), "value", value=Decimal("0.123456789"), weight=Decimal("2.5")
    )
    measured(world.fe, el1, shifts[0], "-0.5", "1.25")
    measured(world.ae, el1, shifts[0], "2")
    measured(world.ae, el1, shifts[0], "1")
    reported(world.ae, el1, shifts[0], "40.5")
    process_marks(now=LATER)

    stored = {}
    for row in Tally.objects.filter(cadence="shift", unit__in=[el1, el2]):
        shift = next(shift for shift in shifts if shift.number == row.number)
        stored[row.unit_id, shift.pk, row.point_id, row.crew_id] = Pure(
            **{name: getattr(row, name) for name in Pure.__dataclass_fields__}
        )
    empty = {key: tally for key, tally in stored.items() if tally == Pure()}
    assert {key: tally for key, tally in stored.items() if key not in empty} == pure_tallies()
    assert len(empty) == 1  # what was withdrawn

    of_points = {point.pk: Pure() for point in world.points}
    for (unit, shift_id, point, _), tally in stored.items():
        if unit == el1.pk and shift_id == shifts[0].pk:
            of_points[point] += tally
    for indicator in (world.tending, world.iron, world.tapped, world.effects, world.planned, world.wrong):
        feeds = dict(IndicatorPoint.objects.filter(indicator=indicator).values_list("point", "weight"))
        wanted = feeds or dict.fromkeys(of_points, Decimal(1))
        parts = parts_of(
            indicator.kind, indicator.factor, {point: (of_points[point], weight) for point, weight in wanted.items()}
        )
        assert parts.value is not None
        assert figure(indicator, el1, shifts[0]).value == quantize(parts.value, 12)


def test_missing_is_not_zero(world, shifts):
    world.owe(shifts[0], a=4)
    fact(world.a, world.plant.el1, shifts[1], "na")
    process_marks(now=LATER)
    owed = figure(world.tending, world.plant.el1, shifts[0])
    assert (owed.value, owed.n, owed.planned, owed.status) == (None, 0, 4, "none")
    seen = figure(world.tending, world.plant.el1, shifts[1])
    assert (seen.value, seen.n) == (None, 1)
    done = figure(world.planned, world.plant.el1, shifts[0])
    assert (done.value, done.n, done.planned) == (0, 0, 4)
    assert not Figure.objects.filter(indicator=world.iron).exists()


def test_a_report_without_events_is_zero_and_no_report_is_no_data(world, shifts):
    reported(world.ae, world.plant.el1, shifts[0], "40")
    measured(world.ae, world.plant.el1, shifts[1], "2")
    process_marks(now=LATER)
    none = figure(world.effects, world.plant.el1, shifts[0])
    assert (none.value, none.n) == (0, 1)
    unknown = figure(world.effects, world.plant.el1, shifts[1])
    assert (unknown.value, unknown.n) == (None, 1)


def test_a_mean_is_weighted_as_soon_as_there_are_weights(world, shifts):
    measured(world.fe, world.plant.el1, shifts[0], "0.1", "3")
    measured(world.fe, world.plant.el1, shifts[0], "0.2", "1")
    measured(world.fe, world.plant.el1, shifts[1], "0.1")
    measured(world.fe, world.plant.el1, shifts[1], "0.2")
    process_marks(now=LATER)
    assert figure(world.iron, world.plant.el1, shifts[0]).value == Decimal("0.125")
    assert figure(world.iron, world.plant.el1, shifts[1]).value == Decimal("0.15")


def test_a_point_seen_outside_any_plan_counts_but_covers_nothing(world, shifts):
    world.owe(shifts[0], a=2)
    fact(world.a, world.plant.el1, shifts[0])
    process_marks(now=LATER)
    assert figure(world.planned, world.plant.el1, shifts[0]).value == 0
    assert figure(world.tending, world.plant.el1, shifts[0]).value == 100


def test_weights_are_renormalised_over_the_parts_with_data(world, shifts):
    fact(world.a, world.plant.el1, shifts[0])
    process_marks(now=LATER)
    assert figure(world.execution, world.plant.el1, shifts[0]).value == 100
    fact(world.b, world.plant.el1, shifts[0], "not_ok")
    process_marks(now=LATER)
    # O03 is 25 (b weighs three times a), O05 is 0; a quarter of 25.
    assert figure(world.execution, world.plant.el1, shifts[0]).value == Decimal("6.25")


def test_a_roll_up_uses_the_weights_valid_when_the_period_began(world, shifts):
    later = make_shifts(dt.date(2026, 3, 11), dt.date(2026, 3, 11))
    parent = make_indicator("O22", kind="weighted")
    make_edge(parent, world.tending, "1", valid_to=dt.date(2026, 3, 11))
    make_edge(parent, world.covering, "1", valid_from=dt.date(2026, 3, 11))
    for shift in (shifts[0], later[0]):
        fact(world.a, world.plant.el1, shift)
        fact(world.b, world.plant.el1, shift, "not_ok")
    process_marks(now=LATER)
    assert figure(parent, world.plant.el1, shifts[0]).value == 25
    assert figure(parent, world.plant.el1, later[0]).value == 0
    assert figure(parent, world.plant.el1, later[0], "week").value == 25


def test_status_comes_from_the_nearest_target_valid_when_the_period_began(world, shifts):
    later = make_shifts(dt.date(2026, 3, 11), dt.date(2026, 3, 11))
    make_target(world.tending, 60, unit=world.plant.electrolysis, yellow=50, red=40)
    make_target(world.tending, 30, unit=world.plant.el1, yellow=20, red=10, valid_from=dt.date(2026, 3, 11))
    for shift in (shifts[0], later[0]):
        for area in (world.plant.el1, world.plant.el2, world.plant.st1):
            fact(world.a, area, shift)
            fact(world.a, area, shift, "not_ok")
            fact(world.a, area, shift, "not_ok")
    process_marks(now=LATER)
    assert figure(world.tending, world.plant.el1, shifts[0]).status == "red"
    assert figure(world.tending, world.plant.el1, later[0]).status == "green"
    assert figure(world.tending, world.plant.el1, later[0], "week").status == "red"
    assert figure(world.tending, world.plant.el2, later[0]).status == "red"
    Target.objects.filter(unit=world.plant.electrolysis).update(red=30, yellow=33)
    assert figures_refresh(indicator_ids=[world.tending.pk], since=DAY, now=LATER) > 0
    assert figure(world.tending, world.plant.el2, later[0]).status == "green"
    assert figure(world.tending, world.plant.st1, later[0]).status == "red"


def test_an_area_that_moved_counts_where_it_stood_on_the_shift(world, shifts):
    later = make_shifts(dt.date(2026, 3, 11), dt.date(2026, 3, 11))
    UnitPlacement.objects.create(
        unit=world.plant.el1, parent=world.plant.casthouse, valid_from=later[0].production_date
    )
    fact(world.a, world.plant.el1, shifts[2])
    fact(world.a, world.plant.el1, later[0], "not_ok")
    process_marks(now=LATER)
    assert figure(world.tending, world.plant.electrolysis, shifts[2], "month").value == 100
    assert figure(world.tending, world.plant.casthouse, later[0], "month").value == 0
    assert figure(world.tending, world.plant.plant, later[0], "month").value == 50
    assert figure(world.tending, world.plant.el1, later[0], "month").value == 50


def test_the_nights_when_the_clocks_change_are_one_shift_of_their_day(world):
    for day, hours in ((dt.date(2026, 3, 28), 7), (dt.date(2026, 10, 24), 9)):
        night = make_shifts(day, day)[2]
        assert night.hours == hours
        fact(world.a, world.plant.el1, night)
        process_marks(now=LATER)
        found = figure(world.tending, world.plant.el1, night)
        assert found.ends_at - found.starts_at == dt.timedelta(hours=hours)
        assert figure(world.tending, world.plant.el1, night, "day").ends_at == night.ends_at


def test_what_is_planned_for_a_shift_to_come_is_not_owed_before_it_begins(world, shifts):
    world.owe(shifts[2], a=4)
    assert process_all_marks(now=shifts[1].starts_at) == 0
    assert Mark.objects.count() == 1
    assert process_all_marks(now=shifts[2].starts_at) == 1
    assert figure(world.planned, world.plant.el1, shifts[0], "day").planned == 4


def test_a_cadence_that_is_not_followed_has_no_figure(world, shifts):
    world.iron.cadences = ["day"]
    world.iron.save()
    measured(world.fe, world.plant.el1, shifts[0], "1")
    process_marks(now=LATER)
    assert set(Figure.objects.filter(indicator=world.iron).values_list("cadence", flat=True)) == {"day"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda world, shift, old: fact(world.a, world.plant.el1, shift, "not_ok"), "late"),
        (lambda world, shift, old: corrected(old, "not_ok"), "corrected"),
        (lambda world, shift, old: corrected(old, "void"), "withdrawn"),
        (lambda world, shift, old: world.owe(shift, a=3), "plan"),
    ],
)
def test_a_final_figure_that_changes_is_restated_with_the_reason(world, shifts, change, reason):
    fact(world.a, world.plant.el1, shifts[0])
    old = fact(world.a, world.plant.el1, shifts[0])
    process_marks(now=LATER)
    Figure.objects.update(state="final")
    before = figure(world.tending, world.plant.el1, shifts[0])
    change(world, shifts[0], old)
    process_marks(now=LATER)
    for cadence in ("shift", "day", "week", "month"):
        now = figure(world.tending, world.plant.el1, shifts[0], cadence)
        assert now.state == "restated"
        version = FigureVersion.objects.get(figure=now)
        assert (version.kind, version.reason, version.at) == ("restated", reason, LATER)
        assert (version.value, version.n, version.planned) == (now.value, now.n, now.planned)
    assert (before.value, before.n, before.planned) != (now.value, now.n, now.planned)


def test_a_provisional_figure_changes_without_a_version(world, shifts):
    fact(world.a, world.plant.el1, shifts[0])
    process_marks(now=LATER)
    fact(world.a, world.plant.el1, shifts[0], "not_ok")
    process_marks(now=LATER)
    assert figure(world.tending, world.plant.el1, shifts[0]).state == "provisional"
    assert not FigureVersion.objects.exists()


def test_a_first_fact_after_no_data_was_final_restates_it(world, shifts):
    Closing.objects.create(
        unit=world.plant.el1, cadence="shift", first=DAY, number=1, starts_at=shifts[0].starts_at,
        ends_at=shifts[0].ends_at, closed_at=LATER, finalised_at=LATER,
    )  # fmt: skip
    fact(world.a, world.plant.el1, shifts[0])
    process_marks(now=LATER)
    assert figure(world.tending, world.plant.el1, shifts[0]).state == "restated"
    assert figure(world.tending, world.plant.el1, shifts[0], "day").state == "provisional"


def test_a_rebuild_of_nothing_wrong_changes_nothing_and_of_something_wrong_only_that(world, shifts):
    corrected(fact(world.a, world.plant.el1, shifts[0]), "void")
    fact(world.b, world.plant.el1, shifts[1])
    reported(world.ae, world.plant.el2, shifts[1], "12")
    process_marks(now=LATER)
    report = rebuild_figures(now=LATER)
    assert report.figures > 0
    assert (report.tallies_changed, report.figures_changed) == (0, 0)

    right = all_values()
    wrong = Tally.objects.filter(cadence="month", point=world.b, unit=world.plant.el1)
    assert wrong.update(conforming=0, not_conforming=1) == 1
    Figure.objects.filter(pk=figure(world.effects, world.plant.el2, shifts[1]).pk).update(value=7)
    found = rebuild_figures(now=LATER, dry_run=True)
    # The figures of the month were made of the right tally and are right still.
    assert (found.tallies_changed, found.figures_changed) == (1, 1)
    assert all_values() != right
    assert rebuild_figures(now=LATER) == found
    assert all_values() == right


def test_a_rebuild_from_nothing_gives_what_the_worker_gave(world, shifts):
    for shift in shifts:
        for point in (world.a, world.b):
            fact(point, world.plant.el1, shift)
            fact(point, world.plant.st1, shift, "not_ok")
        measured(world.fe, world.plant.el2, shift, "1.5", "2")
    process_marks(now=LATER, limit=3)
    process_all_marks(now=LATER)
    kept = all_values()
    Figure.objects.all().delete()
    Tally.objects.all().delete()
    rebuild_figures(now=LATER)
    assert all_values() == kept
