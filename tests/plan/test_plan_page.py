"""The plan of a unit and year: what is in it, what the filters leave, what the views show, who sees names."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from kpis.effects import effect_expect
from principles.improvement.models import Action, ActionSource, ActionState, EffectCheck, Meeting, MeetingItem
from principles.improvement.services.actions import action_cancel, action_move
from principles.improvement.services.deviations import deviation_open
from principles.teams.models import User
from roadmap.models import PlanEntry, PlanYear
from roadmap.planning import plan_sheet
from roadmap.services.challenges import challenge_give
from roadmap.services.plan import entry_add
from tests.kpis.leader import text_of
from tests.plan.world import NOW, measured

pytestmark = pytest.mark.django_db
PLAN = "/direction/plan/"


def shown(answer):
    return [row.title for row in answer.context["page"].rows]


def page(client, **query):
    answer = client.get(PLAN, {"unit": "EL1", **query})
    assert answer.status_code == 200
    return answer


def test_login_is_required(client, world):
    assert client.get(PLAN).status_code == 302


def test_the_manager_lands_on_the_plan(client, world):
    client.force_login(world.manager)
    assert client.get("/")["Location"] == PLAN
    client.force_login(world.leader)
    assert client.get("/")["Location"] == reverse("kpis:dashboard")


def test_actions_of_every_source_stand_in_one_list(leader_client, world):
    deviation = deviation_open(
        title="Iron too high", unit=world.plant.el1, occurred_at=NOW, actor=world.leader, now=NOW
    )
    meeting = Meeting.objects.create(
        unit=world.plant.el1, arena="morning", held_on=NOW.date(), opened_at=NOW, opened_by=world.leader
    )
    item = MeetingItem.objects.create(meeting=meeting, title="Late tapping")
    world.action("From a deviation", source=ActionSource.DEVIATION, deviation=deviation)
    world.action("From a meeting", source=ActionSource.MEETING, meeting_item=item)
    world.action("From an agreement", source=ActionSource.AGREEMENT)
    planned = world.action("From a gap", source=ActionSource.EVALUATION)
    entry_add(action=planned, year=2026, item_code="1.1.1", actor=world.leader, now=NOW)
    answer = page(leader_client)
    assert sorted(shown(answer)) == ["From a deviation", "From a gap", "From a meeting", "From an agreement"]
    html = answer.content.decode()
    assert reverse("improvement:deviation", args=[deviation.pk]) in html
    assert reverse("improvement:meeting", args=[meeting.pk]) in html
    assert text_of(html).count("not entered in the plan") == 3


def test_what_belongs_to_a_year(world):
    def titles(year, unit=None):
        return [row.title for row in plan_sheet(unit or world.plant.el1, year, now=NOW, reader=world.leader).rows]

    world.action("This year")
    world.action("Next year", due=dt.date(2027, 2, 1))
    early = world.action("Due next year, planned for this", due=dt.date(2027, 2, 1))
    entry_add(action=early, year=2026, actor=world.leader, now=NOW)
    old = world.action("Open from last year")
    ended = action_cancel(action=world.action("Ended last year"), reason="No", actor=world.leader, now=NOW)
    Action.objects.filter(pk__in=[old.pk, ended.pk]).update(due=dt.date(2025, 12, 1))
    Action.objects.filter(pk=ended.pk).update(ended_at=dt.datetime(2025, 12, 2, tzinfo=dt.UTC))
    world.action("Another unit", unit=world.plant.st1, owner=world.neighbour)
    assert titles(2026) == ["Open from last year", "This year", "Due next year, planned for this"]
    assert titles(2027) == ["Open from last year", "This year", "Next year", "Due next year, planned for this"]
    assert titles(2025) == ["Open from last year", "Ended last year"]
    assert "Another unit" in titles(2026, world.plant.plant)
    assert "This year" in titles(2026, world.plant.electrolysis)
    assert titles(2026, world.plant.el2) == []


def test_the_head_counts_everything(leader_client, world):
    PlanYear.objects.create(plant=world.plant.plant, year=2026, tonnes=60_000, nok_per_usd=10)
    good = world.finished("Worked")
    entry_add(action=good, year=2026, nok_per_year=Decimal(600_000), actor=world.leader, now=NOW)
    bad = world.finished("Did not", verdict="no_change")
    entry_add(action=bad, year=2026, nok_per_year=Decimal(300_000), actor=world.leader, now=NOW)
    off = world.action("Called off")
    entry_add(action=off, year=2026, nok_per_year=Decimal(9_000_000), actor=world.leader, now=NOW)
    action_cancel(action=off, reason="No", actor=world.leader, now=NOW)
    Action.objects.filter(pk=world.action("Late").pk).update(due=dt.date(2026, 3, 10))
    Action.objects.filter(pk=world.action("Due today").pk).update(due=dt.date(2026, 3, 11))
    summary = page(leader_client).context["summary"]
    assert (summary.total, summary.open, summary.overdue, summary.in_plan) == (5, 4, 1, 3)
    assert summary.expected.nok == 900_000
    assert summary.expected.usd_per_tonne == Decimal("1.5")
    assert summary.verified.nok == 600_000
    assert summary.without_amount == 2
    assert (summary.gaps, summary.gaps_covered) == (2, 0)
    assert {code: count for code, _label, count in summary.states} == {
        "plan": 2,
        "do": 0,
        "check": 2,
        "act": 0,
        "done": 0,
        "cancelled": 1,
    }


def test_without_tonnes_and_rate_the_page_says_what_is_missing(leader_client, client, world):
    entry_add(action=world.action(), year=2026, nok_per_year=Decimal(1), actor=world.leader, now=NOW)
    words = text_of(page(leader_client).content.decode())
    assert "USD per tonne is missing: tonnes per year and NOK per USD are not said for Unit VERK in 2026." in words
    assert "Say it now" not in words
    client.force_login(world.manager)
    assert "Say it now" in text_of(page(client).content.decode())


@pytest.fixture
def four(world):
    """Four actions that differ in everything that can be filtered."""
    first = world.action("Æøå tetting", principle=1, dimension="hse", owner=world.people["operator"])
    entry_add(action=first, year=2026, item_code="1.1.1", actor=world.leader, now=NOW)
    second = world.action("Second", principle=3, dimension="cost", source=ActionSource.MEETING)
    challenge = challenge_give(
        unit=world.plant.el1, year=2026, dimension="cost", text="Cheaper", actor=world.leader, now=NOW
    )
    entry_add(action=second, year=2026, challenge=challenge, actor=world.leader, now=NOW)
    third = world.action("Third", principle=3, dimension="cost")
    action_move(action=third, to="do", actor=world.leader, now=NOW)
    late = world.action("Late one", principle=5, dimension="volume")
    Action.objects.filter(pk=late.pk).update(due=dt.date(2026, 3, 1))
    return challenge


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"principle": "3"}, ["Second", "Third"]),
        ({"dimension": "hse"}, ["Æøå tetting"]),
        ({"state": "do"}, ["Third"]),
        ({"state": "open"}, ["Late one", "Æøå tetting", "Second", "Third"]),
        ({"source": "meeting"}, ["Second"]),
        ({"overdue": "1"}, ["Late one"]),
        ({"item": "with"}, ["Æøå tetting"]),
        ({"item": "without", "principle": "3"}, ["Second", "Third"]),
        ({"state": "cancelled"}, []),
        ({"entry": "out"}, ["Late one", "Third"]),
        ({"q": "ÆØÅ"}, ["Æøå tetting"]),
        ({"q": "1.1.1"}, ["Æøå tetting"]),
        ({"q": "cheaper"}, ["Second"]),
        ({"q": "%"}, []),
        ({"sort": "-title"}, ["Æøå tetting", "Third", "Second", "Late one"]),
        ({"sort": "due"}, ["Late one", "Æøå tetting", "Second", "Third"]),
    ],
)
def test_filters_and_order_stand_in_the_address(leader_client, world, four, query, titles):
    assert shown(page(leader_client, **query)) == titles


def test_filters_by_owner_and_by_challenge(leader_client, world, four):
    assert shown(page(leader_client, owner=world.people["operator"].pk)) == ["Æøå tetting"]
    assert shown(page(leader_client, challenge=four.pk)) == ["Second"]


@pytest.mark.parametrize(
    "query",
    [
        {"year": "1900"},
        {"year": "x"},
        {"year": "2026\0"},
        {"view": "nothing"},
        {"principle": "6"},
        {"dimension": "x"},
        {"state": "x"},
        {"owner": "x"},
        {"sort": "password"},
        {"unit": "NONE"},
    ],
)
def test_an_address_that_names_something_wrongly_is_not_found(leader_client, world, query):
    assert leader_client.get(PLAN, {"unit": "EL1", **query}).status_code == 404


def test_the_search_takes_anything(leader_client, world):
    for text in ("\0", "a" * 5000, "<script>", "'; drop"):
        assert "<script>" not in page(leader_client, q=text).content.decode().split("<main")[1]


@pytest.mark.parametrize("view", ["list", "timeline", "load", "effect", "gaps"])
def test_every_view_says_what_will_be_there_when_it_is_empty(client, world, view):
    client.force_login(world.manager)
    answer = client.get(PLAN, {"unit": "EL2", "view": view})
    assert answer.status_code == 200
    words = "No signed self-evaluation yet" if view == "gaps" else "No actions in this plan yet"
    assert words in text_of(answer.content.decode())


@pytest.mark.parametrize("view", ["list", "timeline", "load", "effect"])
def test_nothing_fits_the_filters(leader_client, world, four, view):
    words = text_of(page(leader_client, view=view, q="zzz").content.decode())
    assert "No action fits" in words
    assert "0 of 4 actions shown" in words


def test_html_in_a_title_stays_text_in_every_view(leader_client, world):
    nasty = "<b>\"x'</b>"
    action = world.finished(nasty, goal=nasty)
    entry_add(action=action, year=2026, item_code="1.1.1", actor=world.leader, now=NOW)
    for view in ("list", "timeline", "load", "effect", "gaps"):
        html = page(leader_client, view=view).content.decode()
        assert "<b>" not in html
        if view != "load":
            assert "&lt;b&gt;" in html


def test_names_of_owners_are_for_those_whose_role_reaches(client, world):
    world.action("Theirs")
    client.force_login(world.neighbour)
    words = text_of(page(client).content.decode())
    assert "Astrid Leader" not in words
    assert "name hidden" in words
    assert shown(page(client, owner=world.leader.pk)) == []
    assert shown(page(client, q="astrid")) == []
    assert "Owners whose names are hidden, together" in text_of(page(client, view="load").content.decode())
    assert "Astrid" not in page(client, view="timeline").content.decode()
    client.force_login(world.people["operator"])
    assert "Astrid Leader" in text_of(page(client).content.decode())


def test_the_load_per_owner(leader_client, world):
    world.action("In June", due=dt.date(2026, 6, 1))
    world.action("Also in June", due=dt.date(2026, 6, 30))
    Action.objects.filter(pk=world.action("Late").pk).update(due=dt.date(2026, 2, 1))
    Action.objects.filter(pk=world.action("From last year").pk).update(due=dt.date(2025, 2, 1))
    later = world.action("After the year", due=dt.date(2027, 6, 1))
    entry_add(action=later, year=2026, actor=world.leader, now=NOW)
    world.action("Somebody else's", owner=world.people["operator"])
    loads = [load for load, _bars in page(leader_client, view="load").context["loads"]]
    mine = next(load for load in loads if load.owner == "Astrid Leader")
    assert (mine.open, mine.overdue, mine.before, mine.after) == (5, 2, 1, 1)
    assert mine.months == (0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0)
    assert mine.late_months[1] == 1
    assert [load.owner for load in loads] == ["Astrid Leader", "Odd Operator"]


def test_effect_shows_before_and_after_and_the_next_evaluation(leader_client, world):
    action = world.action("Cover better")
    effect_expect(
        action=action,
        indicator=world.iron,
        unit=world.plant.el1,
        change=Decimal("-0.04"),
        weeks=4,
        actor=world.leader,
        now=NOW,
    )
    answer = world.evaluation.answers.get(item=world.red)
    entry_add(action=action, year=2026, item_code="1.1.1", answer=answer, actor=world.leader, now=NOW)
    for to in ("do", "check"):
        action = action_move(action=action, to=to, actor=world.leader, now=NOW)
    words = text_of(page(leader_client, view="effect").content.decode())
    assert "no evaluation since" in words
    assert "not verified yet" in words
    measured(action, "0.18", "0.15")
    world.evaluated(dt.date(2026, 3, 1), red="yellow")
    world.evaluated(dt.date(2026, 3, 2), unit=world.plant.el2, red="green")  # another group's
    answered = page(leader_client, view="effect")
    row = answered.context["page_obj"].object_list[0]
    assert (row.effect.expected, row.effect.measured) == (Decimal("-0.04"), Decimal("-0.03"))
    assert row.effect.reached == "amber"
    assert (row.gap.status, row.gap.next_status, row.gap.is_closed) == ("red", "yellow", False)
    User.objects.filter(pk=world.leader.pk).update(language="nb")
    with translation.override("nb"):
        assert "−0,03" in text_of(page(leader_client, view="effect").content.decode())


def test_gaps_come_from_each_groups_last_signed_evaluation(leader_client, world):
    gaps = page(leader_client, view="gaps").context["sheet"].gaps
    assert [(gap.code, gap.status, gap.is_covered) for gap in gaps] == [
        ("1.1.1", "red", False),
        ("1.1.2", "yellow", False),
    ]
    entry_add(
        action=world.action(),
        year=2026,
        item_code="1.1.1",
        answer=world.evaluation.answers.get(item=world.red),
        actor=world.leader,
        now=NOW,
    )
    off = world.action("Off")
    entry_add(action=off, year=2026, item_code="1.1.2", actor=world.leader, now=NOW)
    action_cancel(action=off, reason="No", actor=world.leader, now=NOW)
    summary = page(leader_client).context["summary"]
    assert (summary.gaps_covered, summary.gaps) == (1, 2)
    world.evaluated(dt.date(2026, 3, 1), red="green", yellow="green", green="yellow")
    gaps = page(leader_client, view="gaps").context["sheet"].gaps
    assert [(gap.code, gap.is_covered) for gap in gaps] == [("1.2.1", False)]


def test_an_action_that_ended_before_the_evaluation_covers_no_gap(leader_client, world):
    action = world.action()
    entry_add(action=action, year=2026, item_code="1.1.1", actor=world.leader, now=NOW)
    Action.objects.filter(pk=action.pk).update(state=ActionState.DONE, ended_at=dt.datetime(2026, 1, 10, tzinfo=dt.UTC))
    assert page(leader_client).context["summary"].gaps_covered == 0
    Action.objects.filter(pk=action.pk).update(ended_at=dt.datetime(2026, 2, 10, tzinfo=dt.UTC))
    assert page(leader_client).context["summary"].gaps_covered == 1


def test_long_lists_are_paged_and_totals_are_over_all(leader_client, world):
    for number in range(120):
        world.action(f"Action {number:03}", principle=1 + number % 5)
    answer = page(leader_client)
    assert len(answer.context["page_obj"].object_list) == 50
    assert answer.context["summary"].total == 120
    first = answer.context["groups"][0]
    assert (first[0].number, len(first[0].rows)) == (1, 24)
    seen = {row.pk for number in (1, 2, 3) for row in page(leader_client, page=number).context["page_obj"]}
    assert len(seen) == 120
    assert page(leader_client, page="x").context["page_obj"].number == 1


@pytest.mark.parametrize("view", ["list", "timeline", "load", "effect", "gaps"])
def test_many_actions_ask_the_database_no_more_often(
    leader_client, world, view, django_assert_max_num_queries, django_assert_num_queries
):
    def fill(count):
        for number in range(count):
            action = world.finished(f"Action {number}")
            answer = world.evaluation.answers.get(item=world.red)
            entry_add(action=action, year=2026, item_code="1.1.1", answer=answer, actor=world.leader, now=NOW)

    fill(1)
    page(leader_client, view=view)
    with django_assert_max_num_queries(32) as few:
        page(leader_client, view=view)
    fill(12)
    with django_assert_num_queries(len(few)):
        page(leader_client, view=view)
    assert PlanEntry.objects.count() == 13 == EffectCheck.objects.count()
