"""Writers and workers at once, and workers that die: nothing is lost, and the result is that of a full recount."""

import datetime as dt
import random
import threading
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, connections

from kpis import recount, rollup
from kpis.closing import close_due, finalise_due
from kpis.models import Closing, Figure, FigureVersion, Tally
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_all_marks, process_marks
from observations.models import Mark, Observation
from tests.factories import make_shifts
from tests.kpis.world import LATER, World, all_values, corrected, fact, measured, pure_tallies, reported

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2026, 3, 28)


class Crowd:
    """Functions run at once, each in a thread with a connection of its own; the first failure is raised."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    def add(self, work, *args) -> None:
        self.threads.append(threading.Thread(target=self._run, args=(work, args)))

    def _run(self, work, args) -> None:
        try:
            work(*args)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            self.failures.append(error)
        finally:
            connections.close_all()

    def run(self) -> None:
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]


def write(world: World, shifts, seed: int, steps: int) -> None:
    """A writer's shift: facts in any order of time, corrections, withdrawals, rounds and reports."""
    rng = random.Random(seed)
    areas = [world.plant.el1, world.plant.el2, world.plant.st1, world.plant.electrolysis]
    kept: list[Observation] = []
    for _ in range(steps):
        shift, area = rng.choice(shifts), rng.choice(areas)
        act = rng.random()
        if act < 0.25 and kept:
            old = kept.pop(rng.randrange(len(kept)))
            result = rng.choice(["ok", "not_ok", "na", "void"])
            kept.append(corrected(old, result, value=old.value, weight=old.weight))
        elif act < 0.45:
            weight = rng.choice([None, str(rng.randint(1, 9))])
            kept.append(measured(world.fe, area, shift, str(rng.randint(-99, 99) / Decimal(8)), weight))
        elif act < 0.52:
            world.owe(shift, area, a=rng.randint(1, 4), b=1)
        elif act < 0.6:
            measured(world.ae, area, shift, str(rng.randint(1, 3)))
        else:
            point = rng.choice([world.a, world.b])
            crew = rng.choice([shift.crew_id, shift.crew_id, None])
            kept.append(fact(point, area, shift, rng.choice(["ok", "ok", "not_ok", "na"]), crew_id=crew))


def work(writers_done: threading.Event, seed: int) -> None:
    """A worker: takes few marks at a time, so that its batches cut across the others'."""
    rng = random.Random(seed)
    while True:
        over = writers_done.is_set()
        if not process_marks(now=LATER, limit=rng.randint(1, 7)) and over and not Mark.objects.exists():
            return


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_the_order_the_result_is_that_of_a_full_recount(seed):
    world = World()
    shifts = make_shifts(DAY, DAY + dt.timedelta(days=4))  # across a month's end and a clock change
    done = threading.Event()
    writers, workers = Crowd(), Crowd()
    for number in range(3):
        writers.add(write, world, shifts, 100 * seed + number, 30)
    for number in range(2):
        workers.add(work, done, 10 * seed + number)

    def write_all() -> None:
        try:
            writers.run()
        finally:
            done.set()

    workers.add(write_all)
    workers.run()
    reported(world.ae, world.plant.el1, shifts[0], "20")
    process_all_marks(now=LATER)

    incremental = all_values()
    assert len(incremental[0]) > 100
    assert rebuild_figures(now=LATER).figures_changed == 0
    Figure.objects.all().delete()
    Tally.objects.all().delete()
    rebuild_figures(now=LATER)
    for anew, before in zip(all_values(), incremental, strict=True):
        assert dict(anew.items() ^ before.items()) == {}
    total = sum(tally.n for tally in pure_tallies().values())
    top = Tally.objects.filter(unit=world.plant.company, cadence="month").exclude(point=world.ae)
    events = Tally.objects.filter(unit=world.plant.company, cadence="month", point=world.ae)
    pure_events = sum(tally.n for key, tally in pure_tallies().items() if key[2] == world.ae.pk)
    assert sum(top.values_list("n", flat=True)) == total - pure_events
    assert events.exists()


def test_a_worker_killed_half_way_loses_nothing(monkeypatch):
    world = World()
    shift = make_shifts(DAY, DAY)[0]
    fact(world.a, world.plant.el1, shift)
    fact(world.a, world.plant.el1, shift, "not_ok")

    def killed(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(rollup, "figures_recompute", killed)
        with pytest.raises(DatabaseError):
            process_marks(now=LATER)
    connection.close()
    assert Mark.objects.count() == 2
    assert not Tally.objects.exists()
    assert process_all_marks(now=LATER) == 2
    assert Figure.objects.get(indicator=world.tending, unit=world.plant.company, cadence="month").value == 50


def test_a_slow_worker_does_not_overwrite_what_a_quick_one_counted_later(monkeypatch):
    world = World()
    shift = make_shifts(DAY, DAY)[0]
    fact(world.a, world.plant.el1, shift)
    process_marks(now=LATER)  # the tallies are there: making them would hold the other worker back by itself
    fact(world.a, world.plant.el1, shift)
    # The statement has seen the facts there are when it begins, and is held up before it writes.
    slow = recount._FROM_FACTS.replace("WITH wanted AS (", "WITH nap AS MATERIALIZED (SELECT pg_sleep(1)), wanted AS (")
    slow = slow.replace("AS w(tally, shift, unit, point, crew)", "AS w(tally, shift, unit, point, crew), nap")
    slow = slow.replace("SELECT * FROM unnest(%(tallies)s", "SELECT w.* FROM unnest(%(tallies)s")
    assert "w.*" in slow
    assert ", nap" in slow
    crowd = Crowd()
    crowd.add(process_marks_at, LATER)
    with monkeypatch.context() as patch:
        patch.setattr(recount, "_FROM_FACTS", slow)
        crowd.threads[0].start()
        while not asleep():
            assert crowd.threads[0].is_alive(), crowd.failures
    fact(world.a, world.plant.el1, shift, "not_ok")
    assert process_marks(now=LATER) == 1
    crowd.threads[0].join()
    assert not crowd.failures
    assert set(Tally.objects.values_list("n", flat=True)) == {3}
    assert Figure.objects.get(indicator=world.tending, unit=world.plant.company, cadence="month").n == 3


def process_marks_at(now: dt.datetime) -> None:
    process_marks(now=now)


def asleep() -> bool:
    """Whether a worker is in the statement that naps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        )
        return bool(cursor.fetchone()[0])


def test_marks_that_another_worker_holds_are_left_to_it():
    world = World()
    shift = make_shifts(DAY, DAY)[0]
    fact(world.a, world.plant.el1, shift)
    holds, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        with transaction.atomic():
            Mark.objects.select_for_update().get()
            holds.set()
            may_go.wait(10)

    crowd = Crowd()
    crowd.add(hold)
    crowd.threads[0].start()
    try:
        assert holds.wait(10)
        assert process_marks(now=LATER) == 0
    finally:
        may_go.set()
        crowd.threads[0].join()
    assert process_marks(now=LATER) == 1


def test_two_workers_that_close_at_once_close_once():
    world = World()
    shifts = make_shifts(DAY, DAY + dt.timedelta(days=3))
    for shift in shifts:
        fact(world.a, world.plant.el1, shift, "not_ok")
    process_all_marks(now=LATER)
    close_due(now=shifts[0].ends_at)  # follow-up has begun
    counts: list[int] = []

    def close() -> None:
        counts.append(close_due(now=LATER))
        counts.append(finalise_due(now=LATER))

    crowd = Crowd()
    for _ in range(3):
        crowd.add(close)
    crowd.run()
    # Whoever found the other at work had nothing to do; what is left over is for the next tick.
    close_due(now=LATER)
    finalise_due(now=LATER)
    keys = list(Closing.objects.values_list("unit", "cadence", "first", "number"))
    assert len(keys) == len(set(keys)) == 4 * (12 + 4 + 2 + 1)
    versions = list(FigureVersion.objects.values_list("figure", "kind"))
    assert len(versions) == len(set(versions)) == 2 * Figure.objects.count()
    assert not Figure.objects.exclude(state="final").exists()
