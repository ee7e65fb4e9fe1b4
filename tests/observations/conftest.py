"""What the tests of the shift share."""

import pytest

from tests.observations.world import World, make_world


@pytest.fixture
def world(db) -> World:
    """One SOP, one plan, one afternoon shift."""
    return make_world()
