"""A meeting in a real browser: people come and go, and what is being written stays."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from principles.improvement.services import meetings as services
from principles.teams.calendars import production_date
from principles.teams.models import Role
from tests import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


def test_people_come_and_go_while_somebody_writes(page: Page):
    plant = make.make_plant()
    make.make_schedule()
    leader = make.make_person(Role.AREA_LEADER, plant.el1, "leader", name="Astrid Leader")
    operator = make.make_person(Role.OPERATOR, plant.el1, "operator", name="Odd Operator")
    now = timezone.now()
    meeting = services.meeting_open(
        arena="morning", unit=plant.el1, held_on=production_date(now), actor=leader, now=now
    )
    for title in ("The crane is late", "No anodes"):
        services.item_add(meeting=meeting, title=title, actor=leader)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "leader")
    page.fill("input[name=password]", make.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(f"/together/improvement/meetings/{meeting.pk}/")

    first = page.locator(".matter").first
    if first.locator("details").first.get_attribute("open") is None:
        first.locator("summary").first.click()
    answer = first.locator("textarea[name$='-answer']")
    answer.fill("The brake is changed")
    page.select_option("#id_person", str(operator.pk))
    page.fill("#id_capacity", "Operator")
    page.press("#id_capacity", "Enter")
    expect(page.locator(".there")).to_contain_text("Odd Operator")
    expect(answer).to_have_value("The brake is changed")
    expect(page.locator("#id_capacity")).to_be_focused()
    # Both matters offer who has come, and the answer can be given in their name at once.
    assert page.locator(f"select.those-there option[value='{operator.pk}']").count() == 4
    first.locator("select[name$='-answered_by']").select_option(str(operator.pk))

    page.get_by_role("button", name="Odd Operator was not there").click()
    expect(page.locator(".there")).not_to_contain_text("Odd Operator")
    assert page.locator(f"select.those-there option[value='{operator.pk}']").count() == 0
    expect(answer).to_have_value("The brake is changed")
    assert problems == []
