"""Make the whole demo plant in one transaction: an interrupted load leaves an empty database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from amps.audit import record
from amps.demo.book import Book
from amps.demo.facts import facts_make
from amps.demo.people import people_make
from amps.demo.plans import competences_make, plans_make, revisions_make, standards_make
from amps.demo.plant import ZONE, calendar_of, plant_make
from amps.demo.timeline import Timeline, timeline
from amps.periods import shift_at
from kpis.closing import close_due, finalise_due
from kpis.rollup import process_all_marks, process_marks
from observations.loading import reasons_load
from observations.planning import grace, rounds_ensure
from principles.teams.models import Shift, Unit

# The name of the audit entry that says which demo was loaded; the stories page reads it.
LOADED = "demo.loaded"
AHEAD = dt.timedelta(hours=24)
MINUTE = dt.timedelta(minutes=1)

# Told while it works: the phase's name, and how far it has come (0 to 1).
type Progress = Callable[[str, float], None]


class AlreadyInUse(Exception):
    """The database has units already: a demo is only made in an empty one."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was loaded."""

    facts: int
    rounds: int
    marks: int
    late: int
    first: dt.date
    until: dt.datetime


def demo_make(*, weeks: int, cells: int, seed: int, until: dt.datetime, progress: Progress) -> Made:
    """Make plant, people, standards, plans and facts, and let the figures follow from them as always.

    weeks: how many full weeks before the production day of `until`. cells: per potline, at least 6. Raises
    AlreadyInUse.
    """
    with transaction.atomic():
        if Unit.objects.exists():
            raise AlreadyInUse
        last = shift_at([calendar_of(dt.date(2000, 1, 1))], until).production_date
        first = last - dt.timedelta(days=7 * weeks)
        line = timeline(first, weeks)
        progress("plant", 0)
        plant = plant_make(first=first, last=last, until=until, cells=cells)
        people = people_make(plant=plant, crew_now=plant.shifts[-1].crew, valid_from=first)
        progress("plant", 0.5)
        reasons_load()
        standards_make(plant=plant, people=people, line=line)
        revisions_make(plant=plant, people=people, line=line)
        competences_make(people=people)
        plans = plans_make(plant=plant, line=line)
        progress("plant", 1)
        book = facts_make(
            plant=plant,
            people=people,
            plans=plans,
            line=line,
            seed=seed,
            until=until,
            progress=lambda share: progress("facts", share * 0.7),
        )
        book.store()
        progress("facts", 0.95)
        _refresh_statistics()
        rounds_ensure(now=until, until=until + AHEAD)
        progress("facts", 1)
        progress("figures", 0)
        marks = process_all_marks(now=until)
        progress("figures", 1)
        late = _live_through(book, plant.shifts, until, progress)
        _remember(line, weeks=weeks, cells=cells, seed=seed, until=until)
    return Made(
        facts=len(book.facts) + late, rounds=len(book.rounds), marks=marks, late=late, first=first, until=until
    )


def _live_through(book: Book, shifts: list[Shift], until: dt.datetime, progress: Progress) -> int:
    """Close and finalise every period at its time, with late facts and corrections arriving in between.

    Returns how many facts arrived late.
    """
    moments = {shift.ends_at + MINUTE for shift in shifts} | {shift.ends_at + grace() + MINUTE for shift in shifts}
    arrivals = {later.at: later for later in book.later}
    ordered = sorted(moment for moment in moments | arrivals.keys() if moment <= until)
    late = 0
    for place, moment in enumerate(ordered, start=1):
        if later := arrivals.get(moment):
            book.store_later(later)
            late += len(later.lines)
            process_marks(now=moment)
        else:
            close_due(now=moment)
            finalise_due(now=moment)
        progress("closings", place / len(ordered))
    return late


def _remember(line: Timeline, *, weeks: int, cells: int, seed: int, until: dt.datetime) -> None:
    """Leave on the audit trail what was loaded; the stories' dates follow from it."""
    record(
        actor=None,
        action=LOADED,
        target=Unit.objects.get(code="DEMO"),
        after={
            "first": line.first,
            "weeks": weeks,
            "cells": cells,
            "seed": seed,
            "until": until,
            "zone": ZONE,
        },
    )


def _refresh_statistics() -> None:
    """Tell the planner how large the tables have become; it knows nothing of an open transaction's rows."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
