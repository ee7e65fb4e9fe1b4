"""When the planted stories happen: pure dates that follow from the first production date and the length.

With fewer than 13 weeks the stories move together in proportion; one that does not fit any more is None or empty.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

FULL_WEEKS = 13
SATURDAY = 5
SHIFTS_A_DAY = 3
FEEDER_SHIFTS = 9
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stories' production dates. `feeder` names the bad shifts by (production date, shift number)."""

    first: dt.date
    weeks: int
    covering: dt.date | None  # SOP-02 revision 2 comes into force
    covering_days: int  # until its effect is full
    feeding: dt.date | None  # SOP-04 revision 2 comes into force
    slip: dt.date | None  # from here crew C covers badly
    feeder: tuple[tuple[dt.date, int], ...]
    missed: tuple[dt.date, ...]  # Saturday nights without rounds
    late: tuple[tuple[dt.date, int], ...]  # shifts whose last round arrived late

    def covering_effect(self, day: dt.date) -> float:
        """How much of the covering routine's effect is there on a production date: 0 before, 1 when full."""
        if self.covering is None or day < self.covering:
            return 0.0
        return min(1.0, ((day - self.covering).days + 1) / self.covering_days)

    def feeding_effect(self, day: dt.date) -> float:
        """The same for the revision of the feeding check; it is full after three days."""
        if self.feeding is None or day < self.feeding:
            return 0.0
        return min(1.0, ((day - self.feeding).days + 1) / 3)

    def slipping(self, day: dt.date) -> float:
        """How far crew C's covering has slipped on a production date, from 0 to 1."""
        if self.slip is None or day < self.slip:
            return 0.0
        return min(1.0, ((day - self.slip).days + 1) / 7)


def timeline(first: dt.date, weeks: int) -> Timeline:
    """Place the stories in `weeks` weeks from the production date `first`."""

    def week_start(number: int) -> dt.date:
        return first + round((number - 1) * 7 * weeks / FULL_WEEKS) * _DAY

    feeder_day = min(week_start(12) + _DAY, first + (7 * weeks - 5) * _DAY)
    return Timeline(
        first=first,
        weeks=weeks,
        covering=week_start(5) if weeks >= 3 else None,
        covering_days=max(5, round(21 * weeks / FULL_WEEKS)),
        feeding=week_start(7) if weeks >= 4 else None,
        slip=week_start(9) if weeks >= 4 else None,
        feeder=_nine_shifts(feeder_day) if weeks >= 2 else (),
        missed=_saturdays(first, weeks),
        late=_late_shifts(first, weeks),
    )


def _nine_shifts(day: dt.date) -> tuple[tuple[dt.date, int], ...]:
    """Nine shifts in a row from the afternoon of `day`."""
    return tuple((day + (at // SHIFTS_A_DAY) * _DAY, at % SHIFTS_A_DAY + 1) for at in range(1, 1 + FEEDER_SHIFTS))


def _saturdays(first: dt.date, weeks: int) -> tuple[dt.date, ...]:
    """Up to two Saturdays: one in the middle and a late one, both well before the end."""
    days = [first + at * _DAY for at in range(7 * weeks - 3)]
    saturdays = [day for day in days if day.weekday() == SATURDAY]
    if not saturdays:
        return ()
    return tuple(sorted({saturdays[len(saturdays) // 2 - 1], saturdays[-1]}))


def _late_shifts(first: dt.date, weeks: int) -> tuple[tuple[dt.date, int], ...]:
    """Four shifts, spread over the weeks, at least four days before the end."""
    last = max(7 * weeks - 5, 1)
    days = sorted({round(last * share) for share in (0.2, 0.45, 0.7, 0.97)})
    return tuple((first + day * _DAY, at % SHIFTS_A_DAY + 1) for at, day in enumerate(days))
