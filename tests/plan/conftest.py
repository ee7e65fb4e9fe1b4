"""What the tests of the business plan share: one built world per file, every test's changes taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import translation

from tests.plan.world import NOW, PlanWorld


@pytest.fixture(scope="module")
def built_plan_world(django_db_setup, django_db_blocker) -> Iterator[PlanWorld]:
    """Built once for a file, inside a transaction that is rolled back at its end."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] # as Django's own test cases say it
    with django_db_blocker.unblock(), block, translation.override("en"):
        with time_machine.travel(NOW, tick=False):
            made = PlanWorld()
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def world(built_plan_world: PlanWorld, db) -> Iterator[PlanWorld]:
    """The plan's world at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield built_plan_world


@pytest.fixture
def leader_client(world: PlanWorld, client: Client) -> Client:
    """The area leader of EL1, signed in."""
    client.force_login(world.leader)
    return client


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Every test begins in English, whatever language the request of an earlier one left active."""
    with translation.override("en"):
        yield
