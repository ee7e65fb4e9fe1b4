"""A real Celery worker is killed in the middle of a roll-up: nothing is lost, nothing is half counted."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from kpis.models import Figure, Tally
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_all_marks
from observations.models import Mark
from tests.factories import make_shifts
from tests.kpis.world import LATER, World, all_values, fact

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
DAY = dt.date(2026, 3, 28)


def waiting_for_a_lock() -> int:
    """How many other sessions of this database stand before a lock."""
    with connection.cursor() as cursor:
        # Inside a transaction the answer is kept from the first time of asking.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def test_the_next_worker_counts_all_of_it(workers):
    world = World()
    shift = make_shifts(DAY, DAY)[0]
    fact(world.a, world.plant.el1, shift)
    process_all_marks(now=LATER)
    before = all_values()
    fact(world.a, world.plant.el1, shift, "not_ok")
    assert Mark.objects.count() == 1

    first = workers.start()
    with transaction.atomic():
        # The worker has taken the mark and waits for the last of the tallies that it is to count.
        list(Tally.objects.select_for_update().filter(unit=world.plant.company, cadence="month"))
        workers.nudge("kpis.tasks", "process_marks")
        workers.wait_until(waiting_for_a_lock, "roll-up under way")
        workers.kill(first)
    workers.wait_until(lambda: not waiting_for_a_lock(), "end of what the killed worker had asked for")
    assert Mark.objects.count() == 1
    assert all_values() == before

    workers.start()
    workers.nudge("kpis.tasks", "process_marks")
    workers.wait_until(lambda: not Mark.objects.exists(), "roll-up by the second worker")
    assert Figure.objects.get(indicator=world.tending, unit=world.plant.company, cadence="month").value == 50
    assert rebuild_figures(now=LATER).figures_changed == 0
