"""Store what was checked: all rows and their marks in one transaction, or nothing."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from django.db import transaction

from observations.importing.checking import Checked, Ready, check_rows
from observations.importing.columns import Mapping
from observations.importing.table import Table
from observations.models import ImportBatch, Mark, Observation, Source
from observations.nudging import nudge_figures
from observations.refusals import Refused
from principles.teams.calendars import shifts_ensure
from principles.teams.models import Shift, User

_BATCH = 2_000


class HasProblems(Refused):
    """Some rows are wrong, and the person did not ask to store the others alone."""

    def __init__(self, checked: Checked) -> None:
        super().__init__()
        self.checked = checked


def import_store(
    table: Table,
    mapping: Mapping,
    *,
    file_name: str,
    actor: User | None,
    allowed_areas: frozenset[int] | None,
    now: dt.datetime,
    only_good: bool = False,
) -> tuple[ImportBatch, Checked]:
    """Check again and store. Raises HasProblems (nothing stored) unless every row is right or `only_good`.

    The marks are written with the facts, so the figures follow; rows stored before are counted and left alone.
    """
    checked = check_rows(table, mapping, allowed_areas=allowed_areas, now=now)
    if checked.problems and not only_good:
        raise HasProblems(checked)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            source=mapping.source[:120],
            file_name=file_name[:200],
            digest=table.digest,
            mapping=mapping.as_json(),
            rows=len(table.rows),
            stored=len(checked.ready),
            known=checked.known,
            by=actor,
            at=now,
        )
        _store(checked.ready, batch)
        nudge_figures()
    return batch, checked


def _store(ready: list[Ready], batch: ImportBatch) -> None:
    shifts = _shifts({one.shift for one in ready})
    facts = (
        Observation(
            pk=one.id,
            point_id=one.point_id,
            area_id=one.area_id,
            equipment_id=one.equipment_id,
            shift_id=shifts[one.shift][0],
            crew_id=one.crew_id or shifts[one.shift][1],
            observer_id=None,
            result=one.result,
            value=one.value,
            weight=one.weight,
            note=one.note,
            observed_at=one.observed_at,
            source=Source.IMPORT,
            batch=batch,
        )
        for one in ready
    )
    # Another import of the same rows at the same moment fails here on the id, and is told to look again.
    Observation.objects.bulk_create(facts, batch_size=_BATCH)
    keys = {(one.point_id, one.area_id, one.crew_id or shifts[one.shift][1], shifts[one.shift][0]) for one in ready}
    Mark.objects.bulk_create(
        (
            Mark(point_id=point, area_id=area, crew_id=crew, shift_id=shift)
            for point, area, crew, shift in sorted(keys, key=lambda key: (key[3], key[1], key[0], key[2] or 0))
        ),
        batch_size=_BATCH,
    )


def _shifts(wanted: set[tuple[dt.date, int]]) -> dict[tuple[dt.date, int], tuple[int, int | None]]:
    """(production date, number) → (shift id, crew id), made where missing: only the days that the file has."""
    days = sorted({date for date, _ in wanted})
    for first, last in _runs(days):
        shifts_ensure(start=first, end=last)
    rows = Shift.objects.filter(production_date__in=days).values_list("production_date", "number", "pk", "crew_id")
    return {(date, number): (pk, crew) for date, number, pk, crew in rows}


def _runs(days: list[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Sorted days as runs without gaps."""
    if not days:
        return []
    breaks = [at for at, (one, other) in enumerate(pairwise(days), start=1) if (other - one).days > 1]
    edges = [0, *breaks, len(days)]
    return [(days[start], days[stop - 1]) for start, stop in pairwise(edges)]
