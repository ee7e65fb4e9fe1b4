"""What every metric reads from: the moment, windows, places and people, each read once for a whole evaluation."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from amps import periods
from amps.periods import Cadence, Period, PeriodError
from kpis.rules import Rules
from kpis.spans import Places
from principles.teams.models import Crew, Role, RoleAssignment, Unit, UnitKind, User
from principles.teams.permissions import CAPABILITIES, Capability
from principles.teams.tree import UnitTree
from roadmap.evidence.plain import Text

TEAM_ROLES = (Role.OPERATOR, Role.SHIFT_LEAD)
_DAY = dt.timedelta(days=1)


class Held(NamedTuple):
    """One role that a person holds somewhere, for a time."""

    person: int
    role: str
    unit: int
    valid_from: dt.date
    valid_to: dt.date | None

    def on(self, date: dt.date) -> bool:
        return self.valid_from <= date and (self.valid_to is None or self.valid_to > date)


@dataclass(frozen=True, slots=True)
class Window:
    """The last `length` closed periods of a cadence, oldest first: [start, end)."""

    cadence: Cadence
    periods: tuple[Period, ...]

    @property
    def start(self) -> dt.datetime:
        return self.periods[0].start

    @property
    def end(self) -> dt.datetime:
        return self.periods[-1].end

    @property
    def first(self) -> dt.date:
        """The first production date in it."""
        return self.periods[0].first

    @property
    def last(self) -> dt.date:
        """The last production date in it."""
        return self.periods[-1].last

    @property
    def length(self) -> int:
        return len(self.periods)

    def holds(self, instant: dt.datetime | None) -> bool:
        return instant is not None and self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that a metric is read for: a unit with all below it, and a crew where only that one's work counts."""

    root: int
    code: str
    units: frozenset[int]
    above: tuple[int, ...]
    crew: int | None = None
    name: Text = ""

    def holds(self, unit: int | None) -> bool:
        return unit is not None and unit in self.units


@dataclass(eq=False)
class Book:
    """One evaluation's reading of the plant at `now`; nothing in it is ever written."""

    now: dt.datetime
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    def keep[T](self, key: Hashable, make: Callable[[], T]) -> T:
        """What was read before under this key, else read now: metrics share their rows."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    @cached_property
    def places(self) -> Places:
        return Places()

    @cached_property
    def rules(self) -> Rules:
        """Indicators with their targets and feeds."""
        return Rules(self.places)

    @cached_property
    def tree(self) -> UnitTree:
        """The tree of the last closed production day."""
        day = self.window(Cadence.DAY, 1)
        return UnitTree.on(day.last if day else self.now.date())

    @cached_property
    def units(self) -> dict[int, Unit]:
        """Units above equipment, by id."""
        return {unit.pk: unit for unit in Unit.objects.exclude(kind=UnitKind.EQUIPMENT)}

    @cached_property
    def crews(self) -> list[Crew]:
        return list(Crew.objects.filter(active=True))

    # --- time ---

    def window(self, cadence: str, length: int, *, back: int = 0) -> Window | None:
        """The last `length` closed periods of a cadence, or those `back` before them; None before a calendar."""
        return self.keep(("window", cadence, length, back), lambda: self._window(Cadence(cadence), length, back))

    def _window(self, cadence: Cadence, length: int, back: int) -> Window | None:
        calendars = self.places.calendars
        try:
            at = periods.previous_period(calendars, periods.period_at(calendars, cadence, self.now))
            for _ in range(back):
                at = periods.previous_period(calendars, at)
            found = [at]
            while len(found) < length:
                found.append(periods.previous_period(calendars, found[-1]))
        except PeriodError:
            return None
        return Window(cadence, tuple(reversed(found)))

    def day_end(self, date: dt.date) -> dt.datetime:
        """When a production day ends."""
        return periods.day_start(self.places.calendars, date + _DAY)

    # --- places ---

    def spot(self, unit: int, crew: int | None = None, name: Text = "") -> Spot:
        """A unit with everything below it."""
        known = self.units.get(unit)
        return Spot(
            root=unit,
            code=known.code if known else "",
            units=frozenset((unit, *self.tree.descendants(unit))),
            above=tuple(self.tree.ancestors(unit)),
            crew=crew,
            name=name,
        )

    def plant_of(self, unit: int) -> int:
        """The plant that a unit stands in; without one, the top of its line."""
        line = [unit, *self.tree.ancestors(unit)]
        return next((at for at in line if self.tree.kinds.get(at) == UnitKind.PLANT), line[-1])

    def areas(self, spot: Spot) -> list[int]:
        """The areas in use of a place; the place itself where it holds none."""
        found = [at for at in sorted(spot.units) if self.tree.kinds.get(at) == UnitKind.AREA and self.in_use(at)]
        return found or [spot.root]

    def answering_units(self, spot: Spot) -> list[int]:
        """Units in use that answer for themselves: every area, and a unit that holds no area."""
        kinds = self.tree.kinds
        line = [at for at in sorted(spot.units) if self.in_use(at)]
        areas = [at for at in line if kinds.get(at) == UnitKind.AREA]
        held = {above for area in areas for above in self.tree.ancestors(area)}
        return areas + [at for at in line if kinds.get(at) == UnitKind.UNIT and at not in held]

    def in_use(self, unit: int) -> bool:
        """Whether a unit is in use at the end of the last production day."""
        known, date = self.units.get(unit), self.tree.date
        if known is None:
            return False
        return (known.opened is None or known.opened <= date) and (known.closed is None or known.closed > date)

    # --- people ---

    @cached_property
    def crew_of(self) -> dict[int, int | None]:
        """Active people and their crew."""
        return dict(User.objects.filter(is_active=True).values_list("pk", "crew_id"))

    @cached_property
    def held(self) -> list[Held]:
        """Every role, past ones too: who was what when."""
        rows = RoleAssignment.objects.values_list("person_id", "role", "unit_id", "valid_from", "valid_to")
        return [Held(*row) for row in rows]

    @cached_property
    def _held_by(self) -> dict[int, list[Held]]:
        found: defaultdict[int, list[Held]] = defaultdict(list)
        for row in self.held:
            found[row.person].append(row)
        return dict(found)

    def has_role(self, person: int | None, roles: Iterable[str], date: dt.date) -> bool:
        """Whether a person held one of the roles somewhere on a date."""
        wanted = set(roles)
        return person is not None and any(row.role in wanted and row.on(date) for row in self._held_by.get(person, ()))

    @cached_property
    def operators(self) -> dict[int, int | None]:
        """Active operators and the area that they hold the role in (None: above every area)."""
        found: dict[int, int | None] = {}
        for row in self.held:
            if row.role == Role.OPERATOR and row.on(self.tree.date) and row.person in self.crew_of:
                found[row.person] = self._area(row.unit) or found.get(row.person)
        return found

    @cached_property
    def teams(self) -> dict[tuple[int, int], set[int]]:
        """The shift teams: people of one crew with a shift team's role in one area, by (area, crew)."""
        found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for row in self.held:
            area, crew = self._area(row.unit), self.crew_of.get(row.person)
            if row.role in TEAM_ROLES and row.on(self.tree.date) and area is not None and crew is not None:
                found[area, crew].add(row.person)
        return dict(found)

    def teams_in(self, spot: Spot) -> dict[tuple[int, int], set[int]]:
        """The shift teams of a place."""
        return {
            (area, crew): people
            for (area, crew), people in self.teams.items()
            if area in spot.units and spot.crew in (None, crew)
        }

    def reviewers(self, spot: Spot) -> bool:
        """Whether somebody may review the closings of the place: the owner of its figures."""
        roles = {role.value for role in Role if Capability.REVIEW_CLOSINGS in CAPABILITIES[role]}
        around = spot.units | set(spot.above)
        return any(
            row.role in roles and row.unit in around and row.on(self.tree.date) and row.person in self.crew_of
            for row in self.held
        )

    def _area(self, unit: int) -> int | None:
        line = (unit, *self.tree.ancestors(unit))
        return next((at for at in line if self.tree.kinds.get(at) == UnitKind.AREA), None)


def address(name: str, *args: object, **query: object) -> str:
    """A page's address with its query; empty where the product has no such page."""
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    wanted = {key: str(value) for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(wanted)}" if wanted else path
