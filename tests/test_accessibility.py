"""Every page in a real browser: nothing that axe calls serious, nothing wider than a phone, nothing refused by the CSP.

Each page is opened twice, as somebody who may: wide, light and in English; and as a phone, dark and in Norwegian.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from principles.teams.models import User
from tests.permission_rows import PEOPLE, World
from tests.permission_table import TABLE, build_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

AXE = Path(__file__).parent / "vendor" / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")
# Answers that are no page: JSON, files, and fragments that only ever stand inside a page.
NO_PAGES = {"healthz", "favicon", "home", "account_logout"}
BY_ROLE = ("administrator", "plant_manager", "area_leader", "technical_lead", "operator")


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    language: str
    scheme: Any
    width: int
    rules: dict[str, Any]  # what axe runs


WIDE = Look("en", "light", 1440, {"type": "tag", "values": RULES})
# What the same page can only get wrong when it is narrow or dark.
NARROW_OR_DARK = ["color-contrast", "target-size", "scrollable-region-focusable", "meta-viewport", "link-in-text-block"]
PHONE = Look("nb", "dark", 390, {"type": "rule", "values": NARROW_OR_DARK})


class Visitor:
    """A browser that opens pages as different people and keeps what is wrong with them."""

    def __init__(self, browser: Browser, base_url: str, look: Look) -> None:
        self.look = look
        self.wrong: list[str] = []
        self.opened = 0
        self.base_url = base_url
        self.context = browser.new_context(
            base_url=base_url,
            viewport={"width": look.width, "height": 900},
            color_scheme=look.scheme,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.source = AXE.read_text(encoding="utf-8")

    def become(self, person: User | None) -> None:
        self.context.clear_cookies()
        cookies: SimpleCookie = SimpleCookie()
        if person is not None:
            # The language is the person's own, whatever the browser asks for.
            User.objects.filter(pk=person.pk).update(language=self.look.language)
            client = Client()
            client.force_login(person)
            cookies = client.cookies
        values = {name: morsel.value for name, morsel in cookies.items()}
        values["amps_language"] = self.look.language
        self.context.add_cookies([{"name": n, "value": v, "url": self.base_url} for n, v in values.items()])

    def look_at(self, address: str) -> None:
        try:
            answer = self.page.goto(address)
        except Error as error:
            if "Download is starting" in error.message:
                return
            raise
        assert answer is not None
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return
        if not self.page.evaluate("!!document.querySelector('main')"):
            return
        self.opened += 1
        if answer.status != 200:
            self.wrong.append(f"{address}: {answer.status}")
        language = self.page.evaluate("document.documentElement.lang")
        if language != self.look.language:
            self.wrong.append(f"{address}: in {language}, not in {self.look.language}")
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            self.wrong.append(f"{address}: {wider} px wider than the screen")
        # axe runs in the page by the browser's own means, which the page's policy does not concern.
        self.page.evaluate(self.source)
        found = self.page.evaluate(
            # Style sheets are not fetched a second time: only a rule for screens locked on their side asks for that.
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false})",
            self.look.rules,
        )
        for violation in found["violations"]:
            if violation["impact"] in GRAVE:
                places = [" ".join(node["target"]) for node in violation["nodes"][:3]]
                self.wrong.append(f"{address}: {violation['id']} at {places}")

    def _console(self, message: ConsoleMessage) -> None:
        # A picture opened by itself is shown by the browser's own page, whose style the policy refuses.
        if message.type == "error" and "Failed to load" not in message.text and "/photo/" not in self.page.url:
            self.wrong.append(f"{self.page.url}: {message.text}")


@pytest.fixture
def visitor(browser: Browser, live_server) -> Iterator[Visitor]:
    """Wide; as a phone in a file of its own, so that two processes share the work."""
    found = Visitor(browser, live_server.url, WIDE)
    yield found
    found.context.close()


def _addresses(world: World) -> dict[str, list[str]]:
    """Role → the pages that this role is the first of BY_ROLE to open."""
    found: dict[str, list[str]] = {}
    for name, row in TABLE.items():
        if row.get is None or name in NO_PAGES:
            continue
        role = next((role for role in (*BY_ROLE, *PEOPLE) if row.get[role] == 200), None)
        if role is None:
            continue
        arguments = row.args(world)
        for kwargs in arguments if isinstance(arguments, list) else [arguments]:
            found.setdefault(role, []).append(reverse(name, kwargs=kwargs) + row.query)
    return found


def visit_every_page(visitor: Visitor) -> None:
    """Every page of the permission table, as the first role that may open it."""
    world = build_world()
    for role, addresses in _addresses(world).items():
        visitor.become(world.people[role])
        for address in addresses:
            visitor.look_at(address)
    visitor.become(None)
    visitor.look_at("/accounts/login/")
    assert not visitor.wrong, "\n".join(visitor.wrong)
    assert visitor.opened > 40


FULL = {
    "arealeader": [
        "/figures/?unit=EL1",
        "/figures/?unit=EL1&crew=C&process=CP-03",
        "/figures/O05/?unit=EL1&cadence=week",
        "/figures/O20/?unit=EL1&cadence=day",
        "/figures/K05/?unit=EL1&cadence=week",
        "/figures/follow-up/EL1/day/",
        "/standards/tree/",
        "/standards/tree/?focus=K05",
        "/standards/",
        "/together/units/",
        "/demo/",
    ],
    "operator": ["/shift/", "/shift/extra/", "/shift/events/", "/standards/SOP-02/"],
}


def visit_demo_plant(visitor: Visitor) -> None:
    """The fullest pages, with the demo plant in them."""
    for username, addresses in FULL.items():
        visitor.become(User.objects.get(username=username))
        for address in addresses:
            visitor.look_at(address)
    assert not visitor.wrong, "\n".join(visitor.wrong)
    assert visitor.opened == sum(len(addresses) for addresses in FULL.values())


def test_every_page_of_the_matrix(visitor: Visitor):
    visit_every_page(visitor)


def test_the_demo_plant(visitor: Visitor, demo_plant):
    visit_demo_plant(visitor)
