"""Opening, changing and closing deviations: what is stored, and what is refused with which sentence."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from amps.models import AuditEntry
from principles.improvement import refusals
from principles.improvement.models import DeviationState, EffectCheck, Severity
from principles.improvement.services.actions import action_cancel, action_move
from principles.improvement.services.deviations import (
    closing_gate,
    deviation_close,
    deviation_contain,
    deviation_edit,
    deviation_open,
    deviation_reopen,
    whys_save,
)
from tests import factories as make
from tests.improvement.floor import NOW, TODAY, Floor, day, make_floor


def trail(deviation) -> list[str]:
    found = AuditEntry.objects.filter(target_type="improvement.deviation", target_id=str(deviation.pk))
    return list(found.order_by("pk").values_list("action", flat=True))


def test_opening_keeps_place_shift_and_time(floor: Floor):
    deviation = floor.deviation(severity=Severity.HIGH, immediate_action=" Fed by hand ")
    assert deviation.shift is not None
    assert deviation.shift.starts_at <= deviation.occurred_at < deviation.shift.ends_at
    assert (deviation.state, deviation.immediate_action) == ("open", "Fed by hand")
    assert (deviation.contained_at, deviation.contained_by) == (NOW, floor.operator)
    assert deviation.number == f"A-{deviation.pk}"
    assert trail(deviation) == ["deviation.opened"]


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"title": "  "}, refusals.WordsMissing, "title"),
        ({"occurred_at": NOW + dt.timedelta(hours=1)}, refusals.NotYetHappened, "occurred_at"),
        ({"due": day(-1)}, refusals.DueInThePast, "due"),
    ],
)
def test_opening_is_refused_at_the_field(floor: Floor, changes, refusal, field):
    with pytest.raises(refusal) as caught:
        floor.deviation(**changes)
    assert caught.value.field == field


def test_equipment_stands_in_the_unit(floor: Floor):
    with pytest.raises(refusals.WrongEquipment):
        floor.deviation(unit=floor.plant.el2)


def test_nothing_new_in_a_closed_unit_but_what_was_there_stays(floor: Floor):
    kept = floor.deviation()
    floor.area.closed = TODAY
    floor.area.save()
    with pytest.raises(refusals.UnitClosed, match="out of use"):
        floor.deviation()
    # it can still be worked on and closed
    floor.contained(kept)
    floor.explained(kept)
    assert deviation_close(deviation=kept, words="The line is gone", actor=floor.leader, now=NOW).closed_at == NOW


def test_an_owner_has_to_work_here(floor: Floor):
    with pytest.raises(refusals.OwnerNotHere):
        floor.deviation(owner=floor.outsider)
    floor.mate.is_active = False
    floor.mate.save()
    with pytest.raises(refusals.OwnerHasLeft):
        floor.deviation(owner=floor.mate)
    # a role above the unit is as good
    assert floor.deviation(owner=floor.maintenance).owner == floor.maintenance


def test_an_owner_who_has_left_stays_on_what_was_theirs(floor: Floor):
    deviation = floor.deviation(owner=floor.mate)
    floor.mate.is_active = False
    floor.mate.save()
    changed = deviation_edit(deviation=deviation, actor=floor.lead, now=NOW, title="Another", owner=floor.mate)
    assert (changed.title, changed.owner) == ("Another", floor.mate)


def test_two_people_changing_the_same_deviation(floor: Floor):
    deviation = floor.deviation()
    deviation_edit(deviation=deviation, actor=floor.lead, now=NOW, version=deviation.version, title="First")
    with pytest.raises(refusals.EditedMeanwhile):
        deviation_edit(deviation=deviation, actor=floor.leader, now=NOW, version=deviation.version, title="Second")
    deviation.refresh_from_db()
    assert deviation.title == "First"


def test_a_change_that_changes_nothing_leaves_no_trace(floor: Floor):
    deviation = floor.deviation()
    deviation_edit(deviation=deviation, actor=floor.lead, now=NOW, title=deviation.title)
    deviation.refresh_from_db()
    assert deviation.version == 1
    assert trail(deviation) == ["deviation.opened"]


def test_the_whys_are_kept_in_their_order_without_the_empty_ones(floor: Floor):
    deviation = floor.deviation()
    chain = [("Alumina is stuck", "observed"), ("", "fact"), (" The chute is worn ", "fact")]
    whys_save(deviation=deviation, whys=chain, actor=floor.operator)
    assert [(why.number, why.answer, why.evidence) for why in deviation.whys.all()] == [
        (1, "Alumina is stuck", "observed"),
        (2, "The chute is worn", "fact"),
    ]
    whys_save(deviation=deviation, whys=[("It was closed", "assumed")], actor=floor.operator)
    assert [why.answer for why in deviation.whys.all()] == ["It was closed"]
    with pytest.raises(refusals.Refused):
        whys_save(deviation=deviation, whys=[("so", "fact")] * 6, actor=floor.operator)


def test_the_state_follows_from_the_facts(floor: Floor):
    deviation = floor.deviation()

    def state() -> str:
        deviation.refresh_from_db()
        return deviation.state

    action = floor.action(deviation)
    assert state() == DeviationState.IN_PROGRESS
    action_cancel(action=action, reason="Not needed", actor=floor.lead, now=NOW)
    assert state() == DeviationState.VERIFYING
    other = floor.action(deviation)
    assert state() == DeviationState.IN_PROGRESS
    floor.done(other)
    assert state() == DeviationState.VERIFYING


def test_every_obstacle_is_told_with_the_place_where_it_is_put_right(floor: Floor):
    deviation = floor.deviation()
    action = floor.action(deviation)
    with pytest.raises(refusals.ClosingRefused) as caught:
        deviation_close(deviation=deviation, words="Enough", actor=floor.lead, now=NOW)
    reasons = caught.value.reasons
    assert [reason.code for reason in reasons] == ["contain", "cause", "action", "effect"]
    assert f"{action.number} Clean the feeder has not ended: it stands at Plan." in map(str, reasons)
    page = f"/together/improvement/deviations/{deviation.pk}/"
    assert [reason.url for reason in reasons[:3]] == [
        f"{page}#contained",
        f"{page}#cause",
        f"/together/improvement/actions/{action.pk}/",
    ]


def test_the_gate_opens_step_by_step(floor: Floor):
    deviation = floor.deviation()

    def codes() -> list[str]:
        deviation.refresh_from_db()
        return [obstacle.code for obstacle in closing_gate(deviation)]

    assert codes() == ["contain", "cause"]
    floor.contained(deviation)
    assert codes() == ["cause"]
    floor.explained(deviation)
    assert codes() == []
    action = floor.action(deviation)
    assert codes() == ["action", "effect"]
    floor.moved(action, "do", "check")
    floor.verified(action)
    assert codes() == ["action"]
    floor.moved(action, "act", "done")
    assert codes() == []
    with pytest.raises(refusals.WordsMissing):
        deviation_close(deviation=deviation, words=" ", actor=floor.lead, now=NOW)
    closed = deviation_close(deviation=deviation, words="It has run for a week", actor=floor.lead, now=NOW)
    assert (closed.state, closed.closed_by) == ("closed", floor.lead)


def test_a_linked_indicator_asks_for_figures(floor: Floor):
    deviation = floor.explained(floor.contained(floor.deviation()))
    action = floor.done(floor.action(deviation))
    check = EffectCheck.objects.get(action=action)
    check.indicator_code = "O03"
    check.save()
    (obstacle,) = closing_gate(deviation)
    assert (obstacle.code, "before and after" in str(obstacle)) == ("effect", True)
    check.before_value, check.after_value = 71, 93
    check.save()
    assert closing_gate(deviation) == []


def test_a_called_off_action_needs_no_effect(floor: Floor):
    deviation = floor.explained(floor.contained(floor.deviation()))
    action_cancel(action=floor.action(deviation), reason="Another one does it", actor=floor.lead, now=NOW)
    assert closing_gate(deviation) == []


def test_hse_is_closed_by_somebody_else_than_who_carried_it_out(floor: Floor):
    deviation = floor.explained(floor.contained(floor.deviation(dimension="hse")))
    action = floor.action(deviation, owner=floor.maintenance)
    action_move(action=action, to="do", actor=floor.lead, now=NOW)
    action_move(action=action, to="check", actor=floor.lead, now=NOW)
    floor.verified(action)
    floor.moved(action, "act", "done")
    for doer in (floor.lead, floor.maintenance):
        with pytest.raises(refusals.ClosingRefused) as caught:
            deviation_close(deviation=deviation, words="Done", actor=doer, now=NOW)
        assert [reason.code for reason in caught.value.reasons] == ["doer"]
    assert deviation_close(deviation=deviation, words="Done", actor=floor.leader, now=NOW).closed_at == NOW


def test_hse_without_an_action_is_not_closed_by_who_contained_it(floor: Floor):
    deviation = floor.explained(floor.deviation(dimension="hse", immediate_action="Roped off", actor=floor.lead))
    assert [obstacle.code for obstacle in closing_gate(deviation, closer=floor.lead)] == ["doer"]
    assert closing_gate(deviation, closer=floor.leader) == []


def test_what_is_closed_is_not_changed_and_can_be_opened_again(floor: Floor):
    deviation = floor.explained(floor.contained(floor.deviation()))
    with pytest.raises(refusals.IsOpen):
        deviation_reopen(deviation=deviation, reason="again", actor=floor.lead, now=NOW)
    deviation_close(deviation=deviation, words="Gone", actor=floor.lead, now=NOW)
    with pytest.raises(refusals.IsClosed):
        deviation_contain(deviation=deviation, words="More", actor=floor.operator, now=NOW)
    with pytest.raises(refusals.IsClosed):
        floor.action(deviation)
    with pytest.raises(refusals.ReasonMissing):
        deviation_reopen(deviation=deviation, reason="", actor=floor.lead, now=NOW)
    again = deviation_reopen(deviation=deviation, reason="It came back", actor=floor.leader, now=NOW)
    assert (again.state, again.closed_at, again.closing_words) == ("in_progress", None, "")
    entry = AuditEntry.objects.get(action="deviation.reopened")
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["closing_words"], entry.after["reason"]) == ("Gone", "It came back")


@pytest.mark.django_db(transaction=True)
def test_two_people_close_at_once_and_one_is_told():
    floor = make_floor()
    deviation = floor.explained(floor.contained(floor.deviation()))

    def close(person) -> str:
        try:
            deviation_close(deviation=deviation, words=f"by {person}", actor=person, now=NOW)
            return "closed"
        except refusals.IsClosed:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(close, [floor.lead, floor.leader])) == ["closed", "told"]
    assert AuditEntry.objects.filter(action="deviation.closed").count() == 1


def test_a_plant_without_a_calendar_has_deviations_without_a_shift(db):
    area = make.make_unit("X")
    person = make.make_user("somebody")
    assert deviation_open(title="Dust", unit=area, occurred_at=NOW, actor=person, now=NOW).shift is None
