"""Signing an evaluation: everybody in the group and its leader; the last signature locks it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from amps.audit import record, snapshot
from principles.teams.models import User
from roadmap.models import Evaluation, EvaluationState, FocusItem, Reopening, Signature
from roadmap.reading import RUNNING, missing_items, same_group
from roadmap.services.evaluations import (
    EvaluationError,
    NotInGroup,
    NotOpen,
    OpenAlready,
    evaluation_locked,
    touch,
)


class NotAllAnswered(EvaluationError):
    """Some items are neither agreed on nor left grey on purpose: `missing`."""

    def __init__(self, missing: list[FocusItem]) -> None:
        super().__init__(", ".join(item.code for item in missing))
        self.missing = missing


class NoReason(EvaluationError):
    """It needs a reason in words."""


class SignedAlready(EvaluationError):
    """The person's signature of this round is there already."""


@transaction.atomic
def evaluation_sign(*, evaluation: Evaluation, actor: User, now: dt.datetime) -> Evaluation:
    """Sign for oneself; after the first signature the answers stand still, the last one locks.

    Raises NotOpen, NotInGroup, NotAllAnswered, SignedAlready.
    """
    found = evaluation_locked(evaluation)
    if found.state not in RUNNING:
        raise NotOpen(found.state)
    if not found.participants.filter(person=actor, left_at__isnull=True).exists():
        raise NotInGroup(actor.pk)
    if found.state == EvaluationState.OPEN and (missing := missing_items(found)):
        raise NotAllAnswered(missing)
    is_leader = found.leader_id == actor.pk
    _signature, is_new = Signature.objects.get_or_create(
        evaluation=found, person=actor, round=found.round, defaults={"as_leader": is_leader, "at": now}
    )
    if not is_new:
        raise SignedAlready(actor.pk)
    found.state = EvaluationState.SIGNING
    touch(found, "state")
    after = {"round": found.round, "as_leader": is_leader}
    record(actor=actor, action="evaluation.signed", target=found, after=after)
    lock_when_signed(found, actor=actor, now=now)
    return found


def lock_when_signed(evaluation: Evaluation, *, actor: User | None, now: dt.datetime) -> bool:
    """Lock an evaluation (whose row is locked) when everybody who is left in the group has signed this round."""
    if evaluation.state != EvaluationState.SIGNING:
        return False
    group = set(evaluation.participants.filter(left_at__isnull=True).values_list("person_id", flat=True))
    signed = set(evaluation.signatures.filter(round=evaluation.round).values_list("person_id", flat=True))
    if not group <= signed:
        return False
    evaluation.state, evaluation.locked_at = EvaluationState.LOCKED, now
    touch(evaluation, "state", "locked_at")
    record(actor=actor, action="evaluation.locked", target=evaluation, after={"round": evaluation.round})
    return True


@transaction.atomic
def signatures_withdraw(*, evaluation: Evaluation, reason: str, actor: User, now: dt.datetime) -> None:
    """Open the answers again before the last signature: a new round begins, the old signatures stay as its trace.

    Raises NotOpen (nothing is being signed), NoReason.
    """
    found = evaluation_locked(evaluation)
    if found.state != EvaluationState.SIGNING:
        raise NotOpen(found.state)
    _new_round(found, "evaluation.signatures_withdrawn", reason=reason, actor=actor, now=now)


@transaction.atomic
def evaluation_reopen(*, evaluation: Evaluation, reason: str, actor: User, now: dt.datetime) -> None:
    """Open a locked evaluation again, for a reason that is kept. Everybody signs again.

    Raises NotOpen (it is not locked), NoReason, OpenAlready (the unit or team has a newer one under way).
    """
    found = evaluation_locked(evaluation)
    if found.state != EvaluationState.LOCKED:
        raise NotOpen(found.state)
    running = same_group(found).filter(state__in=RUNNING).first()
    if running is not None:
        raise OpenAlready(running)
    _new_round(found, "evaluation.reopened", reason=reason, actor=actor, now=now)


def _new_round(evaluation: Evaluation, action: str, *, reason: str, actor: User, now: dt.datetime) -> None:
    reason = reason.strip()
    if not reason:
        raise NoReason
    before = snapshot(evaluation, "state", "round", "locked_at")
    Reopening.objects.create(evaluation=evaluation, round=evaluation.round, by=actor, at=now, reason=reason)
    evaluation.state, evaluation.locked_at = EvaluationState.OPEN, None
    evaluation.round += 1
    touch(evaluation, "state", "locked_at", "round")
    after = {**snapshot(evaluation, "state", "round", "locked_at"), "reason": reason}
    record(actor=actor, action=action, target=evaluation, before=before, after=after)


@transaction.atomic
def evaluation_cancel(*, evaluation: Evaluation, actor: User, now: dt.datetime) -> None:
    """Call off an evaluation that is not signed; what was answered stays to be read. Raises NotOpen."""
    found = evaluation_locked(evaluation)
    if found.state not in RUNNING:
        raise NotOpen(found.state)
    before = snapshot(found, "state")
    found.state = EvaluationState.CANCELLED
    touch(found, "state")
    after = {**snapshot(found, "state"), "at": now}
    record(actor=actor, action="evaluation.cancelled", target=found, before=before, after=after)
