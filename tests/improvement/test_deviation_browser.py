"""On a phone: a "no" on the round becomes a deviation, and the round goes on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from observations.planning import rounds_ensure
from principles.improvement.models import Deviation
from principles.improvement.services.deviations import deviation_open
from principles.teams.calendars import shift_at
from principles.teams.models import Role
from tests import factories
from tests.observations.world import make_plan, make_point, make_sop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def plant(phone_page: Page) -> factories.Plant:
    """A round of one yes/no point over two cells is owed right now; the operator is signed in."""
    factories.make_schedule()
    plant = factories.make_plant()
    now = timezone.now()
    make_plan(make_sop("SOP-91", owner=plant.el1, points=[make_point("feeder")]), plant.el1)
    factories.make_person(Role.OPERATOR, plant.el1, "operator", crew=shift_at(now).crew)
    rounds_ensure(now=now, until=now + dt.timedelta(minutes=1), since=now)
    phone_page.goto("/accounts/login/")
    phone_page.fill("input[name=login]", "operator")
    phone_page.fill("input[name=password]", factories.PASSWORD)
    phone_page.press("input[name=password]", "Enter")
    phone_page.wait_for_url(lambda url: "/accounts/login/" not in url)
    return plant


def test_from_a_tap_to_a_deviation_and_back_to_the_round(phone_page: Page, plant: factories.Plant):
    page = phone_page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/shift/")
    page.locator("a.round").first.tap()
    page.get_by_role("button", name="No", exact=True).tap()
    page.get_by_role("button", name="No, without a reason").tap()
    page.get_by_role("link", name="Open deviation").tap()
    expect(page.get_by_role("heading", name="New deviation")).to_be_visible()
    expect(page.get_by_label("What is wrong?")).to_have_value("Point feeder")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator(".chip", has_text="High").tap()
    page.get_by_label("What was done at once?").fill("Fed by hand")
    page.get_by_role("button", name="Open deviation").tap()
    deviation_line = page.get_by_role("link", name="is open")
    expect(deviation_line).to_be_visible()
    assert "/shift/round/" in page.url
    made = Deviation.objects.get()
    assert (made.severity, made.immediate_action, made.source) == ("high", "Fed by hand", "observation")
    deviation_line.tap()
    expect(page.get_by_role("heading", name="Seen on the round")).to_be_visible()
    expect(page.get_by_role("heading", name="The standard", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert errors == []


def test_the_whys_are_saved_in_place_and_other_forms_keep_what_is_typed(phone_page: Page, plant: factories.Plant):
    now = timezone.now()
    deviation = deviation_open(title="Dusty", unit=plant.el1, occurred_at=now, actor=None, now=now)
    page = phone_page
    page.goto(f"/together/improvement/deviations/{deviation.pk}/")
    page.get_by_label("What was done at once?").fill("Swept it")
    page.get_by_label("Why did it happen? Because").fill("The lid is open")
    page.get_by_role("button", name="Save the whys").tap()
    expect(page.locator("#whys .stored-mark")).to_be_visible()
    expect(page.locator("#whys .backwards")).to_contain_text("The lid is open – therefore Dusty")
    # what was typed meanwhile is there, and is stored, too: its form knows the newest version
    expect(page.get_by_label("What was done at once?")).to_have_value("Swept it")
    page.locator("#contained").get_by_role("button", name="Save").tap()
    expect(page.locator("#contained .said")).to_contain_text("Swept it")
    deviation.refresh_from_db()
    assert deviation.immediate_action == "Swept it"
