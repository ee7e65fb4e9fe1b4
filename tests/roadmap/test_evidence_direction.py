"""Evidence on self-evaluations, challenges, teams and routes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kpis.models import Edge, ProcessIndicator
from principles.flow.models import CapacityPart, Route, RouteStep
from principles.teams.models import Role, Unit
from roadmap.models import Challenge, PlanEntry
from tests import factories as make
from tests.kpis.world import make_target
from tests.roadmap.evidence_world import NOW, is_reading, operator


@pytest.mark.parametrize(
    "metric",
    [
        "roadmap_gaps_with_action",
        "oldest_unreviewed_item_months",
        "challenge_with_roadmap_action",
        "operators_in_small_team",
        "median_team_size",
        "team_indicators_all_dimensions",
        "indicator_linked_both_ways",
        "capacity_to_demand",
        "bottleneck_action_share",
    ],
)
def test_nothing_there_is_no_data(world, metric):
    assert is_reading(world.fact(metric), None)


# --- evaluations ---


def test_units_that_evaluated_themselves_within_a_year(world):
    world.evaluation("2025-12-01")
    world.evaluation("2025-08-01", world.plant.el2)  # more than a year ago
    world.evaluation("2026-06-01", world.plant.st1, state="open")
    assert is_reading(world.fact("evaluations_on_time"), 33.333, 1, 3)


def test_gaps_of_the_last_evaluation_that_have_an_action(world):
    world.answer(world.evaluation("2025-12-01"), "1.1.1", "red")
    last = world.evaluation("2026-06-01")
    red = world.answer(last, "1.1.1", "red")
    world.answer(last, "1.1.2", "yellow")
    world.answer(last, "1.1.3", "green")
    PlanEntry.objects.create(action=world.action(), year=2026, item_code="1.1.1", answer=red, added_at=NOW)
    assert is_reading(world.fact("roadmap_gaps_with_action"), 50, 1, 2)


def test_months_since_the_oldest_assessment(world):
    from roadmap.reading import items_of_version

    codes = [item.code for item in items_of_version(world.version.pk)]
    old, new = world.evaluation("2025-09-14"), world.evaluation("2026-06-01")
    for code in codes[:-1]:
        world.answer(new, code, "yellow")
    world.answer(new, codes[-1], "none")
    fact = world.fact("oldest_unreviewed_item_months")
    assert fact.value is None
    assert "never" in str(fact.missing)
    world.answer(old, codes[-1], "red")
    assert is_reading(world.fact("oldest_unreviewed_item_months"), 12)


# --- challenges ---


def _challenge(unit, dimension="hse", **fields) -> Challenge:
    return Challenge.objects.create(
        unit=unit,
        year=2026,
        dimension=dimension,
        text="x",
        given_at=NOW - dt.timedelta(days=90),
        **fields,
    )


def test_a_challenge_or_own_target_in_every_dimension(world):
    for dimension in ("hse", "volume", "quality"):
        _challenge(world.plant.el1, dimension)
        _challenge(world.plant.el2, dimension)
    make_target(world.indicator(dimension="cost"), 5, unit=world.plant.el1)
    make_target(world.indicator(dimension="cost"), 5)  # the whole plant's is nobody's own
    _challenge(world.plant.el2, "cost", ended_at=NOW - dt.timedelta(days=3))
    # ELK, STO, EL1, EL2, ST1
    assert is_reading(world.fact("challenge_in_all_dimensions"), 20, 1, 5)


def test_challenges_with_an_action_on_a_focus_item(world):
    taken, idle = _challenge(world.plant.el1), _challenge(world.plant.el2)
    PlanEntry.objects.create(action=world.action(), year=2026, item_code="1.1.1", challenge=taken, added_at=NOW)
    PlanEntry.objects.create(action=world.action(), year=2026, challenge=idle, added_at=NOW)
    assert is_reading(world.fact("challenge_with_roadmap_action"), 50, 1, 2)


# --- teams ---


def test_operators_in_small_teams_and_the_median_size(world):
    for crew, count in (("A", 3), ("B", 22)):
        for _ in range(count):
            operator(world, crew=world.crews[crew])
    operator(world)  # in no crew: in no team
    operator(world, world.plant.plant, crew=world.crews["C"])  # above every area
    gone = operator(world, crew=world.crews["A"])
    gone.is_active = False
    gone.save()
    assert is_reading(world.fact("operators_in_small_team"), 11.111, 3, 27)
    assert is_reading(world.fact("median_team_size"), 22)


def test_teams_that_follow_all_four_dimensions(world):
    for area in (world.plant.el1, world.plant.el2):
        for crew in "AB":
            operator(world, area, crew=world.crews[crew])
    for dimension in ("hse", "volume", "quality"):
        world.figure(world.indicator(dimension=dimension), world.plant.el1, "week", "2026-09-07")
    world.figure(world.indicator(dimension="quality", also_dimensions=["cost"]), world.plant.el1, "week", "2026-08-24")
    assert is_reading(world.fact("team_indicators_all_dimensions", world.plant.electrolysis), 50, 2, 4)


def test_indicators_linked_up_and_down(world):
    operator(world, crew=world.crews["A"])
    kpi, linked, loose, upward = (world.indicator(level=level) for level in ("kpi", *["execution"] * 3))
    for child in (linked, upward):
        Edge.objects.create(parent=kpi, child=child, kind="driven_by", valid_from=make.START)
    ProcessIndicator.objects.create(indicator=linked, process=world.process())
    for indicator in (linked, loose, upward):
        world.figure(indicator, world.plant.el1, "week", "2026-09-07")
    assert is_reading(world.fact("indicator_linked_both_ways"), 33.333, 1, 3)


# --- flow ---


def _route(world, demand: int, *capacities: tuple[int, Unit | None]) -> Route:
    route = Route.objects.create(
        code=f"r{demand}", name_en=f"Route {demand}", name_nb="Rute", unit=world.plant.plant, demand=demand
    )
    for position, (capacity, unit) in enumerate(capacities):
        step = RouteStep.objects.create(route=route, position=position, name_en="s", name_nb="s", unit=unit)
        CapacityPart.objects.create(step=step, name_en="p", name_nb="p", capacity=Decimal(capacity))
    return route


def test_capacity_of_the_tightest_route(world):
    _route(world, 100, (150, None), (120, None))
    _route(world, 200, (150, None), (300, None))
    fact = world.fact("capacity_to_demand")
    assert is_reading(fact, 0.75, 150, 200)
    assert str(fact.where) == "Route 200"
    assert fact.status == "red"


def test_actions_on_the_bottleneck(world):
    _route(world, 100, (50, world.plant.casthouse), (120, world.plant.el1))
    world.action(unit=world.plant.st1, principle=3)  # below the casthouse
    world.action(unit=world.plant.el1, principle=3, done="2026-08-01 10:00")
    world.action(unit=world.plant.st1, principle=3, state="cancelled", ended_at=NOW)
    world.action(unit=world.plant.st1, principle=1)
    assert is_reading(world.fact("bottleneck_action_share"), 50, 1, 2)


def test_roles_of_the_world_are_what_the_tests_think(world):
    assert world.person.roles.get().role == Role.AREA_LEADER
