"""The demo's business plan: its year, the challenges passed down, and sixty actions with their place in it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from amps.demo.deviation_cases import Work
from amps.demo.deviation_cases_open import FORECAST
from amps.demo.evaluation_texts import GAPS
from amps.demo.history import Life, Stage
from amps.demo.improvement import action_of, work_goes_on, work_life
from amps.demo.plan_texts import AGREED, CHALLENGES, FROM_CHALLENGES, OTHERS, PASSED_DOWN
from principles.agreements.models import Agreement, Breach
from principles.improvement.models import Action, ActionSource
from roadmap.models import Challenge, Evaluation, FocusItem, PlanEntry
from roadmap.services.challenges import challenge_give, challenge_pass_down
from roadmap.services.plan import action_from_challenge, action_from_item, entry_add, plan_year_set

TONNES = Decimal(186_000)
NOK_PER_USD = {2026: Decimal("10.40")}
RATE = Decimal("10.60")


class Planning:
    """The plan of the year in which the demo ends."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.year = stage, stage.today.year
        self.challenges: dict[tuple[str, str], Challenge] = {}

    def begin(self) -> None:
        """Say what the plan is reckoned with, and give and pass down the challenges."""
        stage, manager = self.stage, self.stage.person("manager")
        for year in sorted({2026, self.year}):
            plan_year_set(
                plant=stage.unit("VERK"),
                year=year,
                tonnes=TONNES,
                nok_per_usd=NOK_PER_USD.get(year, RATE),
                actor=manager,
            )
        start = stage.clock(dt.date(self.year, 1, 15), 10)
        now = min(start, stage.ago(88))
        for dimension, text, goal in CHALLENGES:
            self.challenges["VERK", dimension] = challenge_give(
                unit=stage.unit("VERK"),
                year=self.year,
                dimension=dimension,
                text=stage.say(text),
                goal=stage.say(goal),
                actor=manager,
                now=now,
            )
        for above, below, dimension, text, goal in PASSED_DOWN:
            (self.challenges[below, dimension],) = challenge_pass_down(
                challenge=self.challenges[above, dimension],
                units=[stage.unit(below)],
                text=stage.say(text),
                goal=stage.say(goal),
                actor=manager if above == "VERK" else stage.person("leader-elk"),
                now=now + dt.timedelta(hours=2 if above == "VERK" else 4),
            )

    def planned(self, action: Action, nok: int | None, now: dt.datetime) -> None:
        """Give an action its place in the plan."""
        entry_add(
            action=action,
            year=self.year,
            nok_per_year=None if nok is None else Decimal(nok),
            actor=self.stage.person("arealeader"),
            now=now,
        )

    def lives(self, gaps: dict[str, Evaluation], agreements: dict[str, Agreement]) -> list[Life]:
        """Actions from gaps, challenges and agreements, and some that came from nowhere else."""
        found = [self._gap(gaps[area], rule, work) for area, rule, work in GAPS]
        found += [self._challenge(unit, dimension, work) for unit, dimension, work in FROM_CHALLENGES]
        found += [self._plain(unit, work, ActionSource.AGREEMENT) for unit, work in AGREED]
        found += [self._plain(unit, work, ActionSource.OTHER) for unit, work in OTHERS]
        found.append(self._forecast(agreements["metal"]))
        return found

    def _gap(self, evaluation: Evaluation, rule: str, work: Work) -> Life:
        stage = self.stage
        now = yield stage.ago(work.days, 11)
        item = FocusItem.objects.select_related("rule__principle").filter(
            rule__principle__version=evaluation.version_id, rule__code=rule, local_to=None
        )[0]
        entry = action_from_item(
            evaluation=evaluation,
            item=item,
            year=self.year,
            nok_per_year=Decimal(work.nok) if work.nok else None,
            actor=evaluation.leader,
            now=now,
            **self._said(work, now),
        )
        yield from work_goes_on(stage, work, entry.action, now)

    def _challenge(self, unit: str, dimension: str, work: Work) -> Life:
        stage = self.stage
        now = yield stage.ago(work.days, 13)
        entry: PlanEntry = action_from_challenge(
            challenge=self.challenges[unit, dimension],
            unit=stage.unit(work.unit or unit),
            nok_per_year=Decimal(work.nok) if work.nok else None,
            actor=stage.person(work.owner),
            now=now,
            principle=work.principle,
            **self._said(work, now),
        )
        yield from work_goes_on(stage, work, entry.action, now)

    def _plain(self, unit: str, work: Work, source: str) -> Life:
        def add(now: dt.datetime) -> Action:
            return action_of(self.stage, work, unit, now, source, None)

        return work_life(self.stage, work, add, self.planned)

    def _forecast(self, agreement: Agreement) -> Life:
        """The action that the open breach of the metal agreement led to, after its deviation was opened."""
        breaches = Breach.objects.filter(term__agreement=agreement, deviation__isnull=False).select_related("deviation")
        now = yield self.stage.ago(FORECAST.days, 11)
        while (breach := breaches.first()) is None:
            now = yield now + dt.timedelta(hours=1)
        action = action_of(self.stage, FORECAST, "ELK", now, ActionSource.AGREEMENT, breach.deviation)
        self.planned(action, FORECAST.nok, now)
        yield from work_goes_on(self.stage, FORECAST, action, now)

    def _said(self, work: Work, now: dt.datetime) -> dict[str, Any]:
        stage = self.stage
        return {
            "title": stage.say(work.title),
            "goal": stage.say(work.goal),
            "owner": stage.person(work.owner),
            "due": max(stage.date(work.due), now.date() + dt.timedelta(days=1)),
            "dimension": work.dimension,
        }
