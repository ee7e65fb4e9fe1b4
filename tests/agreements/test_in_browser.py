"""On a phone: both sides sign, the customer reports a breach, the supplier answers, the customer confirms."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from principles.agreements.models import Agreement, Breach
from principles.teams.models import User
from tests import factories
from tests.agreements.world import make_draft, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


def phone(browser: Browser, address: str, person: User) -> Page:
    context = browser.new_context(
        base_url=address, locale="en-GB", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", person.username)
    page.fill("input[name=password]", factories.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    return page


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_signed_broken_answered_and_confirmed_on_phones(browser: Browser, live_server):
    now = timezone.now()
    world = make_world(now)
    draft = make_draft(world.relationship, now=now)
    address = f"/together/agreements/{draft.pk}/"

    supplier, customer = (phone(browser, live_server.url, person) for person in (world.leader, world.customer))
    supplier.goto(address)
    supplier.get_by_role("button", name="Sign for Potline 1").click()
    expect(supplier.get_by_text("Signed. The other side signs next.")).to_be_visible()
    customer.goto("/together/agreements/")
    customer.get_by_role("link", name="Metal to the casthouse").first.click()
    customer.get_by_role("button", name="Sign for Casthouse").click()
    expect(customer.get_by_text("Signed by both sides.")).to_be_visible()
    assert fits(customer)
    assert Agreement.objects.get().is_signed

    customer.get_by_role("link", name="Report a breach").first.click()
    customer.get_by_label("Mass of each crucible").check()
    customer.get_by_label("Value, if it was measured").fill("4 870,5")
    customer.get_by_label("What happened").fill("Too light, the charge had to be planned again")
    assert fits(customer)
    customer.get_by_role("button", name="Report the breach").click()
    expect(customer.get_by_text("Waits for an answer from Potline 1")).to_be_visible()
    expect(customer.get_by_text("This term has been broken 1 time.")).to_be_visible()
    breach = f"/together/agreements/breaches/{Breach.objects.get().pk}/"

    supplier.goto(breach)
    supplier.get_by_label("What was done about it").fill("The scale was calibrated")
    supplier.get_by_role("button", name="Answer").click()
    expect(supplier.get_by_text("Only Casthouse can confirm that the breach is closed.")).to_be_visible()
    assert supplier.get_by_role("button", name="Confirm: it is closed").count() == 0
    customer.goto(breach)
    customer.get_by_label("How you know that it is in order").fill("Ten crucibles inside the limit")
    assert fits(customer)
    customer.get_by_role("button", name="Confirm: it is closed").click()
    expect(customer.get_by_text("Confirmed. The breach is closed; it stays counted.")).to_be_visible()
    assert Breach.objects.get().confirmed_by == world.customer
    for page in (supplier, customer):
        page.context.close()
