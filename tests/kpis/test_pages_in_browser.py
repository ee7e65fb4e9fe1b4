"""The leader's pages in a real browser: charts are drawn, nothing sends them away, choices and refreshes work."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine

from amps.broker import ensure_broker_folders
from tests.factories import PASSWORD
from tests.kpis.leader import NOW, Leader

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]
AXE = Path(__file__).parent.parent / "vendor" / "axe" / "axe.min.js"


@pytest.fixture
def at_work(live_server, page):
    """The area leader, signed in, with problems of the page collected."""
    ensure_broker_folders()
    problems: list[str] = []
    with time_machine.travel(NOW, tick=True):
        Leader()
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto("/accounts/login/")
        page.fill('input[name="login"]', "leader")
        page.fill('input[name="password"]', PASSWORD)
        page.press('input[name="password"]', "Enter")
        page.wait_for_url(lambda url: "login" not in url)
        yield page
    assert problems == []


def wrong_with(page) -> list[str]:
    """What axe finds wrong in the page's own part, for WCAG 2.2 AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run('main', {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
    )
    return list(found)


def test_from_the_dashboard_to_the_single_observation(at_work):
    page = at_work
    page.goto("/figures/?unit=EL1")
    assert wrong_with(page) == []
    # A refresh keeps the place of the focus and says when it came.
    page.focus("#i-O05")
    with page.expect_response(lambda answer: "/figures/?unit=EL1" in answer.url):
        page.evaluate("document.querySelector('[data-refresh]').dispatchEvent(new CustomEvent('amps:refresh'))")
    page.wait_for_function("document.activeElement.id === 'i-O05'")

    page.click(".attention .go >> nth=0")
    page.wait_for_selector(".js-plotly-plot .main-svg")
    assert wrong_with(page) == []
    buttons = page.eval_on_selector_all(".modebar-btn", "found => found.map(one => one.dataset.title || '')")
    assert buttons
    assert not [title for title in buttons if "cloud" in title.lower() or "share" in title.lower()]

    # One row narrows the rest, without loading the page anew, and the choice is in the address.
    page.click("section[aria-labelledby='b-places'] tbody a >> nth=0")
    page.wait_for_url(lambda url: "cell=EL1-S1" in url)
    page.click("section[aria-labelledby='b-places'] tbody a >> nth=0")
    page.wait_for_url(lambda url: "cell=1001" in url)
    page.wait_for_selector("#observations .row-link")
    page.click("#observations .row-link >> nth=0")
    page.wait_for_url(lambda url: "/observation" in url)


INDICATOR = "/figures/O05/?unit=EL1&cadence=week"


def folds(page) -> dict[str, bool]:
    """Which part that folds is open, by its id."""
    found = page.eval_on_selector_all("details[data-fold]", "parts => parts.map(one => [one.id, one.open])")
    return dict(found)


def shown_rows(page, table: str) -> int:
    return int(page.locator(f"{table} tbody tr").filter(visible=True).count())


def test_on_a_phone_what_lies_below_the_chart_is_folded_and_stays_as_it_was_left(at_work):
    page = at_work
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(INDICATOR)
    page.wait_for_selector(".js-plotly-plot .main-svg")
    assert len(folds(page)) >= 5
    assert not any(folds(page).values())
    assert page.locator(".in-words").is_visible()
    assert page.locator(".chart").first.is_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 2400
    # What was unfolded stays so while a row is chosen in it, by keyboard as well.
    page.focus("#fold-places > summary")
    page.keyboard.press("Enter")
    page.click("#fold-places tbody a >> nth=0")
    page.wait_for_url(lambda url: "cell=" in url)
    page.wait_for_selector("#fold-places[open]")
    assert [name for name, is_open in folds(page).items() if is_open] == ["fold-places"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert wrong_with(page) == []


def test_on_a_phone_a_long_list_is_shortened_until_all_of_it_is_asked_for(at_work):
    page = at_work
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{INDICATOR}&show=all")
    page.click("#fold-observations > summary")
    table = "#observations table"
    whole = page.locator(f"{table} tbody tr").count()
    assert whole == 25
    assert shown_rows(page, table) == 8
    page.click("#observations .show-all")
    assert page.inner_text("#observations .show-all") == "Show fewer"
    assert shown_rows(page, table) == whole
    assert page.evaluate(
        f"document.activeElement === document.querySelectorAll('{table} tbody tr')[8].querySelector('a')"
    )
    page.click("#observations .show-all")
    assert shown_rows(page, table) == 8


def test_on_a_phone_an_address_that_names_a_part_opens_it(at_work):
    page = at_work
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{INDICATOR}#observations")
    page.wait_for_selector("#fold-observations[open]")
    assert [name for name, is_open in folds(page).items() if is_open] == ["fold-observations"]


def test_on_a_desktop_nothing_is_folded_or_shortened(at_work):
    page = at_work
    page.goto(f"{INDICATOR}&show=all")
    assert all(folds(page).values())
    assert shown_rows(page, "#observations table") == 25
    assert not page.locator("#observations .show-all").is_visible()


def test_without_javascript_a_phone_shows_everything(at_work, browser, live_server):
    cookies = at_work.context.cookies()
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{INDICATOR}&show=all")
    assert page.locator("details[data-fold][open]").count() == page.locator("details[data-fold]").count() >= 5
    assert shown_rows(page, "#observations table") == 25
    context.close()
