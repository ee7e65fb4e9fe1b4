"""Evidence on observing and on following figures up, with the crews' own shifts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kpis.models import Closing, Figure, FigureDeviation, FigureVersion, Review, Tally
from kpis.rollup import process_all_marks
from principles.teams.models import Crew
from roadmap.evidence import facts_of
from roadmap.models import FocusItem
from tests import factories as make
from tests.kpis import world as figures
from tests.roadmap.evidence_world import NOW, is_reading, shift_of


@pytest.mark.parametrize(
    "metric",
    [
        "observation_plan_completion",
        "deviations_per_1000_points",
        "deviation_rate_change",
        "observation_reported_same_shift",
        "indicator_reviewed_at_planned_cadence",
        "out_of_limit_with_reaction",
        "board_values_on_time",
        "indicators_on_target",
    ],
)
def test_nothing_there_is_no_data(world, metric):
    assert is_reading(world.fact(metric), None)


def _tally(world, point, crew, first="2026-08-17", cadence="week", **counts):
    return Tally.objects.create(
        point=point,
        unit=world.plant.el1,
        crew=crew,
        cadence=cadence,
        first=dt.date.fromisoformat(first),
        starts_at=make.oslo(f"{first} 06:00"),
        **counts,
    )


def test_plan_completion_is_that_of_the_worst_crew_and_of_the_crew_asked_for(world):
    world.indicator("S01", kind="coverage", all_points=True, level="coverage")
    point = world.point()
    _tally(world, point, world.crews["A"], n=9, done=9, planned=10)
    _tally(world, point, world.crews["A"], "2026-08-24", n=9, done=9, planned=10)
    _tally(world, point, world.crews["B"], n=5, done=5, planned=10)
    _tally(world, point, world.crews["C"], "2026-08-10", n=1, done=1, planned=10)  # before the window
    fact = world.fact("observation_plan_completion")
    assert is_reading(fact, 50, 5, 10)
    assert str(fact.where) == "Crew B"
    assert fact.status == "red"
    assert is_reading(world.fact("observation_plan_completion", crew=world.crews["A"]), 90, 18, 20)
    assert is_reading(world.fact("observation_plan_completion", crew=world.crews["C"]), None)


def test_limits_are_the_indicators_where_they_are_set(world):
    indicator = world.indicator("S01", kind="coverage", all_points=True, level="coverage")
    _tally(world, world.point(), world.crews["A"], n=9, done=9, planned=10)
    assert world.fact("observation_plan_completion").status == "yellow"
    figures.make_target(indicator, 90, unit=world.plant.el1, yellow=88, red=60)
    fact = world.fact("observation_plan_completion")
    assert (fact.status, fact.green_at, fact.yellow_at) == ("green", 88, 60)
    assert world.fact("observation_plan_completion", world.plant.el2).green_at == 95


def test_not_right_per_thousand_judged_points(world):
    world.indicator("S03", kind="not_ok_rate", all_points=True, level="coverage", direction="down", factor=1000)
    point = world.point()
    _tally(world, point, world.crews["A"], n=190, conforming=180, not_conforming=5, not_applicable=5)
    _tally(world, point, world.crews["B"], "2026-09-07", n=15, conforming=10, not_conforming=5)
    assert is_reading(world.fact("deviations_per_1000_points"), 50, 10, 200)


def test_the_change_of_the_rate_needs_both_windows_whole(world):
    world.indicator("S03", kind="not_ok_rate", all_points=True, level="coverage", direction="down", factor=1000)
    point = world.point()
    for month, wrong in (("03", 10), ("04", 10), ("05", 10), ("06", 5), ("07", 5)):
        _tally(
            world, point, world.crews["A"], f"2026-{month}-01", "month", n=100, conforming=100 - wrong,
            not_conforming=wrong,
        )  # fmt: skip
    assert is_reading(world.fact("deviation_rate_change"), -50)
    Tally.objects.filter(first=dt.date(2026, 4, 1)).delete()
    assert is_reading(world.fact("deviation_rate_change"), None)


def test_pooled_coverage_is_the_figures_own_numbers(db):
    """The metric reads the tallies by the functions that make the figures: one definition."""
    seen = figures.World()
    for at, done in (("2026-08-18 10:00", 2), ("2026-08-27 10:00", 1), ("2026-08-28 18:00", 0)):
        shift = shift_of(at)
        round_ = seen.owe(shift, a=2, b=1)
        for _ in range(done):
            figures.fact(seen.a, seen.plant.el1, shift, round=round_)
    process_all_marks(now=NOW)
    stored = Figure.objects.filter(indicator=seen.planned, unit=seen.plant.el1, cadence="week")
    item = FocusItem.objects.get(code="1.3.1", local_to=None)
    measured = {
        crew.code: next(iter(facts_of(item, unit=seen.plant.el1, crew=crew, now=NOW).facts))
        for crew in Crew.objects.all()
    }
    assert sum(fact.denominator or 0 for fact in measured.values()) == sum(row.denominator or 0 for row in stored) == 9
    assert sum(fact.numerator or 0 for fact in measured.values()) == sum(row.numerator or 0 for row in stored) == 2


def test_facts_received_before_the_shift_ended(world):
    point = world.point()
    early, late = shift_of("2026-08-18 10:00"), shift_of("2026-08-19 10:00")
    for shift, delay in ((early, 1), (early, 1), (early, 20), (late, 1)):
        figures.fact(
            point, world.plant.el1, shift, received_at=shift.starts_at + dt.timedelta(hours=delay),
        )  # fmt: skip
    figures.fact(point, world.plant.el1, early, source="import", received_at=NOW)
    figures.fact(point, world.plant.el2, early, received_at=NOW)
    first = world.fact("observation_reported_same_shift", crew=early.crew)
    if early.crew_id == late.crew_id:
        assert is_reading(first, 75, 3, 4)
    else:
        assert is_reading(first, 66.667, 2, 3)
        worst = world.fact("observation_reported_same_shift")
        assert is_reading(worst, 66.667, 2, 3)
        assert str(worst.where) == early.crew.name


def test_a_later_correction_is_no_late_report(world):
    shift = shift_of("2026-08-18 10:00")
    seen = figures.fact(world.point(), world.plant.el1, shift, received_at=shift.starts_at)
    figures.corrected(seen, "not_ok", received_at=NOW)
    assert is_reading(world.fact("observation_reported_same_shift"), 100, 1, 1)


# --- follow-up ---


def _closed(figure, *, comment: str | None = None, reviewed_at=None) -> Closing:
    closing, _made = Closing.objects.get_or_create(
        unit=figure.unit,
        cadence=figure.cadence,
        first=figure.first,
        number=figure.number,
        defaults={"starts_at": figure.starts_at, "ends_at": figure.ends_at, "closed_at": figure.ends_at},
    )
    if comment is not None:
        by = make.make_user()
        Review.objects.create(closing=closing, by=by, at=reviewed_at or figure.ends_at, comment=comment)
    return closing


def test_planned_reviews_of_execution_indicators(world):
    plant = world.plant
    execution, daily, kpi = world.indicator(), world.indicator(cadences=["day"]), world.indicator(level="kpi")
    _closed(world.figure(execution, plant.el1, "day", "2026-08-18"), comment="")
    _closed(world.figure(daily, plant.el1, "day", "2026-08-18"))
    _closed(world.figure(execution, plant.el1, "day", "2026-08-19"))
    _closed(world.figure(kpi, plant.el1, "day", "2026-08-19"))
    world.figure(execution, plant.el1, "day", "2026-08-20")  # not closed
    mine = world.figure(execution, plant.el1, "shift", "2026-08-18")
    _closed(mine, comment="")
    shift_of("2026-08-18 10:00")
    _closed(world.figure(daily, plant.el1, "shift", "2026-08-18"))  # not followed per shift
    crew = shift_of("2026-08-18 10:00").crew
    # The day is everybody's: 2 of 3; the shift its own crew's.
    assert is_reading(world.fact("indicator_reviewed_at_planned_cadence", crew=crew), 75, 3, 4)
    worst = world.fact("indicator_reviewed_at_planned_cadence")
    assert is_reading(worst, 66.667, 2, 3)
    assert str(worst.where)


def test_reactions_to_red_within_a_day(world):
    plant, execution = world.plant, world.indicator()
    red = {"status": "red"}
    day = dt.timedelta(days=1)
    commented = world.figure(execution, plant.el1, "day", "2026-08-18", **red)
    _closed(commented, comment="crane was down")
    silent = world.figure(execution, plant.el1, "day", "2026-08-19", **red)
    _closed(silent, comment="")
    late = world.figure(execution, plant.el1, "day", "2026-08-20", **red)
    _closed(late, comment="too late", reviewed_at=late.ends_at + 2 * day)
    opened = world.figure(execution, plant.el1, "day", "2026-08-21", **red)
    deviation = world.deviation("2026-08-22 10:00")
    FigureDeviation.objects.create(deviation=deviation, figure=opened, status="red")
    world.figure(execution, plant.el1, "day", "2026-08-22", **red, state="provisional")
    world.figure(world.indicator(level="kpi"), plant.el1, "day", "2026-08-22", **red)
    assert is_reading(world.fact("out_of_limit_with_reaction"), 50, 2, 4)
    # Days belong to no crew alone.
    assert is_reading(world.fact("out_of_limit_with_reaction", crew=world.crews["A"]), None)


def test_values_present_when_the_shift_was_closed(world):
    for number, (day, value, planned) in enumerate(
        (("2026-08-18", 90, 3), ("2026-08-19", None, 3), ("2026-08-20", None, 0))
    ):
        shift_of(f"{day} 10:00")
        figure = world.figure(
            world.indicator(), world.plant.el1, "shift", day, planned=planned, n=0 if not value else 3
        )
        FigureVersion.objects.create(
            figure=figure, kind="closed", at=figure.ends_at, value=None if value is None else Decimal(value)
        )
        assert number < 3
    found = [world.fact("board_values_on_time", crew=crew) for crew in world.crews.values()]
    assert sum(fact.denominator or 0 for fact in found) == 2
    assert sum(fact.numerator or 0 for fact in found) == 1


def test_indicators_on_target_last_month(world):
    for status, month in (("green", "08"), ("yellow", "08"), ("none", "08"), ("green", "07")):
        world.figure(world.indicator(), world.plant.el1, "month", f"2026-{month}-01", status=status)
    world.figure(world.indicator(cadences=["shift"]), world.plant.el1, "month", "2026-08-01")
    world.figure(world.indicator(), world.plant.el1, "month", "2026-08-01", state="provisional")
    assert is_reading(world.fact("indicators_on_target"), 50, 1, 2)
