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
