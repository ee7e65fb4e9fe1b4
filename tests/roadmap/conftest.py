"""What the tests of the roadmap ask for."""

import pytest
from django.utils import translation

from tests.roadmap.evidence_world import Facts
from tests.roadmap.world import Table, lay_table


@pytest.fixture
def table(db) -> Table:
    """The small plant with a group around a table."""
    return lay_table()


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in English, whatever language an earlier request left active."""
    with translation.override("en"):
        yield


@pytest.fixture
def world(db) -> Facts:
    """The small plant with the shipped standard, and makers of evidence."""
    return Facts()
