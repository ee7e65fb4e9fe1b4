"""Changes of the business plan: an action's place in it, actions made from gaps and challenges, and the plan's year."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from amps import audit
from kpis.effects import effect_expect
from kpis.models import Indicator
from principles.improvement.models import Action, ActionSource
from principles.improvement.refusals import EditedMeanwhile, HasEnded
from principles.improvement.services.actions import action_add
from principles.teams.models import Unit, User
from principles.teams.tree import UnitTree, current_tree
from roadmap.gaps import BELOW_GREEN
from roadmap.models import Answer, Challenge, Evaluation, EvaluationState, FocusItem, PlanEntry, PlanYear
from roadmap.planning import FIRST_YEAR, LAST_YEAR
from roadmap.services.plan_refusals import (
    ActionElsewhere,
    AmountBelowZero,
    ChallengeElsewhere,
    ClosesAnotherGap,
    InPlanAlready,
    NoGap,
    NotAboveZero,
    UnknownItem,
    YearOutOfRange,
)

WEEKS = 4
_ENTRY = ("year", "item_code", "answer_id", "challenge_id", "nok_per_year")
_YEAR = ("tonnes", "nok_per_usd")


def seen_of(row: models.Model | None, *fields: str) -> str:
    """What a form carries of the row it was read at, so that nobody overwrites what they have not seen."""
    if row is None:
        return "-"
    return "|".join(f"{value:f}" if isinstance(value, Decimal) else str(value) for value in _values(row, fields))


def entry_seen(entry: PlanEntry | None) -> str:
    """What the form of an entry was read at."""
    return seen_of(entry, *_ENTRY)


def plan_year_seen(plan_year: PlanYear | None) -> str:
    """What the form of a plan year was read at."""
    return seen_of(plan_year, *_YEAR)


@transaction.atomic
def entry_add(
    *,
    action: Action,
    year: int,
    item_code: str = "",
    answer: Answer | None = None,
    challenge: Challenge | None = None,
    nok_per_year: Decimal | None = None,
    actor: User | None,
    now: dt.datetime,
) -> PlanEntry:
    """Put an action into the plan of a year. `nok_per_year` is NOK, zero or more.

    Raises InPlanAlready, YearOutOfRange, AmountBelowZero, UnknownItem, ChallengeElsewhere.
    """
    Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if PlanEntry.objects.filter(action=action).exists():
        raise InPlanAlready
    _check(action.unit, year, item_code, answer, challenge, nok_per_year, now)
    entry = PlanEntry.objects.create(
        action=action,
        year=year,
        item_code=item_code,
        answer=answer,
        challenge=challenge,
        nok_per_year=nok_per_year,
        added_by=actor,
        added_at=now,
    )
    audit.record(actor=actor, action="plan_entry.added", target=entry, after=audit.snapshot(entry))
    return entry


@transaction.atomic
def entry_edit(
    *,
    entry: PlanEntry,
    seen: str,
    year: int,
    item_code: str = "",
    answer: Answer | None = None,
    challenge: Challenge | None = None,
    nok_per_year: Decimal | None = None,
    actor: User,
    now: dt.datetime,
) -> PlanEntry:
    """Change an action's place in the plan; `seen` is `entry_seen` of what the person looked at.

    Raises EditedMeanwhile and what `entry_add` raises of the values.
    """
    locked = PlanEntry.objects.select_for_update(of=("self",)).select_related("action__unit").get(pk=entry.pk)
    if entry_seen(locked) != seen:
        raise EditedMeanwhile
    _check(locked.action.unit, year, item_code, answer, challenge, nok_per_year, now, kept=locked.challenge_id)
    before = audit.snapshot(locked)
    locked.year, locked.item_code, locked.answer = year, item_code, answer
    locked.challenge, locked.nok_per_year = challenge, nok_per_year
    after = audit.snapshot(locked)
    if before != after:
        locked.save()
        audit.record(actor=actor, action="plan_entry.edited", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def entry_remove(*, entry: PlanEntry, actor: User) -> None:
    """Take an action out of the plan; the action itself stays. Nothing happens when it is out already."""
    locked = PlanEntry.objects.select_for_update(of=("self",)).filter(pk=entry.pk).first()
    if locked is None:
        return
    audit.record(actor=actor, action="plan_entry.removed", target=locked, before=audit.snapshot(locked))
    locked.delete()


@transaction.atomic
def action_from_item(
    *,
    evaluation: Evaluation,
    item: FocusItem,
    year: int,
    nok_per_year: Decimal | None = None,
    challenge: Challenge | None = None,
    indicator: Indicator | None = None,
    change: Decimal | None = None,
    actor: User,
    now: dt.datetime,
    **said: Any,
) -> PlanEntry:
    """Make an action that closes an item's gap, with its place in the plan and the effect that is expected of it.

    `said` is what `action_add` takes: title, owner, due, goal, description, dimension. `change` is signed, in the
    indicator's unit. Sent twice (same person, item, title and owner while it is open) it gives the first one again.
    Raises NoGap, what `action_add` and `entry_add` raise.
    """
    answer = gap_answer(evaluation, item, lock=True)
    twin = answer.plan_entries.filter(
        added_by=actor, action__title=str(said["title"]).strip(), action__owner=said["owner"], action__ended_at=None
    ).first()
    if twin is not None:
        return twin
    action = action_add(
        unit=evaluation.unit,
        source=ActionSource.EVALUATION,
        actor=actor,
        now=now,
        **{"principle": item.rule.principle.number, **said},
    )
    if indicator is not None:
        _expect(action, indicator, change, actor=actor, now=now)
    return entry_add(
        action=action,
        year=year,
        item_code=item.code,
        answer=answer,
        challenge=challenge,
        nok_per_year=nok_per_year,
        actor=actor,
        now=now,
    )


@transaction.atomic
def action_from_challenge(
    *,
    challenge: Challenge,
    unit: Unit,
    nok_per_year: Decimal | None = None,
    indicator: Indicator | None = None,
    change: Decimal | None = None,
    actor: User,
    now: dt.datetime,
    **said: Any,
) -> PlanEntry:
    """Make an action that answers a challenge, in its year's plan. Raises as `action_from_item`; ChallengeElsewhere."""
    locked = Challenge.objects.select_for_update().get(pk=challenge.pk)
    twin = locked.entries.filter(
        added_by=actor,
        action__title=str(said["title"]).strip(),
        action__owner=said["owner"],
        action__unit=unit,
        action__ended_at=None,
    ).first()
    if twin is not None:
        return twin
    action = action_add(unit=unit, source=ActionSource.CHALLENGE, actor=actor, now=now, **said)
    if indicator is not None:
        _expect(action, indicator, change, actor=actor, now=now)
    return entry_add(
        action=action, year=challenge.year, challenge=challenge, nok_per_year=nok_per_year, actor=actor, now=now
    )


@transaction.atomic
def action_link(
    *, evaluation: Evaluation, item: FocusItem, action: Action, year: int, actor: User, now: dt.datetime
) -> PlanEntry:
    """Let an action that exists close an item's gap; one that is in the plan keeps its year, amount and challenge.

    Raises NoGap, HasEnded, ActionElsewhere, ClosesAnotherGap, YearOutOfRange.
    """
    answer = gap_answer(evaluation, item, lock=True)
    locked = Action.objects.select_for_update(of=("self",)).select_related("unit").get(pk=action.pk)
    if locked.has_ended:
        raise HasEnded
    tree = current_tree(now)
    if locked.unit_id not in (evaluation.unit_id, *tree.descendants(evaluation.unit_id)):
        raise ActionElsewhere
    entry = PlanEntry.objects.select_for_update(of=("self",)).filter(action=locked).first()
    if entry is None:
        return entry_add(action=locked, year=year, item_code=item.code, answer=answer, actor=actor, now=now)
    if entry.item_code and entry.item_code != item.code:
        raise ClosesAnotherGap
    before = audit.snapshot(entry)
    entry.item_code, entry.answer = item.code, answer
    after = audit.snapshot(entry)
    if before != after:
        entry.save(update_fields=["item_code", "answer"])
        audit.record(actor=actor, action="plan_entry.edited", target=entry, before=before, after=after)
    return entry


def gap_answer(evaluation: Evaluation, item: FocusItem, *, lock: bool = False) -> Answer:
    """The answer that shows the gap. Raises NoGap when the item is green, not assessed, or the group called off."""
    answers = Answer.objects.select_for_update() if lock else Answer.objects.all()
    answer = answers.filter(evaluation=evaluation, item=item).first()
    if answer is None or answer.status not in BELOW_GREEN or evaluation.state == EvaluationState.CANCELLED:
        raise NoGap
    return answer


@transaction.atomic
def plan_year_set(
    *, plant: Unit, year: int, tonnes: Decimal, nok_per_usd: Decimal, actor: User | None, seen: str | None = None
) -> PlanYear:
    """Say what a plant's plan of a year is reckoned with: tonnes of metal per year and NOK per USD.

    Raises YearOutOfRange, NotAboveZero, EditedMeanwhile.
    """
    _year_check(year)
    for name, number in (("tonnes", tonnes), ("nok_per_usd", nok_per_usd)):
        if number <= 0:
            raise NotAboveZero(field=name)
    Unit.objects.select_for_update(of=("self",)).get(pk=plant.pk)
    found = PlanYear.objects.select_for_update().filter(plant=plant, year=year).first()
    if seen is not None and plan_year_seen(found) != seen:
        raise EditedMeanwhile
    before = audit.snapshot(found, *_YEAR) if found is not None else None
    if found is None:
        found = PlanYear(plant=plant, year=year)
    found.tonnes, found.nok_per_usd = tonnes, nok_per_usd
    found.full_clean(exclude=["plant"])
    found.save()
    found.refresh_from_db()
    after = audit.snapshot(found, *_YEAR)
    if before != after:
        audit.record(actor=actor, action="plan_year.set", target=found, before=before, after=after)
    return found


def _expect(action: Action, indicator: Indicator, change: Decimal | None, *, actor: User, now: dt.datetime) -> None:
    effect_expect(
        action=action, indicator=indicator, unit=action.unit, change=change, weeks=WEEKS, actor=actor, now=now
    )


def _values(row: models.Model, fields: tuple[str, ...]) -> list[Any]:
    return [getattr(row, name) for name in fields]


def _year_check(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearOutOfRange


def _check(
    unit: Unit,
    year: int,
    item_code: str,
    answer: Answer | None,
    challenge: Challenge | None,
    nok_per_year: Decimal | None,
    now: dt.datetime,
    *,
    kept: int | None = None,
) -> None:
    _year_check(year)
    if nok_per_year is not None and nok_per_year < 0:
        raise AmountBelowZero
    if answer is not None and answer.item.code != item_code:
        raise UnknownItem
    if item_code and answer is None and not FocusItem.objects.filter(code=item_code).exists():
        raise UnknownItem
    if challenge is not None and challenge.pk != kept:
        _challenge_check(challenge, unit, year, current_tree(now))


def _challenge_check(challenge: Challenge, unit: Unit, year: int, tree: UnitTree) -> None:
    reached = (unit.pk, *tree.ancestors(unit.pk))
    if challenge.ended_at is not None or challenge.year != year or challenge.unit_id not in reached:
        raise ChallengeElsewhere
