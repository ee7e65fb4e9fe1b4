"""Actions: owner and date, the loop, the check of the effect."""

from __future__ import annotations

from decimal import Decimal

import pytest

from amps.models import AuditEntry
from principles.improvement import refusals
from principles.improvement.models import Action, ActionStep, EffectCheck
from principles.improvement.services.actions import action_cancel, action_edit, action_move, effect_verify
from tests.improvement.floor import NOW, TODAY, Floor, day


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"owner": None}, refusals.NoOwner, "owner"),
        ({"due": None}, refusals.DueMissing, "due"),
        ({"due": day(-1)}, refusals.DueInThePast, "due"),
        ({"title": ""}, refusals.WordsMissing, "title"),
    ],
)
def test_an_action_needs_what_makes_it_one(floor: Floor, changes, refusal, field):
    with pytest.raises(refusal) as caught:
        floor.action(**changes)
    assert caught.value.field == field
    assert not Action.objects.exists()


def test_due_today_is_not_too_late(floor: Floor):
    action = floor.action(due=TODAY)
    assert not action.is_overdue(TODAY)
    assert action.is_overdue(day(1))


def test_the_owner_works_in_the_line_or_below_it(floor: Floor):
    with pytest.raises(refusals.OwnerNotHere):
        floor.action(owner=floor.outsider)
    # above the unit, and below it
    assert floor.action(owner=floor.maintenance).owner == floor.maintenance
    assert floor.action(unit=floor.plant.electrolysis, owner=floor.operator).owner == floor.operator
    floor.operator.is_active = False
    floor.operator.save()
    with pytest.raises(refusals.OwnerHasLeft):
        floor.action()


def test_not_in_a_closed_unit_nor_on_equipment_of_another(floor: Floor):
    with pytest.raises(refusals.WrongEquipment):
        floor.action(unit=floor.plant.el2, owner=floor.maintenance, equipment=floor.plant.cells[0])
    floor.area.closed = TODAY
    floor.area.save()
    with pytest.raises(refusals.UnitClosed):
        floor.action()


def test_moving_the_date_asks_why_and_keeps_the_first_one(floor: Floor):
    action = floor.action()
    with pytest.raises(refusals.ReasonMissing):
        action_edit(action=action, actor=floor.lead, now=NOW, due=day(20))
    with pytest.raises(refusals.DueInThePast):
        action_edit(action=action, actor=floor.lead, now=NOW, due=day(-2), reason="late")
    moved = action_edit(action=action, actor=floor.lead, now=NOW, due=day(20), reason="The part is on its way")
    assert (moved.due, moved.first_due) == (day(20), day(7))
    assert ActionStep.objects.filter(action=action).latest("pk").note == "The part is on its way"


def test_nobody_overwrites_what_they_have_not_seen(floor: Floor):
    action = floor.action()
    action_move(action=action, to="do", actor=floor.operator, now=NOW, version=1)
    with pytest.raises(refusals.EditedMeanwhile):
        action_edit(action=action, actor=floor.lead, now=NOW, version=1, title="Another")


def test_once_through_the_loop(floor: Floor):
    action = floor.moved(floor.action(), "do", "check")
    assert (action.started_at, action.carried_out_at) == (NOW, NOW)
    with pytest.raises(refusals.EffectMissing):
        action_move(action=action, to="act", actor=floor.operator, now=NOW)
    floor.verified(action)
    done = floor.moved(action, "act", "done")
    assert (done.state, done.ended_by) == ("done", floor.operator)
    steps = ActionStep.objects.filter(action=action).values_list("from_state", "to_state")
    assert list(steps) == [("", "plan"), ("plan", "do"), ("do", "check"), ("check", "act"), ("act", "done")]
    with pytest.raises(refusals.HasEnded):
        action_edit(action=action, actor=floor.lead, now=NOW, title="x")
    assert AuditEntry.objects.filter(action="action.moved").count() == 4


@pytest.mark.parametrize("verdict", ["no_change", "worse", "too_early"])
def test_only_better_goes_on(floor: Floor, verdict: str):
    action = floor.moved(floor.action(), "do", "check")
    floor.verified(action, verdict)
    with pytest.raises(refusals.EffectMissing):
        action_move(action=action, to="act", actor=floor.lead, now=NOW)


def test_a_linked_indicator_holds_it_until_the_figures_are_there(floor: Floor):
    action = floor.moved(floor.action(), "do", "check")
    check = EffectCheck.objects.create(action=action, indicator_code="O03")
    floor.verified(action)
    with pytest.raises(refusals.FiguresMissing):
        action_move(action=action, to="act", actor=floor.lead, now=NOW)
    EffectCheck.objects.filter(pk=check.pk).update(before_value=70, after_value=91)
    assert action_move(action=action, to="act", actor=floor.lead, now=NOW).state == "act"


def test_back_to_plan_is_a_new_loop_and_the_old_one_is_kept(floor: Floor):
    action = floor.moved(floor.action(), "do", "check")
    EffectCheck.objects.create(action=action, indicator_code="O03", unit="%", expected=5, before_value=70, after_n=3)
    floor.verified(action, "no_change")
    with pytest.raises(refusals.WordsMissing):
        action_move(action=action, to="plan", actor=floor.lead, now=NOW)
    again = floor.moved(action, "plan", note="Try a wider chute")
    assert (again.state, again.loop, again.carried_out_at) == ("plan", 2, None)
    first, second = EffectCheck.objects.filter(action=action)
    assert (first.verdict, first.before_value) == ("no_change", Decimal(70))
    assert (second.indicator_code, second.expected, second.before_value, second.verdict) == (
        "O03",
        Decimal(5),
        None,
        "",
    )
    # the words of the first loop do not serve the second one
    floor.moved(again, "do", "check")
    with pytest.raises(refusals.EffectMissing):
        action_move(action=action, to="act", actor=floor.lead, now=NOW)


def test_the_effect_is_told_in_check_only_and_in_words(floor: Floor):
    action = floor.action()
    with pytest.raises(refusals.NotToBeChecked):
        floor.verified(action)
    floor.moved(action, "do", "check")
    with pytest.raises(refusals.WordsMissing):
        effect_verify(action=action, words=" ", verdict="better", actor=floor.lead, now=NOW)
    with pytest.raises(refusals.WordsMissing):
        effect_verify(action=action, words="Well", verdict="perfect", actor=floor.lead, now=NOW)


def test_calling_off_needs_a_reason(floor: Floor):
    action = floor.action()
    with pytest.raises(refusals.ReasonMissing):
        action_cancel(action=action, reason=" ", actor=floor.lead, now=NOW)
    off = action_cancel(action=action, reason="Done by another", actor=floor.lead, now=NOW)
    assert (off.state, off.ended_at) == ("cancelled", NOW)
