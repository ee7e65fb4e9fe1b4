"""An action's place in the plan: shown on its page, put in, changed, taken out; and tonnes and exchange rate."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from amps.models import AuditEntry
from principles.improvement.refusals import EditedMeanwhile
from principles.teams.models import User
from roadmap.models import PlanEntry, PlanYear
from roadmap.services.challenges import challenge_end, challenge_give
from roadmap.services.plan import entry_add, entry_edit, entry_seen, plan_year_set
from roadmap.services.plan_refusals import (
    AmountBelowZero,
    ChallengeElsewhere,
    InPlanAlready,
    NotAboveZero,
    UnknownItem,
    YearOutOfRange,
)
from tests.kpis.leader import text_of
from tests.plan.world import NOW

pytestmark = pytest.mark.django_db
YEAR = "/direction/plan/year/"


def address(action, name="entry"):
    return reverse(f"roadmap:{name}", args=[action.pk])


def said(entry=None, **changes):
    return {
        "year": "2026",
        "item_code": "1.1.1",
        "challenge": "",
        "nok_per_year": "420 000",
        "seen": entry_seen(entry),
        **changes,
    }


def test_an_action_is_put_in_with_the_answer_that_showed_the_gap(leader_client, world):
    action = world.action()
    assert leader_client.post(address(action), said()).status_code == 302
    entry = PlanEntry.objects.get(action=action)
    assert (entry.year, entry.item_code, entry.nok_per_year) == (2026, "1.1.1", 420_000)
    assert entry.answer.evaluation == world.evaluation
    assert AuditEntry.objects.filter(action="plan_entry.added").exists()


def test_its_page_shows_the_place(leader_client, client, world):
    action = world.action()
    words = text_of(leader_client.get(address(action, "action_plan")).content.decode())
    assert "not entered in a business plan" in words
    assert "Put it into the plan" in words
    leader_client.post(address(action), said())
    plan_year_set(plant=world.plant.plant, year=2026, tonnes=Decimal(60_000), nok_per_usd=Decimal(10), actor=None)
    words = text_of(leader_client.get(address(action, "action_plan")).content.decode())
    assert "1.1.1 Critical processes" in words
    assert "420,000 NOK per year" in words
    assert "0.70 USD per tonne" in words
    client.force_login(world.people["operator"])
    assert "Change" not in text_of(client.get(address(action, "action_plan")).content.decode())


def test_it_is_changed_and_taken_out(leader_client, world):
    action = world.action()
    entry = entry_add(action=action, year=2026, item_code="1.1.1", actor=world.leader, now=NOW)
    form = leader_client.get(address(action)).context["form"]
    assert form["item_code"].value() == "1.1.1"
    typed = said(entry, year="2027", item_code="", nok_per_year="")
    assert leader_client.post(address(action), typed).status_code == 302
    entry.refresh_from_db()
    assert (entry.year, entry.item_code, entry.answer, entry.nok_per_year) == (2027, "", None, None)
    change = AuditEntry.objects.get(action="plan_entry.edited")
    assert (change.before["year"], change.after["year"]) == (2026, 2027)
    assert leader_client.post(address(action, "entry_out")).status_code == 302
    assert not PlanEntry.objects.exists()
    assert leader_client.post(address(action, "entry_out")).status_code == 302  # a second tap
    assert AuditEntry.objects.filter(action="plan_entry.removed").count() == 1


def test_nobody_overwrites_what_they_have_not_seen(leader_client, world):
    action = world.action()
    entry = entry_add(action=action, year=2026, actor=world.leader, now=NOW)
    mine = said(entry, nok_per_year="5")
    entry_edit(entry=entry, seen=entry_seen(entry), year=2026, nok_per_year=Decimal(7), actor=world.manager, now=NOW)
    answer = leader_client.post(address(action), mine)
    assert "Somebody else has changed this" in text_of(answer.content.decode())
    assert answer.context["form"]["nok_per_year"].value() == "5"
    entry.refresh_from_db()
    assert entry.nok_per_year == 7
    seen = answer.context["form"]["seen"].value()
    assert seen != mine["seen"]


def test_after_seeing_it_the_second_try_is_stored(leader_client, world):
    action = world.action()
    entry = entry_add(action=action, year=2026, actor=world.leader, now=NOW)
    stale = said(entry, nok_per_year="5")
    entry_edit(entry=entry, seen=entry_seen(entry), year=2026, nok_per_year=Decimal(7), actor=world.manager, now=NOW)
    shown = leader_client.post(address(action), stale).context["form"]["seen"].value()
    again = leader_client.post(address(action), {**stale, "seen": shown})
    assert again.status_code == 302
    entry.refresh_from_db()
    assert entry.nok_per_year == 5


def test_two_people_put_the_same_action_in(leader_client, world):
    action = world.action()
    page = said()
    entry_add(action=action, year=2027, actor=world.manager, now=NOW)
    answer = leader_client.post(address(action), page)
    assert "Somebody else has changed this" in text_of(answer.content.decode())
    assert PlanEntry.objects.get().year == 2027
    with pytest.raises(InPlanAlready):
        entry_add(action=action, year=2026, actor=world.leader, now=NOW)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("nok_per_year", "ca 3 mill", "such as 3000000"),
        ("nok_per_year", "-1", "zero or more"),
        ("item_code", "7.7.7", "valid choice"),
        ("year", "1900", "years offered"),
    ],
)
def test_bad_input_is_told_at_the_field(leader_client, world, field, value, words):
    action = world.action()
    form = leader_client.post(address(action), said(**{field: value})).context["form"]
    assert words in str(form.errors[field])
    assert form[field].value() == value
    assert not PlanEntry.objects.exists()


def test_the_service_refuses_what_no_form_lets_through(world):
    action = world.action()
    elsewhere = challenge_give(
        unit=world.plant.st1, year=2026, dimension="cost", text="Cheaper", actor=world.neighbour, now=NOW
    )
    ended = challenge_end(
        challenge=challenge_give(
            unit=world.plant.el1, year=2026, dimension="cost", text="Cheaper", actor=world.leader, now=NOW
        ),
        actor=world.leader,
        now=NOW,
    )
    for refusal, values in (
        (YearOutOfRange, {"year": 1900}),
        (AmountBelowZero, {"nok_per_year": Decimal(-1)}),
        (UnknownItem, {"item_code": "9.9.9"}),
        (ChallengeElsewhere, {"challenge": elsewhere}),
        (ChallengeElsewhere, {"challenge": ended}),
        (UnknownItem, {"item_code": "1.1.2", "answer": world.evaluation.answers.get(item=world.red)}),
    ):
        with pytest.raises(refusal):
            entry_add(action=action, actor=world.leader, now=NOW, **{"year": 2026, **values})
    assert not PlanEntry.objects.exists()


@pytest.mark.parametrize("who", ["neighbour", "lead", "operator"])
def test_who_does_not_keep_the_plan_is_refused(client, world, who):
    action = world.action()
    client.force_login(world.people[who])
    assert client.get(address(action)).status_code == 403
    assert client.post(address(action), said()).status_code == 403
    assert client.post(address(action, "entry_out")).status_code == 403
    assert client.get(address(action, "action_plan")).status_code == 200


def test_what_is_not_there_is_not_found(leader_client, world):
    for name in ("entry", "action_plan"):
        assert leader_client.get(reverse(f"roadmap:{name}", args=[999_999])).status_code == 404


def year_said(**changes):
    return {"year": "2026", "tonnes": "185 000", "nok_per_usd": "10,65", "seen": "-", **changes}


@pytest.fixture
def manager_client(client, world):
    client.force_login(world.manager)
    return client


def test_tonnes_and_rate_are_said_once_for_the_whole_plant(manager_client, world):
    answer = manager_client.post(f"{YEAR}?unit=EL1&year=2026", year_said())
    assert answer.status_code == 302
    made = PlanYear.objects.get()
    assert (made.plant, made.year, made.tonnes, made.nok_per_usd) == (
        world.plant.plant,
        2026,
        185_000,
        Decimal("10.65"),
    )
    entry = AuditEntry.objects.get(action="plan_year.set")
    assert entry.after["tonnes"] == "185000.0"
    form = manager_client.get(f"{YEAR}?unit=EL1&year=2026").context["form"]
    assert form["seen"].value() != "-"


@pytest.mark.parametrize("language", ["en", "nb"])
def test_what_stands_in_the_forms_is_stored_as_it_was(manager_client, world, language):
    User.objects.filter(pk=world.manager.pk).update(language=language)
    plan_year_set(
        plant=world.plant.plant, year=2026, tonnes=Decimal("185000.5"), nok_per_usd=Decimal("10.65"), actor=None
    )
    year = f"{YEAR}?unit=EL1&year=2026"
    form = manager_client.get(year).context["form"]
    assert manager_client.post(year, {name: form[name].value() for name in form.fields}).status_code == 302
    stored = PlanYear.objects.get()
    assert (stored.tonnes, stored.nok_per_usd) == (Decimal("185000.5"), Decimal("10.65"))
    action = world.action()
    entry_add(action=action, year=2026, nok_per_year=Decimal(3_000_000), actor=world.leader, now=NOW)
    form = manager_client.get(address(action)).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    assert typed["nok_per_year"] == "3000000"
    assert manager_client.post(address(action), typed).status_code == 302
    assert PlanEntry.objects.get().nok_per_year == 3_000_000


@pytest.mark.parametrize("who", ["leader", "operator"])
def test_only_who_leads_the_plant_says_them(client, world, who):
    client.force_login(world.people[who])
    assert client.get(f"{YEAR}?unit=EL1").status_code == 403
    assert client.post(f"{YEAR}?unit=EL1", year_said()).status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("tonnes", "-5", "above zero"),
        ("tonnes", "0", "above zero"),
        ("tonnes", "0,01", "at most one decimal"),
        ("tonnes", "185.000", "without a sign between thousands"),
        ("tonnes", "185,000", "without a sign between thousands"),
        ("nok_per_usd", "10,65001", "four decimals"),
        ("tonnes", "sixty thousand", "Write a number"),
        ("tonnes", "9" * 11, "too large"),
        ("nok_per_usd", "0", "above zero"),
        ("nok_per_usd", "10000", "too large"),
        ("nok_per_usd", "NaN", "Write a number"),
        ("year", "1900", "between 2000 and 2100"),
        ("year", "next", "between 2000 and 2100"),
        ("year", "", "between 2000 and 2100"),
    ],
)
def test_bad_numbers_are_told_at_the_field(manager_client, world, field, value, words):
    answer = manager_client.post(f"{YEAR}?unit=EL1", year_said(**{field: value}))
    form = answer.context["form"]
    assert words in str(form.errors[field])
    assert form[field].value() == value
    assert not PlanYear.objects.exists()


def test_two_managers_at_once(manager_client, world):
    plan_year_set(plant=world.plant.plant, year=2026, tonnes=Decimal(1), nok_per_usd=Decimal(1), actor=world.manager)
    answer = manager_client.post(f"{YEAR}?unit=EL1&year=2026", year_said())
    assert "Somebody else has changed this" in text_of(answer.content.decode())
    assert "Stored now: 1 tonnes" in text_of(answer.content.decode())
    assert answer.context["form"]["tonnes"].value() == "185 000"
    seen = answer.context["form"]["seen"].value()
    assert manager_client.post(f"{YEAR}?unit=EL1&year=2026", year_said(seen=seen)).status_code == 302
    assert PlanYear.objects.get().tonnes == 185_000


def test_the_service_of_the_year_refuses(world):
    plant = world.plant.plant
    for refusal, values in (
        (YearOutOfRange, {"year": 1900}),
        (NotAboveZero, {"tonnes": Decimal(-1)}),
        (NotAboveZero, {"nok_per_usd": Decimal(0)}),
        (EditedMeanwhile, {"seen": "something else"}),
    ):
        with pytest.raises(refusal):
            plan_year_set(
                plant=plant,
                actor=world.manager,
                **{"year": 2026, "tonnes": Decimal(1), "nok_per_usd": Decimal(1), **values},
            )
    assert not PlanYear.objects.exists()
