"""A round in a real browser at the size of a phone: taps, the network gone, the session ended."""

import datetime as dt
from typing import Literal

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from observations.loading import reasons_load
from observations.models import Observation, Round
from observations.planning import rounds_ensure
from principles.teams.calendars import shift_at
from principles.teams.models import Role, Unit, User
from sops.models import PointKind
from tests import factories
from tests.observations.world import make_plan, make_point, make_sop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def round_(phone_page: Page) -> Round:
    """A round over two cells, two yes/no points and a measurement, owed right now; the operator is signed in."""
    factories.make_schedule()
    plant = factories.make_plant()
    reasons_load()
    now = timezone.now()
    points = [
        make_point("feeder"),
        make_point("cover", kind=PointKind.MEASUREMENT, minimum=2, maximum=5, unit="cm", sample_size=1),
        make_point("hoods", kind=PointKind.COUNT, maximum=0),
    ]
    make_plan(make_sop("SOP-91", owner=plant.el1, points=points), plant.el1)
    factories.make_person(Role.OPERATOR, plant.el1, "operator", crew=shift_at(now).crew)
    rounds_ensure(now=now, until=now + dt.timedelta(minutes=1), since=now)
    sign_in(phone_page)
    return Round.objects.owed().get()


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "operator")
    page.fill("input[name=password]", factories.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def facts() -> list[tuple[str, str, str]]:
    found = Observation.objects.counting().order_by("observed_at", "received_at")
    return list(found.values_list("equipment__code", "point__code", "result"))


def test_a_whole_round_by_taps(phone_page: Page, round_: Round):
    page = phone_page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/shift/")
    expect(page.get_by_text("0 of 5 done")).to_be_visible()
    page.locator("a.round").first.tap()
    # two taps from start to stored: the round, then yes
    page.get_by_role("button", name="Yes").tap()
    expect(page.locator("#tap-status")).to_contain_text("stored")
    expect(page.locator("#question")).to_contain_text("Point cover")
    for digit in "9":
        page.locator(f'[data-digit="{digit}"]').tap()
    expect(page.locator(".numpad-store")).to_contain_text("9 cm – outside")
    page.locator('[data-digit="back"]').tap()
    for digit in ("4", ".", "2"):
        page.locator(f'[data-digit="{digit}"]').tap()
    expect(page.locator(".band-mark")).to_have_count(1)
    page.locator(".numpad-store").tap()
    expect(page.locator("#question")).to_contain_text("Point hoods")
    page.locator('[data-step="1"]').tap()
    expect(page.locator(".answer-store")).to_contain_text("Store 1 – outside")
    page.locator(".outside-reasons .chip", has_text="Material").tap()
    expect(page.locator(".answered-said")).to_contain_text("1")
    page.get_by_role("link", name="On to").tap()
    expect(page.locator("#question")).to_contain_text("Point feeder")
    page.get_by_role("button", name="No", exact=True).tap()
    page.get_by_role("button", name="Equipment fault").tap()
    expect(page.locator(".answered-said")).to_contain_text("No")
    page.get_by_role("button", name="Undo").tap()
    expect(page.locator("#tap-status")).to_contain_text("Taken back")
    page.get_by_role("button", name="Not applicable").tap()
    expect(page.locator("#question")).to_contain_text("Point hoods")
    page.get_by_role("button", name="Store").tap()
    expect(page.get_by_role("heading", name="The round is done")).to_be_visible()
    first, second = (cell.code for cell in Unit.objects.filter(pk__in=round_.targets).order_by("code"))
    walked = {code for code, _, _ in facts()}
    assert walked == {first, second}
    assert sorted((point, result) for _, point, result in facts()) == [
        ("cover", "ok"),
        ("feeder", "na"),
        ("feeder", "ok"),
        ("hoods", "not_ok"),
        ("hoods", "ok"),
    ]
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('amps.taps')).length") == 0
    assert errors == []


def test_a_tap_without_network_waits_and_is_stored_once(phone_page: Page, round_: Round):
    page = phone_page
    page.goto(f"/shift/round/{round_.pk}/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Yes").tap()
    expect(page.locator("#taps")).to_contain_text("1 tap waits on this device")
    expect(page.locator("#tap-status")).to_contain_text("waits on this device")
    expect(page.get_by_role("button", name="Yes")).to_be_disabled()
    assert facts() == []
    page.context.set_offline(False)
    expect(page.locator("#question")).to_contain_text("Point cover")
    expect(page.locator("#taps")).to_be_hidden()
    assert [(point, result) for _, point, result in facts()] == [("feeder", "ok")]
    # the answer got lost on its way back: the same tap is sent again, and nothing is stored twice
    page.route("**/tap/", lambda route: (route.fetch(), route.abort())[1], times=1)
    page.locator('[data-digit="3"]').tap()
    page.locator(".numpad-store").tap()
    expect(page.locator("#taps")).to_contain_text("1 tap waits on this device")
    page.get_by_role("button", name="Try now").tap()
    expect(page.locator("#question")).to_contain_text("Point hoods")
    assert len(facts()) == 2


def test_a_tap_that_waited_survives_the_page(phone_page: Page, round_: Round):
    page = phone_page
    page.goto(f"/shift/round/{round_.pk}/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Yes").tap()
    expect(page.locator("#taps")).to_contain_text("1 tap waits")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/shift/")
    expect(page.get_by_text("1 of 5 done")).to_be_visible()
    assert [point for _, point, _ in facts()] == ["feeder"]


def test_a_session_that_ends_in_the_round_keeps_the_tap(phone_page: Page, round_: Round):
    page = phone_page
    page.goto(f"/shift/round/{round_.pk}/")
    Session.objects.all().delete()
    page.get_by_role("button", name="Yes").tap()
    expect(page.locator("#taps")).to_contain_text("You are signed out")
    assert facts() == []
    page.locator("#taps").get_by_role("link", name="Sign in").tap()
    page.wait_for_url("**/accounts/login/**")
    page.fill("input[name=login]", "operator")
    page.fill("input[name=password]", factories.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"**/shift/round/{round_.pk}/**")
    expect(page.locator("#question")).to_contain_text("Point cover")
    assert [point for _, point, _ in facts()] == ["feeder"]


def test_a_waiting_tap_that_is_refused_is_told_and_kept(phone_page: Page, round_: Round):
    page = phone_page
    page.goto(f"/shift/round/{round_.pk}/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Yes").tap()
    expect(page.locator("#taps")).to_contain_text("1 tap waits")
    point = round_.points.get(point__code="feeder").point
    point.active = False
    point.save()
    page.context.set_offline(False)
    expect(page.locator("#taps")).to_contain_text("Not stored")
    expect(page.locator("#taps")).to_contain_text("This point is no longer in use.")
    page.reload()
    expect(page.locator("#taps")).to_contain_text("Not stored")
    page.get_by_role("button", name="I have seen it").tap()
    expect(page.locator("#taps")).to_be_hidden()
    assert facts() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_targets_are_large_and_nothing_is_wider_than_the_phone(
    phone_page: Page, round_: Round, scheme: Literal["light", "dark"]
):
    page = phone_page
    page.emulate_media(color_scheme=scheme)
    for address in ("/shift/", f"/shift/round/{round_.pk}/", f"/shift/round/{round_.pk}/?cell=1&point=cover"):
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
        small = page.evaluate(
            """() => Array.from(document.querySelectorAll("main a, main button, main summary, main input"))
                .filter((one) => one.offsetParent && one.type !== "hidden" && !one.closest(".sr-only"))
                .filter((one) => !one.closest("p, .point-more > div") && one.getBoundingClientRect().height < 48)
                .filter((one) => getComputedStyle(one).clipPath === "none")
                .map((one) => one.outerHTML.slice(0, 90))"""
        )
        assert small == []


def test_a_round_works_without_javascript(browser, live_server, round_: Round):
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "operator")
    page.fill("input[name=password]", factories.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.goto(f"/shift/round/{round_.pk}/")
    page.get_by_role("button", name="Material").click()
    expect(page.locator(".answered-said")).to_contain_text("No")
    page.get_by_role("link", name="Next point").click()
    page.fill("#value", "3,4")
    page.get_by_role("button", name="Store").click()
    expect(page.locator("#question")).to_contain_text("Point hoods")
    assert [(point, result) for _, point, result in facts()] == [("feeder", "not_ok"), ("cover", "ok")]
    context.close()


def test_what_may_be_thousands_is_asked_about_before_it_is_sent(phone_page: Page, round_: Round):
    """An English-speaking operator's "1,000" must not become 1; the page asks while one types, as the plant would."""
    page = phone_page
    page.goto(f"/shift/round/{round_.pk}/?cell=1&point=cover")
    asked = "without a sign between thousands"
    page.fill("#value", "3,000")
    expect(page.locator("#verdict")).to_contain_text(asked)
    expect(page.locator("form[data-number]")).not_to_have_class("is-inside")
    expect(page.locator(".store-value")).to_have_text("")
    page.get_by_role("button", name="Store").click()
    assert page.evaluate("document.querySelector('#value').validity.customError")
    # Clear again: the limits are back, and a decimal comma is taken as ever.
    page.fill("#value", "3,0")
    expect(page.locator("#verdict")).not_to_contain_text(asked)
    page.get_by_role("button", name="Store").click()
    expect(page.locator("#question")).to_contain_text("Point hoods")
    # A count is asked about in the same way, by hand and by the stepper.
    page.fill("#value", "1,000")
    page.get_by_role("button", name="One more").click()
    expect(page.locator("#value")).to_have_value("1,000")
    expect(page.locator("#verdict")).to_contain_text(asked)
    # "Not applicable" leaves the number out, whatever stands there.
    page.get_by_role("button", name="Not applicable").click()
    expect(page.locator("#question")).not_to_contain_text("hoods")
    assert [(point, result) for _, point, result in facts()] == [("cover", "ok"), ("hoods", "na")]
    assert [fact.value for fact in Observation.objects.filter(point__code="cover")] == [3]


def test_in_norwegian_a_comma_is_the_decimal_sign(phone_page: Page, round_: Round):
    page = phone_page
    User.objects.filter(username="operator").update(language="nb")
    page.goto(f"/shift/round/{round_.pk}/?cell=1&point=cover")
    page.fill("#value", "3,000")
    expect(page.locator("form[data-number]")).to_have_class("is-inside")
    page.locator(".numpad-store").click()
    expect(page.locator("#question")).not_to_contain_text("cover")
    assert [fact.value for fact in Observation.objects.filter(point__code="cover")] == [3]
