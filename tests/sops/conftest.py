"""The clock stands at NOW, and the cast is on stage."""

from collections.abc import Iterator

import pytest
import time_machine
from django.utils import translation

from tests.sops.cast import NOW, Cast, make_cast


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=False):
        yield make_cast()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """What is said without a request is said in English here."""
    with translation.override("en"):
        yield
