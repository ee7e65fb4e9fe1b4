"""Make the whole demo plant in one transaction: an interrupted load leaves an empty database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Model

from amps.audit import record
from amps.demo.book import Book
from amps.demo.copying import indexes_made_at_end, keys_checked_at_end
from amps.demo.facts import facts_make
from amps.demo.history import LANGUAGES, Stage
from amps.demo.learning import learning_make
from amps.demo.people import people_make
from amps.demo.plans import competences_make, plans_make, revisions_make, standards_make
from amps.demo.plant import ZONE, calendar_of, in_use_since, plant_make
from amps.demo.stories import LOADED
from amps.demo.timeline import Timeline, timeline
from amps.periods import shift_at
from kpis.closing import close_due, finalise_due
from kpis.models import Closing, ClosingLine, Figure, FigureVersion, Tally
from kpis.rollup import process_all_marks, process_marks
from observations.loading import reasons_load
from observations.models import EventReport, Mark, Observation, Round, RoundPoint
from observations.planning import rounds_ensure
from principles.teams.models import Shift, Unit

# The tables that a load fills with most of its rows.
OF_FACTS = (Observation, EventReport, Round, RoundPoint)
OF_FIGURES = (Figure, FigureVersion, Closing, ClosingLine)
LARGE = (*OF_FACTS, Mark, Tally, *OF_FIGURES)
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


def demo_make(
    *, weeks: int, cells: int, seed: int, until: dt.datetime, progress: Progress, language: str = LANGUAGES[0]
) -> Made:
    """Make plant, people, standards, plans and facts, let the figures follow from them as always, and then live
    through what people made of them: deviations, actions, agreements, meetings, evaluations, the plan.

    weeks: how many full weeks before the production day of `until`. cells: per potline, at least 6. language: of what
    the demo's people wrote. Raises AlreadyInUse.
    """
    with transaction.atomic():
        if Unit.objects.exists():
            raise AlreadyInUse
        _room_to_work()
        last = shift_at([calendar_of(dt.date(2000, 1, 1))], until).production_date
        first = last - dt.timedelta(days=7 * weeks)
        line = timeline(first, weeks)
        progress("plant", 0)
        since = in_use_since(first)
        plant = plant_make(since=since, first=first, last=last, until=until, cells=cells)
        people = people_make(plant=plant, crew_now=plant.shifts[-1].crew, valid_from=since)
        progress("plant", 0.5)
        reasons_load()
        standards_make(plant=plant, people=people, since=since)
        revisions_make(plant=plant, people=people, line=line)
        competences_make(people=people)
        plans = plans_make(plant=plant, line=line)
        progress("plant", 1)
        with keys_checked_at_end(*LARGE):
            with indexes_made_at_end(*OF_FACTS):
                book = facts_make(
                    plant=plant,
                    people=people,
                    plans=plans,
                    line=line,
                    seed=seed,
                    until=until,
                    progress=lambda share: progress("facts", share * 0.8),
                )
                book.store()
            progress("facts", 0.95)
            _refresh_statistics(*OF_FACTS, Mark, Shift, Unit)
            rounds_ensure(now=until, until=until + AHEAD)
            progress("facts", 1)
            progress("figures", 0)
            with indexes_made_at_end(*OF_FIGURES):
                with _everything_at_once():
                    marks = process_all_marks(now=until)
                _refresh_statistics(Tally, Figure, Mark)
                progress("figures", 1)
                late = _live_through(book, until, progress)
        stage = Stage(plant=plant, people=people, line=line, today=last, until=until, language=language, seed=seed)
        learning_make(stage, lambda share: progress("learning", share))
        _remember(line, weeks=weeks, cells=cells, seed=seed, until=until, language=language)
    return Made(
        facts=book.facts.count + late, rounds=len(book.rounds), marks=marks, late=late, first=first, until=until
    )


def _live_through(book: Book, until: dt.datetime, progress: Progress) -> int:
    """Close and finalise every period in order, each a minute after it was due, with late facts and corrections
    arriving in between. Returns how many facts arrived late.
    """
    late = 0
    for place, later in enumerate(book.later, start=1):
        _catch_up(later.at)
        book.store_later(later)
        late += len(later.lines)
        process_marks(now=later.at)
        progress("closings", place / (len(book.later) + 1))
    _catch_up(until)
    progress("closings", 1)
    return late


def _catch_up(moment: dt.datetime) -> None:
    close_due(now=moment, delay=MINUTE)
    finalise_due(now=moment, delay=MINUTE)


def _remember(line: Timeline, *, weeks: int, cells: int, seed: int, until: dt.datetime, language: str) -> None:
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
            "language": language,
        },
    )


def _room_to_work() -> None:
    """Memory for this transaction's large sorts, which a small server would do on disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL maintenance_work_mem = '128MB'")
        cursor.execute("SET LOCAL jit = off")


@contextmanager
def _everything_at_once() -> Iterator[None]:
    """Nearly every row is wanted: the planner, which knows nothing of that, is to read them whole and hash them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_mergejoin = off")
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_mergejoin = on")
        cursor.execute("SET LOCAL enable_nestloop = on")


def _refresh_statistics(*tables: type[Model]) -> None:
    """Tell the planner how large the tables have become; it knows nothing of an open transaction's rows."""
    # By name: all of them would lock the server's shared tables until the demo is stored.
    names = ", ".join(table._meta.db_table for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")
