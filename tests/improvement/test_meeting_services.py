"""Meetings by their services: what comes along, who may say what, and nobody overwrites what they have not seen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from principles.improvement import meeting_refusals as why
from principles.improvement.models import Arena, Carry, Deviation, ItemOutcome, Meeting, MeetingItem
from principles.improvement.refusals import UnitClosed, WordsMissing
from principles.improvement.services import meetings as services
from principles.improvement.services.meetings import seen
from principles.teams.models import Unit
from tests.improvement.floor import NOW, TODAY, Floor, day

pytestmark = pytest.mark.django_db


def opened(floor: Floor, arena: str = Arena.MORNING, unit: Unit | None = None, **fields: Any) -> Meeting:
    named = {"held_on": TODAY, "actor": floor.leader, "now": NOW, **fields}
    return services.meeting_open(arena=arena, unit=unit or floor.area, **named)


def titles(meeting: Meeting) -> list[str]:
    return list(meeting.items.values_list("title", flat=True))


def at(deviation: Deviation, arena: str) -> Deviation:
    deviation.arena = arena
    deviation.save()
    return deviation


def matter(floor: Floor) -> MeetingItem:
    """Something new in a running meeting with operator and mate there."""
    meeting = opened(floor)
    for person in (floor.operator, floor.mate):
        services.attend(meeting=meeting, person=person, capacity="Operator", actor=floor.leader)
    return services.item_add(meeting=meeting, title="The crane is late", actor=floor.leader)


def read(item: MeetingItem) -> dict[str, str]:
    return {name: seen(getattr(item, name)) for name in services.FIELDS}


def save(item: MeetingItem, floor: Floor, said: dict[str, Any], **fields: Any) -> MeetingItem:
    named = {"read": read(item), "actor": floor.leader, **fields}
    return services.item_save(item=item, said=said, **named)


def test_what_is_open_here_comes_along_hse_first_then_what_is_overdue(floor):
    at(floor.deviation(title="quality"), "morning")
    at(floor.deviation(title="hse", dimension="hse"), "morning")
    late = at(floor.deviation(title="late"), "morning")
    Deviation.objects.filter(pk=late.pk).update(due=day(-1))
    at(floor.deviation(title="of the shift"), "shift")
    at(floor.deviation(title="elsewhere", unit=floor.plant.st1, equipment=None), "morning")
    assert titles(opened(floor, unit=floor.plant.electrolysis)) == ["hse", "late", "quality"]


def test_actions_that_are_due_come_along_once(floor):
    mine = at(floor.deviation(title="mine"), "morning")
    floor.action(mine, title="of mine", due=TODAY)
    floor.action(title="due today", due=TODAY)
    floor.action(title="later", due=day(3))
    ended = floor.action(title="ended", due=TODAY)
    floor.done(ended)
    other = floor.deviation(title="of the shift")
    floor.action(other, title="due of a shift's", due=TODAY)
    meeting = opened(floor)
    assert sorted(titles(meeting)) == ["due of a shift's", "due today", "mine"]
    assert meeting.items.get(title="due of a shift's").deviation == other


def test_matters_without_a_deviation_are_carried_on_and_lifted(floor):
    low = opened(floor, Arena.SHIFT)
    kept = services.item_add(meeting=low, title="kept", actor=floor.leader)
    lifted = services.item_add(meeting=low, title="lifted", actor=floor.leader)
    done = services.item_add(meeting=low, title="done", actor=floor.leader)
    save(done, floor, {"decision": "Agreed"})
    services.item_escalate(item=lifted, actor=floor.leader, now=NOW)
    services.meeting_end(meeting=low, note="", actor=floor.leader, now=NOW)
    kept.refresh_from_db()
    assert kept.outcome == ItemOutcome.CARRIED
    later = NOW + dt.timedelta(hours=1)
    assert titles(opened(floor, Arena.SHIFT, now=later)) == ["kept"]
    above = opened(floor, Arena.MORNING, unit=floor.plant.electrolysis, now=later)
    assert titles(above) == ["lifted"]
    services.meeting_end(meeting=above, note="", actor=floor.leader, now=later)
    again = opened(floor, Arena.MORNING, unit=floor.plant.electrolysis, now=later + dt.timedelta(hours=1))
    assert titles(again) == ["lifted"]  # carried on by the last one, and not lifted a second time


def test_a_meeting_lifts_the_deviation_with_it_once(floor):
    deviation = at(floor.deviation(), "morning")
    item = opened(floor).items.get()
    for _ in range(2):
        services.item_escalate(item=item, actor=floor.leader, now=NOW)
    deviation.refresh_from_db()
    carry = Carry.objects.get()
    assert (deviation.arena, carry.reason, carry.from_arena, carry.to_arena) == (
        "weekly", "meeting", "morning", "weekly",
    )  # fmt: skip
    top = opened(floor, Arena.MONTHLY, unit=floor.plant.plant)
    item = services.item_add(meeting=top, title="high", actor=floor.leader)
    with pytest.raises(why.CantGoHigher):
        services.item_escalate(item=item, actor=floor.leader, now=NOW)


@pytest.mark.parametrize(("held_on", "refusal"), [(day(1), why.MeetingInTheFuture), (day(-40), why.MeetingTooOld)])
def test_a_meeting_is_opened_on_the_day_it_is_held(floor, held_on, refusal):
    with pytest.raises(refusal):
        opened(floor, held_on=held_on)
    assert not Meeting.objects.exists()


def test_a_unit_out_of_use_holds_no_meetings(floor):
    Unit.objects.filter(pk=floor.area.pk).update(closed=TODAY)
    with pytest.raises(UnitClosed):
        opened(floor)


def test_opened_twice_it_is_one_meeting(floor):
    first = opened(floor)
    with pytest.raises(why.MeetingRuns) as refused:
        opened(floor, actor=floor.lead)
    assert refused.value.meeting == first
    services.meeting_end(meeting=first, note="", actor=floor.leader, now=NOW)
    assert opened(floor) != first


def test_who_answered_does_not_confirm(floor):
    item = matter(floor)
    save(item, floor, {"answer": "Repaired", "answered_by": floor.operator})
    item.refresh_from_db()
    with pytest.raises(why.SomebodyElse):
        save(item, floor, {"confirmation": "Runs", "confirmed_by": floor.operator})
    done = save(item, floor, {"confirmation": "Runs", "confirmed_by": floor.mate})
    assert done.outcome == ItemOutcome.CONFIRMED


@pytest.mark.parametrize(
    ("said", "refusal", "field"),
    [
        ({"answer": "Repaired"}, why.WhoMissing, "answered_by"),
        ({"confirmation": "Seen"}, why.WhoMissing, "confirmed_by"),
        ({"title": "  "}, WordsMissing, "title"),
    ],
)
def test_half_said_is_told_at_the_field(floor, said, refusal, field):
    item = matter(floor)
    with pytest.raises(refusal) as refused:
        save(item, floor, said)
    assert refused.value.field == field
    item.refresh_from_db()
    assert (item.answer, item.confirmation, item.title) == ("", "", "The crane is late")


def test_two_who_write_at_once_do_not_overwrite_each_other(floor):
    item = matter(floor)
    before = read(item)
    save(item, floor, {"answer": "Repaired", "answered_by": floor.operator}, read=before)
    # The other one had the same page open, and decides: both stand.
    done = save(item, floor, {"answer": "", "decision": "Order a new hook"}, read=before, actor=floor.lead)
    assert (done.answer, done.decision) == ("Repaired", "Order a new hook")
    with pytest.raises(why.ChangedMeanwhile) as refused:
        save(item, floor, {"answer": "Not repaired"}, read=before, actor=floor.lead)
    assert refused.value.fields == ["answer"]
    item.refresh_from_db()
    assert item.answer == "Repaired"
    # The same words from both are no clash.
    save(item, floor, {"answer": "Repaired\r\n"}, read=before, actor=floor.lead)


def test_whoever_only_attends_speaks_for_themselves(floor):
    item = matter(floor)
    own = {"actor": floor.operator, "own_only": True}
    for said in (
        {"decision": "We stop"},
        {"answer": "Repaired", "answered_by": floor.mate},
        {"confirmation": "Seen", "confirmed_by": floor.mate},
    ):
        with pytest.raises(why.NotYourself):
            save(item, floor, said, **own)
    save(item, floor, {"answer": "Repaired", "answered_by": floor.operator}, **own)
    item.refresh_from_db()
    with pytest.raises(why.NotYourself):
        save(item, floor, {"answer": "Not at all"}, actor=floor.mate, own_only=True)


def test_after_its_end_nothing_is_changed(floor):
    item = matter(floor)
    meeting = item.meeting
    services.meeting_end(meeting=meeting, note="Short", actor=floor.leader, now=NOW)
    attempts = [
        lambda: services.meeting_end(meeting=meeting, note="", actor=floor.leader, now=NOW),
        lambda: save(item, floor, {"decision": "Late"}),
        lambda: services.item_add(meeting=meeting, title="late", actor=floor.leader),
        lambda: services.attend(meeting=meeting, person=floor.lead, capacity="", actor=floor.leader),
        lambda: services.item_carry(item=item, actor=floor.leader),
        lambda: services.item_escalate(item=item, actor=floor.leader, now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(why.MeetingEnded):
            attempt()
    meeting.refresh_from_db()
    assert (meeting.note, meeting.ended_at, meeting.items.count()) == ("Short", NOW, 1)


def test_somebody_who_spoke_was_there(floor):
    item = matter(floor)
    save(item, floor, {"answer": "Repaired", "answered_by": floor.operator})
    there = {one.person: one for one in item.meeting.attendances.all()}
    with pytest.raises(why.Spoke):
        services.unattend(attendance=there[floor.operator], actor=floor.leader)
    services.unattend(attendance=there[floor.mate], actor=floor.leader)
    assert set(item.meeting.attendances.values_list("person", flat=True)) == {floor.leader.pk, floor.operator.pk}


def test_an_action_of_a_matter_keeps_where_it_comes_from(floor):
    deviation = at(floor.deviation(), "morning")
    item = opened(floor).items.get()
    action = services.item_action_add(
        item=item, actor=floor.leader, now=NOW, unit=floor.area, title="New hook", owner=floor.operator, due=day(3)
    )
    item.refresh_from_db()
    assert (action.meeting_item, action.deviation, action.source) == (item, deviation, "meeting")
    assert item.outcome == ItemOutcome.DECIDED
