"""Closing periods when they end, and making their figures final when their grace has passed.

Periods close in the order in which they end, a shift before the day that ends with it, once each. One transaction
closes some dozens of them; a lock of the whole job keeps two workers from doing the same, and the closing's own
unique key would stop them if it did not. What was closed stays as it was known then.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db import connection, transaction
from django.db.models import F

from kpis.agenda import lines_write
from kpis.arrays import array_of, columns_of
from kpis.breaches import breaches_detect
from kpis.models import Cadence
from kpis.spans import RANK, Places, Span
from observations.planning import grace
from principles.improvement.services.carrying import ClosedPeriod, deviations_carry
from principles.teams.models import FIGURE_KINDS, Shift, Unit

# One number for closing and finalising: they take turns.
_LOCK = 4_003_001
# Periods per transaction: so many that a quarter's backlog takes seconds, so few that the memory stays flat.
_BATCH = 80
_STEP = dt.timedelta(days=14)
# How far back follow-up of a unit reaches when it begins: over a long weekend without a worker, but not into a past
# that nobody could have followed up. Facts from before it (an import of earlier years) have figures that become final,
# without closings.
FOLLOW_UP_REACH = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit under follow-up: `after` says per cadence which end of a period was the last one dealt with."""

    pk: int
    closed: dt.date | None
    after: dict[str, dt.datetime]


def close_due(*, now: dt.datetime, delay: dt.timedelta | None = None) -> int:
    """Close every period that has ended at `now` and is not closed, oldest first; returns how many were closed.

    A period waits while a mark of one of its shifts does, and those after it wait with it. Follow-up of a unit begins
    with the first shift that owed or gave it anything, but no earlier than `FOLLOW_UP_REACH` before its first closing;
    from then on every period is closed, however long the worker was away. Another worker that is at it leaves nothing
    to do here: 0.

    With `delay`, a past is caught up with in which nothing changed: each period is closed as of `delay` after its own
    end, and left alone until then. What is stored is what closing each one at that moment would have stored, and so it
    begins with the first shift, however long ago.
    """
    closed = 0
    while (batch := _close_batch(now, delay)) is not None:
        closed += batch
    return closed


def finalise_due(*, now: dt.datetime, delay: dt.timedelta | None = None) -> int:
    """Make the figures final of every closed period whose grace has passed; returns how many became final.

    Longer periods end no earlier than their shifts and wait for the same marks, so none is final before they are. What
    ended before follow-up of the unit began is never closed, and becomes final as soon as that has begun.
    With `delay`, each becomes final as of that long after its grace, as in `close_due`.
    """
    if delay is not None:
        return _finalise_past(now, grace() + delay)
    cutoff = now - grace()
    final = 0
    while (batch := _finalise_batch(cutoff, now)) is not None:
        final += batch
    return final


@transaction.atomic
def _close_batch(now: dt.datetime, delay: dt.timedelta | None) -> int | None:
    """Close the next periods; None when there is nothing (more) to do."""
    if not _alone():
        return None
    places = Places()
    if delay is None:
        due = list(_next_due(_units(now - FOLLOW_UP_REACH), places, now))
    else:
        due = list(_next_due(_units(None), places, now - delay))
    if not due:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [_interval(delay), now, *columns_of((unit, *span) for span, unit in due)])
        rows = cursor.fetchall()
        made = [pk for pk, *_ in rows]
        cursor.execute(_FREEZE, [made])
    lines_write(made, places)
    breaches_detect(made, now=now)
    # Last, for it holds the rows of open deviations that people write to.
    closed = [ClosedPeriod(*row) for _, *row in rows]
    closed.sort(key=lambda period: (period.ends_at, RANK[Cadence(period.cadence)]))
    deviations_carry(periods=closed, now=now)
    return len(made)


def _next_due(units: list[_Unit], places: Places, now: dt.datetime) -> Iterator[tuple[Span, int]]:
    """The next periods to close with each of their units, up to the first that waits for a mark."""
    if not units:
        return
    begin = min(after for unit in units for after in unit.after.values())
    shifts = Shift.objects.filter(ends_at__gt=begin, starts_at__lt=now).order_by("starts_at")
    spans = {span for shift in shifts for span in places.spans(shift) if span.ends_at <= now}
    waiting = _waiting(now)
    taken = 0
    for span in sorted(spans, key=lambda span: (span.ends_at, RANK[Cadence(span.cadence)])):
        wanting = [unit for unit in units if _wants(unit, span)]
        if not wanting:
            continue
        if taken == _BATCH or any(span.starts_at <= at < span.ends_at for at in waiting):
            return
        taken += 1
        for unit in wanting:
            yield span, unit.pk


def _wants(unit: _Unit, span: Span) -> bool:
    in_use = unit.closed is None or span.first < unit.closed
    return in_use and span.ends_at > unit.after[span.cadence]


def _waiting(until: dt.datetime) -> list[dt.datetime]:
    """Starts of shifts that have marks nobody has dealt with, among those begun before `until`."""
    starts = Shift.objects.filter(starts_at__lt=until, pk__in=_marked()).values_list("starts_at", flat=True)
    return list(starts)


def _marked() -> Iterable[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT shift_id FROM observations_mark")
        return [shift for (shift,) in cursor.fetchall()]


def _units(reach: dt.datetime | None) -> list[_Unit]:
    """Units that have anything to follow up: per cadence the end of the last period closed, else where it begins.

    That is the unit's first closing where there is one, else its first shift, but not before `reach`.
    """
    kinds = [kind.value for kind in FIGURE_KINDS]
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [reach, [cadence.value for cadence in Cadence], kinds])
        rows = cursor.fetchall()
    closed = dict(Unit.objects.filter(kind__in=kinds, closed__isnull=False).values_list("pk", F("closed")))
    return [
        _Unit(pk=pk, closed=closed.get(pk), after={cadence: after for _, cadence, after in found})
        for pk, found in groupby(rows, key=lambda row: row[0])
    ]


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def _finalise_batch(cutoff: dt.datetime, now: dt.datetime) -> int | None:
    """Finalise the oldest two weeks that are due; None when there is nothing (more) to do."""
    if not _alone():
        return None
    held = _held(cutoff)
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [cutoff, held, cutoff, held])
        oldest = cursor.fetchone()[0]
    return None if oldest is None else _finalise(min(oldest + _STEP, cutoff), now)


@transaction.atomic
def _finalise_past(now: dt.datetime, after: dt.timedelta) -> int:
    """Finalise in one go what was due by `now`, each as of `after` its own end."""
    return _finalise(now - after, now, after) if _alone() else 0


def _finalise(until: dt.datetime, now: dt.datetime, after: dt.timedelta | None = None) -> int:
    """Finalise what ended up to `until`, as of `now`, or each as of `after` its own end; how many figures."""
    held = _held(until)
    with connection.cursor() as cursor:
        cursor.execute(_FINALISE, [until, held, _interval(after), now])
        final: int = cursor.rowcount
        cursor.execute(_FINALISE_CLOSINGS, [_interval(after), now, until, held])
    return final


def _interval(length: dt.timedelta | None) -> str | None:
    return None if length is None else f"{length.total_seconds()} seconds"


def _held(until: dt.datetime) -> str:
    """Starts of the shifts that hold up whatever period they lie in, as an array."""
    return array_of(_waiting(until))


def missed_rounds(closing_ids: Iterable[int]) -> dict[int, int]:
    """How many rounds each closing lists as missed or not complete; closings without any are left out."""
    counts: defaultdict[int, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT closing_id, count(*) FROM kpis_closingline
            WHERE kind = 'missed' AND closing_id = ANY(%s) GROUP BY closing_id
            """,
            [list(closing_ids)],
        )
        counts.update(cursor.fetchall())
    return dict(counts)


_AFTER = """
SELECT u.id, c.cadence, coalesce(last.ends_at, followed.starts_at, greatest(begun.starts_at, %s))
FROM teams_unit u
CROSS JOIN unnest(%s::text[]) AS c(cadence)
CROSS JOIN LATERAL (
    SELECT starts_at FROM kpis_tally WHERE unit_id = u.id AND cadence = 'shift' ORDER BY first, number LIMIT 1
) begun
LEFT JOIN LATERAL (
    SELECT ends_at FROM kpis_closing WHERE unit_id = u.id AND cadence = c.cadence
    ORDER BY first DESC, number DESC LIMIT 1
) last ON true
LEFT JOIN LATERAL (
    SELECT starts_at FROM kpis_closing WHERE unit_id = u.id AND cadence = 'shift' ORDER BY first, number LIMIT 1
) followed ON true
WHERE u.kind = ANY(%s)
ORDER BY u.id
"""

_CLOSE = """
INSERT INTO kpis_closing (closed_at, unit_id, cadence, first, number, starts_at, ends_at)
SELECT coalesce(k.ends_at + %s::interval, %s), k.unit, k.cadence, k.first, k.number, k.starts_at, k.ends_at
FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::int[], %s::timestamptz[], %s::timestamptz[])
    WITH ORDINALITY AS k(unit, cadence, first, number, starts_at, ends_at, place)
ORDER BY k.place
ON CONFLICT DO NOTHING
RETURNING id, unit_id, cadence, first, number, starts_at, ends_at
"""

_FREEZE = """
INSERT INTO kpis_figureversion (figure_id, kind, at, reason, value, numerator, denominator, n, planned, done,
    status)
SELECT f.id, 'closed', c.closed_at, '', f.value, f.numerator, f.denominator, f.n, f.planned, f.done, f.status
FROM kpis_closing c
JOIN kpis_figure f ON f.unit_id = c.unit_id AND f.cadence = c.cadence AND f.first = c.first AND f.number = c.number
WHERE c.id = ANY(%s)
ON CONFLICT DO NOTHING
"""

# A figure may become final once its period is behind the closings of its unit, or before the first of them.
_DUE = """
f.state = 'provisional' AND f.ends_at <= %s
    AND (f.ends_at <= (
        SELECT c.ends_at FROM kpis_closing c WHERE c.unit_id = f.unit_id AND c.cadence = f.cadence
        ORDER BY c.first DESC, c.number DESC LIMIT 1
    ) OR f.ends_at <= (
        SELECT c.starts_at FROM kpis_closing c WHERE c.unit_id = f.unit_id AND c.cadence = 'shift'
        ORDER BY c.first, c.number LIMIT 1
    ))
    AND NOT EXISTS (SELECT 1 FROM unnest(%s::timestamptz[]) AS held(at) WHERE at >= f.starts_at AND at < f.ends_at)
"""

_CLOSING_DUE = """
c.finalised_at IS NULL AND c.ends_at <= %s
    AND NOT EXISTS (SELECT 1 FROM unnest(%s::timestamptz[]) AS held(at) WHERE at >= c.starts_at AND at < c.ends_at)
"""

_OLDEST = f"""
SELECT least(
    (SELECT f.ends_at FROM kpis_figure f WHERE {_DUE} ORDER BY f.ends_at LIMIT 1),
    (SELECT c.ends_at FROM kpis_closing c WHERE {_CLOSING_DUE} ORDER BY c.ends_at LIMIT 1)
)
"""  # noqa: S608 - made of constants

# Locked in the same order as the roll-up locks them.
_FINALISE = f"""
WITH due AS (
    SELECT f.id FROM kpis_figure f WHERE {_DUE}
    ORDER BY f.unit_id, f.indicator_id, f.cadence, f.first, f.number
    FOR UPDATE OF f
), final AS (
    UPDATE kpis_figure f SET state = 'final', updated_at = coalesce(f.ends_at + %s::interval, %s)
    FROM due WHERE f.id = due.id
    RETURNING f.id, f.updated_at, f.value, f.numerator, f.denominator, f.n, f.planned, f.done, f.status
)
INSERT INTO kpis_figureversion (figure_id, kind, at, reason, value, numerator, denominator, n, planned, done,
    status)
SELECT id, 'final', updated_at, '', value, numerator, denominator, n, planned, done, status FROM final
ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants

_FINALISE_CLOSINGS = f"""
UPDATE kpis_closing c SET finalised_at = coalesce(c.ends_at + %s::interval, %s) WHERE {_CLOSING_DUE}
"""  # noqa: S608 - made of constants
