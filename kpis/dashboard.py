"""The dashboard of one unit: indicators as rows, the four cadences as columns, and what needs attention first."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amps import display
from amps.periods import Cadence, Period
from kpis.choice import DIMENSIONS
from kpis.figures import reason_text
from kpis.frame import CADENCES, Frame, cadence_name, period_key
from kpis.models import ClosingLine, FigureState, FigureVersion, Indicator, LineKind, Target, VersionKind
from kpis.series import At, Reading, Readings, at, crew_readings, figure_readings
from observations.planning import grace
from principles.teams.models import Crew, Unit
from sops.models import Dimension

# How far back a dashboard looks: enough for the sparkline and for "the third day in a row".
LOOK_BACK = {Cadence.SHIFT: 12, Cadence.DAY: 15, Cadence.WEEK: 13, Cadence.MONTH: 13}
SPARK = {Cadence.SHIFT: 12, Cadence.DAY: 14, Cadence.WEEK: 12, Cadence.MONTH: 12}
LOW_COVERAGE = Decimal("0.7")
_LEVELS = ("kpi", "process_indicator", "execution", "coverage")
_SHOWN_FIRST = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A cadence's column and the period that it shows."""

    cadence: str
    label: str
    period: Period
    name: str
    full_name: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of the table; `earlier` names its period where that is not the column's."""

    reading: Reading
    previous: Decimal | None
    href: str
    earlier: str = ""
    until: dt.datetime | None = None
    reason: str = ""
    streak: int = 0

    @property
    def css_id(self) -> str:
        """An id that stays the same from one refresh to the next, so that the focus stays."""
        return "c" + "".join(sign if sign.isalnum() else "-" for sign in self.href)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a row: a cell, or why there is none."""

    column: Column
    cell: Cell | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator."""

    indicator: Indicator
    slots: list[Slot]
    goal: str
    aim: Decimal | None
    spark: list[Decimal | None]
    spark_label: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of "needs attention"."""

    status: str
    what: str
    text: str
    href: str
    go: str
    rank: tuple[int, ...] = ()


@dataclass(slots=True)
class Dashboard:
    """All that the page shows."""

    columns: list[Column]
    groups: list[tuple[str, list[Row]]]
    attention: list[Line] = field(default_factory=list)

    @property
    def first_lines(self) -> list[Line]:
        return self.attention[:_SHOWN_FIRST]

    @property
    def more_lines(self) -> list[Line]:
        return self.attention[_SHOWN_FIRST:]

    @property
    def rows(self) -> list[Row]:
        return [row for _name, rows in self.groups for row in rows]


def goal_text(target: Target | None, decimals: int, direction: str) -> str:
    """What is aimed for, in words: "≥ 95", "≤ 0.12", "225–235"; "" without a target."""
    if target is None:
        return ""
    if direction == "band":
        if target.target_min is None or target.target_max is None:
            return display.format_number(target.target, decimals)
        ends = (display.format_number(end, decimals) for end in (target.target_min, target.target_max))
        return "–".join(ends)
    limit = target.yellow if target.yellow is not None else target.target
    sign = "≥" if direction == "up" else "≤"
    return f"{sign}\N{NO-BREAK SPACE}{display.format_number(limit, _places(limit, decimals))}"


def _places(limit: Decimal, decimals: int) -> int:
    """As many decimals as the indicator has; more when the limit would otherwise be shown wrongly."""
    exponent = limit.normalize().as_tuple().exponent
    return max(decimals if isinstance(exponent, str) else min(decimals, max(0, -exponent)), _needed(limit))


def _needed(limit: Decimal) -> int:
    exponent = limit.normalize().as_tuple().exponent
    return 0 if isinstance(exponent, str) else max(0, -exponent)


def dashboard(
    frame: Frame,
    unit: Unit,
    *,
    crew: Crew | None = None,
    only: set[int] | None = None,
    dimension: str = "",
) -> Dashboard:
    """The dashboard of a unit; `crew` counts one crew alone, `only` and `dimension` keep some indicators."""
    lines = [frame.line(frame.running(cadence), LOOK_BACK[cadence]) for cadence in CADENCES]
    readings = figure_readings(unit.pk, lines)
    readings = {pk: found for pk, found in readings.items() if pk in frame.rules.indicators}
    if crew is not None:
        readings = crew_readings(frame.rules, readings, unit_id=unit.pk, crew_id=crew.pk, lines=lines)
    shown = [
        indicator
        for pk, indicator in frame.rules.indicators.items()
        if pk in readings
        and (only is None or pk in only)
        and (not dimension or dimension in (indicator.dimension, *indicator.also_dimensions))
    ]
    columns = [_column(frame, line, {item.pk: readings[item.pk] for item in shown}) for line in lines]
    reasons = _reasons(readings, lines)
    builder = _Rows(frame, unit, crew, dict(zip(CADENCES, lines, strict=True)), columns, readings, reasons)
    rows = [builder.row(indicator) for indicator in shown]
    board = Dashboard(columns, _grouped(rows))
    board.attention = [*_wrong(frame, rows), *_missed(frame, unit, crew), *_thin(rows)]
    board.attention.sort(key=lambda line: line.rank)
    return board


def _column(frame: Frame, line: list[Period], readings: Readings) -> Column:
    """The running period where it has data, else the last one that has."""
    running = line[-1]
    shown = running
    for period in reversed(line):
        if any(_has_data(found.get(at(period))) for found in readings.values()):
            shown = period
            break
    cadence = running.cadence.value
    return Column(
        cadence, cadence_name(cadence), shown, frame.name(shown), frame.full_name(shown), shown.end > frame.now
    )


def _has_data(reading: Reading | None) -> bool:
    return reading is not None and reading.value is not None


def _reasons(readings: Readings, lines: list[list[Period]]) -> dict[int, str]:
    """Why the restated ones among the newest figures changed, by figure (one query, none without any)."""
    newest = {at(period) for line in lines for period in line[-2:]}
    restated = [
        reading.pk
        for found in readings.values()
        for place, reading in found.items()
        if place in newest and reading.state == FigureState.RESTATED
    ]
    if not restated:
        return {}
    versions = (
        FigureVersion.objects.filter(figure__in=restated, kind=VersionKind.RESTATED)
        .order_by("figure_id", "-at", "-id")
        .distinct("figure_id")
    )
    return {version.figure_id: reason_text(version.reason) for version in versions}


@dataclass(slots=True)
class _Rows:
    """Makes the rows of one dashboard."""

    frame: Frame
    unit: Unit
    crew: Crew | None
    lines: dict[Cadence, list[Period]]
    columns: list[Column]
    readings: Readings
    reasons: dict[int, str]

    def row(self, indicator: Indicator) -> Row:
        """The row of one indicator."""
        found = self.readings[indicator.pk]
        slots = []
        for column in self.columns:
            if column.cadence not in indicator.cadences:
                slots.append(Slot(column, None, indicator.skip_reason or _("Not followed at this length.")))
            else:
                slots.append(Slot(column, self._cell(indicator, column, found)))
        target = self.frame.rules.target(indicator.pk, self.unit.pk, self.columns[1].period.first)
        spark_cadence = next((c for c in (Cadence.DAY, Cadence.WEEK, Cadence.MONTH) if c in indicator.cadences), None)
        line = self.lines[spark_cadence][-SPARK[spark_cadence] :] if spark_cadence else []
        spark = [found[at(period)].value if at(period) in found else None for period in line]
        return Row(
            indicator,
            slots,
            goal_text(target, indicator.decimals, indicator.direction),
            target.target if target else None,
            spark,
            _spark_label(indicator, spark, spark_cadence),
            self.href(indicator),
        )

    def _cell(self, indicator: Indicator, column: Column, found: dict[At, Reading]) -> Cell | None:
        line = self.lines[Cadence(column.cadence)]
        place = next(index for index, period in enumerate(line) if period == column.period)
        reading, shown = found.get(at(column.period)), place
        if not _has_data(reading) and place > 0 and _has_data(found.get(at(line[place - 1]))):
            reading, shown = found[at(line[place - 1])], place - 1
        if reading is None:
            return None
        before = found.get(at(line[shown - 1])) if shown > 0 else None
        return Cell(
            reading,
            before.value if before else None,
            self.href(indicator, line[shown]),
            earlier=self.frame.name(line[shown]) if shown != place else "",
            until=reading.ends_at + grace() if reading.state == FigureState.PROVISIONAL else None,
            reason=self.reasons.get(reading.pk, ""),
            streak=_streak(found, line[: shown + 1]),
        )

    def href(self, indicator: Indicator, period: Period | None = None) -> str:
        """The indicator's page: "why"."""
        query = {"unit": self.unit.code}
        if period is not None:
            query |= {"cadence": period.cadence.value, "period": period_key(period.first, period.number)}
        if self.crew is not None:
            query["crew"] = self.crew.code
        return f"{reverse('kpis:indicator', args=[indicator.code])}?{urlencode(query)}"


def _streak(found: dict[At, Reading], line: list[Period]) -> int:
    """How many periods with data, up to the last of the line, were red without a break."""
    count = 0
    for period in reversed(line):
        reading = found.get(at(period))
        if not _has_data(reading) or reading is None:
            continue
        if reading.status != "red":
            break
        count += 1
    return count


def _spark_label(indicator: Indicator, spark: Iterable[Decimal | None], cadence: Cadence | None) -> str:
    known = [value for value in spark if value is not None]
    if not known:
        return _("No data")
    ends = {
        "first": display.format_number(known[0], indicator.decimals),
        "last": display.format_number(known[-1], indicator.decimals),
        "count": len(known),
    }
    if cadence == Cadence.DAY:
        return ngettext(
            "%(count)d day, now %(last)s", "%(count)d days, from %(first)s to %(last)s", ends["count"]
        ) % ends
    if cadence == Cadence.WEEK:
        return ngettext(
            "%(count)d week, now %(last)s", "%(count)d weeks, from %(first)s to %(last)s", ends["count"]
        ) % ends
    return ngettext(
        "%(count)d month, now %(last)s", "%(count)d months, from %(first)s to %(last)s", ends["count"]
    ) % ends


def _grouped(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    groups = []
    for dimension in DIMENSIONS:
        found = [row for row in rows if row.indicator.dimension == dimension]
        found.sort(key=lambda row: (_LEVELS.index(row.indicator.level), row.indicator.position))
        if found:
            groups.append((str(Dimension(dimension).label), found))
    return groups


# Which cadence speaks for an indicator: the day, which a leader acts on; then the shift, then the longer ones.
_SPEAKS = ("day", "shift", "week", "month")


def _wrong(frame: Frame, rows: list[Row]) -> list[Line]:
    """One line per indicator that is red, or else yellow, at its most telling cadence."""
    lines = []
    for row in rows:
        cells = {slot.column.cadence: (slot, slot.cell) for slot in row.slots if slot.cell is not None}
        for status in ("red", "yellow"):
            hit = next((c for c in _SPEAKS if c in cells and cells[c][1].reading.status == status), None)
            if hit is not None:
                slot, cell = cells[hit]
                lines.append(_wrong_line(frame, row, slot, cell, status))
                break
    return lines


def _wrong_line(frame: Frame, row: Row, slot: Slot, cell: Cell, status: str) -> Line:
    words = {
        "value": display.format_number(cell.reading.value, row.indicator.decimals),
        "unit": row.indicator.unit,
        "goal": row.goal,
        "period": cell.earlier or slot.column.name,
    }
    text = _("%(value)s %(unit)s (target %(goal)s), %(period)s") % words
    if cell.streak > 1:
        text = _("%(figure)s: %(streak)s") % {"figure": text, "streak": _in_a_row(slot.column.cadence, cell.streak)}
    rank = (0 if status == "red" else 3, -cell.streak, _dimension_rank(row.indicator))
    return Line(status, row.indicator.name, text, cell.href, _("why"), rank)


def _in_a_row(cadence: str, count: int) -> str:
    if cadence == "shift":
        return ngettext("%(count)d shift in a row", "%(count)d shifts in a row", count) % {"count": count}
    if cadence == "day":
        return ngettext("%(count)d day in a row", "%(count)d days in a row", count) % {"count": count}
    if cadence == "week":
        return ngettext("%(count)d week in a row", "%(count)d weeks in a row", count) % {"count": count}
    return ngettext("%(count)d month in a row", "%(count)d months in a row", count) % {"count": count}


def _dimension_rank(indicator: Indicator) -> int:
    return DIMENSIONS.index(Dimension(indicator.dimension))


def _missed(frame: Frame, unit: Unit, crew: Crew | None) -> list[Line]:
    """Rounds missed in the last three shifts that were closed, one line per shift (one query)."""
    shifts = frame.line(frame.running(Cadence.SHIFT), 4)
    missed = ClosingLine.objects.filter(
        kind=LineKind.MISSED,
        closing__unit=unit,
        closing__cadence=Cadence.SHIFT,
        closing__starts_at__gte=shifts[0].start,
    )
    if crew is not None:
        missed = missed.filter(round__crew=crew)
    counts = Counter(missed.values_list("closing__first", "closing__number"))
    lines = []
    for (first, number), count in counts.items():
        period = frame.period(Cadence.SHIFT, first, number)
        words = {"count": count, "period": frame.name(period)}
        text = ngettext("%(count)d round, %(period)s", "%(count)d rounds, %(period)s", count) % words
        href = reverse("kpis:followup", args=[unit.code, "shift", first.isoformat(), number])
        lines.append(Line("yellow", _("Missed"), text, href, _("which"), (1, 0, 0)))
    return lines


def _thin(rows: list[Row]) -> list[Line]:
    """Figures of an ended shift or day that too few observations stand behind: at most one line each."""
    lines = []
    for row in rows:
        for slot in row.slots[:2]:
            cell = slot.cell
            if cell is None or slot.column.is_running or row.indicator.level == "coverage":
                continue
            reading = cell.reading
            if reading.planned and reading.value is not None and reading.n < LOW_COVERAGE * reading.planned:
                text = _("only %(n)s of %(planned)s seen, %(period)s") % {
                    "n": display.format_number(reading.n, 0),
                    "planned": display.format_number(reading.planned, 0),
                    "period": cell.earlier or slot.column.name,
                }
                lines.append(Line("none", row.indicator.name, text, cell.href, _("why"), (2, 0, 0)))
                break
    return lines
