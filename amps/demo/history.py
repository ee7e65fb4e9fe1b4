"""The demo's past is lived through in order: what people did at which moment, and the closings in between.

A life is a generator that yields the moment at which it goes on and gets the moment at which it does: never before
what happened already, never after the end of the demo. Everything is done by the services of each app, as of then.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from amps.demo.people import People
from amps.demo.plant import ZONE, Plant
from amps.demo.timeline import FULL_WEEKS, Timeline
from kpis.models import Closing
from principles.improvement.services.carrying import ClosedPeriod, deviations_carry
from principles.teams.models import Unit, User

# English, Norwegian. What people have written stands in the plant's own language only.
type Pair = tuple[str, str]
type Life = Generator[dt.datetime, dt.datetime]

LANGUAGES = ("nb", "en")
_RANK = {"shift": 0, "day": 1, "week": 2, "month": 3}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where and when the demo's people act. Days are counted back from the end; short demos shrink them."""

    plant: Plant
    people: People
    line: Timeline
    today: dt.date
    until: dt.datetime
    language: str
    seed: int

    @property
    def scale(self) -> float:
        """How much shorter the demo is than its full length; never longer."""
        return min(1.0, self.line.weeks / FULL_WEEKS)

    @property
    def is_long(self) -> bool:
        """Whether there are facts enough before and after an action to measure its effect."""
        return self.line.weeks >= 10

    def say(self, words: Pair) -> str:
        """What a person wrote, in the plant's language."""
        return words[1] if self.language == "nb" else words[0]

    def unit(self, code: str) -> Unit:
        return self.plant.units[code]

    def person(self, username: str) -> User:
        return self.people.named[username]

    def ago(self, days: float, hour: int = 9) -> dt.datetime:
        """A moment some days back, at a wall-clock hour where the days are whole ones of a long demo."""
        back = days * self.scale
        if back < 1 or self.scale < 0.5:
            return self.until - dt.timedelta(days=back)
        return self.clock(self.today - dt.timedelta(days=round(back)), hour)

    def clock(self, day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
        """A wall-clock time of the plant, in UTC."""
        return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=ZoneInfo(ZONE)).astimezone(dt.UTC)

    def date(self, days: float) -> dt.date:
        """The date some days back, or ahead of the end for a negative number."""
        return self.today - dt.timedelta(days=round(days * self.scale if days > 0 else days))


def play(stage: Stage, lives: Iterable[Life], progress: Callable[[float], None]) -> None:
    """Let every life go on at its moments, oldest first, and carry open deviations at the closings in between."""
    closings = _Closings(stage)
    waiting: list[tuple[dt.datetime, int, Life]] = []
    for number, life in enumerate(lives):
        heapq.heappush(waiting, (min(next(life), stage.until), number, life))
    clock = waiting[0][0] if waiting else stage.until
    began = clock
    while waiting:
        moment, number, life = heapq.heappop(waiting)
        clock = max(clock, moment)
        closings.until(clock)
        try:
            heapq.heappush(waiting, (min(life.send(clock), stage.until), number, life))
        except StopIteration:
            progress((clock - began) / max(stage.until - began, dt.timedelta(seconds=1)))
    closings.until(stage.until)


class _Closings:
    """The closed periods in the order in which they ended; each meets the deviations that are open then."""

    def __init__(self, stage: Stage) -> None:
        rows = Closing.objects.filter(ends_at__lte=stage.until).values_list(
            "unit_id", "cadence", "first", "number", "starts_at", "ends_at"
        )
        self._periods = sorted(
            (ClosedPeriod(*row) for row in rows), key=lambda period: (period.ends_at, _RANK[period.cadence])
        )
        self._at = 0

    def until(self, moment: dt.datetime) -> None:
        """Let every period that has ended by a moment meet what was open."""
        start = self._at
        while self._at < len(self._periods) and self._periods[self._at].ends_at <= moment:
            self._at += 1
        if self._at > start:
            deviations_carry(periods=self._periods[start : self._at], now=moment)
