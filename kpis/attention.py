"""What needs attention first: figures outside their target, missed rounds, figures that little stands behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amps import display
from amps.measures import measure_text
from amps.periods import Cadence
from kpis.board import Cell, Line, Row, Slot
from kpis.choice import DIMENSIONS
from kpis.frame import Frame
from kpis.models import ClosingLine, FigureDeviation, Indicator, IndicatorKind, LineKind
from principles.teams.models import Crew, Unit
from sops.models import Dimension

LOW_COVERAGE = Decimal("0.7")

# Which cadence speaks for an indicator: the day, which a leader acts on; then the shift, then the longer ones.
_SPEAKS = ("day", "shift", "week", "month")


def wrong(rows: list[Row], crew: Crew | None) -> list[Line]:
    """One line per indicator that is red, or else yellow, at its most telling cadence."""
    lines = []
    for row in rows:
        cells = {
            slot.column.cadence: (slot, slot.cell)
            for slot in row.slots
            # Half a shift's rounds done in half a shift is nothing to worry about.
            if slot.cell is not None and not (row.indicator.kind == IndicatorKind.COVERAGE and slot.cell.is_running)
        }
        for status in ("red", "yellow"):
            hit = next((c for c in _SPEAKS if c in cells and cells[c][1].reading.status == status), None)
            if hit is not None:
                slot, cell = cells[hit]
                lines.append(_wrong_line(row, slot, cell, status, crew))
                break
    return lines


def _wrong_line(row: Row, slot: Slot, cell: Cell, status: str, crew: Crew | None) -> Line:
    words = {
        "value": display.format_number(cell.reading.value, row.indicator.decimals),
        "unit": measure_text(row.indicator.unit),
        "goal": row.goal,
        "period": cell.earlier or slot.column.name,
    }
    text = _("%(value)s %(unit)s (target %(goal)s), %(period)s") % words
    if cell.streak > 1:
        text = _("%(figure)s: %(streak)s") % {"figure": text, "streak": _in_a_row(slot.column.cadence, cell.streak)}
    rank = (0 if status == "red" else 3, -cell.streak, _dimension_rank(row.indicator))
    # A deviation is opened from what all crews made together: one crew's red says nothing of that figure.
    figure = cell.reading.pk if status == "red" and crew is None else 0
    return Line(status, row.indicator.name, text, cell.href, _("why"), rank, figure)


def with_deviations(lines: list[Line]) -> list[Line]:
    """The lines with the open deviations of their red figures (one query, none without a red figure)."""
    red = [line.figure for line in lines if line.figure]
    if not red:
        return lines
    links = FigureDeviation.objects.filter(figure__in=red, deviation__closed_at=None).select_related("deviation")
    found = {link.figure_id: link.deviation for link in links}
    return [replace(line, deviation=found.get(line.figure)) for line in lines]


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


def missed(frame: Frame, unit: Unit, crew: Crew | None) -> list[Line]:
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


def thin(rows: list[Row]) -> list[Line]:
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
                    "n": display.format_number(reading.done, 0),
                    "planned": display.format_number(reading.planned, 0),
                    "period": cell.earlier or slot.column.name,
                }
                lines.append(Line("none", row.indicator.name, text, cell.href, _("why"), (2, 0, 0)))
                break
    return lines
