"""The group of an evaluation: who comes into it, who leaves it in the middle, who leads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from amps.audit import record, snapshot
from principles.teams.models import User
from roadmap.models import Evaluation, Participant
from roadmap.reading import RUNNING
from roadmap.services.evaluations import (
    EvaluationError,
    NotInGroup,
    NotOpen,
    evaluation_locked,
    member_check,
    open_locked,
    touch,
)
from roadmap.services.signing import lock_when_signed


class LeaderStays(EvaluationError):
    """The leader leaves only after somebody else has been chosen."""


@transaction.atomic
def participants_add(*, evaluation: Evaluation, people: Iterable[User], actor: User, now: dt.datetime) -> int:
    """Take more people into the group, also again who had left. Returns how many. Raises NotOpen."""
    found = open_locked(evaluation)
    added: list[int] = []
    for person in {person.pk: person for person in people}.values():
        member, is_new = Participant.objects.get_or_create(evaluation=found, person=person, defaults={"joined_at": now})
        if not is_new and member.left_at is None:
            continue
        if not is_new:
            member.left_at = None
            member.save(update_fields=["left_at"])
        added.append(person.pk)
    if added:
        touch(found)
        record(actor=actor, action="evaluation.joined", target=found, after={"participants": added})
    return len(added)


@transaction.atomic
def participant_leave(*, evaluation: Evaluation, person: User, actor: User, now: dt.datetime) -> None:
    """A member leaves in the middle: the marks stay, but nobody waits for further ones or for a signature.

    Where only this signature was missing, the evaluation is locked. Raises NotOpen (locked or called off),
    NotInGroup, LeaderStays.
    """
    found = evaluation_locked(evaluation)
    if found.state not in RUNNING:
        raise NotOpen(found.state)
    member = found.participants.filter(person=person, left_at__isnull=True).first()
    if member is None:
        raise NotInGroup(person.pk)
    if found.leader_id == person.pk:
        raise LeaderStays(person.pk)
    member.left_at = now
    member.save(update_fields=["left_at"])
    touch(found)
    record(actor=actor, action="evaluation.left", target=found, after={"participant": person.pk})
    lock_when_signed(found, actor=actor, now=now)


@transaction.atomic
def leader_change(*, evaluation: Evaluation, person: User, actor: User) -> None:
    """Choose another member as leader. Raises NotOpen, NotInGroup."""
    found = open_locked(evaluation)
    member_check(found, person)
    before = snapshot(found, "leader_id")
    found.leader = person
    touch(found, "leader")
    after = snapshot(found, "leader_id")
    record(actor=actor, action="evaluation.leader_changed", target=found, before=before, after=after)
