"""Two people at the same time: both signatures count, the same side counts once, two breaches of a period are one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from amps.models import AuditEntry
from principles.agreements.models import Agreement, Breach
from principles.agreements.refusals import AlreadySigned
from principles.agreements.services import agreements, breaches
from tests.agreements.world import NOW, make_draft, make_signed, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run at the same moment, each on a connection of its own; what they return or raise."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return work()
        except Exception as error:  # noqa: BLE001 - it is the answer
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_sides_signing_at_once_both_count():
    world = make_world()
    draft = make_draft(world.relationship)
    draft.refresh_from_db()

    def sign(side: str, actor: Any) -> Callable[[], Agreement]:
        return lambda: agreements.agreement_sign(agreement=draft, side=side, actor=actor, now=NOW, edit=draft.edit)

    answers = at_once(sign("supplier", world.leader), sign("customer", world.customer))
    assert [type(answer) for answer in answers] == [Agreement, Agreement]
    draft.refresh_from_db()
    assert draft.is_signed
    assert (draft.supplier_signed_by, draft.customer_signed_by) == (world.leader, world.customer)


def test_the_same_side_signing_at_once_counts_once():
    world = make_world()
    draft = make_draft(world.relationship)

    def sign(actor: Any) -> Callable[[], Agreement]:
        return lambda: agreements.agreement_sign(agreement=draft, side="supplier", actor=actor, now=NOW)

    answers = at_once(sign(world.leader), sign(world.manager))
    assert sorted(type(answer).__name__ for answer in answers) == ["Agreement", AlreadySigned.__name__]
    assert AuditEntry.objects.filter(action="agreement.signed").count() == 1


def test_two_workers_measuring_a_period_at_once_store_one_breach():
    world = make_world()
    term = make_signed(world).terms.get()

    def measure() -> bool:
        return breaches.breach_record_measured(
            term=term,
            cadence="day",
            first=dt.date(2026, 3, 9),
            number=0,
            value=Decimal(4900),
            occurred_at=NOW,
            now=NOW,
        )[1]

    assert sorted(at_once(measure, measure, measure)) == [False, False, True]
    assert Breach.objects.count() == 1
    assert AuditEntry.objects.filter(action="breach.measured").count() == 1
