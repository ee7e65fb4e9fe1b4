"""Writing a new point in a real browser: only the fields of the chosen kind are in sight; then it gets an indicator."""

from __future__ import annotations

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from amps.broker import ensure_broker_folders
from sops import drafting
from tests.factories import PASSWORD
from tests.kpis.world import make_indicator
from tests.sops.cast import NOW, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def at_work(live_server, page):
    """The area leader, signed in, at the editor of a draft, with problems of the page collected."""
    ensure_broker_folders()
    problems: list[str] = []
    with time_machine.travel(NOW, tick=True):
        cast = make_cast()
        drafting.draft_start(sop=cast.sop, author=cast.leader, now=NOW)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto("/accounts/login/")
        page.fill('input[name="login"]', "leader")
        page.fill('input[name="password"]', PASSWORD)
        page.press('input[name="password"]', "Enter")
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(reverse("sops:edit", args=["SOP-01", 2]))
        yield page
    assert problems == []


def test_from_the_editor_to_an_indicator_and_back(at_work):
    page = at_work
    make_indicator("O05")
    page.click("summary:has-text('Watch a point here') >> nth=0")
    page.click("details[open] a:has-text('A new point')")

    unit, decimals, highest = (page.locator(f"[name={name}]") for name in ("unit", "decimals", "maximum"))
    expect(unit).to_be_hidden()
    page.check("[name=kind][value=count]")
    expect(unit).to_be_visible()
    expect(highest).to_be_visible()
    expect(decimals).to_be_hidden()
    page.check("[name=kind][value=measurement]")
    expect(decimals).to_be_visible()
    page.check("[name=kind][value=yes_no]")
    expect(highest).to_be_hidden()

    page.fill("[name=text_en]", "The floor is clear")
    page.click("button:has-text('Add the point')")
    page.wait_for_url(lambda url: "#step-" in url)
    page.click("a:text-is('The floor is clear')")
    page.click("a:has-text('Choose indicators')")
    page.select_option("[name=indicator]", "O05")
    page.click("main form button:text-is('Add')")
    expect(page.locator("table.feeds tbody tr")).to_have_count(1)

    # It asks whether that is meant.
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("button:has-text('Take away')")
    expect(page.locator("table.feeds tbody tr")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("button:has-text('Take away')")
    expect(page.locator("table.feeds")).to_have_count(0)
