"""What the tests of improvement share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.utils import translation

from tests.improvement.floor import NOW, Floor, make_floor


@pytest.fixture
def floor(db: None) -> Iterator[Floor]:
    """The small plant at NOW, in English."""
    with translation.override("en"):
        yield make_floor()


@pytest.fixture
def clock() -> Iterator[None]:
    """The afternoon of NOW, standing still."""
    with time_machine.travel(NOW, tick=False):
        yield
