"""Self-evaluations: open one, choose its group, give one's own mark, record what the group agreed on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from amps.audit import record, snapshot
from principles.teams.models import FIGURE_KINDS_VALUES, Crew, Unit, User
from roadmap.evidence import ItemFacts, facts_of
from roadmap.evidence import against_facts as claims_more
from roadmap.models import (
    Answer,
    Evaluation,
    EvaluationState,
    FocusItem,
    ItemStatus,
    Mark,
    Participant,
    StandardVersion,
)
from roadmap.reading import RUNNING, is_item_of

_ANSWER = ("status", "reason", "against_facts", "suggested", "binding")


class EvaluationError(ValueError):
    """The evaluation does not allow it."""


class WrongUnit(EvaluationError):
    """Evaluations are made in a company, plant, unit or area."""


class OpenAlready(EvaluationError):
    """The unit or team has an evaluation that is not signed yet: `evaluation`."""

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(str(evaluation))
        self.evaluation = evaluation


class NotOpen(EvaluationError):
    """Its answers stand still: it is being signed, locked or called off."""


class NotInGroup(EvaluationError):
    """The person is no member of the group, or has left it."""


class NotAnItem(EvaluationError):
    """The focus item is no part of this evaluation."""


class StaleAnswer(EvaluationError):
    """Somebody else has changed the answer meanwhile: `current` is what it is now (None: none)."""

    def __init__(self, current: Answer | None) -> None:
        super().__init__("changed meanwhile")
        self.current = current


class ReasonMissing(EvaluationError):
    """The group claims more than the facts suggest, without saying why: `facts` is what they say."""

    def __init__(self, facts: ItemFacts) -> None:
        super().__init__("against the facts")
        self.facts = facts


def evaluation_locked(evaluation: Evaluation | int) -> Evaluation:
    """The evaluation's row, locked to the end of the transaction, read afresh."""
    pk = evaluation if isinstance(evaluation, int) else evaluation.pk
    return Evaluation.objects.select_for_update(of=("self",)).select_related("unit", "crew", "version").get(pk=pk)


def touch(evaluation: Evaluation, *fields: str) -> None:
    """Store the fields of a locked evaluation, and let every page that shows it know that something has changed."""
    evaluation.version_of_answers += 1
    evaluation.save(update_fields=["version_of_answers", *fields])


@transaction.atomic
def evaluation_open(
    *,
    unit: Unit,
    version: StandardVersion,
    held_on: dt.date,
    leader: User,
    participants: Iterable[User],
    actor: User | None,
    now: dt.datetime,
    crew: Crew | None = None,
    scope_note: str = "",
) -> Evaluation:
    """Open an evaluation of a unit, or of one team of it; the leader is a member of the group.

    Raises WrongUnit, or OpenAlready where the unit or team has one that is not signed yet.
    """
    if unit.kind not in FIGURE_KINDS_VALUES:
        raise WrongUnit(unit.kind)
    running = Evaluation.objects.filter(unit=unit, crew=crew, state__in=RUNNING)
    if (found := running.first()) is not None:
        raise OpenAlready(found)
    try:
        with transaction.atomic():
            made = Evaluation.objects.create(
                unit=unit,
                crew=crew,
                version=version,
                scope_note=scope_note,
                held_on=held_on,
                leader=leader,
                opened_at=now,
                opened_by=actor,
            )
    except IntegrityError as error:  # somebody opened one at the same moment
        raise OpenAlready(running.get()) from error
    group = {person.pk: person for person in [leader, *participants]}
    Participant.objects.bulk_create(
        [Participant(evaluation=made, person=person, joined_at=now) for person in group.values()]
    )
    after = {
        **snapshot(made, "unit_id", "crew_id", "version_id", "held_on", "leader_id", "scope_note"),
        "participants": sorted(group),
    }
    record(actor=actor, action="evaluation.opened", target=made, after=after)
    return made


@transaction.atomic
def mark_set(
    *, evaluation: Evaluation, item: FocusItem, status: str, actor: User, now: dt.datetime, comment: str = ""
) -> Mark:
    """A member's own status for an item. Raises NotOpen, NotInGroup, NotAnItem.

    The trail says that somebody gave a mark, not which: before the group agrees, it is theirs.
    """
    found = open_locked(evaluation)
    member_check(found, actor)
    _part(found, item)
    values = {"status": ItemStatus(status), "comment": comment, "at": now}
    mark, _made = Mark.objects.update_or_create(evaluation=found, item=item, person=actor, defaults=values)
    touch(found)
    record(actor=actor, action="evaluation.marked", target=found, after={"item": item.code})
    return mark


@transaction.atomic
def answer_set(
    *,
    evaluation: Evaluation,
    item: FocusItem,
    status: str,
    reason: str,
    against_facts: str,
    version: int,
    actor: User,
    now: dt.datetime,
    facts: ItemFacts | None = None,
) -> Answer:
    """Record what the group agreed on for an item, with what the live facts say at this moment.

    `version` is the answer's version that the writer saw, 0 for none yet. `facts` are read now unless given. Raises
    NotOpen, NotInGroup, NotAnItem, StaleAnswer, and ReasonMissing for an unexplained claim better than the facts.
    """
    if facts is None:
        facts = facts_of(item, unit=evaluation.unit, crew=evaluation.crew, now=now)
    found = open_locked(evaluation)
    member_check(found, actor)
    _part(found, item)
    answer = Answer.objects.filter(evaluation=found, item=item).first()
    values = {
        "status": ItemStatus(status),
        "reason": reason.strip(),
        "against_facts": against_facts.strip(),
        "suggested": facts.suggested,
        "binding": facts.binding or "",
    }
    if not claims_more(status, facts.suggested):
        values["against_facts"] = ""
    if version != (answer.version if answer is not None else 0):
        if answer is not None and all(getattr(answer, name) == values[name] for name in ("status", "reason")):
            return answer  # sent twice, or two of the group wrote the same
        raise StaleAnswer(answer)
    if claims_more(status, facts.suggested) and not values["against_facts"]:
        raise ReasonMissing(facts)
    before = snapshot(answer, *_ANSWER) if answer is not None else None
    if answer is None:
        answer = Answer(evaluation=found, item=item, version=0, decided_at=now)
    for name, value in values.items():
        setattr(answer, name, value)
    answer.facts = facts.as_json()
    answer.version += 1
    answer.decided_by, answer.decided_at = actor, now
    answer.save()
    touch(found)
    after = {**snapshot(answer, *_ANSWER), "item": item.code}
    before = {**before, "item": item.code} if before is not None else None
    record(actor=actor, action="evaluation.answered", target=answer, before=before, after=after)
    return answer


def open_locked(evaluation: Evaluation) -> Evaluation:
    """The evaluation's row, locked, with answers that may be changed. Raises NotOpen."""
    found = evaluation_locked(evaluation)
    if found.state != EvaluationState.OPEN:
        raise NotOpen(found.state)
    return found


def member_check(evaluation: Evaluation, person: User) -> None:
    """Raise NotInGroup unless the person is a member who has not left."""
    if not evaluation.participants.filter(person=person, left_at__isnull=True).exists():
        raise NotInGroup(person.pk)


def _part(evaluation: Evaluation, item: FocusItem) -> None:
    if not is_item_of(evaluation, item):
        raise NotAnItem(item.code)
