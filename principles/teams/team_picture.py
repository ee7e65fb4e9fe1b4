"""The team of an area as a picture: area leader, technical lead and support, the shifts, maintenance (F076–F079)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from principles.teams.models import Crew, Role, RoleAssignment, Unit, User
from principles.teams.tree import UnitTree

# With how many others an operator shares the ownership as teams develop (F073); approximate sizes.
STEPS = (150, 50, 15)
ON_SHIFT = (Role.OPERATOR, Role.SHIFT_LEAD)


def ownership_step(others: int) -> int:
    """Which of the three steps a team stands on: 1 (some 150 others or more than 50), 2 (up to 50), 3 (up to 15)."""
    if others > STEPS[1]:
        return 1
    return 2 if others > STEPS[2] else 3


@dataclass(frozen=True, slots=True)
class Seat:
    """A role of the picture: who holds it, and in which unit (`place` is None where nobody does)."""

    role: Role
    people: list[User]
    place: Unit | None
    is_own: bool  # held in the area itself, not shared with other areas


@dataclass(slots=True)
class ShiftTeam:
    """One crew in the area: who is responsible for action on the shift, and the operators."""

    crew: Crew
    leads: list[User] = field(default_factory=list)
    operators: list[User] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.leads) + len(self.operators)


@dataclass(frozen=True, slots=True)
class Sharing:
    """With how many others one person shares the ownership at a level of the plant."""

    unit: Unit | None  # None: the crew in the area
    people: int

    @property
    def others(self) -> int:
        return max(self.people - 1, 0)

    @property
    def step(self) -> int:
        return ownership_step(self.others)


@dataclass(frozen=True, slots=True)
class Picture:
    """The team of one area on a date. `without_crew` are people of the area who belong to no crew."""

    area: Unit
    leader: Seat
    technical: Seat
    support: Seat
    maintenance: Seat
    shifts: list[ShiftTeam]
    without_crew: list[User]
    sharing: list[Sharing]

    @property
    def size(self) -> int:
        return sum(team.size for team in self.shifts) + len(self.without_crew)

    @property
    def largest(self) -> int:
        """Size of the largest crew in the area; 0 without crews."""
        return max((team.size for team in self.shifts), default=0)

    @property
    def step(self) -> int | None:
        """The step that the area's operators stand on, by their own crew; None while nobody works there."""
        if not self.size:
            return None
        return ownership_step(max((self.largest or self.size) - 1, 0))


type Held = list[tuple[Role, int, User]]


def picture_of(area: Unit, *, tree: UnitTree, date: dt.date) -> Picture:
    """The team of one area; see `pictures_of`."""
    return pictures_of([area], tree=tree, date=date)[0]


def pictures_of(areas: Iterable[Unit], *, tree: UnitTree, date: dt.date) -> list[Picture]:
    """Read the teams of areas (two queries, however many).

    Leaders and helpers are those who hold the role in the area or, where nobody does, in the nearest unit above.
    """
    wanted = list(areas)
    held = _held(date)
    units = Unit.objects.in_bulk({place for area in wanted for place in (area.pk, *tree.ancestors(area.pk))})
    return [_picture(area, tree, held, units) for area in wanted]


def _picture(area: Unit, tree: UnitTree, held: Held, units: dict[int, Unit]) -> Picture:
    inside = {area.pk, *tree.descendants(area.pk)}
    teams: dict[int, ShiftTeam] = {}
    without: list[User] = []
    seen: set[int] = set()
    for role, place, person in sorted(held, key=lambda row: (row[0] != Role.SHIFT_LEAD, row[2].name)):
        if role not in ON_SHIFT or place not in inside or person.pk in seen:
            continue
        seen.add(person.pk)
        if person.crew is None:
            without.append(person)
            continue
        team = teams.setdefault(person.crew.pk, ShiftTeam(person.crew))
        (team.leads if role == Role.SHIFT_LEAD else team.operators).append(person)
    shifts = sorted(teams.values(), key=lambda team: (team.crew.position, team.crew.code))

    def seat(role: Role) -> Seat:
        return _seat(role, area, tree, held, units)

    return Picture(
        area=area,
        leader=seat(Role.AREA_LEADER),
        technical=seat(Role.TECHNICAL_LEAD),
        support=seat(Role.SUPPORT),
        maintenance=seat(Role.MAINTENANCE),
        shifts=shifts,
        without_crew=without,
        sharing=_sharing(area, tree, held, units, shifts),
    )


def _held(date: dt.date) -> Held:
    rows = RoleAssignment.objects.held_on(date).filter(person__is_active=True).select_related("person__crew")
    return [(Role(row.role), row.unit_id, row.person) for row in rows.order_by("person__name")]


def _seat(role: Role, area: Unit, tree: UnitTree, held: Held, units: dict[int, Unit]) -> Seat:
    by_place: defaultdict[int, list[User]] = defaultdict(list)
    for found, place, person in held:
        if found == role:
            by_place[place].append(person)
    for place in (area.pk, *tree.ancestors(area.pk)):
        if by_place[place]:
            return Seat(role, by_place[place], units.get(place), is_own=place == area.pk)
    return Seat(role, [], None, is_own=False)


def _sharing(area: Unit, tree: UnitTree, held: Held, units: dict[int, Unit], shifts: list[ShiftTeam]) -> list[Sharing]:
    """From the largest unit down to the crew; levels that hold the same people as the one below are left out."""
    found: list[Sharing] = []
    for place in reversed([area.pk, *tree.ancestors(area.pk)]):
        people = _on_shift(held, {place, *tree.descendants(place)})
        if people and (not found or found[-1].people != people):
            found.append(Sharing(units.get(place), people))
        elif found and people:
            found[-1] = Sharing(units.get(place), people)
    largest = max((team.size for team in shifts), default=0)
    if largest:
        found.append(Sharing(None, largest))
    return found


def _on_shift(held: Held, inside: Iterable[int]) -> int:
    places = set(inside)
    return len({person.pk for role, place, person in held if role in ON_SHIFT and place in places})
