"""Changes of challenges: demands on HSE, volume, quality and cost, passed down from plant to unit to team (F100)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from amps import audit
from principles.improvement.refusals import EditedMeanwhile, UnitClosed, WordsMissing
from principles.teams.models import Unit, User
from principles.teams.tree import current_tree
from roadmap.models import Challenge
from roadmap.planning import FIRST_YEAR, LAST_YEAR, is_level
from roadmap.services.plan import seen_of
from roadmap.services.plan_refusals import ChallengeEnded, NobodyChosen, NotALevel, NotBelow, YearOutOfRange

_FIELDS = ("text", "goal", "ended_at")


def challenge_seen(challenge: Challenge) -> str:
    """What the form of a challenge was read at."""
    return seen_of(challenge, *_FIELDS)


@transaction.atomic
def challenge_give(
    *,
    unit: Unit,
    year: int,
    dimension: str,
    text: str,
    goal: str = "",
    actor: User | None,
    now: dt.datetime,
) -> Challenge:
    """Give a unit a challenge for a year. Raises WordsMissing, YearOutOfRange, NotALevel, UnitClosed."""
    return _give(unit, None, year=year, dimension=dimension, text=text, goal=goal, actor=actor, now=now)


@transaction.atomic
def challenge_pass_down(
    *,
    challenge: Challenge,
    units: Sequence[Unit],
    text: str,
    goal: str = "",
    actor: User | None,
    now: dt.datetime,
) -> list[Challenge]:
    """Pass a challenge down to units below; each gets one of its own, in its own words, that keeps where it came from.

    A unit that has the same words from the same challenge already gets no second one. Raises NobodyChosen, NotBelow,
    ChallengeEnded, and what `challenge_give` raises.
    """
    parent = Challenge.objects.select_for_update(of=("self",)).select_related("unit").get(pk=challenge.pk)
    if parent.ended_at is not None:
        raise ChallengeEnded
    if not units:
        raise NobodyChosen
    below = set(current_tree(now).descendants(parent.unit_id))
    if any(unit.pk not in below for unit in units):
        raise NotBelow
    there = set(
        Challenge.objects.filter(parent=parent, ended_at=None, text=text.strip()).values_list("unit_id", flat=True)
    )
    return [
        _give(unit, parent, year=parent.year, dimension=parent.dimension, text=text, goal=goal, actor=actor, now=now)
        for unit in units
        if unit.pk not in there
    ]


@transaction.atomic
def challenge_edit(*, challenge: Challenge, seen: str, text: str, goal: str, actor: User) -> Challenge:
    """Change the words. Raises EditedMeanwhile, ChallengeEnded, WordsMissing."""
    locked = Challenge.objects.select_for_update(of=("self",)).get(pk=challenge.pk)
    if locked.ended_at is not None:
        raise ChallengeEnded
    if challenge_seen(locked) != seen:
        raise EditedMeanwhile
    if not text.strip():
        raise WordsMissing(field="text")
    before = audit.snapshot(locked, "text", "goal")
    locked.text, locked.goal = text.strip(), goal.strip()
    after = audit.snapshot(locked, "text", "goal")
    if before != after:
        locked.save(update_fields=["text", "goal"])
        audit.record(actor=actor, action="challenge.edited", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def challenge_end(*, challenge: Challenge, actor: User, now: dt.datetime) -> Challenge:
    """End a challenge; what was passed down of it goes on. Ended twice it keeps the first date."""
    locked = Challenge.objects.select_for_update(of=("self",)).get(pk=challenge.pk)
    if locked.ended_at is None:
        locked.ended_at = now
        locked.save(update_fields=["ended_at"])
        audit.record(
            actor=actor,
            action="challenge.ended",
            target=locked,
            before={"ended_at": None},
            after=audit.snapshot(locked, "ended_at"),
        )
    return locked


def _give(
    unit: Unit,
    parent: Challenge | None,
    *,
    year: int,
    dimension: str,
    text: str,
    goal: str,
    actor: User | None,
    now: dt.datetime,
) -> Challenge:
    tree = current_tree(now)
    if not text.strip():
        raise WordsMissing(field="text")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearOutOfRange
    if not is_level(tree, unit.pk):
        raise NotALevel
    if unit.closed is not None and unit.closed <= tree.date:
        raise UnitClosed
    challenge = Challenge.objects.create(
        unit=unit,
        year=year,
        dimension=dimension,
        text=text.strip(),
        goal=goal.strip(),
        parent=parent,
        given_by=actor,
        given_at=now,
    )
    name = "challenge.given" if parent is None else "challenge.passed_down"
    audit.record(actor=actor, action=name, target=challenge, after=audit.snapshot(challenge))
    return challenge
