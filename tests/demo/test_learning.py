"""What the demo's people made of the figures: every state is there, made by the services, the same from one seed."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.db.models import Count, F

from amps.demo.evaluations import HALF
from amps.demo.plant import AREAS
from kpis.models import ExpectedEffect, Figure, FigureDeviation, TermMeasure
from kpis.rebuild import rebuild_figures
from observations.models import RaisedDeviation, Result
from principles.agreements.models import Agreement, Breach, BreachState, Relationship
from principles.flow.models import Route
from principles.improvement.models import (
    Action,
    ActionSource,
    ActionState,
    Carry,
    CauseKind,
    Deviation,
    DeviationState,
    EffectCheck,
    Meeting,
    MeetingItem,
)
from principles.improvement.services.gate import closing_gate
from roadmap.models import Challenge, Evaluation, EvaluationState, Mark, PlanEntry, PlanYear, RoadmapTarget
from sops.models import BrokenStandard
from tests.demo.fixtures import make_demo, taken_back

UNTIL = dt.datetime(2026, 11, 8, 10, 20, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 8)
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Two weeks with twenty cells a line, taken back after this module."""
    with django_db_blocker.unblock(), taken_back():
        yield make_demo(weeks=2, cells=20, until=UNTIL)


def test_the_route_is_the_illustrative_chart(demo):
    route = Route.objects.get()
    steps = {step.name_en: [part.capacity for part in step.parts.all()] for step in route.steps.all()}
    assert steps["Electrolysis"] == [3600, 3800]
    assert [sum(parts) for parts in steps.values()] == [7400, 7400, 5865, 7800, 9000]
    assert route.demand == 7000
    assert "llustrative" in route.source_en
    assert "llustrerende" in route.source_nb


def test_six_agreements_hold_and_one_was_broken_three_times(demo):
    assert Agreement.objects.in_force(TODAY).count() == Agreement.objects.count() == 6
    agreed = Agreement.objects.values("relationship")
    assert Relationship.objects.count() == 15
    assert Relationship.objects.filter(criticality="").count() == 1
    assert Relationship.objects.filter(criticality="critical").exclude(pk__in=agreed).count() == 1
    assert Relationship.objects.filter(customer_external__isnull=False).exists()
    assert Relationship.objects.filter(supplier_external__isnull=False).exists()
    assert Agreement.objects.filter(review_on__lt=TODAY).count() == 1
    breaches = list(Breach.objects.select_related("term__agreement"))
    assert len({breach.term.agreement_id for breach in breaches}) == 1
    assert Counter(breach.state for breach in breaches) == dict.fromkeys(BreachState, 1)
    closed = next(breach for breach in breaches if breach.state == BreachState.CLOSED)
    assert closed.confirmed_by.username == "customer"
    opened = next(breach for breach in breaches if breach.state == BreachState.OPEN)
    assert opened.deviation.unit.code == "ELK"
    assert TermMeasure.objects.count() >= 4
    assert not Agreement.objects.filter(supplier_signed_by=F("customer_signed_by")).exists()


def test_deviations_stand_in_every_state_and_those_closed_went_through_the_gate(demo):
    found = Counter(Deviation.objects.values_list("state", flat=True))
    assert set(found) == set(DeviationState)
    assert 24 <= sum(found.values()) <= 28
    assert set(Deviation.objects.values_list("cause_kind", flat=True)) == {"", *CauseKind}
    assert set(Deviation.objects.values_list("severity", flat=True)) == {"low", "medium", "high"}
    for deviation in Deviation.objects.filter(closed_at__isnull=False):
        assert closing_gate(deviation) == []
        assert deviation.closed_at <= UNTIL
    assert not Deviation.objects.filter(reported_at__lt=F("occurred_at")).exists()


def test_deviations_come_from_real_observations_and_red_figures(demo):
    raised = RaisedDeviation.objects.select_related("observation", "deviation")
    assert raised.values("deviation").distinct().count() >= 12
    for row in raised:
        assert row.observation.result == Result.NOT_OK
        assert row.observation.received_at <= row.deviation.reported_at
        assert row.observation.area_id == row.deviation.unit_id
    assert BrokenStandard.objects.count() >= 10
    assert FigureDeviation.objects.count() >= 1


def test_open_deviations_were_carried_and_some_went_up(demo):
    assert Carry.objects.filter(escalated=True).count() >= 10
    assert {"no_owner", "answering_time"} <= set(Carry.objects.values_list("reason", flat=True))
    assert not Carry.objects.filter(at__gt=UNTIL).exists()
    assert not Carry.objects.filter(at__lt=F("deviation__reported_at")).exists()


def test_the_plan_has_sixty_actions_in_every_state(demo):
    assert PlanEntry.objects.filter(year=2026).count() == Action.objects.count() == 60
    states = Counter(Action.objects.values_list("state", flat=True))
    assert set(states) == set(ActionState)
    assert min(states.values()) >= 3
    assert set(Action.objects.values_list("source", flat=True)) == set(ActionSource)
    assert Action.objects.overdue(TODAY).count() >= 5
    assert Action.objects.values("owner").distinct().count() >= 12
    assert Action.objects.filter(loop=2).exists()
    assert set(Action.objects.values_list("principle", flat=True)) == {1, 2, 3, 4, 5}
    assert PlanEntry.objects.filter(nok_per_year__gt=0).count() >= 15
    assert PlanEntry.objects.filter(answer__isnull=False).count() == 14
    assert PlanEntry.objects.filter(challenge__isnull=False).count() == 7
    assert ExpectedEffect.objects.count() >= 5
    assert PlanYear.objects.get(year=2026).tonnes == Decimal(186_000)
    done = Action.objects.filter(state=ActionState.DONE)
    assert EffectCheck.objects.filter(action__in=done, verified_at__isnull=False).count() == done.count()


def test_challenges_are_passed_down_on_all_four_dimensions(demo):
    found = Challenge.objects.values("unit__code").annotate(n=Count("dimension", distinct=True))
    assert {row["unit__code"] for row in found if row["n"] == 4} == {"VERK", "ELK", "EL1", "EL2"}
    line = Challenge.objects.filter(unit__code="EL1").select_related("parent__parent")
    assert {challenge.parent.parent.unit.code for challenge in line} == {"VERK"}


def test_each_area_signed_two_evaluations_and_is_half_way_through_a_third(demo):
    for area in AREAS:
        found = list(Evaluation.objects.filter(unit__code=area).order_by("held_on"))
        assert [row.state for row in found] == [EvaluationState.LOCKED, EvaluationState.LOCKED, EvaluationState.OPEN]
        assert [row.answers.count() for row in found] == [61, 61, HALF]
        assert found[0].signatures.count() == found[0].participants.count()
        assert found[0].held_on < found[1].held_on < found[2].held_on < TODAY
        assert RoadmapTarget.objects.filter(unit__code=area, year=2026).count() == 20
    running = Evaluation.objects.get(unit__code="EL1", state=EvaluationState.OPEN)
    assert running.answers.exclude(against_facts="").count() == 1
    assert any(answer.facts for answer in running.answers.all())
    spread = Mark.objects.filter(evaluation=running).values("item").annotate(n=Count("status", distinct=True))
    assert sum(row["n"] > 1 for row in spread) >= 5
    # Some have marked what the group has not agreed upon yet.
    assert spread.count() > HALF


def test_the_morning_meetings_example_is_played_through(demo):
    deviation = Deviation.objects.get(equipment__code="K-304")
    assert deviation.state == DeviationState.CLOSED
    item = MeetingItem.objects.exclude(confirmation="").get()
    assert item.deviation == deviation
    assert item.answered_by.username == "electrician"
    assert item.confirmed_by.username == "support"
    there = set(item.meeting.attendances.values_list("person__username", flat=True))
    assert {"operator", "support", "electrician", "mason", "customer"} <= there
    assert deviation.closed_at.date() == item.meeting.held_on
    action = deviation.actions.get()
    assert action.equipment.code == "K-304"
    assert action.source == ActionSource.MEETING


def test_meetings_were_held_answered_and_decided_in(demo):
    held = Counter(Meeting.objects.values_list("arena", flat=True))
    assert held["morning"] == 14
    assert held["weekly"] == 2
    assert held["monthly"] == 1
    assert not Meeting.objects.filter(ended_at__isnull=True).exists()
    assert set(MeetingItem.objects.values_list("outcome", flat=True)) >= {"answered", "decided", "carried"}


def test_the_figures_know_nothing_of_it(demo):
    before = Figure.objects.count()
    report = rebuild_figures(now=UNTIL)
    assert (report.tallies_changed, report.figures_changed) == (0, 0)
    assert Figure.objects.count() == before
