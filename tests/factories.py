"""Small makers of rows for tests, with keyword overrides. Each app's makers stand under a heading of its own.

Names that end in a number are made different by themselves. Everything is valid from `START` unless said
otherwise, so a test that lives after it sees all of it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from principles.teams import calendars
from principles.teams.models import (
    Crew,
    Role,
    RoleAssignment,
    Rota,
    Shift,
    ShiftCalendar,
    ShiftStart,
    Unit,
    UnitKind,
    UnitPlacement,
    User,
)

OSLO = ZoneInfo("Europe/Oslo")
START = dt.date(2026, 1, 1)
PASSWORD = "north-wind-and-sun"
_numbers = itertools.count(1)


# --- principles.teams ---


def make_unit(
    code: str = "",
    *,
    kind: UnitKind = UnitKind.AREA,
    parent: Unit | None = None,
    valid_from: dt.date = START,
    **fields: Any,
) -> Unit:
    """A unit with its place in the tree; without `parent` it is a top."""
    code = code or f"U{next(_numbers)}"
    named = {"name_en": f"Unit {code}", "name_nb": f"Enhet {code}", **fields}
    unit = Unit.objects.create(code=code, kind=kind, **named)
    UnitPlacement.objects.create(unit=unit, parent=parent, valid_from=valid_from)
    return unit


def make_equipment(code: str, *, parent: Unit, equipment_type: str = "cell", **fields: Any) -> Unit:
    """A cell (or another piece of equipment) under a section or area."""
    names = {"name_en": f"Cell {code}", "name_nb": f"Celle {code}", **fields}
    return make_unit(code, kind=UnitKind.EQUIPMENT, parent=parent, equipment_type=equipment_type, **names)


@dataclass(frozen=True)
class Plant:
    """A small plant: DEMO → VERK → ELK → EL1 (S1 with cells 1001–1003, S2 with 1004–1006) and EL2; STO → ST1."""

    company: Unit
    plant: Unit
    electrolysis: Unit
    el1: Unit
    el2: Unit
    section1: Unit
    section2: Unit
    cells: list[Unit]
    casthouse: Unit
    st1: Unit


def make_plant() -> Plant:
    """The small plant, its tree valid from START."""
    company = make_unit("DEMO", kind=UnitKind.COMPANY)
    plant = make_unit("VERK", kind=UnitKind.PLANT, parent=company)
    electrolysis = make_unit("ELK", kind=UnitKind.UNIT, parent=plant, name_en="Electrolysis", name_nb="Elektrolyse")
    casthouse = make_unit("STO", kind=UnitKind.UNIT, parent=plant, name_en="Casthouse", name_nb="Støperi")
    el1 = make_unit("EL1", parent=electrolysis, name_en="Potline 1", name_nb="Elektrolysehall 1", position=1)
    el2 = make_unit("EL2", parent=electrolysis, name_en="Potline 2", name_nb="Elektrolysehall 2", position=2)
    section1 = make_unit("EL1-S1", kind=UnitKind.SECTION, parent=el1, position=1)
    section2 = make_unit("EL1-S2", kind=UnitKind.SECTION, parent=el1, position=2)
    cells = [make_equipment(str(1000 + n), parent=section1 if n <= 3 else section2) for n in range(1, 7)]
    st1 = make_unit("ST1", parent=casthouse, name_en="Casting 1", name_nb="Støping 1")
    return Plant(company, plant, electrolysis, el1, el2, section1, section2, cells, casthouse, st1)


def make_crew(code: str = "A", **fields: Any) -> Crew:
    """A crew; its order follows its letter."""
    named = {"name_en": f"Crew {code}", "name_nb": f"Lag {code}", "position": ord(code[0]), **fields}
    return Crew.objects.create(code=code, **named)


def make_crews(codes: str = "ABCDE") -> list[Crew]:
    """Crews A–E, or the ones named."""
    return [make_crew(code) for code in codes]


def make_user(username: str = "", *, crew: Crew | None = None, **fields: Any) -> User:
    """A person in English with the password PASSWORD and no role."""
    username = username or f"person{next(_numbers)}"
    named = {"name": f"Test {username}", "language": "en", **fields}
    user = User(username=username, crew=crew, **named)
    user.set_password(PASSWORD)
    user.save()
    return user


def give_role(
    person: User, role: Role, unit: Unit, *, valid_from: dt.date = START, valid_to: dt.date | None = None
) -> RoleAssignment:
    """Let a person hold a role in a unit."""
    return RoleAssignment.objects.create(person=person, role=role, unit=unit, valid_from=valid_from, valid_to=valid_to)


def make_person(role: Role, unit: Unit, username: str = "", **fields: Any) -> User:
    """A person who holds one role in a unit."""
    user = make_user(username or f"{role.value}{next(_numbers)}", **fields)
    give_role(user, role, unit)
    return user


def make_calendar(
    *,
    valid_from: dt.date = START,
    zone: str = "Europe/Oslo",
    starts: tuple[str, ...] = ("06:00", "14:00", "22:00"),
) -> ShiftCalendar:
    """A calendar of morning (M), afternoon (A) and night (N), or as many of them as there are starts."""
    calendar = ShiftCalendar.objects.create(valid_from=valid_from, zone=zone)
    names = [("M", "Morning", "Morgen"), ("A", "Afternoon", "Ettermiddag"), ("N", "Night", "Natt")]
    for number, (at, (code, name_en, name_nb)) in enumerate(zip(starts, names, strict=False), start=1):
        ShiftStart.objects.create(
            calendar=calendar,
            number=number,
            code=code,
            name_en=name_en,
            name_nb=name_nb,
            at=dt.time.fromisoformat(at),
        )
    return calendar


def make_rota(*, valid_from: dt.date = START, crews: str = "ABCDE", **fields: Any) -> Rota:
    """Five crews on the trade's pattern A: two mornings, two afternoons, two nights, four days off."""
    pattern = {"pattern": "MMAANN----", "anchor": valid_from, "offset": 2, **fields}
    return Rota.objects.create(valid_from=valid_from, crews=list(crews), **pattern)


def make_schedule() -> None:
    """Calendar, crews A–E and their rota, from START."""
    make_calendar()
    make_crews()
    make_rota()


def make_shift(at: dt.datetime) -> Shift:
    """The shift of an aware instant (made with its whole production day); needs a calendar."""
    return calendars.shift_at(at)


def make_shifts(start: dt.date, end: dt.date) -> list[Shift]:
    """Every shift of the production dates from `start` to `end`, both included; needs a calendar."""
    calendars.shifts_ensure(start=start, end=end)
    return list(Shift.objects.filter(production_date__range=(start, end)))


def oslo(text: str) -> dt.datetime:
    """An aware instant from a wall time in Oslo such as "2026-03-29 22:00"."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=OSLO)
