"""Check every row of a table: what would be stored, and which rows are wrong and why. Writes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amps import periods
from observations.importing.columns import FIELDS, Mapping, read_number, read_result, read_time
from observations.importing.table import Row, Table
from observations.models import Observation, Result
from observations.recording import CLOCK_TOLERANCE, judge
from observations.refusals import BadPlace, BadTime, BadValue, PointNotInUse, Refused
from principles.teams.calendars import calendars
from principles.teams.models import Crew, Unit
from principles.teams.tree import UnitTree
from sops.models import ObservationPoint

# Ids of imported facts are derived: the same row of the same source is the same fact, however often it comes.
_NAMESPACE = uuid.UUID("5d0c1c3e-7d0b-5b53-9b0b-6a4a7c1f2f10")
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Ready:
    """One row that can be stored; all references are ids, `shift` is (production date, number)."""

    line: int
    id: uuid.UUID
    point_id: int
    area_id: int
    equipment_id: int | None
    crew_id: int | None
    shift: tuple[dt.date, int]
    result: Result
    value: Decimal | None
    weight: Decimal | None
    note: str
    observed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that is wrong: its line in the file, the column's meaning, what stands there, and why it is wrong."""

    line: int
    column: str | Promise
    text: str
    why: str | Promise


@dataclass(frozen=True, slots=True)
class Checked:
    """What an import would do: rows ready to be stored, how many are stored already, and the wrong ones."""

    ready: list[Ready] = field(default_factory=list)
    known: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.ready) + self.known + len(self.problems)


def check_rows(table: Table, mapping: Mapping, *, allowed_areas: Container[int] | None, now: dt.datetime) -> Checked:
    """Read every row by the mapping. `allowed_areas` are the units the person may import into (None: all).

    Raises BadMapping when the mapping itself can't be used, and NoCalendar without a shift calendar.
    """
    mapping.check(table)
    reader = _Reader(mapping, allowed_areas=allowed_areas, now=now)
    seen: Counter[str] = Counter()
    ready: list[Ready] = []
    problems: list[Problem] = []
    for row in table.rows:
        try:
            ready.append(reader.read(row, seen))
        except Refused as refusal:
            name = refusal.field if refusal.field in FIELDS else reader.at
            problems.append(Problem(row.line, FIELDS[name], reader.cell(row, name), refusal.message))
    new, known, conflicts = _without_known(ready)
    problems.extend(
        Problem(
            one.line,
            FIELDS["result"],
            "",
            _("This row was imported before and read differently. Use another name for the source."),
        )
        for one in conflicts
    )
    return Checked(new, known, sorted(problems, key=lambda problem: problem.line))


class _Reader:
    """Reads rows; what the plant is called is looked up once."""

    def __init__(self, mapping: Mapping, *, allowed_areas: Container[int] | None, now: dt.datetime) -> None:
        self.mapping = mapping
        self.allowed = allowed_areas
        self.now = now
        self.at = "time"
        self.calendars = calendars()
        self.points = {point.code: point for point in ObservationPoint.objects.all()}
        self.units = dict(Unit.objects.values_list("code", "pk"))
        self.crews = dict(Crew.objects.values_list("code", "pk"))
        self._trees: dict[dt.date, UnitTree] = {}
        self._shifts: dict[dt.datetime, periods.ShiftSpan] = {}

    def cell(self, row: Row, name: str) -> str:
        at = self.mapping.columns.get(name)
        return row.cells[at] if at is not None else ""

    def read(self, row: Row, seen: Counter[str]) -> Ready:
        """One row as it would be stored. Raises a Refused."""
        point = self._point(row)
        observed_at = self._time(row)
        span = periods.shift_at(self.calendars, observed_at)
        area_id, equipment_id = self._place(row, span.production_date)
        result, value = self._answer(row, point)
        key = "\x1f".join((self.mapping.source, point.code, str(area_id), *row.cells))
        seen[key] += 1
        return Ready(
            line=row.line,
            id=uuid.uuid5(_NAMESPACE, f"{key}\x1f{seen[key]}"),
            point_id=point.pk,
            area_id=area_id,
            equipment_id=equipment_id,
            crew_id=self._crew(row),
            shift=(span.production_date, span.number),
            result=result,
            value=value,
            weight=self._weight(row),
            note=self.cell(row, "note")[:500],
            observed_at=observed_at,
        )

    def _point(self, row: Row) -> ObservationPoint:
        self.at = "point"
        code = self.cell(row, "point") or self.mapping.point
        point = self.points.get(code)
        if point is None:
            raise BadValue(_("There is no observation point with this code."), field="point")
        if not point.active:
            raise PointNotInUse
        return point

    def _time(self, row: Row) -> dt.datetime:
        self.at = "time"
        observed_at = read_time(self.cell(row, "time"), self.mapping)
        if observed_at > self.now + CLOCK_TOLERANCE:
            raise BadTime(_("The time lies in the future."), field="time")
        if observed_at.year < 1990:
            raise BadTime(_("The time lies too far back to be true."), field="time")
        return observed_at

    def _place(self, row: Row, date: dt.date) -> tuple[int, int | None]:
        tree = self._trees.get(date)
        if tree is None:
            tree = self._trees[date] = UnitTree.on(date)
        self.at = "equipment"
        equipment_id = self._unit(self.cell(row, "equipment"))
        self.at = "area"
        area_id = self._unit(self.cell(row, "area") or self.mapping.area)
        place = equipment_id or area_id
        if place is None:
            raise BadPlace(_("The row does not say where."), field="area")
        found = tree.area_of(place)
        if found is None:
            raise BadPlace(_("This unit had no place in the plant then."))
        if equipment_id and area_id and area_id not in (found, *tree.ancestors(equipment_id)):
            raise BadPlace(_("The cell does not stand in this area."))
        if self.allowed is not None and found not in self.allowed:
            raise BadPlace(_("You may not import into this unit."))
        return found, equipment_id

    def _unit(self, code: str) -> int | None:
        if not code:
            return None
        found = self.units.get(code)
        if found is None:
            raise BadPlace(_("There is no unit with this code."), field=self.at)
        return found

    def _crew(self, row: Row) -> int | None:
        self.at = "crew"
        code = self.cell(row, "crew")
        if not code:
            return None
        if code not in self.crews:
            raise BadValue(_("There is no crew with this code."), field="crew")
        return self.crews[code]

    def _answer(self, row: Row, point: ObservationPoint) -> tuple[Result, Decimal | None]:
        said, number = self.cell(row, "result"), self.cell(row, "value")
        self.at = "value" if number or "result" not in self.mapping.columns else "result"
        if not said and not number:
            raise BadValue(_("The row has neither a result nor a value."), field=self.at)
        result = read_result(said, self.mapping) if said and not (number and point.is_numeric) else None
        value = read_number(number, self.mapping) if number else None
        return judge(point, result=result, value=value)

    def _weight(self, row: Row) -> Decimal | None:
        self.at = "weight"
        text = self.cell(row, "weight")
        if not text:
            return None
        number = read_number(text, self.mapping)
        if not (number.is_finite() and 0 < number < 10**12):
            raise BadValue(_("A weight is a number above zero."), field="weight")
        return number


def _without_known(ready: list[Ready]) -> tuple[list[Ready], int, list[Ready]]:
    """Rows not stored yet, how many are stored just so, and those stored with other content."""
    stored: dict[uuid.UUID, tuple[dt.datetime, Decimal | None, str]] = {}
    for start in range(0, len(ready), _CHUNK):
        ids = [one.id for one in ready[start : start + _CHUNK]]
        rows = Observation.objects.filter(pk__in=ids).values_list("pk", "observed_at", "value", "result")
        stored.update({pk: (at, value, result) for pk, at, value, result in rows})
    new: list[Ready] = []
    conflicts: list[Ready] = []
    known = 0
    for one in ready:
        was = stored.get(one.id)
        if was is None:
            new.append(one)
        # How a number was judged then is ours, and limits may have changed since.
        elif was[:2] == (one.observed_at, one.value) and (one.value is not None or was[2] == one.result):
            known += 1
        else:
            conflicts.append(one)
    return new, known, conflicts
