"""Changes of a deviation. Every one locks its row, is on the audit trail, and counts its `version` up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from amps import audit
from principles.improvement.models import (
    CauseCategory,
    CauseKind,
    Deviation,
    DeviationSource,
    DeviationState,
    Severity,
    Why,
)
from principles.improvement.refusals import (
    ClosingRefused,
    DueInThePast,
    EditedMeanwhile,
    IsClosed,
    IsOpen,
    NotYetHappened,
    ReasonMissing,
    Refused,
    UnitClosed,
    WordsMissing,
    WrongEquipment,
)
from principles.improvement.services.gate import Obstacle, closing_gate
from principles.improvement.services.owners import owner_check
from principles.improvement.services.states import state_of
from principles.teams.calendars import NoCalendar, production_date, shift_at
from principles.teams.models import Shift, Unit, User
from principles.teams.tree import UnitTree

EDITABLE = ("title", "description", "severity", "dimension", "equipment", "occurred_at", "owner", "due")
# A device's clock may be a little ahead of the server's.
_AHEAD = dt.timedelta(minutes=10)
_MOST_WHYS = 5


@transaction.atomic
def deviation_open(
    *,
    title: str,
    unit: Unit,
    occurred_at: dt.datetime,
    actor: User | None,
    now: dt.datetime,
    source: str = DeviationSource.OTHER,
    severity: str = Severity.MEDIUM,
    dimension: str = "quality",
    equipment: Unit | None = None,
    shift: Shift | None = None,
    has_shift: bool = True,
    description: str = "",
    immediate_action: str = "",
    owner: User | None = None,
    due: dt.date | None = None,
) -> Deviation:
    """Open a deviation. With an immediate action it is contained from the start.

    Without a shift it is put into the one that `occurred_at` belongs to, unless `has_shift` says that it has none (the
    figure of a week). Raises UnitClosed, WrongEquipment,
    NotYetHappened, DueInThePast, OwnerHasLeft, OwnerNotHere or WordsMissing (no title).
    """
    if not title.strip():
        raise WordsMissing(field="title")
    _place_check(unit, equipment, now=now)
    _time_check(occurred_at, now=now)
    if owner is not None:
        owner_check(owner, unit, now=now)
    if due is not None and due < production_date(now):
        raise DueInThePast
    done_at_once = immediate_action.strip()
    deviation = Deviation.objects.create(
        title=title.strip(),
        description=description.strip(),
        source=source,
        severity=severity,
        dimension=dimension,
        unit=unit,
        equipment=equipment,
        shift=shift or (_shift_of(occurred_at) if has_shift else None),
        occurred_at=occurred_at,
        reported_at=now,
        reported_by=actor,
        owner=owner,
        due=due,
        immediate_action=done_at_once,
        contained_at=now if done_at_once else None,
        contained_by=actor if done_at_once else None,
    )
    audit.record(actor=actor, action="deviation.opened", target=deviation, after=audit.snapshot(deviation))
    return deviation


def deviation_edit(
    *, deviation: Deviation, actor: User, now: dt.datetime, version: int | None = None, **changes: Any
) -> Deviation:
    """Change some of EDITABLE. Raises IsClosed, EditedMeanwhile and what `deviation_open` raises of the values.

    An owner or due date that stays as it is, is not looked at again: an owner who has left stays on what was theirs.
    """
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"Not changeable: {sorted(unknown)}")
    with _changing(deviation, "deviation.edited", actor=actor, version=version) as locked:
        if "title" in changes and not changes["title"].strip():
            raise WordsMissing(field="title")
        if changes.get("equipment") is not None and changes["equipment"].pk != locked.equipment_id:
            _place_check(locked.unit, changes["equipment"], now=now)
        if "occurred_at" in changes and changes["occurred_at"] != locked.occurred_at:
            _time_check(changes["occurred_at"], now=now)
            locked.shift = _shift_of(changes["occurred_at"])
        owner = changes.get("owner")
        if owner is not None and owner.pk != locked.owner_id:
            owner_check(owner, locked.unit, now=now)
        due = changes.get("due")
        if due is not None and due != locked.due and due < production_date(now):
            raise DueInThePast
        for name, value in changes.items():
            setattr(locked, name, value.strip() if isinstance(value, str) else value)
    return locked


def deviation_contain(
    *, deviation: Deviation, words: str, actor: User, now: dt.datetime, version: int | None = None
) -> Deviation:
    """Say what was done at once; said again it replaces the words. Raises WordsMissing, IsClosed, EditedMeanwhile."""
    if not words.strip():
        raise WordsMissing(field="words")
    with _changing(deviation, "deviation.contained", actor=actor, version=version) as locked:
        locked.immediate_action = words.strip()
        if locked.contained_at is None:
            locked.contained_at, locked.contained_by = now, actor
    return locked


def whys_save(
    *, deviation: Deviation, whys: Sequence[tuple[str, str]], actor: User, version: int | None = None
) -> list[Why]:
    """Replace the chain of whys: (answer, evidence) in their order, empty answers left out, five at most.

    Raises Refused (too many), IsClosed, EditedMeanwhile.
    """
    chain = [(answer.strip(), evidence) for answer, evidence in whys if answer.strip()]
    if len(chain) > _MOST_WHYS:
        raise Refused
    with _changing(deviation, None, actor=actor, version=version) as locked:
        before = [f"{why.answer} ({why.evidence})" for why in locked.whys.all()]
        after = [f"{answer} ({evidence})" for answer, evidence in chain]
        saved = [
            Why(deviation=locked, number=number, answer=answer, evidence=evidence)
            for number, (answer, evidence) in enumerate(chain, start=1)
        ]
        if after != before:
            locked.whys.all().delete()
            Why.objects.bulk_create(saved)
            audit.record(
                actor=actor, action="deviation.whys", target=locked, before={"whys": before}, after={"whys": after}
            )
    return saved


def cause_record(
    *,
    deviation: Deviation,
    kind: str,
    category: str,
    root_cause: str,
    actor: User,
    now: dt.datetime,
    version: int | None = None,
) -> Deviation:
    """Record the root cause and what it says of the standard. Raises Refused (at the field), IsClosed, EditedMeanwhile.

    A deviation that is not contained yet may get its cause; it is the closing that waits.
    """
    if not root_cause.strip():
        raise WordsMissing(field="root_cause")
    if kind not in CauseKind.values:
        raise WordsMissing(field="kind")
    if category and category not in CauseCategory.values:
        raise WordsMissing(field="category")
    with _changing(deviation, "deviation.cause", actor=actor, version=version) as locked:
        locked.cause_kind, locked.cause_category = kind, category
        locked.root_cause = root_cause.strip()
        locked.cause_at, locked.cause_by = now, actor
    return locked


def deviation_close(
    *, deviation: Deviation, words: str, actor: User, now: dt.datetime, version: int | None = None
) -> Deviation:
    """Close it through the gate; `words` say why it can be closed (and, without any action, why none was needed).

    Raises ClosingRefused with everything that remains, WordsMissing, IsClosed, EditedMeanwhile.
    """
    with _changing(deviation, "deviation.closed", actor=actor, version=version) as locked:
        reasons = closing_gate(locked, closer=actor)
        if reasons:
            raise ClosingRefused(reasons)
        if not words.strip():
            raise WordsMissing(field="words")
        locked.closed_at, locked.closed_by, locked.closing_words = now, actor, words.strip()
    return locked


def deviation_reopen(
    *, deviation: Deviation, reason: str, actor: User, now: dt.datetime, version: int | None = None
) -> Deviation:
    """Open a closed deviation again; why, and how it had been closed, stays on the audit trail.

    Raises ReasonMissing, IsOpen, EditedMeanwhile.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        locked = _locked(deviation, version)
        if locked.closed_at is None:
            raise IsOpen
        before = audit.snapshot(locked)
        locked.closed_at, locked.closed_by, locked.closing_words = None, None, ""
        locked.state = state_of(locked)
        locked.version += 1
        locked.save()
        after = {**audit.snapshot(locked), "reason": reason.strip()}
        audit.record(actor=actor, action="deviation.reopened", target=locked, before=before, after=after)
    return locked


@contextmanager
def _changing(
    deviation: Deviation, action: str | None, *, actor: User | None, version: int | None
) -> Iterator[Deviation]:
    """The open deviation's row locked; saved, refreshed in state, counted up and audited when it differs."""
    with transaction.atomic():
        locked = _locked(deviation, version)
        if locked.closed_at is not None:
            raise IsClosed
        before = audit.snapshot(locked)
        yield locked
        locked.state = state_of(locked)
        after = audit.snapshot(locked)
        if action is not None and after == before:
            return
        locked.version += 1
        locked.save()
        if action is not None:
            audit.record(actor=actor, action=action, target=locked, before=before, after=after)


def _locked(deviation: Deviation, version: int | None) -> Deviation:
    locked = Deviation.objects.select_for_update().get(pk=deviation.pk)
    if version is not None and locked.version != version:
        raise EditedMeanwhile
    return locked


def _place_check(unit: Unit, equipment: Unit | None, *, now: dt.datetime) -> None:
    today = production_date(now)
    if unit.closed is not None and unit.closed <= today:
        raise UnitClosed
    if equipment is None:
        return
    if unit.pk not in (equipment.pk, *UnitTree.on(today).ancestors(equipment.pk)):
        raise WrongEquipment


def _time_check(occurred_at: dt.datetime, *, now: dt.datetime) -> None:
    if occurred_at > now + _AHEAD:
        raise NotYetHappened


def _shift_of(instant: dt.datetime) -> Shift | None:
    """The shift of an instant; None in a plant without a calendar."""
    try:
        return shift_at(instant)
    except NoCalendar:
        return None


__all__ = [
    "EDITABLE",
    "DeviationState",
    "Obstacle",
    "cause_record",
    "closing_gate",
    "deviation_close",
    "deviation_contain",
    "deviation_edit",
    "deviation_open",
    "deviation_reopen",
    "whys_save",
]
