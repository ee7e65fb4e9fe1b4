"""The dashboard of one unit: indicators as rows, the four cadences as columns, and what needs attention first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amps import display
from amps.periods import Cadence, Period
from kpis import attention
from kpis.board import Cell, Column, Line, Row, Slot, aim_text
from kpis.choice import DIMENSIONS
from kpis.figures import reason_text
from kpis.frame import CADENCES, Frame, cadence_name, period_key
from kpis.models import FigureState, FigureVersion, Indicator, VersionKind
from kpis.series import At, Reading, Readings, at, crew_readings, figure_readings
from observations.planning import grace
from principles.teams.models import Crew, Unit
from sops.models import Dimension

# How far back a dashboard looks: enough for the sparkline and for "the third day in a row".
LOOK_BACK = {Cadence.SHIFT: 12, Cadence.DAY: 15, Cadence.WEEK: 13, Cadence.MONTH: 13}
SPARK = {Cadence.SHIFT: 12, Cadence.DAY: 14, Cadence.WEEK: 12, Cadence.MONTH: 12}
_LEVELS = ("kpi", "process_indicator", "execution", "coverage")
_SHOWN_FIRST = 6


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
    wrong = attention.with_deviations(attention.wrong(rows, crew))
    board.attention = [*wrong, *attention.missed(frame, unit, crew), *attention.thin(rows)]
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
            aim_text(target, indicator.decimals),
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
            earlier_short=self._short(line[shown]) if shown != place else "",
            until=reading.ends_at + grace() if reading.state == FigureState.PROVISIONAL else None,
            reason=self.reasons.get(reading.pk, ""),
            streak=_streak(found, line[: shown + 1]),
            is_running=line[shown].end > self.frame.now,
        )

    def _short(self, period: Period) -> str:
        """The name of a period where there is little room: of a shift only its word."""
        return self.frame.shift_word(period) if period.cadence == Cadence.SHIFT else self.frame.name(period)

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
    count = len(known)
    ends = {
        "first": display.format_number(known[0], indicator.decimals),
        "last": display.format_number(known[-1], indicator.decimals),
        "count": count,
    }
    if cadence == Cadence.DAY:
        return ngettext("%(count)d day, now %(last)s", "%(count)d days, from %(first)s to %(last)s", count) % ends
    if cadence == Cadence.WEEK:
        return ngettext("%(count)d week, now %(last)s", "%(count)d weeks, from %(first)s to %(last)s", count) % ends
    return ngettext("%(count)d month, now %(last)s", "%(count)d months, from %(first)s to %(last)s", count) % ends


def _grouped(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    groups = []
    for dimension in DIMENSIONS:
        found = [row for row in rows if row.indicator.dimension == dimension]
        found.sort(key=lambda row: (_LEVELS.index(row.indicator.level), row.indicator.position))
        if found:
            groups.append((str(Dimension(dimension).label), found))
    return groups
