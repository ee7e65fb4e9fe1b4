"""The whole chain in a browser: an operator logs, the figure turns red, the leader walks down to what was seen."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kpis.models import Figure
from kpis.tasks import process_marks
from observations.loading import reasons_load
from observations.models import Observation
from observations.planning import rounds_ensure
from principles.teams.calendars import shift_at
from principles.teams.models import Role
from tests import factories
from tests.kpis.world import make_indicator, make_target
from tests.observations.world import make_plan, make_point, make_sop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def owed_round() -> None:
    """EL1 owes one round now: three cells, one point of one SOP, which feeds one indicator with a target."""
    factories.make_schedule()
    plant = factories.make_plant()
    reasons_load()
    now = timezone.now()
    point = make_point("cover")
    sop = make_sop("SOP-02", owner=plant.el1, points=[point])
    make_plan(sop, plant.el1, targets_per_round=3)
    indicator = make_indicator("O05", feeds={point: 1}, name_en="Anode covering", unit="%", factor=100)
    make_target(indicator, 95, yellow=95, red=90)
    crew = shift_at(now).crew
    factories.make_person(Role.OPERATOR, plant.el1, "operator", crew=crew)
    factories.make_person(Role.AREA_LEADER, plant.el1, "leader")
    rounds_ensure(now=now, until=now + dt.timedelta(minutes=1), since=now)


def _sign_in(context: BrowserContext, username: str) -> Page:
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", factories.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    return page


def _phone(browser: Browser, base_url: str) -> BrowserContext:
    context = browser.new_context(
        base_url=base_url, locale="en-GB", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(10_000)
    return context


def test_from_the_tap_to_the_single_observation(
    browser: Browser, browser_context: BrowserContext, live_server, owed_round
):
    # The leader looks before anything is logged: nothing is red.
    leader = _sign_in(browser_context, "leader")
    expect(leader.get_by_role("heading", level=1)).to_be_visible()
    expect(leader.locator("ul.attention", has_text="Anode covering")).to_have_count(0)

    # The operator walks the round on a phone: right on two cells, wrong on the third.
    phone = _phone(browser, live_server.url)
    operator = _sign_in(phone, "operator")
    operator.goto("/shift/")
    operator.locator("a.round").first.tap()
    for done in (1, 2):
        operator.get_by_role("button", name="Yes").tap()
        expect(operator.locator("#tap-status")).to_contain_text("stored")
        expect(operator.locator(".place-count")).to_contain_text(f"{done + 1} of 3")
    operator.get_by_role("button", name="No", exact=True).tap()
    operator.locator(".chip", has_text="Material").first.tap()
    expect(operator.locator("#tap-status")).to_contain_text("stored")
    failed = Observation.objects.get(result="not_ok")
    assert Observation.objects.count() == 3
    phone.close()

    # The worker brings the figures up to date, as it does after every stored tap.
    process_marks()
    assert {(figure.n, figure.status) for figure in Figure.objects.filter(unit__code="EL1", cadence="shift")} == {
        (3, "red")
    }

    # The leader sees it red, asks why, and walks down to the cell, the step and what was seen.
    leader.goto("/figures/?unit=EL1")
    line = leader.locator("ul.attention li", has_text="Anode covering").first
    expect(line).to_contain_text("66.7")
    line.get_by_role("link").last.click()
    expect(leader).to_have_url(re.compile(r"/figures/O05/"))
    expect(leader.locator("main")).to_contain_text("66.7")
    expect(leader.locator("#makeup")).to_contain_text("Look at cover")
    leader.locator(f'#observations a[href*="{failed.pk}"]').first.click()
    expect(leader).to_have_url(re.compile(str(failed.pk)))
    expect(leader.locator("main")).to_contain_text("Material")
    expect(leader.locator("main")).to_contain_text("Step 1: Look at cover")
