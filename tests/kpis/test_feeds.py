"""What a point adds up to: who chooses, what is refused, and that every figure follows at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amps.models import AuditEntry
from kpis.feeding import (
    BadWeight,
    FedAlready,
    FeedGone,
    WrongKind,
    feed_add,
    feed_remove,
    takes,
    weight_is_good,
)
from kpis.models import Closing, Figure, FigureVersion, Indicator, IndicatorPoint
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_all_marks
from sops.models import ObservationPoint
from tests.factories import make_shifts, make_user
from tests.kpis.world import (
    LATER,
    World,
    all_values,
    fact,
    figure,
    make_edge,
    make_indicator,
    make_point,
    measured,
    reported,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 10)
ONE = Decimal(1)
CADENCES = ("shift", "day", "week", "month")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def shifts(world):
    """Three days across the end of a month, with facts on every point, all counted."""
    found = make_shifts(dt.date(2026, 3, 30), dt.date(2026, 4, 1))
    for shift in found:
        for area in (world.plant.el1, world.plant.st1):
            fact(world.a, area, shift)
            fact(world.b, area, shift, "not_ok" if shift.number == 2 else "ok")
        measured(world.fe, world.plant.el1, shift, "1.5", "2")
        reported(world.ae, world.plant.el1, shift, "12")
    world.owe(found[0], a=2, b=1)
    process_all_marks(now=LATER)
    return found


def add(indicator: Indicator, point: ObservationPoint, weight: Decimal = ONE, now: dt.datetime = LATER) -> int:
    return feed_add(indicator=indicator, point=point, weight=weight, actor=make_user(), now=now).changed


def remove(indicator: Indicator, point: ObservationPoint) -> int:
    return feed_remove(indicator=indicator, point=point, actor=make_user(), now=LATER).changed


def assert_a_rebuild_finds_nothing() -> None:
    """Neither in what is there, nor when all figures are made anew."""
    known = all_values()
    report = rebuild_figures(now=LATER)
    assert report.figures > 0
    assert (report.tallies_changed, report.figures_changed) == (0, 0)
    Figure.objects.all().delete()
    rebuild_figures(now=LATER)
    assert all_values() == known


# --- figures follow ---


def test_a_new_feed_changes_the_figures_that_are_there_and_their_roll_ups(world, shifts):
    assert figure(world.covering, world.plant.el1, shifts[1]).value == 0
    before = figure(world.execution, world.plant.el1, shifts[1]).value
    assert add(world.covering, world.a, Decimal(3)) > 0
    assert figure(world.covering, world.plant.el1, shifts[1]).value == 75
    assert figure(world.covering, world.plant.el1, shifts[1], "day").n == 6
    assert figure(world.execution, world.plant.el1, shifts[1]).value - before == Decimal("0.75") * 75
    assert_a_rebuild_finds_nothing()


def test_figures_that_were_not_there_yet_are_made_wherever_the_point_was_watched(world, shifts):
    fresh, above = make_indicator("O30"), make_indicator("O31", kind="weighted")
    make_edge(above, fresh, "1")
    assert add(fresh, world.b) == 2 * Figure.objects.filter(indicator=fresh).count()
    for indicator in (fresh, above):
        for cadence in CADENCES:
            for unit in (world.plant.el1, world.plant.st1, world.plant.company):
                assert figure(indicator, unit, shifts[0], cadence).n > 0
        assert set(Figure.objects.filter(indicator=indicator).values_list("state", flat=True)) == {"provisional"}
    made = figure(fresh, world.plant.el1, shifts[0], "month")
    assert (made.ends_at - made.starts_at).days in (30, 31)
    assert not FigureVersion.objects.exists()
    assert_a_rebuild_finds_nothing()


def test_a_feed_taken_away_leaves_nothing_of_the_point(world, shifts):
    assert remove(world.tending, world.b) > 0
    assert figure(world.tending, world.plant.el1, shifts[1]).value == 100
    assert_a_rebuild_finds_nothing()


def test_the_last_feed_taken_away_leaves_figures_without_data(world, shifts):
    remove(world.covering, world.b)
    gone = figure(world.covering, world.plant.el1, shifts[1])
    assert (gone.value, gone.n, gone.status) == (None, 0, "none")
    # What is left of the roll-up is its other part.
    whole = figure(world.execution, world.plant.el1, shifts[1]).value
    assert whole == figure(world.tending, world.plant.el1, shifts[1]).value
    assert_a_rebuild_finds_nothing()


def test_away_and_back_is_as_before(world, shifts):
    known = all_values()
    remove(world.tending, world.b)
    assert all_values() != known
    add(world.tending, world.b, Decimal(3))
    assert all_values() == known


@pytest.mark.parametrize(
    ("kind", "point"), [("measurement_mean", "fe"), ("measurement_sum", "fe"), ("rate", "ae"), ("not_ok_rate", "b")]
)
def test_every_kind_follows(world, shifts, kind, point):
    fresh = make_indicator("O30", kind=kind, direction="down", cadences=["day"])
    chosen = getattr(world, point)
    assert add(fresh, chosen) > 0
    assert set(Figure.objects.filter(indicator=fresh).values_list("cadence", flat=True)) == {"day"}
    known = figure(fresh, world.plant.el1, shifts[0], "day")
    assert known.value is not None
    assert_a_rebuild_finds_nothing()


def test_other_indicators_and_points_are_left_alone(world, shifts):
    others = Figure.objects.exclude(indicator__in=[world.covering, world.execution])
    known = set(others.values_list("pk", "updated_at", "value"))
    later = LATER + dt.timedelta(days=1)
    add(world.covering, world.a, now=later)
    assert set(others.values_list("pk", "updated_at", "value")) == known
    assert Figure.objects.filter(updated_at=later).exists()


def test_a_final_figure_is_restated_and_says_why(world, shifts):
    Figure.objects.update(state="final")
    add(world.covering, world.a)
    now = figure(world.covering, world.plant.el1, shifts[1])
    version = FigureVersion.objects.get(figure=now)
    assert (now.state, version.kind, version.reason, version.value) == ("restated", "restated", "rules", now.value)
    remove(world.covering, world.a)
    assert list(FigureVersion.objects.filter(figure=now).values_list("value", "reason")) == [
        (50, "rules"),
        (0, "rules"),
    ]


def test_a_figure_made_where_none_was_final_is_restated_from_nothing(world, shifts):
    first = shifts[0]
    Closing.objects.create(
        unit=world.plant.el1, cadence="shift", first=first.production_date, number=1, starts_at=first.starts_at,
        ends_at=first.ends_at, closed_at=LATER, finalised_at=LATER,
    )  # fmt: skip
    fresh = make_indicator("O30")
    add(fresh, world.b)
    made = figure(fresh, world.plant.el1, first)
    assert made.state == "restated"
    assert made.versions.get().reason == "rules"
    assert figure(fresh, world.plant.el1, shifts[1]).state == "provisional"


def test_a_point_without_facts_changes_nothing_until_it_has_some(world, shifts):
    new = make_point("new")
    assert add(world.covering, new) == 0
    fact(new, world.plant.el1, shifts[1])
    process_all_marks(now=LATER)
    assert figure(world.covering, world.plant.el1, shifts[1]).value == 50


def test_what_is_owed_makes_a_figure_as_in_a_rebuild(world, shifts):
    owed = make_point("owed")
    world.points.append(owed)
    world.owe(shifts[1], owed=3)
    process_all_marks(now=LATER)
    fresh = make_indicator("O30")
    add(fresh, owed)
    found = figure(fresh, world.plant.el1, shifts[1])
    assert (found.value, found.planned, found.done) == (None, 3, 0)
    assert_a_rebuild_finds_nothing()


# --- what is refused ---


@pytest.mark.parametrize(
    ("kind", "fields", "points"),
    [
        ("conformity", {}, {"yes", "limited", "counted"}),
        ("not_ok_rate", {}, {"yes", "limited", "counted"}),
        ("measurement_mean", {}, {"limited", "plain", "counted"}),
        ("measurement_sum", {}, {"limited", "plain", "counted"}),
        ("rate", {}, {"event"}),
        ("coverage", {}, set()),
        ("weighted", {}, set()),
        ("ratio", {}, set()),
        ("formula", {}, set()),
        ("external", {}, set()),
        ("conformity", {"all_points": True}, set()),
        ("conformity", {"active": False}, set()),
    ],
)
def test_which_points_an_indicator_takes(kind, fields, points):
    offered = {
        "yes": ObservationPoint(kind="yes_no"),
        "limited": ObservationPoint(kind="measurement", minimum=Decimal(1)),
        "plain": ObservationPoint(kind="measurement"),
        "counted": ObservationPoint(kind="count", maximum=Decimal(0)),
        "event": ObservationPoint(kind="event"),
    }
    indicator = Indicator(kind=kind, **fields)
    assert {name for name, point in offered.items() if takes(indicator, point)} == points


@pytest.mark.parametrize("weight", ["0", "-1", "1e308", "NaN", "Infinity", "10000.0001", "0.00001", "1.23456"])
def test_a_weight_that_means_nothing_is_refused(world, weight):
    with pytest.raises(BadWeight):
        add(world.covering, world.a, Decimal(weight))
    assert not IndicatorPoint.objects.filter(indicator=world.covering, point=world.a).exists()


@given(st.decimals(min_value=Decimal("0.0001"), max_value=10_000, places=4))
def test_a_weight_that_fits_the_column_is_taken(weight):
    assert weight_is_good(weight)


def test_the_wrong_kind_twice_and_what_is_gone_are_refused(world, shifts):
    known = all_values()
    with pytest.raises(WrongKind):
        add(world.iron, world.a)
    with pytest.raises(WrongKind):
        add(world.execution, world.a)
    with pytest.raises(FedAlready):
        add(world.covering, world.b)
    with pytest.raises(FeedGone):
        remove(world.covering, world.a)
    assert all_values() == known
    assert not AuditEntry.objects.filter(action__startswith="point.feed").exists()


def test_the_limits_that_count_are_those_of_now(world):
    point = make_point("depth", kind="measurement", minimum=1)
    ObservationPoint.objects.update(minimum=None)  # by somebody else, meanwhile
    with pytest.raises(WrongKind):
        add(world.covering, point)
