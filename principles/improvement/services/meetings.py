"""Meetings: opened with what comes along, gone through matter by matter, ended; what was decided stays.

Everything is stored matter by matter, so that a meeting can be left and taken up again. Two people may write at once:
each field is stored by itself, and one that has changed since it was read is not overwritten (`seen` says what was
read). Every function raises MeetingEnded once the meeting has ended.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from amps import audit
from principles.improvement import refusals
from principles.improvement.meeting_refusals import (
    CantGoHigher,
    ChangedMeanwhile,
    MeetingEnded,
    MeetingInTheFuture,
    MeetingRuns,
    MeetingTooOld,
    NotYourself,
    SomebodyElse,
    Spoke,
    WhoMissing,
)
from principles.improvement.models import (
    Action,
    ActionSource,
    Arena,
    Attendance,
    Carry,
    Deviation,
    EffectCheck,
    ItemOutcome,
    Meeting,
    MeetingItem,
)
from principles.improvement.services.actions import action_add, action_move, effect_verify
from principles.improvement.services.agenda import items_brought
from principles.improvement.services.carrying import ARENAS, MEETING, next_arena
from principles.improvement.services.deviations import deviation_close
from principles.teams.calendars import production_date
from principles.teams.models import Unit, User
from principles.teams.tree import current_tree

TEXTS = ("title", "question", "answer", "confirmation", "decision")
PEOPLE = ("answered_by", "confirmed_by")
FIELDS = (*TEXTS, *PEOPLE)
# A meeting may be written down some days afterwards, not a year.
OLDEST = dt.timedelta(days=31)


def seen(value: Any) -> str:
    """A short mark of a field's value as it was read: a text, or a person."""
    text = str(value.pk) if isinstance(value, User) else clean_text(value or "")
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def clean_text(text: str) -> str:
    """A text as it is stored: line ends of one kind, nothing around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@transaction.atomic
def meeting_open(*, arena: str, unit: Unit, held_on: dt.date, actor: User, now: dt.datetime) -> Meeting:
    """Open a meeting on a production date, with the matters that come along and whoever opens it as present.

    Raises MeetingInTheFuture, MeetingTooOld, UnitClosed, or MeetingRuns (with that meeting) when one of the same arena,
    unit and date has not ended.
    """
    today = production_date(now)
    if held_on > today:
        raise MeetingInTheFuture
    if held_on < today - OLDEST:
        raise MeetingTooOld
    # Two people who open it at once: the second finds the first one's.
    locked = Unit.objects.select_for_update().get(pk=unit.pk)
    if locked.closed is not None and locked.closed <= held_on:
        raise refusals.UnitClosed
    running = Meeting.objects.filter(arena=arena, unit=unit, held_on=held_on, ended_at__isnull=True).first()
    if running is not None:
        raise MeetingRuns(running)
    meeting = Meeting.objects.create(arena=Arena(arena), unit=locked, held_on=held_on, opened_at=now, opened_by=actor)
    Attendance.objects.create(meeting=meeting, person=actor)
    items = MeetingItem.objects.bulk_create(items_brought(meeting, current_tree(now)))
    after = audit.snapshot(meeting, "arena", "unit_id", "held_on") | {"matters": len(items)}
    audit.record(actor=actor, action="meeting.opened", target=meeting, after=after)
    return meeting


@transaction.atomic
def attend(*, meeting: Meeting, person: User, capacity: str, actor: User) -> Attendance:
    """Note that somebody is there, in which capacity; noted again, the capacity is the new one."""
    locked = _running(meeting)
    found, made = Attendance.objects.get_or_create(
        meeting=locked, person=person, defaults={"capacity": capacity.strip()}
    )
    before = {} if made else {"capacity": found.capacity}
    if not made and found.capacity != capacity.strip():
        found.capacity = capacity.strip()
        found.save(update_fields=["capacity"])
    after = {"person": str(person), "capacity": found.capacity}
    if made or before["capacity"] != found.capacity:
        audit.record(actor=actor, action="meeting.attended", target=locked, before=before or None, after=after)
    return found


@transaction.atomic
def unattend(*, attendance: Attendance, actor: User) -> None:
    """Take somebody off the list who was not there after all. Raises Spoke when they answered or confirmed."""
    meeting = _running(attendance.meeting)
    spoke = Q(answered_by=attendance.person_id) | Q(confirmed_by=attendance.person_id)
    if meeting.items.filter(spoke).exists():
        raise Spoke
    before = {"person": str(attendance.person), "capacity": attendance.capacity}
    attendance.delete()
    audit.record(actor=actor, action="meeting.not_there", target=meeting, before=before)


@transaction.atomic
def item_add(*, meeting: Meeting, title: str, actor: User, question: str = "") -> MeetingItem:
    """Take up something new. Raises WordsMissing (title)."""
    locked = _running(meeting)
    if not clean_text(title):
        raise refusals.WordsMissing(field="title")
    last = locked.items.aggregate(last=Max("position"))["last"] or 0
    item = MeetingItem.objects.create(
        meeting=locked, position=last + 1, title=clean_text(title), question=clean_text(question)
    )
    audit.record(actor=actor, action="meeting.matter_added", target=locked, after={"matter": item.title})
    return item


@transaction.atomic
def item_save(
    *, item: MeetingItem, said: Mapping[str, Any], read: Mapping[str, str], actor: User, own_only: bool = False
) -> MeetingItem:
    """Store what was said on a matter: some of FIELDS, texts as typed and people as `User` or None.

    `read` holds `seen` of each field as the person read it: what they left as it was is left alone, and what somebody
    else changed meanwhile is not overwritten. With `own_only` one speaks for oneself alone, and decides nothing.

    Raises ChangedMeanwhile (fields), WhoMissing, SomebodyElse (confirmed by who answered), NotYourself, WordsMissing.
    """
    unknown = said.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"Not a part of a matter: {sorted(unknown)}")
    _running(item.meeting)
    locked = MeetingItem.objects.select_for_update().get(pk=item.pk)
    changes = _changes(locked, said, read)
    if not changes:
        return locked
    if own_only:
        _own_check(locked, changes, actor)
    before = _told(locked)
    for name, value in changes.items():
        setattr(locked, name, value)
    _spoken_check(locked)
    locked.outcome = outcome_of(locked)
    locked.save(update_fields=[*FIELDS, "outcome"])
    audit.record(actor=actor, action="meeting.matter_written", target=locked, before=before, after=_told(locked))
    return locked


def outcome_of(item: MeetingItem) -> ItemOutcome:
    """How far a matter has come, read from what was said; carried on and escalated are decided and stay."""
    if item.outcome == ItemOutcome.ESCALATED:
        return ItemOutcome.ESCALATED
    if item.decision:
        return ItemOutcome.DECIDED
    if item.confirmation:
        return ItemOutcome.CONFIRMED
    if item.outcome == ItemOutcome.CARRIED:
        return ItemOutcome.CARRIED
    return ItemOutcome.ANSWERED if item.answer else ItemOutcome.WAITING


@transaction.atomic
def item_carry(*, item: MeetingItem, actor: User) -> MeetingItem:
    """It comes along to the next meeting of this arena."""
    _running(item.meeting)
    locked = MeetingItem.objects.select_for_update().get(pk=item.pk)
    before = _told(locked)
    locked.outcome = ItemOutcome.CARRIED
    locked.save(update_fields=["outcome"])
    audit.record(actor=actor, action="meeting.matter_carried", target=locked, before=before, after=_told(locked))
    return locked


@transaction.atomic
def item_escalate(*, item: MeetingItem, actor: User, now: dt.datetime) -> MeetingItem:
    """Lift a matter to the arena above; its open deviation goes with it. Lifted again nothing more happens.

    Raises CantGoHigher in the monthly meeting.
    """
    meeting = _running(item.meeting)
    above = next_arena(meeting.arena)
    if above is None:
        raise CantGoHigher
    if item.deviation_id is not None:
        _lift(item.deviation_id, meeting, above, actor=actor, now=now)
    locked = MeetingItem.objects.select_for_update().get(pk=item.pk)
    if locked.outcome == ItemOutcome.ESCALATED:
        return locked
    before = _told(locked)
    locked.outcome = ItemOutcome.ESCALATED
    locked.save(update_fields=["outcome"])
    audit.record(actor=actor, action="meeting.matter_escalated", target=locked, before=before, after=_told(locked))
    return locked


@transaction.atomic
def item_action_add(*, item: MeetingItem, actor: User, now: dt.datetime, unit: Unit, **said: Any) -> Action:
    """Make an action of what was decided on a matter. Raises what `action_add` raises."""
    _running(item.meeting)
    deviation = item.deviation if item.deviation is not None and item.deviation.is_open else None
    action = action_add(
        unit=unit, actor=actor, now=now, source=ActionSource.MEETING, deviation=deviation, meeting_item=item, **said
    )
    locked = MeetingItem.objects.select_for_update().get(pk=item.pk)
    if locked.outcome != ItemOutcome.ESCALATED:
        locked.outcome = ItemOutcome.DECIDED
        locked.save(update_fields=["outcome"])
    return action


@transaction.atomic
def item_action_move(
    *, item: MeetingItem, action: Action, to: str, note: str, actor: User, now: dt.datetime, version: int | None = None
) -> Action:
    """Take an action of the matter on in its loop, as the meeting heard. Raises what `action_move` raises."""
    _running(item.meeting)
    return action_move(action=action, to=to, note=note, actor=actor, now=now, version=version)


@transaction.atomic
def item_effect_verify(
    *,
    item: MeetingItem,
    action: Action,
    words: str,
    verdict: str,
    actor: User,
    now: dt.datetime,
    version: int | None = None,
) -> EffectCheck:
    """Say in the meeting what the effect of an action is. Raises what `effect_verify` raises."""
    _running(item.meeting)
    return effect_verify(action=action, words=words, verdict=verdict, actor=actor, now=now, version=version)


@transaction.atomic
def item_deviation_close(*, item: MeetingItem, words: str, actor: User, now: dt.datetime) -> Deviation:
    """Close the matter's deviation, in the presence of those on the list. Raises what `deviation_close` raises."""
    _running(item.meeting)
    if item.deviation is None:
        raise refusals.Refused
    closed = deviation_close(deviation=item.deviation, words=words, actor=actor, now=now)
    locked = MeetingItem.objects.select_for_update().get(pk=item.pk)
    before = _told(locked)
    locked.decision = locked.decision or clean_text(words)
    locked.outcome = ItemOutcome.DECIDED
    locked.save(update_fields=["decision", "outcome"])
    audit.record(actor=actor, action="meeting.matter_written", target=locked, before=before, after=_told(locked))
    return closed


@transaction.atomic
def meeting_end(*, meeting: Meeting, note: str, actor: User, now: dt.datetime) -> Meeting:
    """End a meeting: what was not taken up is carried on. Raises MeetingEnded when it has ended already."""
    locked = _running(meeting)
    locked.items.filter(outcome=ItemOutcome.WAITING).update(outcome=ItemOutcome.CARRIED)
    locked.ended_at, locked.note = now, clean_text(note)
    locked.save(update_fields=["ended_at", "note"])
    after = {"ended_at": now, "note": locked.note}
    audit.record(actor=actor, action="meeting.ended", target=locked, before={"ended_at": None}, after=after)
    return locked


def _running(meeting: Meeting) -> Meeting:
    """The meeting's row, held so that it can't end under what is written."""
    locked = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    if locked.ended_at is not None:
        raise MeetingEnded
    return locked


def _changes(item: MeetingItem, said: Mapping[str, Any], read: Mapping[str, str]) -> dict[str, Any]:
    """What the person changed; raises ChangedMeanwhile where somebody else did, too, to something else."""
    changes: dict[str, Any] = {}
    clashes = []
    for name, value in said.items():
        wanted = value if name in PEOPLE else clean_text(value)
        stored = getattr(item, name)
        if seen(wanted) in (read.get(name, seen(stored)), seen(stored)):
            continue
        if name in read and read[name] != seen(stored):
            clashes.append(name)
        changes[name] = wanted
    if clashes:
        raise ChangedMeanwhile(clashes)
    return changes


def _own_check(item: MeetingItem, changes: Mapping[str, Any], actor: User) -> None:
    """One speaks for oneself: answers and confirmations in one's own name, and no decision."""
    if changes.keys() & {"title", "question", "decision"}:
        raise NotYourself
    for text, who in (("answer", "answered_by"), ("confirmation", "confirmed_by")):
        if not changes.keys() & {text, who}:
            continue
        stored, wanted = getattr(item, who), changes.get(who, getattr(item, who))
        if wanted != actor or (stored is not None and stored != actor):
            raise NotYourself(field=who)


def _spoken_check(item: MeetingItem) -> None:
    if item.answer and item.answered_by_id is None:
        raise WhoMissing(field="answered_by")
    if item.confirmation and item.confirmed_by_id is None:
        raise WhoMissing(field="confirmed_by")
    if item.answered_by_id is not None and not item.answer:
        raise refusals.WordsMissing(field="answer")
    if item.confirmed_by_id is not None and not item.confirmation:
        raise refusals.WordsMissing(field="confirmation")
    if item.confirmed_by_id is not None and item.confirmed_by_id == item.answered_by_id:
        raise SomebodyElse
    if item.deviation_id is None and item.action_id is None and not item.title:
        raise refusals.WordsMissing(field="title")


def _lift(deviation_id: int, meeting: Meeting, above: Arena, *, actor: User, now: dt.datetime) -> None:
    """An open deviation of this arena goes to the one above; the carry of a meeting has no period."""
    deviation = Deviation.objects.select_for_update().get(pk=deviation_id)
    if not deviation.is_open or ARENAS.index(Arena(deviation.arena)) >= ARENAS.index(above):
        return
    Carry.objects.get_or_create(
        deviation=deviation,
        cadence="",
        first=meeting.held_on,
        number=ARENAS.index(Arena(meeting.arena)),
        defaults={
            "unit": meeting.unit,
            "escalated": True,
            "from_arena": deviation.arena,
            "to_arena": above,
            "reason": MEETING,
            "at": now,
        },
    )
    before = {"arena": deviation.arena}
    deviation.arena = above
    deviation.save(update_fields=["arena"])
    audit.record(
        actor=actor, action="deviation.escalated", target=deviation, before=before, after={"arena": deviation.arena}
    )


def _told(item: MeetingItem) -> dict[str, Any]:
    told = {name: getattr(item, name) for name in TEXTS}
    for name in PEOPLE:
        person = getattr(item, name)
        told[name] = str(person) if person is not None else ""
    return told | {"outcome": item.outcome}
