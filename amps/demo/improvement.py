"""Lives of the demo's deviations and actions: found, contained, understood, worked on, verified, closed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from amps.demo.deviation_cases import CLOSED, VERIFYING, Case, End, Work
from amps.demo.deviation_cases_open import REPORTED, WORKING
from amps.demo.history import Life, Stage
from kpis.deviations import figure_raise
from kpis.effects import effect_expect, effect_measure
from kpis.models import Figure, Indicator, Status
from observations.deviations import observation_join, observation_raise
from observations.models import Observation, Result
from principles.improvement.models import Action, ActionSource, ActionState, Deviation, Verdict
from principles.improvement.services.actions import action_add, action_cancel, action_move, effect_verify
from principles.improvement.services.deviations import (
    cause_record,
    deviation_close,
    deviation_contain,
    deviation_open,
    whys_save,
)
from principles.teams.models import User

# Told when an action has come into being, so that it gets its place in the plan.
type Planned = Callable[[Action, int | None, dt.datetime], None]

_MINUTES = dt.timedelta(minutes=20)
_HOUR = dt.timedelta(hours=1)
_WEEKS = 4
_ORDER = (ActionState.PLAN, ActionState.DO, ActionState.CHECK, ActionState.ACT, ActionState.DONE)


def deviation_lives(stage: Stage, planned: Planned) -> list[Life]:
    """One life per deviation."""
    taken: set[uuid.UUID] = set()
    cases = (*CLOSED, *VERIFYING, *WORKING, *REPORTED)
    return [_deviation(stage, case, planned, taken) for case in cases]


def work_life(stage: Stage, work: Work, add: Callable[[dt.datetime], Action], planned: Planned) -> Life:
    """An action from its beginning as far as it has come; `add` makes it, as of a moment."""
    now = yield stage.ago(work.days, 11)
    action = add(now)
    planned(action, work.nok, now)
    yield from work_goes_on(stage, work, action, now)


def work_goes_on(stage: Stage, work: Work, action: Action, now: dt.datetime) -> Life:
    """What became of an action after it was made."""
    owner = action.owner
    is_measured = work.effect is not None and (stage.is_long or work.state in (ActionState.PLAN, ActionState.DO))
    if work.effect is not None and is_measured:
        code, unit, change = work.effect
        effect_expect(
            action=action,
            indicator=Indicator.objects.get(code=code),
            unit=stage.unit(unit),
            change=Decimal(change),
            weeks=_WEEKS,
            actor=owner,
            now=now,
        )
    if work.state == ActionState.CANCELLED:
        now = yield stage.ago(work.days * 0.5, 13)
        action_cancel(action=action, reason=stage.say(work.words), actor=owner, now=now)
        return
    steps = _ORDER.index(ActionState(work.state))
    if steps >= 1:
        now = yield stage.ago(work.days * 0.8 if work.started is None else work.started, 10)
        action = action_move(action=action, to=ActionState.DO, actor=owner, now=now)
    if steps >= 2:
        now = yield stage.ago(work.days * 0.6 if work.carried is None else work.carried, 14)
        action = action_move(action=action, to=ActionState.CHECK, actor=owner, now=now)
    if work.again is not None:
        now = yield stage.ago(work.days * 0.4, 12)
        effect_verify(action=action, words=stage.say(work.again), verdict=Verdict.NO_CHANGE, actor=owner, now=now)
        action_move(action=action, to=ActionState.PLAN, note=stage.say(work.again), actor=owner, now=now)
        return
    if steps >= 3:
        now = yield stage.ago(work.days * 0.3 if work.verified is None else work.verified, 9)
        effect_measure(action=action, now=now)
        checker = stage.person("support") if owner.username != "support" else stage.person("manager")
        effect_verify(action=action, words=stage.say(work.words), verdict=Verdict.BETTER, actor=checker, now=now)
        action_move(action=action, to=ActionState.ACT, actor=owner, now=now)
    if steps >= 4:
        now = yield now + _HOUR
        action_move(action=action, to=ActionState.DONE, actor=owner, now=now)


def action_of(
    stage: Stage, work: Work, unit: str, now: dt.datetime, source: str, deviation: Deviation | None
) -> Action:
    """Make the action of a work, due no earlier than the day it was made."""
    return action_add(
        title=stage.say(work.title),
        goal=stage.say(work.goal),
        unit=stage.unit(work.unit or unit),
        owner=stage.person(work.owner),
        due=max(stage.date(work.due), now.date() + dt.timedelta(days=1)),
        actor=stage.person(work.owner),
        now=now,
        source=source,
        deviation=deviation,
        dimension=work.dimension,
        principle=work.principle,
    )


def _deviation(stage: Stage, case: Case, planned: Planned, taken: set[uuid.UUID]) -> Life:
    fact, figure, moment = _found(stage, case, taken)
    now = yield moment
    deviation = _opened(stage, case, fact, figure, taken, now)
    owner = deviation.owner or stage.person("arealeader")
    if case.end == End.OPEN:
        return
    if not deviation.immediate_action:
        now = yield now + _HOUR
        deviation_contain(deviation=deviation, words=stage.say(case.at_once), actor=owner, now=now)
    if case.cause is None:
        return
    now = yield now + dt.timedelta(hours=20) * stage.scale
    if case.whys:
        whys_save(deviation=deviation, whys=[(stage.say((en, nb)), known) for en, nb, known in case.whys], actor=owner)
    kind, category, cause_en, cause_nb = case.cause
    cause_record(
        deviation=deviation,
        kind=kind,
        category=category,
        root_cause=stage.say((cause_en, cause_nb)),
        actor=owner,
        now=now,
    )
    waiting = [
        (
            work,
            work_life(
                stage,
                work,
                lambda now, work=work: action_of(stage, work, case.unit, now, ActionSource.DEVIATION, deviation),  # type: ignore[misc]
                planned,
            ),
        )
        for work in case.works
    ]
    yield from _together([life for _, life in waiting])
    if case.end == End.CLOSED:
        now = yield stage.ago(case.closed, 9)
        deviation_close(deviation=deviation, words=stage.say(case.closing), actor=stage.person(case.closer), now=now)


def _together(lives: list[Life]) -> Life:
    """Several lives beside each other, in the order of their moments."""
    waiting = [(next(life), number, life) for number, life in enumerate(lives)]
    while waiting:
        waiting.sort(key=lambda row: row[:2])
        moment, number, life = waiting.pop(0)
        now = yield moment
        try:
            waiting.append((life.send(now), number, life))
        except StopIteration:
            continue


def _found(stage: Stage, case: Case, taken: set[uuid.UUID]) -> tuple[Observation | None, Figure | None, dt.datetime]:
    """What it was found by, and when it was reported: a real observation, a real red figure, or by itself."""
    before = stage.ago(case.days, 12)
    if case.in_feeder and stage.line.feeder:
        day, number = stage.line.feeder[3]
        before = stage.clock(day, 6) + dt.timedelta(hours=8 * (number - 1) + 6)
    if case.points:
        fact = _fact(stage, case, before, taken)
        if fact is not None:
            taken.add(fact.pk)
            return fact, None, max(fact.observed_at, fact.received_at) + _MINUTES
    if case.figure is not None:
        figure = _figure(stage, case, before)
        if figure is not None:
            return None, figure, max(figure.ends_at + _HOUR, before)
    return None, None, before


def _fact(stage: Stage, case: Case, before: dt.datetime, taken: set[uuid.UUID]) -> Observation | None:
    """The last observation before a moment that was not right at one of the points, else the first one after it."""
    found = (
        Observation.objects.filter(
            area=stage.unit(case.unit),
            point__code__in=case.points,
            result=Result.NOT_OK,
            supersedes__isnull=True,
        )
        .filter(superseded_by__isnull=True)
        .exclude(pk__in=taken)
        .select_related("area", "equipment", "shift", "point", "reason", "revision__sop", "sop_point__step")
    )
    if case.in_feeder and stage.line.feeder:
        found = found.filter(equipment__in=[cell.pk for cell in stage.plant.sections["EL2-S3"]])
    earlier = found.filter(received_at__lte=before, observed_at__gte=before - dt.timedelta(days=10))
    return (
        earlier.order_by("-observed_at", "-pk").first()
        or found.filter(received_at__lte=stage.until - _HOUR, observed_at__gt=before)
        .order_by("observed_at", "pk")
        .first()
    )


def _figure(stage: Stage, case: Case, before: dt.datetime) -> Figure | None:
    code, cadence = case.figure or ("", "")
    found = Figure.objects.filter(
        indicator__code=code,
        unit=stage.unit(case.unit),
        cadence=cadence,
        status=Status.RED,
        ends_at__lte=stage.until - 2 * _HOUR,
    )
    near = found.filter(ends_at__gte=before - dt.timedelta(days=8)).order_by("ends_at").first()
    return near or found.order_by("-ends_at").first()


def _opened(
    stage: Stage, case: Case, fact: Observation | None, figure: Figure | None, taken: set[uuid.UUID], now: dt.datetime
) -> Deviation:
    owner = stage.person(case.owner) if case.owner else None
    said: dict[str, Any] = {
        "title": stage.say(case.title),
        "severity": case.severity,
        "dimension": case.dimension,
        "immediate_action": stage.say(case.at_once) if fact is not None else "",
        "owner": owner,
        "due": None if case.due is None else max(stage.date(case.due), now.date() + dt.timedelta(days=1)),
    }
    if fact is not None:
        deviation = observation_raise(observation=fact, actor=_reporter(stage, fact), now=now, **said)
        _join(stage, case, deviation, taken, now)
        return deviation
    actor = owner or stage.person("leader-sto")
    if figure is not None:
        return figure_raise(figure=figure, actor=actor, now=now, **said)
    return deviation_open(
        unit=stage.unit(case.unit), occurred_at=now - _HOUR, actor=actor, now=now, source=case.source, **said
    )


def _join(stage: Stage, case: Case, deviation: Deviation, taken: set[uuid.UUID], now: dt.datetime) -> None:
    """Further observations of the same kind are added to the deviation."""
    for _ in range(case.more):
        fact = _fact(stage, case, now, taken)
        if fact is None or fact.received_at > now:
            return
        taken.add(fact.pk)
        observation_join(observation=fact, deviation=deviation, actor=_reporter(stage, fact), now=now)


def _reporter(stage: Stage, fact: Observation) -> User:
    return fact.observer or stage.person("arealeader")
