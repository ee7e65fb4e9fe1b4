"""What a closing puts on the agenda: red figures, rounds that were missed, yellow figures, figures without data."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db import connection

from kpis.models import ClosingLine, Direction, Indicator, IndicatorKind, LineKind
from kpis.rules import FigureKey, Rules
from kpis.spans import Places

_ORDER = {LineKind.RED: 0, LineKind.MISSED: 1, LineKind.YELLOW: 2, LineKind.NO_DATA: 3}
_LAST_POSITION = 32_000


class _Line(NamedTuple):
    rank: int
    badness: float
    place: int
    line: ClosingLine


def lines_write(closing_ids: list[int], places: Places) -> None:
    """Write the agenda of new closings: worst first, so that a meeting that runs out of time has seen the worst.

    A missed round is listed where it was owed; a unit above counts those of its areas.
    """
    if not closing_ids:
        return
    found: defaultdict[int, list[_Line]] = defaultdict(list)
    rules = Rules(places)
    for closing, line in _figure_lines(closing_ids, rules):
        found[closing].append(line)
    for closing, line in _missed_lines(closing_ids):
        found[closing].append(line)
    lines = []
    for closing in sorted(found):
        ordered = sorted(found[closing], key=lambda line: (line.rank, -line.badness, line.place))
        for position, (_, _, _, row) in enumerate(ordered):
            row.position = min(position, _LAST_POSITION)
            lines.append(row)
    ClosingLine.objects.bulk_create(lines, batch_size=2000)


def badness(rules: Rules, key: FigureKey, value: Decimal) -> float:
    """How far a figure is beyond its target, in steps from target to red limit, so that unlike figures compare."""
    target = rules.target(key.indicator, key.unit, key.first)
    if target is None:
        return 0.0
    if rules.indicators[key.indicator].direction == Direction.BAND:
        below = (target.target_min, target.red_min)
        above = (target.target_max, target.red_max)
        green, red = below if value < target.target else above
    else:
        green, red = target.target, target.red
    aim = Fraction(target.target if green is None else green)
    step = abs(Fraction(red) - aim) if red is not None else Fraction(0)
    return float(abs(Fraction(value) - aim) / (step or abs(aim) or 1))


def _figure_lines(closing_ids: list[int], rules: Rules) -> list[tuple[int, _Line]]:
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [closing_ids])
        rows = cursor.fetchall()
    lines = []
    for closing, figure, status, value, done, planned, *key_parts in rows:
        key = FigureKey(*key_parts)
        indicator = rules.indicators.get(key.indicator)
        if indicator is None:
            continue
        if status in (LineKind.RED, LineKind.YELLOW):
            kind = LineKind(status)
        elif value is None and planned and _has_points_of_its_own(indicator):
            kind = LineKind.NO_DATA
        else:
            continue
        row = ClosingLine(closing_id=closing, kind=kind, figure_id=figure, done=done, planned=planned)
        worse = badness(rules, key, value) if value is not None else 0.0
        lines.append((closing, _Line(_ORDER[kind], worse, indicator.position, row)))
    return lines


def _has_points_of_its_own(indicator: Indicator) -> bool:
    """Whether it says more than its parts do: a roll-up, or an indicator over every point, only repeats theirs."""
    return indicator.kind != IndicatorKind.WEIGHTED and not indicator.all_points


def _missed_lines(closing_ids: list[int]) -> list[tuple[int, _Line]]:
    with connection.cursor() as cursor:
        cursor.execute(_MISSED, [closing_ids])
        rows = cursor.fetchall()
    return [
        (
            closing,
            _Line(
                _ORDER[LineKind.MISSED],
                (planned - done) / planned,
                place,
                ClosingLine(closing_id=closing, kind=LineKind.MISSED, round_id=round_, done=done, planned=planned),
            ),
        )
        for place, (closing, round_, done, planned) in enumerate(rows)
    ]


_FIGURES = """
SELECT c.id, f.id, f.status, f.value, f.done, f.planned, f.indicator_id, f.unit_id, f.cadence, f.first, f.number
FROM kpis_closing c
JOIN kpis_figure f ON f.unit_id = c.unit_id AND f.cadence = c.cadence AND f.first = c.first AND f.number = c.number
WHERE c.id = ANY(%s) AND (f.status IN ('red', 'yellow') OR f.value IS NULL)
"""

# Rounds of the closings' periods that a plan asked for and that lack something. A card done twice makes up for no
# other.
_MISSED = """
WITH made AS (
    SELECT id, unit_id, starts_at, ends_at FROM kpis_closing WHERE id = ANY(%s)
), owed AS (
    SELECT r.id, r.area_id, s.starts_at
    FROM teams_shift s
    JOIN observations_round r ON r.shift_id = s.id
    WHERE s.starts_at >= (SELECT min(starts_at) FROM made) AND s.starts_at < (SELECT max(ends_at) FROM made)
        AND r.plan_id IS NOT NULL AND r.area_id IN (SELECT unit_id FROM made)
), seen AS (
    SELECT o.round_id, o.point_id, count(DISTINCT coalesce(o.equipment_id, 0)) AS n
    FROM owed
    JOIN observations_observation o ON o.round_id = owed.id
    LEFT JOIN observations_observation later ON later.supersedes_id = o.id
    WHERE o.result <> 'void' AND later.id IS NULL
    GROUP BY o.round_id, o.point_id
), told AS (
    SELECT owed.id, owed.area_id, owed.starts_at, sum(rp.planned) AS planned,
        sum(least(coalesce(seen.n, 0), rp.planned)) AS done
    FROM owed
    JOIN observations_roundpoint rp ON rp.round_id = owed.id
    LEFT JOIN seen ON seen.round_id = rp.round_id AND seen.point_id = rp.point_id
    GROUP BY owed.id, owed.area_id, owed.starts_at
)
SELECT made.id, told.id, told.done, told.planned
FROM told
JOIN made ON made.unit_id = told.area_id AND told.starts_at >= made.starts_at AND told.starts_at < made.ends_at
WHERE told.done < told.planned
ORDER BY told.starts_at, told.id
"""
