"""Several workers that carry deviations at once, and one that dies half-way: one result, nothing half-done."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection

from kpis import closing
from kpis.closing import close_due
from kpis.models import Closing
from principles.improvement.models import Carry
from principles.improvement.services.carrying import ClosedPeriod, deviations_carry
from tests.kpis.test_carrying import Plant
from tests.kpis.test_rollup_concurrent import Crowd

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plant() -> Plant:
    return Plant()


@pytest.mark.parametrize("way", ["close", "carry"])
def test_two_workers_at_once_carry_once(plant, way):
    deviation = plant.deviation(contained_at=None)
    shift = plant.shifts[0]
    key = ClosedPeriod(plant.el1.pk, "shift", shift.production_date, shift.number, shift.starts_at, shift.ends_at)
    crowd = Crowd()
    for _ in range(4):
        if way == "close":
            crowd.add(lambda: close_due(now=shift.ends_at))
        else:
            crowd.add(lambda: deviations_carry(periods=[key], now=shift.ends_at))
    crowd.run()
    deviation.refresh_from_db()
    assert (Carry.objects.count(), deviation.arena) == (1, "morning")


def test_a_worker_killed_half_way_leaves_nothing(plant, monkeypatch):
    deviation = plant.deviation(contained_at=None)
    done = closing.deviations_carry

    def killed(**options: Any) -> int:
        made = int(done(**options))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return made

    with monkeypatch.context() as patch:
        patch.setattr(closing, "deviations_carry", killed)
        with pytest.raises(DatabaseError):
            close_due(now=plant.shifts[0].ends_at)
    connection.close()
    assert (Closing.objects.count(), Carry.objects.count()) == (0, 0)
    close_due(now=plant.shifts[0].ends_at)
    deviation.refresh_from_db()
    assert (Carry.objects.count(), deviation.arena) == (1, "morning")
