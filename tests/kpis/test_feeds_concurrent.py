"""Two people who choose at once, and people who choose while workers count: the result is that of a full recount."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from kpis import rollup
from kpis.feeding import FedAlready, feed_add, feed_remove, feeds_hold
from kpis.models import Figure, IndicatorPoint
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_all_marks, process_marks
from tests.factories import make_shifts, make_user
from tests.kpis.test_rollup_concurrent import Crowd
from tests.kpis.world import LATER, World, fact, figure, make_indicator

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2026, 3, 28)


def waiting() -> bool:
    """Whether anybody waits for a lock in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                       "WHERE NOT l.granted AND d.datname = current_database()")  # fmt: skip
        return bool(cursor.fetchone()[0])


def wait_for_a_lock(over: threading.Event) -> None:
    """Until somebody waits, or the other one is through."""
    while not waiting() and not over.wait(0.01):
        pass


def test_of_two_at_once_one_is_told_that_it_is_there_already():
    world = World()
    person, refused = make_user(), []

    def choose() -> None:
        try:
            feed_add(indicator=world.covering, point=world.a, weight=Decimal(1), actor=person, now=LATER)
        except FedAlready as refusal:
            refused.append(refusal)

    crowd = Crowd()
    crowd.add(choose)
    crowd.add(choose)
    crowd.run()
    assert len(refused) == 1
    assert IndicatorPoint.objects.filter(indicator=world.covering, point=world.a).count() == 1


def test_a_feed_added_while_a_worker_counts_misses_nothing(monkeypatch):
    """The worker has read what feeds what and has not stored its tallies yet when somebody chooses an indicator."""
    world = World()
    shift = make_shifts(DAY, DAY)[0]
    fresh, person = make_indicator("O30"), make_user()
    fact(world.a, world.plant.el1, shift)
    begun, over = threading.Event(), threading.Event()
    original = rollup.touched_by

    def slow(*args, **named):
        begun.set()
        wait_for_a_lock(over)
        return original(*args, **named)

    monkeypatch.setattr(rollup, "touched_by", slow)

    def choose() -> None:
        begun.wait(10)
        feed_add(indicator=fresh, point=world.a, weight=Decimal(1), actor=person, now=LATER)
        over.set()

    crowd = Crowd()
    crowd.add(lambda: process_marks(now=LATER))
    crowd.add(choose)
    crowd.run()
    assert figure(fresh, world.plant.el1, shift).value == 100
    assert rebuild_figures(now=LATER).figures_changed == 0


def test_a_worker_waits_for_whoever_changes_a_feed():
    world = World()
    shift = make_shifts(DAY, DAY)[0]
    fresh, person = make_indicator("O30"), make_user()
    fact(world.a, world.plant.el1, shift)
    chosen, over = threading.Event(), threading.Event()

    def choose() -> None:
        with transaction.atomic():
            feed_add(indicator=fresh, point=world.a, weight=Decimal(1), actor=person, now=LATER)
            chosen.set()
            wait_for_a_lock(over)

    def count() -> None:
        chosen.wait(10)
        process_marks(now=LATER)
        over.set()

    crowd = Crowd()
    crowd.add(choose)
    crowd.add(count)
    crowd.run()
    assert figure(fresh, world.plant.el1, shift).value == 100
    assert rebuild_figures(now=LATER).figures_changed == 0


def test_workers_do_not_wait_for_one_another():
    World()
    passed = threading.Event()

    def second() -> None:
        with transaction.atomic():
            feeds_hold()
        passed.set()

    with transaction.atomic():
        feeds_hold()
        crowd = Crowd()
        crowd.add(second)
        crowd.run()
    assert passed.is_set()


def test_people_and_workers_in_any_order_end_as_a_full_recount():
    world = World()
    shifts = make_shifts(DAY, DAY + dt.timedelta(days=2))
    person, written = make_user(), threading.Event()

    def write() -> None:
        try:
            for number, shift in enumerate(shifts * 3):
                fact(world.a, world.plant.el1, shift, "not_ok" if number % 4 == 0 else "ok")
                fact(world.b, world.plant.st1, shift)
        finally:
            written.set()

    def work() -> None:
        while process_marks(now=LATER, limit=3) or not written.is_set():
            pass

    def choose() -> None:
        for _ in range(6):
            feed_add(indicator=world.covering, point=world.a, weight=Decimal(2), actor=person, now=LATER)
            feed_remove(indicator=world.tending, point=world.b, actor=person, now=LATER)
            feed_remove(indicator=world.covering, point=world.a, actor=person, now=LATER)
            feed_add(indicator=world.tending, point=world.b, weight=Decimal(3), actor=person, now=LATER)
        feed_add(indicator=world.covering, point=world.a, weight=Decimal(2), actor=person, now=LATER)

    crowd = Crowd()
    for doing in (write, work, work, choose):
        crowd.add(doing)
    crowd.run()
    process_all_marks(now=LATER)
    assert Figure.objects.filter(indicator=world.covering, n__gt=0).exists()
    assert rebuild_figures(now=LATER).figures_changed == 0
