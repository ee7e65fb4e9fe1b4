"""The whole circle in a browser: what an operator saw becomes a deviation, an action, evidence, and a line of the plan.

Some two months are lived through: each act has its own day, and whoever is in it signs in anew.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pypdf
import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect

from amps.broker import ensure_broker_folders
from amps.documents.tasks import make
from amps.models import Document
from kpis.effects import effects_due
from kpis.models import Figure
from kpis.rollup import process_all_marks
from kpis.tasks import process_marks
from observations.loading import reasons_load
from observations.models import Observation
from observations.planning import rounds_ensure
from principles.improvement.models import Action, Deviation, EffectCheck
from principles.teams.calendars import production_date, shift_at
from principles.teams.models import Role
from roadmap.loading import standard_load
from roadmap.models import Answer, Evaluation, FocusItem, PlanEntry
from roadmap.services.plan import entry_add, plan_year_set
from tests import factories
from tests.kpis.world import fact, make_indicator, make_target
from tests.observations.world import make_plan, make_point, make_sop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]
DAY = dt.timedelta(days=1)
ITEM = "1.3.2"


class Circle:
    """The small plant on a day of work: one round is owed, and one of four covers has been bad for a week."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.browser, self.base_url = browser, base_url
        ensure_broker_folders()
        self.start = timezone.now()
        factories.make_schedule()
        self.plant = factories.make_plant()
        reasons_load()
        self.point = make_point("cover")
        sop = make_sop("SOP-02", owner=self.plant.el1, points=[self.point])
        make_plan(sop, self.plant.el1, targets_per_round=3)
        indicator = make_indicator("O05", feeds={self.point: 1}, name_en="Anode covering", unit="%", factor=100)
        make_target(indicator, 95, yellow=95, red=90)
        crew = shift_at(self.start).crew
        self.operator = factories.make_person(Role.OPERATOR, self.plant.el1, "operator", crew=crew)
        self.leader = factories.make_person(Role.AREA_LEADER, self.plant.el1, "leader")
        factories.make_person(Role.PLANT_MANAGER, self.plant.plant, "manager")
        self.today = production_date(self.start)
        self.year = (self.today + 63 * DAY).year
        self.facts(self.today - 8 * DAY, self.today - DAY, wrong=1)
        rounds_ensure(now=self.start, until=self.start + dt.timedelta(minutes=1), since=self.start)
        self.problems: list[str] = []

    def facts(self, first: dt.date, last: dt.date, *, wrong: int) -> None:
        """Four covers looked at on the morning shift of each day."""
        for shift in factories.make_shifts(first, last):
            if shift.number == 1:
                for number in range(4):
                    result = "not_ok" if number < wrong else "ok"
                    fact(self.point, self.plant.el1, shift, result, equipment=self.plant.cells[number])
        done = dt.datetime.combine(last + 2 * DAY, dt.time(12), tzinfo=dt.UTC)
        process_all_marks(now=max(self.start, done))

    @contextmanager
    def act(self, username: str, days: int = 0, *, is_phone: bool = False) -> Iterator[Page]:
        """A page of somebody who has signed in, so many days after the start."""
        size: ViewportSize = {"width": 390, "height": 844} if is_phone else {"width": 1440, "height": 900}
        context = self.browser.new_context(
            base_url=self.base_url, locale="en-GB", viewport=size, has_touch=is_phone, is_mobile=is_phone
        )
        context.set_default_timeout(30_000)
        try:
            if days:
                with time_machine.travel(self.start + days * DAY, tick=True):
                    yield self._signed_in(context.new_page(), username)
            else:
                yield self._signed_in(context.new_page(), username)
        finally:
            context.close()

    def _signed_in(self, page: Page, username: str) -> Page:
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto("/accounts/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", factories.PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return page


@pytest.fixture
def circle(browser: Browser, live_server, settings, tmp_path) -> Circle:
    settings.MEDIA_ROOT = tmp_path / "media"
    return Circle(browser, live_server.url)


def test_from_the_tap_to_the_plan_and_its_pdf(circle: Circle):
    _operator_sees_it(circle)
    deviation = _leader_opens_and_explains_it(circle)
    action = _an_action_shall_move_the_figure(circle, deviation)
    _it_is_carried_out(circle, action)
    circle.facts(circle.today + 2 * DAY, circle.today + 12 * DAY, wrong=0)
    _the_effect_is_verified_and_the_deviation_closed(circle, deviation, action)
    evaluation = _the_group_sees_the_evidence_and_signs(circle)
    _the_gap_becomes_a_line_of_the_plan(circle, evaluation)
    text = _the_plan_is_printed(circle)
    assert "Practise the five whys with every crew" in text
    assert "Cover within two hours" in text
    assert ITEM in text
    assert "400,000" in text
    assert circle.problems == []


def _operator_sees_it(circle: Circle) -> None:
    """On a phone: right on one cell, wrong on two; the worker brings the figure up to date, and it is red."""
    with circle.act("operator", is_phone=True) as page:
        page.goto("/shift/")
        page.locator("a.round").first.tap()
        page.get_by_role("button", name="Yes").tap()
        expect(page.locator(".place-count")).to_contain_text("2 of 3")
        for number in (2, 3):
            page.get_by_role("button", name="No", exact=True).tap()
            page.locator(".chip", has_text="Material").first.tap()
            expect(page.locator("#tap-status")).to_contain_text("stored")
            if number == 2:
                _next_cell(page)
    assert Observation.objects.filter(observer__username="operator", result="not_ok").count() == 2
    process_marks()
    now = circle.start
    figure = Figure.objects.get(unit__code="EL1", cadence="shift", starts_at__lte=now, ends_at__gt=now)
    assert (figure.n, figure.status) == (3, "red")


def _next_cell(page: Page) -> None:
    """After a no one stays on the card, so that a deviation can be opened; the next one is a tap away."""
    page.get_by_role("link", name="Next").first.tap()
    expect(page.locator(".place-count")).to_contain_text("3 of 3")


def _leader_opens_and_explains_it(circle: Circle) -> Deviation:
    """From the red figure to a deviation, contained at once; five whys and the root cause."""
    with circle.act("leader") as page:
        page.goto("/figures/?unit=EL1")
        page.locator("ul.attention li", has_text="Anode covering").first.get_by_role("link").last.click()
        expect(page).to_have_url(re.compile(r"/figures/O05/"))
        page.get_by_role("link", name="Open deviation").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("New deviation")
        page.get_by_label("What is wrong?").fill("Covers stand open after the change")
        page.locator(".chip", has_text="High").click()
        page.get_by_label("What was done at once?").fill("Covered again by hand")
        page.get_by_role("button", name="Open deviation").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Covers stand open")
        deviation = Deviation.objects.get()
        assert deviation.source == "figure"
        assert deviation.contained_at is not None
        whys = page.locator("#whys")
        whys.get_by_text("More whys").click()
        answers = ("The cover sinks", "It is laid too soon", "Nobody waits", "No time is given", "SOP-02 has no limit")
        for number, answer in enumerate(answers):
            whys.locator("textarea, input[type=text]").nth(number).fill(answer)
            whys.locator("select").nth(number).select_option("fact")
        whys.get_by_role("button", name="Save the whys").click()
        expect(whys).to_contain_text("Read it backwards")
        assert deviation.whys.count() == 5
        cause = page.locator("#cause")
        cause.locator("textarea").first.fill("SOP-02 gives no limit for covering")
        cause.locator(".chip", has_text="The standard is wrong").click()
        cause.get_by_role("button", name="Save the cause").click()
        expect(page.locator("#cause .said")).to_contain_text("no limit for covering")
    return deviation


def _an_action_shall_move_the_figure(circle: Circle, deviation: Deviation) -> Action:
    """An action with an owner, a date and the indicator that it is to move; the work begins."""
    with circle.act("leader") as page:
        page.goto(f"/together/improvement/deviations/{deviation.pk}/")
        page.get_by_role("link", name="Add an action").click()
        page.get_by_label("What is to be done").fill("Cover within two hours")
        page.locator("select[name=owner]").select_option(str(circle.leader.pk))
        page.locator("input[name=due]").fill(str(circle.today + 20 * DAY))
        page.get_by_role("button", name="Make the action").click()
        action = Action.objects.get()
        page.goto(f"/together/improvement/actions/{action.pk}/")
        page.get_by_role("link", name="Choose the indicator").click()
        page.get_by_label("Indicator it should move").fill("O05")
        page.get_by_label("Expected change").fill("20")
        page.get_by_role("button", name="Store").click()
        page.goto(f"/together/improvement/actions/{action.pk}/")
        page.locator("form.move button").first.click()
        expect(page.locator(".pdca [aria-current=step]")).to_contain_text("Do")
        # It has its place in the plan that the evaluation will look at.
        entry_add(action=action, year=circle.year, actor=circle.leader, now=timezone.now())
        # Too early: the gate says what is in the way.
        page.goto(f"/together/improvement/deviations/{deviation.pk}/")
        expect(page.locator("#close .checklist")).to_contain_text("has not ended")
        expect(page.get_by_role("button", name="Close the deviation")).to_have_count(0)
    return action


def _it_is_carried_out(circle: Circle, action: Action) -> None:
    with circle.act("leader", 1) as page:
        page.goto(f"/together/improvement/actions/{action.pk}/")
        page.locator("form.move button").first.click()
        expect(page.locator(".pdca [aria-current=step]")).to_contain_text("Check")


def _the_effect_is_verified_and_the_deviation_closed(circle: Circle, deviation: Deviation, action: Action) -> None:
    """Weeks later the facts are better: expected beside measured, verified, done, and the gate lets it close."""
    with circle.act("leader", 20) as page:
        # As the worker's tick does once a day.
        effects_due(now=timezone.now())
        page.goto(f"/together/improvement/actions/{action.pk}/")
        expect(page.locator("#effect")).to_contain_text("The figures say: better")
        page.locator("#effect .chip", has_text="Better").click()
        page.get_by_label("What is seen").fill("Every cover has stood since")
        page.get_by_role("button", name="Save the effect").click()
        check = EffectCheck.objects.get(action=action)
        assert check.is_verified
        assert check.before_value is not None
        assert check.after_value is not None
        assert (round(check.before_value), round(check.after_value)) == (75, 100)
        for state in ("act", "done"):
            page.locator("form.move button").first.click()
            page.wait_for_load_state()
            action.refresh_from_db()
            assert action.state == state
        page.goto(f"/together/improvement/deviations/{deviation.pk}/")
        page.locator("#close textarea").fill("Three weeks without an open cover")
        page.get_by_role("button", name="Close the deviation").click()
        expect(page.locator("#close")).to_contain_text("Three weeks without an open cover")
    deviation.refresh_from_db()
    assert deviation.state == "closed"


def _the_group_sees_the_evidence_and_signs(circle: Circle) -> Evaluation:
    """When its quarter has closed, the deviation is evidence beside the item that asks for root causes."""
    with circle.act("leader", 63) as page:
        standard_load(now=timezone.now())
        page.goto("/direction/evaluations/new/?unit=EL1")
        page.locator("select[name=leader]").select_option(str(circle.leader.pk))
        page.locator(f"input[name=participants][value='{circle.operator.pk}']").check(force=True)
        page.get_by_role("button", name="Open the evaluation").click()
        page.wait_for_url(re.compile(r"/direction/evaluations/\d+/"))
        evaluation = Evaluation.objects.get()
        item = FocusItem.objects.get(code=ITEM, local_to=None, rule__principle__version=evaluation.version_id)
        page.goto(f"/direction/evaluations/{evaluation.pk}/items/{item.pk}/")
        facts = page.locator("#facts")
        expect(facts).to_contain_text("Deviations with a root cause")
        expect(facts).to_contain_text("100")
        page.locator("#mark-yellow").click()
        expect(page.locator("#mark-yellow")).to_have_attribute("aria-pressed", "true")
        page.locator("label.agree-yellow").click()
        page.locator("#id_reason").fill("The causes are found, but only in one crew")
        against = page.locator("#id_against_facts")
        if against.is_visible():
            against.fill("One deviation is little to go by")
        page.get_by_role("button", name="Store", exact=True).click()
        expect(page.locator("#state .agreed")).to_contain_text("only in one crew")
        # The other sixty are answered as on any day; here they are only to be there.
        others = FocusItem.objects.filter(rule__principle__version=evaluation.version_id).exclude(pk=item.pk)
        Answer.objects.bulk_create(
            Answer(evaluation=evaluation, item=other, status="none", decided_at=timezone.now()) for other in others
        )
    for username in ("operator", "leader"):
        with circle.act(username, 63) as page:
            page.goto(f"/direction/evaluations/{evaluation.pk}/sign/")
            page.get_by_role("button", name="I sign").click()
            page.wait_for_load_state()
    evaluation.refresh_from_db()
    assert evaluation.state == "locked"
    fact_kept = next(row for row in Answer.objects.get(item=item).facts if row["metric"] == "deviation_with_root_cause")
    assert fact_kept["value"] == "100"
    return evaluation


def _the_gap_becomes_a_line_of_the_plan(circle: Circle, evaluation: Evaluation) -> None:
    """One tap from the item that is below green to a form that is filled in."""
    item = Answer.objects.get(evaluation=evaluation, status="yellow").item
    with circle.act("leader", 63) as page:
        page.goto(f"/direction/evaluations/{evaluation.pk}/items/{item.pk}/")
        page.get_by_role("link", name="Action in the business plan").click()
        page.get_by_label("What is to be done").fill("Practise the five whys with every crew")
        page.get_by_label("Expected effect, NOK per year").fill("400 000")
        page.get_by_role("button", name="Put it into the plan").click()
        expect(page.get_by_text("is in the plan.")).to_be_visible()
    entry = PlanEntry.objects.get(item_code=ITEM)
    assert entry.action.source == "evaluation"
    assert entry.nok_per_year == 400_000


def _the_plan_is_printed(circle: Circle) -> str:
    """The manager asks for the PDF; the worker makes it; it opens, and its text can be read."""
    with circle.act("manager", 63) as page:
        plan_year_set(
            plant=circle.plant.plant, year=circle.year, tonnes=Decimal(60_000), nok_per_usd=Decimal(10), actor=None
        )
        page.goto(f"/direction/plan/?unit=VERK&year={circle.year}")
        page.get_by_role("button", name="Make a PDF").click()
        page.wait_for_url(re.compile(r"/documents/\d+/"))
        make()
        page.reload()
        document = Document.objects.get()
        assert document.state == "done", document.error
        with document.file.open("rb") as kept:
            reader = pypdf.PdfReader(io.BytesIO(kept.read()))
        link = page.get_by_role("link", name=re.compile("Open|Download|PDF")).first
        expect(link).to_be_visible()
    return "\n".join(page.extract_text() for page in reader.pages)
