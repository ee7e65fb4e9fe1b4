"""The cast of these tests: the small plant and somebody in each chair."""

from __future__ import annotations

import pytest

from principles.teams.models import Role, User
from tests import factories as make


@pytest.fixture
def plant(db: None) -> make.Plant:
    """The small plant with calendar, crews A–E and rota, all from 1 January 2026."""
    make.make_schedule()
    return make.make_plant()


@pytest.fixture
def admin(plant: make.Plant) -> User:
    """Administrator of the company."""
    return make.make_person(Role.ADMINISTRATOR, plant.company, "admin")


@pytest.fixture
def leader(plant: make.Plant) -> User:
    """Area leader of EL1."""
    return make.make_person(Role.AREA_LEADER, plant.el1, "leader")


@pytest.fixture
def operator(plant: make.Plant) -> User:
    """Operator in EL1."""
    return make.make_person(Role.OPERATOR, plant.el1, "operator")


@pytest.fixture
def outsider(plant: make.Plant) -> User:
    """Operator in the casthouse."""
    return make.make_person(Role.OPERATOR, plant.st1, "outsider")
