"""Counting tallies anew, for any number of them at once: shifts from the facts, longer periods from the shifts.

Every tally is locked before it is counted, and counted in a later statement: under READ COMMITTED that statement
sees whatever was committed while the lock was waited for, so the last one to write has seen everything.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection

from kpis.arrays import array_of, columns_of
from kpis.models import Cadence
from kpis.spans import LONGER, Places
from principles.teams.models import Shift


class TallyKey(NamedTuple):
    """What identifies a tally; `crew` 0 stands for none."""

    unit: int
    cadence: str
    first: dt.date
    number: int
    point: int
    crew: int


class Counted(NamedTuple):
    """A tally that was changed, with what is in it now; `answered` counts what was judged or found not applicable."""

    key: TallyKey
    n: int
    planned: int
    done: int
    answered: int
    opportunities: bool


SUMS = ("n", "conforming", "not_conforming", "not_applicable", "planned", "done")
EXACT_SUMS = ("sum_x", "sum_x2", "sum_w", "sum_wx")
COLUMNS = (*SUMS, *EXACT_SUMS, "min_x", "max_x")

_KEY_ROWS = """
unnest(%s::bigint[], %s::text[], %s::date[], %s::int[], %s::bigint[], %s::bigint[])
    AS k(unit, cadence, first, number, point, crew)
"""

# Two workers with overlapping keys take rows in one order, so that neither waits for the other in a circle.
_INSERT = f"""
INSERT INTO kpis_tally (unit_id, cadence, first, number, point_id, crew_id, starts_at,
    n, conforming, not_conforming, not_applicable, planned, done, sum_x, sum_x2, sum_w, sum_wx)
SELECT k.unit, k.cadence, k.first, k.number, k.point, nullif(k.crew, 0), s.at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM {_KEY_ROWS}
JOIN unnest(%s::text[], %s::date[], %s::int[], %s::timestamptz[]) AS s(cadence, first, number, at)
    USING (cadence, first, number)
ORDER BY k.unit, k.cadence, k.first, k.number, k.point, k.crew
ON CONFLICT DO NOTHING
RETURNING id, unit_id, cadence, first, number, point_id, coalesce(crew_id, 0)
"""  # noqa: S608 - made of constants

_LOCK = f"""
SELECT t.id, t.unit_id, t.cadence, t.first, t.number, t.point_id, coalesce(t.crew_id, 0)
FROM kpis_tally t
JOIN {_KEY_ROWS} ON t.unit_id = k.unit AND t.cadence = k.cadence AND t.first = k.first AND t.number = k.number
    AND t.point_id = k.point AND t.crew_id IS NOT DISTINCT FROM nullif(k.crew, 0)
ORDER BY t.unit_id, t.cadence, t.first, t.number, t.point_id, coalesce(t.crew_id, 0)
FOR UPDATE OF t
"""  # noqa: S608 - made of constants

# What each area's own facts of some shifts and points add up to. A fact counts when nothing superseded it and it is not
# withdrawn. What a plan owes and what was done of it are told by the round: a card (one point on one target) is done
# once, however many facts it has, when the crew that owed it saw it in the shift that it was owed in; so what is done
# lies in the same tally as what is planned. An event series counts its reports; events that came without one count by
# themselves. The three sources are read by the batch's shifts, areas and points, not joined to its keys: plain index
# scans, however large the batch.
OWN = """
fact AS (
    SELECT o.shift_id AS shift, o.area_id AS area, o.point_id AS point, coalesce(o.crew_id, 0) AS crew,
        o.round_id AS round, count(*) AS n,
        count(*) FILTER (WHERE o.result = 'ok') AS conforming,
        count(*) FILTER (WHERE o.result = 'not_ok') AS not_conforming,
        count(*) FILTER (WHERE o.result = 'na') AS not_applicable,
        count(DISTINCT coalesce(o.equipment_id, 0)) AS cards,
        sum(o.value) FILTER (WHERE o.result <> 'na') AS sum_x,
        sum(o.value * o.value) FILTER (WHERE o.result <> 'na') AS sum_x2,
        min(o.value) FILTER (WHERE o.result <> 'na') AS min_x,
        max(o.value) FILTER (WHERE o.result <> 'na') AS max_x,
        sum(o.weight) FILTER (WHERE o.result <> 'na' AND o.value IS NOT NULL) AS sum_w,
        sum(o.weight * o.value) FILTER (WHERE o.result <> 'na') AS sum_wx
    FROM observations_observation o
    LEFT JOIN observations_observation later ON later.supersedes_id = o.id
    WHERE o.result <> 'void' AND later.id IS NULL
        AND o.shift_id = ANY(%(shifts)s) AND o.area_id = ANY(%(areas)s) AND o.point_id = ANY(%(points)s)
    GROUP BY 1, 2, 3, 4, 5
), raw AS (
    SELECT f.shift, f.area, f.point, f.crew, f.n, f.conforming, f.not_conforming, f.not_applicable, 0 AS planned,
        least(f.cards, coalesce(rp.planned, 0)) AS done,
        f.sum_x, f.sum_x2, f.min_x, f.max_x, f.sum_w, f.sum_wx, NULL::bigint AS reports, NULL::numeric AS opportunities
    FROM fact f
    LEFT JOIN observations_round r ON r.id = f.round AND r.plan_id IS NOT NULL
        AND r.shift_id = f.shift AND r.area_id = f.area AND coalesce(r.crew_id, 0) = f.crew
    LEFT JOIN observations_roundpoint rp ON rp.round_id = r.id AND rp.point_id = f.point
    UNION ALL
    SELECT r.shift_id, r.area_id, rp.point_id, coalesce(r.crew_id, 0), 0, 0, 0, 0, sum(rp.planned), 0,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM observations_round r
    JOIN observations_roundpoint rp ON rp.round_id = r.id
    WHERE r.plan_id IS NOT NULL
        AND r.shift_id = ANY(%(shifts)s) AND r.area_id = ANY(%(areas)s) AND rp.point_id = ANY(%(points)s)
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT e.shift_id, e.area_id, e.point_id, coalesce(e.crew_id, 0), 0, 0, 0, 0, 0, 0,
        NULL, NULL, NULL, NULL, NULL, NULL, count(*), sum(e.opportunities)
    FROM observations_eventreport e
    WHERE e.shift_id = ANY(%(shifts)s) AND e.area_id = ANY(%(areas)s) AND e.point_id = ANY(%(points)s)
    GROUP BY 1, 2, 3, 4
), own AS (
    SELECT raw.shift, raw.area, raw.point, raw.crew,
        CASE WHEN p.kind = 'event' THEN coalesce(sum(raw.reports), sum(raw.n)) ELSE sum(raw.n) END AS n,
        CASE WHEN p.kind <> 'event' THEN sum(raw.conforming) END AS conforming,
        CASE WHEN p.kind <> 'event' THEN sum(raw.not_conforming) END AS not_conforming,
        CASE WHEN p.kind <> 'event' THEN sum(raw.not_applicable) END AS not_applicable,
        sum(raw.planned) AS planned,
        CASE WHEN p.kind = 'event' THEN least(sum(raw.done), coalesce(sum(raw.reports), sum(raw.n)))
            ELSE sum(raw.done) END AS done,
        sum(raw.sum_x) AS sum_x, sum(raw.sum_x2) AS sum_x2, min(raw.min_x) AS min_x, max(raw.max_x) AS max_x,
        CASE WHEN p.kind = 'event' THEN sum(raw.opportunities) ELSE sum(raw.sum_w) END AS sum_w,
        CASE WHEN p.kind <> 'event' THEN sum(raw.sum_wx) END AS sum_wx
    FROM raw
    JOIN sops_observationpoint p ON p.id = raw.point
    GROUP BY raw.shift, raw.area, raw.point, raw.crew, p.kind
)
"""

SUMMED = ", ".join(
    [f"coalesce(sum(s.{name}), 0) AS {name}" for name in (*SUMS, *EXACT_SUMS)]
    + ["min(s.min_x) AS min_x", "max(s.max_x) AS max_x"]
)
# Only what differs is written, and only that is told.
_UPDATE = f"""
UPDATE kpis_tally t SET {", ".join(f"{name} = c.{name}" for name in COLUMNS)}
FROM counted c
WHERE t.id = c.tally
    AND ({", ".join(f"t.{name}" for name in COLUMNS)}) IS DISTINCT FROM ({", ".join(f"c.{name}" for name in COLUMNS)})
RETURNING t.id, t.n, t.planned, t.done,
    t.conforming + t.not_conforming + t.not_applicable, t.sum_w > 0
"""  # noqa: S608 - made of constants

_FROM_FACTS = f"""
WITH wanted AS (
    SELECT * FROM unnest(%(tallies)s::bigint[], %(of_shift)s::bigint[], %(of_unit)s::bigint[], %(of_point)s::bigint[],
        %(of_crew)s::bigint[]) AS w(tally, shift, unit, point, crew)
), up AS (
    SELECT * FROM unnest(%(up_shift)s::bigint[], %(up_area)s::bigint[], %(up_unit)s::bigint[]) AS up(shift, area, unit)
), {OWN}, s AS (
    SELECT up.unit, own.* FROM own JOIN up USING (shift, area)
), counted AS (
    SELECT wanted.tally, {SUMMED}
    FROM wanted LEFT JOIN s USING (shift, unit, point, crew) GROUP BY wanted.tally
)
{_UPDATE}
"""  # noqa: S608 - made of constants

# The first production date of the longer period that a shift's production date `first` belongs to.
FIRST_OF: dict[str, str] = {
    Cadence.DAY: "s.first",
    Cadence.WEEK: "s.first - (extract(isodow FROM s.first)::int - 1)",
    Cadence.MONTH: "s.first - (extract(day FROM s.first)::int - 1)",
}

_FROM_SHIFTS = f"""
WITH k AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[], %s::bigint[])
        AS k(tally, unit, first, point, crew)
), counted AS (
    SELECT k.tally, {SUMMED}
    FROM k
    LEFT JOIN kpis_tally s ON s.unit_id = k.unit AND s.point_id = k.point AND coalesce(s.crew_id, 0) = k.crew
        AND {{first_of}} = k.first
        AND s.cadence = 'shift' AND s.unit_id = ANY(%s) AND s.point_id = ANY(%s) AND s.first >= %s AND s.first < %s
    GROUP BY k.tally
)
{_UPDATE}
"""  # noqa: S608 - made of constants


def tallies_recount(
    shift_keys: Collection[TallyKey],
    *,
    shifts: Mapping[tuple[dt.date, int], Shift],
    places: Places,
    also: Iterable[TallyKey] = (),
) -> list[Counted]:
    """Count the tallies of shifts from their facts, then every longer period that follows from a change.

    `shift_keys` name tallies of shifts, of an area or of any unit above; `shifts` holds the rows they lie in, by
    production date and number. `also` are longer periods to be summed whatever happens to their shifts. Missing
    rows are made. Returns the tallies that have changed. To be called inside a transaction.
    """
    extra = set(also)
    longer = {parent for key in shift_keys for parent in _parents(key, places)} | extra
    ids = _lock({*shift_keys, *longer}, shifts=shifts, places=places)
    changed = _count_shifts([key for key in ids if key.cadence == Cadence.SHIFT], ids, shifts, places)
    due = {parent for counted in changed for parent in _parents(counted.key, places)} | extra
    for cadence in LONGER:
        changed += _sum_longer([key for key in due if key.cadence == cadence], ids, cadence)
    return changed


def _parents(key: TallyKey, places: Places) -> list[TallyKey]:
    return [TallyKey(key.unit, cadence, first, 0, key.point, key.crew) for cadence, first in places.firsts(key.first)]


def _lock(keys: set[TallyKey], *, shifts: Mapping[tuple[dt.date, int], Shift], places: Places) -> dict[TallyKey, int]:
    """Make the missing tallies and lock all of them in one order; ids by key."""
    if not keys:
        return {}
    rows = columns_of(keys)
    spans = {(key.cadence, key.first, key.number) for key in keys}
    starts = [
        shifts[first, number].starts_at
        if cadence == Cadence.SHIFT
        else places.longer(Cadence(cadence), first).starts_at
        for cadence, first, number in spans
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*rows, *columns_of(spans), array_of(starts)])
        ids = {TallyKey(*key): tally for tally, *key in cursor.fetchall()}
        # Those just made are nobody else's before this transaction ends.
        if rest := keys - ids.keys():
            cursor.execute(_LOCK, columns_of(rest))
            ids.update((TallyKey(*key), tally) for tally, *key in cursor.fetchall())
    return ids


def _count_shifts(
    keys: list[TallyKey],
    ids: Mapping[TallyKey, int],
    shifts: Mapping[tuple[dt.date, int], Shift],
    places: Places,
) -> list[Counted]:
    if not keys:
        return []
    wanted = [(ids[key], shifts[key.first, key.number].pk, key.unit, key.point, key.crew) for key in keys]
    tallies, of_shift, of_unit, of_point, of_crew = zip(*wanted, strict=True)
    # Which areas' facts a unit's tally of a shift is made of: the tree of that day.
    up = [
        (shifts[first, number].pk, area, unit)
        for unit, first, number in {(key.unit, key.first, key.number) for key in keys}
        for area in places.members(unit, first)
    ]
    up_shift, up_area, up_unit = zip(*up, strict=True)
    parameters: dict[str, Any] = {
        "tallies": array_of(tallies),
        "of_shift": array_of(of_shift),
        "of_unit": array_of(of_unit),
        "of_point": array_of(of_point),
        "of_crew": array_of(of_crew),
        "up_shift": array_of(up_shift),
        "up_area": array_of(up_area),
        "up_unit": array_of(up_unit),
        "shifts": sorted(set(of_shift)),
        "areas": sorted(set(up_area)),
        "points": sorted(set(of_point)),
    }
    return _updated(_FROM_FACTS, parameters, keys, ids)


def _sum_longer(keys: list[TallyKey], ids: Mapping[TallyKey, int], cadence: Cadence) -> list[Counted]:
    rows = [(ids[key], key.unit, key.first, key.point, key.crew) for key in keys]
    if not rows:
        return []
    tallies, units, firsts, points, crews = zip(*rows, strict=True)
    columns = [array_of(column) for column in (tallies, units, firsts, points, crews)]
    bounds = [sorted(set(units)), sorted(set(points)), min(firsts), max(firsts) + dt.timedelta(days=31)]
    return _updated(_FROM_SHIFTS.format(first_of=FIRST_OF[cadence]), [*columns, *bounds], keys, ids)


def _updated(
    sql: str, parameters: list[Any] | dict[str, Any], keys: Iterable[TallyKey], ids: Mapping[TallyKey, int]
) -> list[Counted]:
    if not parameters:
        return []
    by_id = {ids[key]: key for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [Counted(by_id[tally], *rest) for tally, *rest in cursor.fetchall()]


def shifts_by_place(shifts: Iterable[Shift]) -> dict[tuple[dt.date, int], Shift]:
    """Shifts by production date and number."""
    return {(shift.production_date, shift.number): shift for shift in shifts}


def shift_keys_of(
    marks: Iterable[tuple[int, int, int, int]], shifts: Mapping[int, Shift], places: Places
) -> set[TallyKey]:
    """The shift tallies that marks (point, area, crew or 0, shift) concern: the area's and those above it."""
    keys: set[TallyKey] = set()
    by_shift: defaultdict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
    for point, area, crew, shift_id in marks:
        by_shift[shift_id, area].add((point, crew))
    for (shift_id, area), found in by_shift.items():
        shift = shifts[shift_id]
        for unit in places.line(area, shift.production_date):
            keys.update(
                TallyKey(unit, Cadence.SHIFT.value, shift.production_date, shift.number, point, crew)
                for point, crew in found
            )
    return keys
