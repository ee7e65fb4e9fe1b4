"""Evidence on deviations, actions and meetings."""

from __future__ import annotations

import datetime as dt

import pytest

from kpis.models import ItemIndicator
from principles.improvement.models import Verdict
from principles.teams.models import Role
from roadmap.models import PlanEntry
from tests import factories as make
from tests.roadmap.evidence_world import NOW, is_reading, operator


@pytest.mark.parametrize(
    "metric",
    [
        "deviation_with_root_cause",
        "deviation_repeat_rate",
        "deviation_handled_on_shift",
        "open_deviation_age_days",
        "open_deviations_overdue",
        "claims_traced",
        "actions_closed_on_time",
        "support_actions_closed_on_time",
        "actions_effect_verified",
        "actions_owned_by_operators",
        "improvements_per_person_year",
        "team_with_improvement_plan",
        "plan_actions_done",
        "change_with_before_after",
        "meeting_agenda_completion",
        "meeting_due_actions_answered",
        "decision_linked_to_data",
        "escalation_answered_in_time",
        "escalation_answer_hours",
    ],
)
def test_nothing_there_is_no_data(world, metric):
    assert is_reading(world.fact(metric), None)


# --- deviations: the last three closed months are June, July and August ---


def test_deviations_with_a_root_cause(world):
    world.deviation("2026-06-02 10:00", cause_at=NOW)
    world.deviation("2026-08-10 10:00")
    world.deviation("2026-08-25 10:00")  # not 14 days old when August ended
    world.deviation("2026-05-30 10:00", cause_at=NOW)  # before the window
    world.deviation("2026-07-01 10:00", unit=world.plant.el2, cause_at=NOW)
    assert is_reading(world.fact("deviation_with_root_cause"), 50, 1, 2)
    assert is_reading(world.fact("deviation_with_root_cause", world.plant.electrolysis), 66.667, 2, 3)
    assert is_reading(world.fact("deviation_with_root_cause", world.plant.st1), None)


def test_repeats_are_the_same_point_or_step_at_the_same_place_within_thirty_days(world):
    revision = world.sop()
    step = revision.steps.get()
    point = world.bind(step)
    before = world.deviation("2026-05-20 10:00")  # before the window, but within 30 days
    repeat = world.deviation("2026-06-10 10:00")
    late = world.deviation("2026-07-20 10:00")  # 40 days after
    for found in (before, repeat, late):
        world.broke(found, revision, point=point)
    elsewhere = world.deviation("2026-07-21 10:00", unit=world.plant.el2)
    world.broke(elsewhere, revision, point=point)
    by_step = world.deviation("2026-08-01 10:00")
    world.broke(by_step, revision, step=step)
    again = world.deviation("2026-08-02 10:00")
    world.broke(again, revision, step=step)
    world.deviation("2026-08-03 10:00")  # tied to nothing
    assert is_reading(world.fact("deviation_repeat_rate"), 40, 2, 5)


def test_deviations_handled_on_the_shift(world):
    crew_b = world.crews["B"]
    by_crew = {}
    for at in ("2026-08-10 10:00", "2026-08-12 10:00", "2026-08-14 10:00"):
        found = world.deviation(at, contained_at=make.oslo(at) + dt.timedelta(hours=1))
        by_crew.setdefault(found.shift.crew.code, []).append(found)
    world.deviation("2026-08-10 10:30", contained_at=make.oslo("2026-08-10 15:00"))  # after the shift
    lifted = world.deviation("2026-08-12 11:00", contained_at=make.oslo("2026-08-12 12:00"))
    world.lifted(lifted, "2026-08-12 14:00")
    assert is_reading(world.fact("deviation_handled_on_shift"), 60, 3, 5)
    crew = by_crew.popitem()[1][0].shift.crew
    mine = world.fact("deviation_handled_on_shift", crew=crew)
    assert mine.denominator is not None
    assert mine.denominator < 5
    idle = next(one for one in world.crews.values() if one.code not in {d.shift.crew.code for d in _all(world)})
    assert is_reading(world.fact("deviation_handled_on_shift", crew=idle), None)
    assert crew_b is not None


def _all(world):
    from principles.improvement.models import Deviation

    return Deviation.objects.select_related("shift__crew")


def test_open_deviations_past_due_and_their_age(world):
    world.deviation("2026-09-13 06:00")  # two days old, no due date
    world.deviation("2026-08-16 06:00")  # 30 days old without a due date
    world.deviation("2026-09-11 06:00", due=dt.date(2026, 9, 14))
    world.deviation("2026-09-11 06:00", due=dt.date(2026, 9, 20))
    world.deviation("2026-07-01 06:00", closed_at=NOW - dt.timedelta(days=3), closing_words="ok")
    assert is_reading(world.fact("open_deviations_overdue"), 2)
    assert is_reading(world.fact("open_deviation_age_days"), 4)


def test_none_overdue_is_zero_only_where_deviations_are_reported(world):
    world.deviation("2026-08-01 06:00", closed_at=NOW - dt.timedelta(days=3), closing_words="ok")
    fact = world.fact("open_deviations_overdue")
    assert is_reading(fact, 0)
    assert fact.status == "green"
    assert is_reading(world.fact("open_deviations_overdue", world.plant.el2), None)


def test_claims_are_traced_to_link_and_process(world):
    term = world.term(world.agreement(world.relationship()))
    traced, half = (world.deviation(source="claim") for _ in range(2))
    world.deviation(source="other")
    revision = world.sop()
    world.broke(traced, revision)
    world.broke(half, revision)
    world.breach(term, deviation=traced)
    assert is_reading(world.fact("claims_traced", world.plant.st1), 50, 1, 2)  # read for the whole plant


# --- actions ---


def test_actions_closed_by_the_date_first_agreed(world):
    world.action("2026-08-20", done="2026-08-20 23:00")
    # The night to the 21st still belongs to the 20th's production day.
    world.action("2026-08-20", done="2026-08-21 05:00")
    world.action("2026-08-20", done="2026-08-21 07:00")
    moved = world.action("2026-08-20", done="2026-08-25 10:00")
    moved.due = dt.date(2026, 8, 30)
    moved.save()
    world.action("2026-08-20")
    world.action("2026-08-20", state="cancelled", ended_at=NOW)
    world.action("2026-09-10", done="2026-08-01 10:00")  # due after the window
    assert is_reading(world.fact("actions_closed_on_time"), 40, 2, 5)


def test_only_actions_of_maintenance_and_support(world):
    owner = make.make_person(Role.MAINTENANCE, world.plant.plant)
    world.action(done="2026-08-01 10:00", owner=owner)
    world.action(owner=owner)
    world.action(done="2026-08-01 10:00")
    assert is_reading(world.fact("support_actions_closed_on_time"), 50, 1, 2)


def test_effect_verified_as_better_by_figures_where_an_indicator_is_linked(world):
    done = [world.action(done="2026-08-01 10:00") for _ in range(5)]
    world.checked(done[0])
    world.checked(done[1], Verdict.NO_CHANGE)
    world.checked(done[2], indicator_code="O03")  # no figures yet
    world.checked(done[3], indicator_code="O03", before_value=1, after_value=2)
    assert is_reading(world.fact("actions_effect_verified"), 40, 2, 5)


def test_only_the_last_loop_of_an_action_counts(world):
    action = world.action(done="2026-08-01 10:00")
    world.checked(action)
    action.loop = 2
    action.save()
    world.checked(action, Verdict.WORSE)
    assert is_reading(world.fact("actions_effect_verified"), 0, 0, 1)


def test_actions_owned_by_those_on_the_floor(world):
    world.action(owner=operator(world))
    world.action(owner=operator(world, role=Role.SHIFT_LEAD))
    world.action()
    world.action(created_at=make.oslo("2026-05-01 10:00"))
    assert is_reading(world.fact("actions_owned_by_operators"), 66.667, 2, 3)


def test_improvements_per_person_and_year(world):
    team = [operator(world, crew=world.crews["A"]) for _ in range(4)]
    other = operator(world, crew=world.crews["B"])
    for _ in range(3):
        world.action(done="2026-08-01 10:00", owner=team[0])
    world.action(done="2026-08-01 10:00", owner=other)
    world.action(owner=team[1])
    assert is_reading(world.fact("improvements_per_person_year"), 0.8, 4, 5)
    assert is_reading(world.fact("improvements_per_person_year", crew=world.crews["A"]), 0.75, 3, 4)


def _planned(world, action, **fields):
    return PlanEntry.objects.create(action=action, **{"year": 2026, "added_at": NOW, **fields})


def test_teams_with_an_action_of_their_own_in_the_plan(world):
    first, second = operator(world, crew=world.crews["A"]), operator(world, crew=world.crews["B"])
    _planned(world, world.action(owner=first))
    world.action(owner=second)  # not in the plan
    _planned(world, world.action(owner=second, done="2026-08-01 10:00"))  # not open
    assert is_reading(world.fact("team_with_improvement_plan"), 50, 1, 2)


def test_plan_actions_due_this_year(world):
    _planned(world, world.action("2026-03-01", done="2026-04-01 10:00"))
    _planned(world, world.action("2026-03-01"))
    _planned(world, world.action("2026-12-01"))
    _planned(world, world.action("2026-03-01", done="2026-03-01 10:00"), year=2025)
    assert is_reading(world.fact("plan_actions_done"), 50, 1, 2)


def test_changes_compared_before_and_after(world):
    compared, words = (world.action(done="2026-06-01 10:00") for _ in range(2))
    world.checked(compared, indicator_code="O03", before_value=1, after_value=2)
    world.checked(words)
    world.action(done="2026-08-20 10:00")  # not 30 days ago when August ended
    revision = world.sop()
    world.revision(revision.sop, at=make.oslo("2026-05-01 06:00"), number=2)
    assert is_reading(world.fact("change_with_before_after"), 33.333, 1, 3)


# --- meetings ---


def test_meetings_where_nothing_was_left_waiting(world):
    world.matter(world.meeting(), "carried")
    left = world.meeting("2026-09-02")
    world.matter(left)
    world.matter(left, "waiting")
    world.meeting("2026-09-03", ended=False)
    world.matter(world.meeting("2026-09-04", unit=world.plant.el2), "waiting")
    assert is_reading(world.fact("meeting_agenda_completion"), 50, 1, 2)


def test_due_actions_brought_along_are_answered(world):
    meeting = world.meeting("2026-09-02")
    for due, outcome in (
        ("2026-09-02", "answered"),
        ("2026-08-20", "waiting"),
        ("2026-08-20", "carried"),
        ("2026-09-10", "waiting"),
    ):
        world.matter(meeting, outcome, action=world.action(due))
    world.matter(meeting, "waiting")
    assert is_reading(world.fact("meeting_due_actions_answered"), 66.667, 2, 3)


def test_decisions_linked_to_an_indicator(world):
    meeting = world.meeting("2026-08-05")
    linked = world.matter(meeting, "decided", decision="more cover")
    world.matter(meeting, "decided", decision="less cover")
    world.matter(meeting, "answered")
    ItemIndicator.objects.create(item=linked, indicator=world.indicator())
    assert is_reading(world.fact("decision_linked_to_data"), 50, 1, 2)


def test_escalations_answered_in_time_by_the_worst_area(world):
    for unit, answered in ((world.plant.el1, True), (world.plant.el1, False), (world.plant.el2, False)):
        found = world.deviation("2026-07-01 10:00", unit=unit)
        world.lifted(found, "2026-07-01 14:00")
        if answered:
            world.matter(world.meeting("2026-07-02", unit=unit), "answered", deviation=found)
    assert is_reading(world.fact("escalation_answered_in_time"), 50, 1, 2)
    above = world.fact("escalation_answered_in_time", world.plant.electrolysis)
    assert is_reading(above, 0, 0, 1)
    assert str(above.where) == "Potline 2"


def test_an_escalation_is_needed_by_its_due_date(world):
    soon = world.deviation("2026-07-01 10:00", due=dt.date(2026, 7, 2))
    world.lifted(soon, "2026-07-01 14:00")
    world.matter(world.meeting("2026-07-05"), "answered", deviation=soon)  # within five days, but after the due date
    assert is_reading(world.fact("escalation_answered_in_time"), 0, 0, 1)


def test_hours_to_the_answer_of_the_slowest_level(world):
    for to, day in (("morning", "2026-07-02"), ("weekly", "2026-07-05")):
        found = world.deviation("2026-07-01 10:00")
        world.lifted(found, "2026-07-01 14:00", to)
        world.matter(world.meeting(day, to), "answered", deviation=found)
    fact = world.fact("escalation_answer_hours")
    assert is_reading(fact, 90)
    assert str(fact.where) == "Weekly meeting"
