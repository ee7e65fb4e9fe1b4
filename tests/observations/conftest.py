"""What the tests of the shift share."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.observations.world import NOW, World, make_world


@pytest.fixture
def world(db) -> World:
    """One SOP, one plan, one afternoon shift."""
    return make_world()


@pytest.fixture
def clock() -> Iterator[None]:
    """The afternoon of NOW, standing still."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def signed_in(client: Client, world: World, clock: None) -> Client:
    """The operator of EL1, on shift."""
    client.force_login(world.operator)
    return client
