"""The plan in a real browser at the size of a phone: a manager opens it, filters, makes an action, opens it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.plan.world import PlanWorld

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", factories.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_manager_closes_a_gap_on_the_phone(phone_page: Page):
    page = phone_page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    world = PlanWorld.today()
    for number in range(3):
        world.action(f"Practise covering {number}", principle=1 + number)
    sign_in(page, "manager")
    expect(page).to_have_url(re.compile("/direction/plan/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Business plan")
    assert fits(page)

    # One tap from the gap to a form that is filled in.
    page.get_by_role("link", name="Gaps", exact=True).click()
    page.get_by_role("link", name="Make an action 1.1.1").click()
    expect(page.get_by_label("What is to be done")).to_have_value("Critical processes")
    assert fits(page)
    page.get_by_label("Expected effect, NOK per year").fill("ca 3 mill")
    page.get_by_role("button", name="Put it into the plan").click()
    expect(page.get_by_text("Write whole kroner in digits only")).to_be_visible()
    expect(page.get_by_label("Expected effect, NOK per year")).to_have_value("ca 3 mill")
    page.get_by_label("Expected effect, NOK per year").fill("3 000 000")
    page.get_by_role("button", name="Put it into the plan").click()
    expect(page.get_by_text("is in the plan.")).to_be_visible()

    # The choice of filters goes into the address by itself.
    page.get_by_text("More filters").click()
    page.get_by_label("Focus item").select_option("with")
    expect(page).to_have_url(re.compile("item=with"))
    expect(page.get_by_text("1 of 4 actions shown.")).to_be_visible()
    for view in ("Timeline", "Load", "Effect", "List"):
        page.get_by_role("link", name=view, exact=True).click()
        expect(page.get_by_role("link", name=view, exact=True)).to_have_attribute("aria-current", "true")
        assert fits(page), view
    page.get_by_role("link", name="Critical processes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Critical processes")
    assert errors == []


def test_the_timeline_is_walked_by_keyboard(page: Page):
    world = PlanWorld.today()
    action = world.action("Practise covering")
    sign_in(page, "leader")
    page.goto("/direction/plan/?unit=EL1&view=timeline")
    page.get_by_role("link", name="Gaps", exact=True).focus()
    for _step in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('lane-name')"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/actions/{action.pk}/"))
