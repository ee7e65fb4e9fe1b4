"""Every shift of the span, in order, into one book of facts."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from amps.demo.book import FACT_COLUMNS, Book
from amps.demo.copying import copying
from amps.demo.people import People
from amps.demo.plant import LINES, Plant
from amps.demo.rounds import Rounds
from amps.demo.series import Series
from amps.demo.timeline import Timeline
from observations.models import Observation, ObservationPlan


def facts_make(
    *,
    plant: Plant,
    people: People,
    plans: list[ObservationPlan],
    line: Timeline,
    seed: int,
    until: dt.datetime,
    progress: Callable[[float], None],
) -> Book:
    """Live through the shifts and write down what was seen, nothing after `until`.

    Facts are stored while they are made, so that the database works on another core; the rest waits in the book.
    """
    book = Book(rng=random.Random(seed), until=until)  # noqa: S311 - a demo needs repeatable numbers, not secret ones
    rounds = Rounds(book=book, plant=plant, people=people, plans=plans, line=line)
    series = Series(rounds)
    with copying(Observation, FACT_COLUMNS) as book.facts:
        for place, shift in enumerate(plant.shifts):
            for area in LINES:
                watch = rounds.watch(shift, area)
                rounds.planned(watch)
                rounds.outside_plan(watch)
                series.of_line(watch, place)
            rounds.planned(rounds.watch(shift, "RE1"))
            series.safety(shift)
            progress((place + 1) / len(plant.shifts))
    book.later.sort(key=lambda later: later.at)
    return book
