"""From marks to tallies to figures: what a worker does when facts were stored.

One transaction per batch. A crash rolls all of it back, the marks with it, and the next worker starts anew.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from kpis.feeding import feeds_hold
from kpis.figures import figures_recompute, touched_by
from kpis.recount import shift_keys_of, shifts_by_place, tallies_recount
from kpis.rules import Rules
from kpis.spans import Places, Span
from observations.models import Mark
from principles.teams.models import Shift

BATCH = 2000
# A first load or a large import: fewer, larger steps, since each also sums the month that it lies in.
LARGE_BATCH = 50_000

# Oldest first; marks that another worker has taken are left to it. What is planned for a shift to come waits until
# the shift begins: before that nothing is owed, and a day would look neglected from its first hour on.
_TAKE = """
DELETE FROM observations_mark WHERE id = ANY(ARRAY(
    SELECT m.id FROM observations_mark m JOIN teams_shift s ON s.id = m.shift_id
    WHERE s.starts_at <= %s ORDER BY m.id LIMIT %s FOR UPDATE OF m SKIP LOCKED
))
RETURNING point_id, area_id, coalesce(crew_id, 0), shift_id
"""


@transaction.atomic
def process_marks(*, now: dt.datetime, limit: int = BATCH) -> int:
    """Take up to `limit` marks and count again what they name, with everything that follows from it.

    Returns how many marks were taken; 0 when none is due, or when other workers have them. Marks of shifts that
    have not begun at `now` are not due.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [now, limit])
        marks: list[tuple[int, int, int, int]] = cursor.fetchall()
    if not marks:
        return 0
    feeds_hold()
    places = Places()
    by_id = Shift.objects.in_bulk({shift for *_, shift in marks})
    shifts = list(by_id.values())
    changed = tallies_recount(shift_keys_of(set(marks), by_id, places), shifts=shifts_by_place(shifts), places=places)
    rules = Rules(places)
    touched = touched_by(changed, rules)
    figures_recompute(touched, spans=spans_of(shifts, places), rules=rules, now=now)
    return len(marks)


def process_all_marks(*, now: dt.datetime) -> int:
    """Take marks until none is due, in large batches; how many were taken."""
    taken = 0
    if Mark.objects.all()[:LARGE_BATCH].count() == LARGE_BATCH:
        _refresh_statistics()
    while batch := process_marks(now=now, limit=LARGE_BATCH):
        taken += batch
    return taken


def spans_of(shifts: list[Shift], places: Places) -> dict[tuple[str, dt.date, int], Span]:
    """Every period that some shifts belong to, by cadence, first date and number."""
    return {span.key: span for shift in shifts for span in places.spans(shift)}


def _refresh_statistics() -> None:
    """After a large load the planner still believes that the tables are empty, and would choose by that."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE observations_observation, observations_round, observations_roundpoint, kpis_tally, kpis_figure"
        )
