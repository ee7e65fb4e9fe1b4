"""Changes of an action: the PDCA loop, its owner and date, the check of its effect.

Plan → do → check → act → done; check → plan begins a new loop; whatever has not ended can be called off. Every change
locks the row, is on the audit trail and counts `version` up; moves and answers are kept as steps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from amps import audit
from principles.improvement.models import (
    Action,
    ActionSource,
    ActionState,
    ActionStep,
    Deviation,
    EffectCheck,
    MeetingItem,
    Verdict,
)
from principles.improvement.refusals import (
    DueInThePast,
    DueMissing,
    EditedMeanwhile,
    EffectMissing,
    FiguresMissing,
    HasEnded,
    IsClosed,
    NoOwner,
    NoSuchMove,
    NotToBeChecked,
    ReasonMissing,
    UnitClosed,
    WordsMissing,
    WrongEquipment,
)
from principles.improvement.services.owners import owner_check
from principles.improvement.services.states import state_refresh
from principles.teams.calendars import production_date
from principles.teams.models import Unit, User
from principles.teams.tree import UnitTree

EDITABLE = ("title", "description", "goal", "owner", "due", "dimension", "principle", "equipment")
MOVES: dict[str, tuple[ActionState, ...]] = {
    ActionState.PLAN: (ActionState.DO,),
    ActionState.DO: (ActionState.CHECK,),
    ActionState.CHECK: (ActionState.ACT, ActionState.PLAN),
    ActionState.ACT: (ActionState.DONE,),
    ActionState.DONE: (),
    ActionState.CANCELLED: (),
}
# What a new loop takes over of the last one's check: which indicator shall move, where and by how much.
_LINKED = ("indicator_code", "indicator_en", "indicator_nb", "unit", "decimals", "direction", "place_id", "expected")


@transaction.atomic
def action_add(
    *,
    title: str,
    unit: Unit,
    owner: User | None,
    due: dt.date | None,
    actor: User | None,
    now: dt.datetime,
    source: str = ActionSource.OTHER,
    deviation: Deviation | None = None,
    meeting_item: MeetingItem | None = None,
    goal: str = "",
    description: str = "",
    dimension: str = "quality",
    principle: int = 1,
    equipment: Unit | None = None,
) -> Action:
    """Make an action, in Plan. Where it comes from follows from its deviation or meeting, unless it is said.

    Raises WordsMissing (title), NoOwner, OwnerHasLeft, OwnerNotHere, DueMissing, DueInThePast, UnitClosed,
    WrongEquipment, or IsClosed when its deviation is closed.
    """
    today = production_date(now)
    if not title.strip():
        raise WordsMissing(field="title")
    if unit.closed is not None and unit.closed <= today:
        raise UnitClosed
    if owner is None:
        raise NoOwner
    owner_check(owner, unit, now=now)
    if due is None:
        raise DueMissing
    if due < today:
        raise DueInThePast
    _equipment_check(unit, equipment, today)
    # The same lock as the closing takes: an action is never added to what is being closed.
    if deviation is not None and not Deviation.objects.select_for_update().get(pk=deviation.pk).is_open:
        raise IsClosed
    if source == ActionSource.OTHER:
        source = _source_of(deviation, meeting_item)
    action = Action.objects.create(
        title=title.strip(),
        description=description.strip(),
        goal=goal.strip(),
        unit=unit,
        equipment=equipment,
        owner=owner,
        due=due,
        first_due=due,
        dimension=dimension,
        principle=principle,
        source=source,
        deviation=deviation,
        meeting_item=meeting_item,
        created_at=now,
        created_by=actor,
    )
    _step(action, "", note="", actor=actor, now=now)
    audit.record(actor=actor, action="action.added", target=action, after=audit.snapshot(action))
    if deviation is not None:
        state_refresh(deviation.pk, actor=actor)
    return action


def action_edit(
    *, action: Action, actor: User, now: dt.datetime, reason: str = "", version: int | None = None, **changes: Any
) -> Action:
    """Change some of EDITABLE. Moving the due date asks for a reason, which is kept as a step; `first_due` stays.

    Raises HasEnded, EditedMeanwhile, ReasonMissing and what `action_add` raises of the values.
    """
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"Not changeable: {sorted(unknown)}")
    with _changing(action, "action.edited", actor=actor, version=version) as locked:
        today = production_date(now)
        if "title" in changes and not changes["title"].strip():
            raise WordsMissing(field="title")
        if "owner" in changes:
            if changes["owner"] is None:
                raise NoOwner
            if changes["owner"].pk != locked.owner_id:
                owner_check(changes["owner"], locked.unit, now=now)
        if changes.get("equipment") is not None and changes["equipment"].pk != locked.equipment_id:
            _equipment_check(locked.unit, changes["equipment"], today)
        if "due" in changes and changes["due"] != locked.due:
            if changes["due"] is None:
                raise DueMissing
            if changes["due"] < today:
                raise DueInThePast
            if not reason.strip():
                raise ReasonMissing
            _step(locked, locked.state, note=reason.strip(), actor=actor, now=now)
        for name, value in changes.items():
            setattr(locked, name, value.strip() if isinstance(value, str) else value)
    return locked


def action_move(
    *, action: Action, to: str, note: str = "", actor: User, now: dt.datetime, version: int | None = None
) -> Action:
    """Take the action on in its loop, or from check back to plan, which begins the next loop.

    Raises NoSuchMove, HasEnded, EditedMeanwhile; to act and to done EffectMissing or FiguresMissing; back to plan
    WordsMissing without a note.
    """
    with _changing(action, "action.moved", actor=actor, version=version) as locked:
        if to not in MOVES[locked.state]:
            raise NoSuchMove
        if to in (ActionState.ACT, ActionState.DONE):
            _effect_check(locked)
        if to == ActionState.PLAN and not note.strip():
            raise WordsMissing(field="note")
        came_from = locked.state
        locked.state = to
        _dates(locked, to, actor=actor, now=now)
        _step(locked, came_from, note=note.strip(), actor=actor, now=now)
        if to == ActionState.PLAN:
            _next_loop(locked)
    return locked


@transaction.atomic
def effect_verify(
    *, action: Action, words: str, verdict: str, actor: User, now: dt.datetime, version: int | None = None
) -> EffectCheck:
    """Say in words what the effect is. Only while the action stands in check; said again it replaces the words.

    Better lets it go on to act (with figures, where an indicator is linked); no change or worse leads back to plan.
    Raises WordsMissing, NotToBeChecked, HasEnded, EditedMeanwhile.
    """
    if not words.strip():
        raise WordsMissing(field="words")
    if verdict not in Verdict.values:
        raise WordsMissing(field="verdict")
    with _changing(action, None, actor=actor, version=version) as locked:
        if locked.state != ActionState.CHECK:
            raise NotToBeChecked
        check, _made = EffectCheck.objects.select_for_update().get_or_create(action=locked, loop=locked.loop)
        before = audit.snapshot(check, "words", "verdict")
        check.words, check.verdict = words.strip(), verdict
        check.verified_by, check.verified_at = actor, now
        check.save(update_fields=["words", "verdict", "verified_by", "verified_at"])
        after = audit.snapshot(check, "words", "verdict")
        audit.record(actor=actor, action="action.verified", target=locked, before=before, after=after)
    return check


def action_cancel(*, action: Action, reason: str, actor: User, now: dt.datetime, version: int | None = None) -> Action:
    """Call the action off, with a reason. Raises ReasonMissing, HasEnded, EditedMeanwhile."""
    if not reason.strip():
        raise ReasonMissing
    with _changing(action, "action.cancelled", actor=actor, version=version) as locked:
        came_from = locked.state
        locked.state = ActionState.CANCELLED
        _dates(locked, ActionState.CANCELLED, actor=actor, now=now)
        _step(locked, came_from, note=reason.strip(), actor=actor, now=now)
    return locked


@contextmanager
def _changing(action: Action, name: str | None, *, actor: User | None, version: int | None) -> Iterator[Action]:
    """The action's row locked, after its deviation's; saved, counted up, audited; the deviation's state follows."""
    with transaction.atomic():
        if action.deviation_id is not None:
            # Always the deviation first: closing locks it and then reads its actions.
            Deviation.objects.select_for_update().filter(pk=action.deviation_id).first()
        locked = Action.objects.select_for_update(of=("self",)).select_related("unit", "owner").get(pk=action.pk)
        if version is not None and locked.version != version:
            raise EditedMeanwhile
        if locked.has_ended:
            raise HasEnded
        before = audit.snapshot(locked)
        yield locked
        after = audit.snapshot(locked)
        if name is not None and after == before:
            return
        locked.version += 1
        locked.save()
        if name is not None:
            audit.record(actor=actor, action=name, target=locked, before=before, after=after)
        if before["state"] != locked.state and locked.deviation_id is not None:
            state_refresh(locked.deviation_id, actor=actor)


def _dates(action: Action, to: str, *, actor: User, now: dt.datetime) -> None:
    if to == ActionState.DO and action.started_at is None:
        action.started_at = now
    if to == ActionState.CHECK:
        action.carried_out_at = now
    if to in (ActionState.DONE, ActionState.CANCELLED):
        action.ended_at, action.ended_by = now, actor


def _effect_check(action: Action) -> None:
    check = action.effects.filter(loop=action.loop).first()
    if check is None or check.verified_at is None or check.verdict != Verdict.BETTER:
        raise EffectMissing
    if not check.is_verified:
        raise FiguresMissing


def _next_loop(action: Action) -> None:
    """Count the loop up; the indicator that shall move stays linked, its figures are measured anew."""
    last = action.effects.filter(loop=action.loop).first()
    action.loop += 1
    action.carried_out_at = None
    if last is not None and last.needs_figures:
        linked = {name: getattr(last, name) for name in _LINKED}
        EffectCheck.objects.create(action=action, loop=action.loop, **linked)


def _step(action: Action, came_from: str, *, note: str, actor: User | None, now: dt.datetime) -> None:
    ActionStep.objects.create(
        action=action, loop=action.loop, from_state=came_from, to_state=action.state, note=note, by=actor, at=now
    )


def _source_of(deviation: Deviation | None, meeting_item: MeetingItem | None) -> ActionSource:
    if deviation is not None:
        return ActionSource.DEVIATION
    return ActionSource.MEETING if meeting_item is not None else ActionSource.OTHER


def _equipment_check(unit: Unit, equipment: Unit | None, today: dt.date) -> None:
    if equipment is None:
        return
    if unit.pk not in (equipment.pk, *UnitTree.on(today).ancestors(equipment.pk)):
        raise WrongEquipment
