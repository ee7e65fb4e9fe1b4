"""What the tests of agreements share: English texts, unless the test says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.agreements.world import World, make_world


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Texts compared in English, whatever an earlier request left active."""
    with translation.override("en"):
        yield


@pytest.fixture
def world(db) -> World:
    return make_world()
