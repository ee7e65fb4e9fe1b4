"""The plant itself: units, crews, shift calendar, rota and shifts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from amps import periods
from principles.teams.calendars import shifts_ensure
from principles.teams.models import Crew, Rota, Shift, ShiftCalendar, ShiftStart, Unit, UnitKind, UnitPlacement
from principles.teams.rota import PATTERN_A

ZONE = "Europe/Oslo"
SECTIONS = 6
CRANES = 2
FILTERS = 2
# Where the morning meeting's example happens (F049): what the tag is, is our reading.
STATION = "K-304"
DAYS_AHEAD = 3
CREWS = ("A", "B", "C", "D", "E")
# code, parent, kind, English, Norwegian
PLACES = (
    ("DEMO", None, UnitKind.COMPANY, "Demo company", "Demoselskap"),
    ("VERK", "DEMO", UnitKind.PLANT, "Demo smelter", "Demoverk"),
    ("ELK", "VERK", UnitKind.UNIT, "Electrolysis", "Elektrolyse"),
    ("STO", "VERK", UnitKind.UNIT, "Casthouse", "Støperi"),
    ("KAR", "VERK", UnitKind.UNIT, "Carbon plant", "Kullanlegg"),
    ("REN", "VERK", UnitKind.UNIT, "Gas treatment", "Gassrensing"),
    ("VED", "VERK", UnitKind.UNIT, "Maintenance", "Vedlikehold"),
    ("EL1", "ELK", UnitKind.AREA, "Potline 1", "Serie 1"),
    ("EL2", "ELK", UnitKind.AREA, "Potline 2", "Serie 2"),
    ("ST1", "STO", UnitKind.AREA, "Casting", "Støping"),
    ("KA1", "KAR", UnitKind.AREA, "Anode rodding", "Anodemontasje"),
    ("RE1", "REN", UnitKind.AREA, "Dry scrubber", "Tørrenseanlegg"),
    ("VE1", "VED", UnitKind.AREA, "Process maintenance", "Prosessvedlikehold"),
)
AREAS = ("EL1", "EL2", "ST1", "KA1", "RE1", "VE1")
LINES = ("EL1", "EL2")
SHIFTS = (
    (1, "M", "Morning", "Formiddag", dt.time(6)),
    (2, "A", "Afternoon", "Ettermiddag", dt.time(14)),
    (3, "N", "Night", "Natt", dt.time(22)),
)


@dataclass(frozen=True, slots=True)
class Plant:
    """The rows that the other parts of the demo refer to, by code. `sections` maps a section to its cells."""

    units: dict[str, Unit]
    crews: dict[str, Crew]
    cells: dict[str, list[Unit]]  # by line, in walking order
    sections: dict[str, list[Unit]]
    cranes: dict[str, list[Unit]]
    filters: list[Unit]
    shifts: list[Shift]  # of the span, in order, up to and with the one that is running


def in_use_since(first: dt.date) -> dt.date:
    """From when the plant, its standards and targets are valid: long before the first fact, so that the week and the
    month which that lies in have them from their start."""
    return dt.date(first.year - 1, 1, 1)


def plant_make(*, since: dt.date, first: dt.date, last: dt.date, until: dt.datetime, cells: int) -> Plant:
    """Make units, crews, calendar and rota valid from `since`, and shifts from `first` to days after `last`."""
    crews = _crews()
    _calendar(since)
    Rota.objects.create(
        valid_from=since, pattern=PATTERN_A.letters, anchor=first, offset=PATTERN_A.offset, crews=list(CREWS)
    )
    units, lines, sections, cranes, filters = _units(since, cells)
    shifts_ensure(start=first, end=last + dt.timedelta(days=DAYS_AHEAD))
    shifts = Shift.objects.filter(starts_at__lte=until).select_related("crew").order_by("starts_at")
    return Plant(
        units=units,
        crews=crews,
        cells=lines,
        sections=sections,
        cranes=cranes,
        filters=filters,
        shifts=list(shifts),
    )


def calendar_of(valid_from: dt.date) -> periods.Calendar:
    """The plant's calendar as plain values, to place an instant before any row is there."""
    starts = tuple(periods.ShiftStart(code=code, at=at) for _, code, _, _, at in SHIFTS)
    return periods.Calendar(valid_from=valid_from, zone=ZONE, starts=starts)


def _crews() -> dict[str, Crew]:
    rows = Crew.objects.bulk_create(
        Crew(code=code, name_en=f"Crew {code}", name_nb=f"Skiftlag {code}", position=at)
        for at, code in enumerate(CREWS, start=1)
    )
    return {crew.code: crew for crew in rows}


def _calendar(since: dt.date) -> None:
    calendar = ShiftCalendar.objects.create(valid_from=since, zone=ZONE)
    ShiftStart.objects.bulk_create(
        ShiftStart(calendar=calendar, number=number, code=code, name_en=en, name_nb=nb, at=at)
        for number, code, en, nb, at in SHIFTS
    )


type _Lines = dict[str, list[Unit]]


def _units(since: dt.date, cells: int) -> tuple[dict[str, Unit], _Lines, _Lines, _Lines, list[Unit]]:
    rows: list[Unit] = []
    parents: list[str | None] = []

    def add(code: str, parent: str | None, kind: UnitKind, en: str, nb: str, equipment: str = "") -> Unit:
        unit = Unit(code=code, name_en=en, name_nb=nb, kind=kind, equipment_type=equipment, position=len(rows) + 1)
        rows.append(unit)
        parents.append(parent)
        return unit

    for code, parent, kind, en, nb in PLACES:
        add(code, parent, kind, en, nb)
    lines: _Lines = {}
    sections: _Lines = {}
    cranes: _Lines = {}
    for line in LINES:
        for number in range(1, SECTIONS + 1):
            code = f"{line}-S{number}"
            sections[code] = []
            add(code, line, UnitKind.SECTION, f"Section {code}", f"Seksjon {code}")
        lines[line] = []
        for at in range(cells):
            section = f"{line}-S{at * SECTIONS // cells + 1}"
            code = f"{line[-1]}{at + 1:03d}"
            cell = add(code, section, UnitKind.EQUIPMENT, f"Cell {code}", f"Celle {code}", "cell")
            lines[line].append(cell)
            sections[section].append(cell)
        cranes[line] = [
            add(code, line, UnitKind.EQUIPMENT, f"Crane {code}", f"Kran {code}", "crane")
            for code in (f"{line}-K{number}" for number in range(1, CRANES + 1))
        ]
    filters = [
        add(code, "RE1", UnitKind.EQUIPMENT, f"Filter {code}", f"Filter {code}", "scrubber")
        for code in (f"RE1-F{number}" for number in range(1, FILTERS + 1))
    ]
    add(STATION, "EL1", UnitKind.EQUIPMENT, f"Crucible station {STATION}", f"Digelstasjon {STATION}", "station")
    Unit.objects.bulk_create(rows)
    by_code = {unit.code: unit for unit in rows}
    UnitPlacement.objects.bulk_create(
        UnitPlacement(unit=unit, parent=by_code[parent] if parent else None, valid_from=since)
        for unit, parent in zip(rows, parents, strict=True)
    )
    return by_code, lines, sections, cranes, filters
