"""Where a tally belongs: the units above an area, and the four periods that a shift is part of.

Read once per batch and asked from memory. A unit's line upward is that of the production date asked for, since
units move; period bounds follow from the plant's calendars.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from amps import periods
from kpis.models import Cadence
from principles.teams.calendars import calendars
from principles.teams.models import FIGURE_KINDS_VALUES, Shift, UnitKind, UnitPlacement

LONGER = (Cadence.DAY, Cadence.WEEK, Cadence.MONTH)
# In which order periods that end at the same moment are closed and made final: no parent before its shifts.
RANK = {cadence: rank for rank, cadence in enumerate((Cadence.SHIFT, *LONGER))}


class Span(NamedTuple):
    """One period of one cadence, [starts_at, ends_at): a shift, production day, ISO week or month."""

    cadence: str
    first: dt.date
    number: int
    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def key(self) -> tuple[str, dt.date, int]:
        """What identifies it: cadence, first production date, shift number (0 for longer periods)."""
        return self.cadence, self.first, self.number


class Places:
    """The figure units' tree on any production date (one query), and the spans of shifts and longer periods."""

    def __init__(self) -> None:
        rows = (
            UnitPlacement.objects.exclude(unit__kind=UnitKind.EQUIPMENT)
            .order_by("valid_from")
            .values_list("unit_id", "parent_id", "valid_from", "unit__kind")
        )
        self._moves: defaultdict[int, list[tuple[dt.date, int | None]]] = defaultdict(list)
        self._kinds: dict[int, str] = {}
        dates = set()
        for unit, parent, valid_from, kind in rows:
            self._moves[unit].append((valid_from, parent))
            self._kinds[unit] = kind
            dates.add(valid_from)
        self._dates = sorted(dates)
        self._lines: dict[tuple[int, int], tuple[int, ...]] = {}
        self._members: dict[int, dict[int, tuple[int, ...]]] = {}
        self._calendars = calendars()
        self._spans: dict[tuple[str, dt.date], Span] = {}
        self._firsts: dict[dt.date, tuple[tuple[str, dt.date], ...]] = {}

    @property
    def calendars(self) -> list[periods.Calendar]:
        """The plant's calendars by rising validity; empty before any."""
        return self._calendars

    def line(self, unit: int, date: dt.date) -> tuple[int, ...]:
        """The unit itself and the figure units above it on a production date, nearest first."""
        version = self._version(date)
        known = self._lines.get((unit, version))
        if known is None:
            known = self._lines[unit, version] = tuple(self._climb(unit, version))
        return known

    def members(self, unit: int, date: dt.date) -> tuple[int, ...]:
        """The unit itself and every figure unit below it on a production date: where its facts may lie."""
        version = self._version(date)
        if version not in self._members:
            below: defaultdict[int, list[int]] = defaultdict(list)
            for other, kind in self._kinds.items():
                if kind in FIGURE_KINDS_VALUES:
                    for above in self.line(other, date):
                        below[above].append(other)
            self._members[version] = {above: tuple(found) for above, found in below.items()}
        return self._members[version].get(unit, (unit,))

    def longer(self, cadence: Cadence, date: dt.date) -> Span:
        """The day, week or month that a production date belongs to."""
        known = self._spans.get((cadence, date))
        if known is None:
            known = self._longer(cadence, date)
            self._spans[cadence, date] = known
        return known

    def firsts(self, date: dt.date) -> tuple[tuple[str, dt.date], ...]:
        """Cadence and first production date of the longer periods that a production date belongs to."""
        known = self._firsts.get(date)
        if known is None:
            known = tuple((cadence.value, self.longer(cadence, date).first) for cadence in LONGER)
            self._firsts[date] = known
        return known

    def spans(self, shift: Shift) -> tuple[Span, ...]:
        """The four periods of a shift, shortest first."""
        date = shift.production_date
        return (span_of(shift), *(self.longer(cadence, date) for cadence in LONGER))

    def _longer(self, cadence: Cadence, date: dt.date) -> Span:
        period = periods.period_on(self._calendars, periods.Cadence(cadence), date)
        return Span(cadence.value, period.first, 0, period.start, period.end)

    def _version(self, date: dt.date) -> int:
        return bisect_right(self._dates, date)

    def _parent(self, unit: int, version: int) -> int | None:
        parent = None
        for valid_from, candidate in self._moves.get(unit, ()):
            if bisect_right(self._dates, valid_from) > version:
                break
            parent = candidate
        return parent

    def _climb(self, unit: int, version: int) -> Iterable[int]:
        seen = {unit}
        yield unit
        at = self._parent(unit, version)
        while at is not None and at not in seen:
            seen.add(at)
            if self._kinds.get(at) in FIGURE_KINDS_VALUES:
                yield at
            at = self._parent(at, version)


def span_of(shift: Shift) -> Span:
    """A shift as a span."""
    return Span(Cadence.SHIFT.value, shift.production_date, shift.number, shift.starts_at, shift.ends_at)
