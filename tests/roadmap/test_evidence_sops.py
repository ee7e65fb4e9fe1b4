"""Evidence on the standard: what each metric counts, in which scope, and what it says without data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kpis.models import Edge, IndicatorPoint, ProcessIndicator, TermMeasure
from observations.models import ObservationPlan
from principles.dimensions import Dimension
from principles.teams.models import Role
from sops.models import CriticalProcess, RevisionState
from tests import factories as make
from tests.roadmap.evidence_world import NOW, is_reading, operator


@pytest.mark.parametrize(
    "metric",
    [
        "critical_process_with_approved_sop",
        "indicator_followed_all_cadences",
        "sop_linked_to_customer_requirement",
        "hse_critical_process_covered",
        "sop_linked_to_kpi",
        "sop_steps_with_role",
        "sop_steps_complete",
        "sop_safety_points_observed",
        "sop_with_operator_author",
        "incident_to_sop_review_days",
    ],
)
def test_nothing_there_is_no_data(world, metric):
    assert is_reading(world.fact(metric), None)


def test_critical_processes_with_an_sop_in_force(world):
    covered, drafted, missing = world.process(), world.process(), world.process()
    world.sop(covered)
    world.sop(drafted, state=RevisionState.DRAFT, approved_at=None, effective_from=None)
    fact = world.fact("critical_process_with_approved_sop")
    assert is_reading(fact, 33.333, 1, 3)
    assert fact.status == "red"
    assert fact.url.endswith("?unit=EL1")
    missing.active = False
    missing.save()
    assert is_reading(world.fact("critical_process_with_approved_sop"), 50, 1, 2)


def test_a_process_of_another_area_is_not_mine_but_one_of_nobody_is(world):
    world.sop(world.process(), owner=world.plant.st1)
    assert is_reading(world.fact("critical_process_with_approved_sop"), None)
    world.process()
    assert is_reading(world.fact("critical_process_with_approved_sop"), 0, 0, 1)
    assert is_reading(world.fact("critical_process_with_approved_sop", world.plant.st1), 50, 1, 2)


def test_an_sop_of_the_unit_above_or_planned_here_is_used_here(world):
    world.sop(owner=world.plant.electrolysis)
    elsewhere = world.sop(owner=world.plant.st1)
    assert is_reading(world.fact("sop_steps_complete"), 100, 1, 1)
    ObservationPlan.objects.create(sop=elsewhere.sop, area=world.plant.el1, valid_from=make.START)
    assert is_reading(world.fact("sop_steps_complete"), 100, 2, 2)


def test_the_state_is_that_at_the_end_of_the_last_production_day(world):
    world.sop(effective_from=make.oslo("2026-09-15 09:00"))
    assert is_reading(world.fact("sop_steps_complete"), None)
    assert is_reading(world.fact("sop_steps_complete", now=NOW + timedelta(days=1)), 100, 1, 1)


def test_hse_processes_need_a_safety_point_and_a_critical_observation_point(world):
    for safety, critical in ((True, True), (True, False), (False, True)):
        revision = world.sop(world.process(dimension="hse"))
        step = world.step(revision, safety_en="mind the gap" if safety else "")
        world.bind(step, world.point(critical=critical))
    world.sop(world.process())  # of another dimension
    assert is_reading(world.fact("hse_critical_process_covered"), 33.333, 1, 3)


def test_sops_reach_a_kpi_through_the_tree_and_state_what_management_expects(world):
    kpi, middle = world.indicator(level="kpi"), world.indicator(level="process_indicator")
    execution, loose = world.indicator(), world.indicator()
    for parent, child in ((kpi, middle), (middle, execution)):
        Edge.objects.create(parent=parent, child=child, kind="driven_by", valid_from=make.START)
    for feeds, management in ((execution, "yes"), (execution, ""), (loose, "yes")):
        revision = world.sop(management_en=management)
        point = world.bind(world.step(revision))
        IndicatorPoint.objects.create(indicator=feeds, point=point)
    assert is_reading(world.fact("sop_linked_to_kpi"), 33.333, 1, 3)


def test_every_step_has_a_role_that_the_revision_names(world):
    right, wrong = world.sop(), world.sop()
    wrong.roles.clear()
    assert right.roles.exists()
    assert is_reading(world.fact("sop_steps_with_role"), 50, 1, 2)


def test_complete_steps(world):
    revision = world.sop()
    world.step(revision, minutes=None)
    world.step(revision, result_en="")
    assert is_reading(world.fact("sop_steps_complete"), 33.333, 1, 3)


def test_every_step_with_a_safety_point_is_observed(world):
    first, second = world.sop(), world.sop()
    for revision in (first, second):
        world.bind(world.step(revision, safety_en="hot"))
    world.bind(world.step(second, safety_en="heavy"), world.point(active=False))
    world.sop()  # without a safety point: not in the denominator
    assert is_reading(world.fact("sop_safety_points_observed"), 50, 1, 2)


def test_an_operator_among_those_who_wrote_it(world):
    by_operator, by_leader, edited = operator(world), make.make_person(Role.SHIFT_LEAD, world.plant.el1), world.sop()
    world.sop(author=by_operator)
    world.sop(author=by_leader)
    edited.editors.add(by_operator)
    late = make.make_user()
    make.give_role(late, Role.OPERATOR, world.plant.el1, valid_from=NOW.date())  # not an operator when it was written
    world.sop(author=late)
    assert is_reading(world.fact("sop_with_operator_author"), 50, 2, 4)


def test_days_from_incident_to_revision(world):
    revision = world.sop()
    for at in ("2026-04-01 08:00", "2026-08-11 08:00", "2026-08-21 08:00"):
        world.broke(world.deviation(at, dimension=Dimension.HSE), revision)
    world.broke(world.deviation("2026-08-01 08:00"), revision)  # not HSE
    world.deviation("2026-08-01 08:00", dimension=Dimension.HSE)  # tied to no SOP
    world.revision(revision.sop, at=make.oslo("2026-04-11 08:00"), number=2)
    # 10 days; the two later ones are open: 20.9 and 10.9 days old when August ended.
    fact = world.fact("incident_to_sop_review_days")
    assert fact.value is not None
    assert 10.9 < float(fact.value) < 11
    assert fact.denominator == 3
    assert fact.status == "green"


def test_sops_linked_to_what_a_customer_measures(world):
    by_point, by_process, other = world.indicator(), world.indicator(), world.indicator()
    fed, decided, neither = world.sop(), world.sop(), world.sop()
    IndicatorPoint.objects.create(indicator=by_point, point=world.bind(world.step(fed)))
    ProcessIndicator.objects.create(indicator=by_process, process=decided.sop.process)
    IndicatorPoint.objects.create(indicator=other, point=world.bind(world.step(neither)))
    agreement = world.agreement(world.relationship())
    for indicator in (by_point, by_process):
        TermMeasure.objects.create(term=world.term(agreement), indicator=indicator, unit=world.plant.el1)
    ended = world.agreement(world.relationship(what_en="sows"), ended_on=NOW.date() - timedelta(days=30))
    TermMeasure.objects.create(term=world.term(ended), indicator=other, unit=world.plant.el1)
    assert is_reading(world.fact("sop_linked_to_customer_requirement"), 66.667, 2, 3)


def test_indicators_followed_at_all_four_cadences(world):
    CriticalProcess.objects.all().delete()
    execution = world.indicator()
    world.indicator(level="kpi", cadences=["month"], skip_reason_en="monthly only")
    world.indicator(level="kpi", cadences=["month"])
    world.indicator(cadences=["day"], skip_reason_en="an execution indicator may not use a reason")
    world.indicator(level="coverage")  # not part of the tree
    # One process without an execution indicator, and one active point that feeds none.
    seen, blind = world.sop(), world.sop()
    IndicatorPoint.objects.create(indicator=execution, point=world.bind(world.step(seen)))
    world.bind(world.step(blind))
    assert is_reading(world.fact("indicator_followed_all_cadences"), 33.333, 2, 6)
    world.person.roles.all().delete()  # nobody left who may review the closings: no owner
    fact = world.fact("indicator_followed_all_cadences")
    assert is_reading(fact, 0, 0, 6)
    assert fact.status == "yellow"
