"""Two of the group with a device each, around one table: keys, each other's changes, and nothing lost."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from roadmap.models import Answer, Evaluation, Mark
from roadmap.services.signing import evaluation_sign
from tests.roadmap.world import Table, lay_table

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


class Around:
    """The table, an open evaluation, and a browser for each of two people."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.table: Table = lay_table()
        self.evaluation: Evaluation = self.table.open()
        self.errors: list[str] = []
        self.contexts: list[BrowserContext] = []
        self.browser, self.base_url = browser, base_url

    def sits(self, person, width: int = 1440) -> Page:
        context = self.browser.new_context(
            base_url=self.base_url, locale="en-GB", viewport={"width": width, "height": 900}
        )
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        client = Client()
        client.force_login(person)
        context.add_cookies([{"name": n, "value": m.value, "url": self.base_url} for n, m in client.cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        return page

    def item(self, code: str = "1.1.2") -> str:
        return f"/direction/evaluations/{self.evaluation.pk}/items/{self.table.items[code].pk}/"


@pytest.fixture
def around(browser: Browser, live_server) -> Iterator[Around]:
    made = Around(browser, live_server.url)
    yield made
    for context in made.contexts:
        context.close()


def test_each_sees_the_others_change_and_keys_choose(around: Around):
    kari, ola = around.sits(around.table.kari), around.sits(around.table.ola, width=390)
    kari.goto(around.item())
    ola.goto(around.item())
    expect(kari.locator("#facts .evidence")).to_be_visible()

    # 2 gives Kari's own mark; she does not see others' yet, and Ola sees only that one is given.
    kari.keyboard.press("2")
    expect(kari.locator("#mark-yellow")).to_have_attribute("aria-pressed", "true")
    expect(kari.locator("#state .spread-count").nth(1)).to_contain_text("1")
    expect(ola.get_by_text("1 of 3 have given their mark.")).to_be_visible()
    expect(ola.locator("#state .spread")).to_have_count(0)

    # Ola taps green on the phone; Kari sees the spread without doing anything.
    ola.locator("#mark-green").click()
    expect(ola.locator("#state .spread-count").nth(2)).to_contain_text("1")
    expect(kari.get_by_text("You see it differently: talk it over.")).to_be_visible()
    assert dict(Mark.objects.values_list("person__username", "status")) == {"kari": "yellow", "ola": "green"}

    # Now the keys choose for the group; storing it shows on the other device.
    kari.keyboard.press("1")
    expect(kari.locator("#agree-red")).to_be_checked()
    kari.locator("#id_reason").fill("Crew D is not there yet")
    kari.get_by_role("button", name="Store", exact=True).click()
    expect(kari.locator("#state .agreed")).to_contain_text("Crew D is not there yet")
    expect(ola.locator("#state .agreed")).to_contain_text("Crew D is not there yet")
    expect(ola.locator("#agree-red")).to_be_checked()
    assert Answer.objects.get().status == "red"

    # Arrows move, also from a button that has the focus; going on leads to the next open item.
    kari.locator("h1").click()
    kari.keyboard.press("ArrowRight")
    expect(kari.locator("h1")).to_contain_text("1.1.3")
    kari.wait_for_load_state()
    kari.keyboard.press("ArrowLeft")
    expect(kari.locator("h1")).to_contain_text("1.1.2")
    assert around.errors == []


def test_what_one_types_is_kept_when_the_other_stores_first(around: Around):
    kari, ola = around.sits(around.table.kari), around.sits(around.table.ola)
    kari.goto(around.item())
    ola.goto(around.item())
    ola.locator("#id_reason").fill("Ola is still writing")
    kari.locator("label.agree-yellow").click()
    kari.locator("#id_reason").fill("Kari was quicker")
    kari.get_by_role("button", name="Store", exact=True).click()
    expect(ola.locator("#state .agreed")).to_contain_text("Kari was quicker")
    expect(ola.locator("[data-meanwhile]")).to_be_visible()
    expect(ola.locator("#id_reason")).to_have_value("Ola is still writing")
    ola.locator("label.agree-none").click()
    ola.get_by_role("button", name="Store", exact=True).click()
    expect(ola.get_by_text("Nothing of yours is lost")).to_be_visible()
    expect(ola.locator("#agree blockquote")).to_contain_text("Kari was quicker")
    expect(ola.locator("#id_reason")).to_have_value("Ola is still writing")
    assert Answer.objects.get().reason == "Kari was quicker"
    ola.get_by_role("button", name="Store", exact=True).click()
    expect(kari.locator("#state .agreed")).to_contain_text("Ola is still writing")
    assert Answer.objects.get().status == "none"
    assert around.errors == []


def test_store_and_go_on_by_the_keyboard_and_the_overview_follows(around: Around):
    kari, ola = around.sits(around.table.kari), around.sits(around.table.ola)
    ola.goto(f"/direction/evaluations/{around.evaluation.pk}/")
    expect(ola.get_by_text("0 of 61 answered")).to_be_visible()
    kari.goto(around.item())
    kari.keyboard.press("0")
    expect(kari.locator("#mark-none")).to_have_attribute("aria-pressed", "true")
    kari.keyboard.press("0")
    expect(kari.locator("#agree-none")).to_be_checked()
    kari.locator("#id_reason").press("Control+Enter")
    expect(kari.locator("h1")).to_contain_text("1.1.3")
    expect(ola.get_by_text("1 of 61 answered")).to_be_visible()
    # When the group begins to sign, the page that is open says so.
    around.table.answer_all(around.evaluation)
    evaluation_sign(evaluation=around.evaluation, actor=around.table.ola, now=around.table.now)
    expect(kari.get_by_text("The group is signing: the answers stand still.")).to_be_visible()
    assert around.errors == []
