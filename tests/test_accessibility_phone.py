"""Every page as a phone, dark and in Norwegian: see tests/test_accessibility.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.test_accessibility import PHONE, Visitor, visit_demo_plant, visit_every_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def visitor(browser: Browser, live_server) -> Iterator[Visitor]:
    found = Visitor(browser, live_server.url, PHONE)
    yield found
    found.context.close()


def test_every_page_of_the_matrix(visitor: Visitor):
    visit_every_page(visitor)


def test_the_demo_plant(visitor: Visitor, demo_plant):
    visit_demo_plant(visitor)
