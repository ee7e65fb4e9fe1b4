"""A gap of an evaluation becomes an action of the plan: in one tap, or linked to one that exists."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from amps.models import AuditEntry
from kpis.models import ExpectedEffect
from principles.improvement.models import Action, ActionSource
from principles.improvement.services.actions import action_cancel
from roadmap.models import Answer, Evaluation, PlanEntry
from roadmap.services.challenges import challenge_give
from roadmap.services.plan import action_from_item, entry_add
from roadmap.services.plan_refusals import NoGap
from tests.kpis.leader import text_of
from tests.plan.world import NOW

pytestmark = pytest.mark.django_db


def address(world, item=None, name="entry_from_item"):
    return reverse(f"roadmap:{name}", args=[world.evaluation.pk, (item or world.red).pk])


def said(world, **changes):
    return {
        "title": "Make SOPs for all critical processes",
        "owner": world.leader.pk,
        "due": "2026-06-01",
        "goal": "yellow text of 1.1.1",
        "description": "",
        "dimension": "quality",
        "indicator": world.iron.pk,
        "change": "−0,02",
        "nok_per_year": "3 000 000",
        "year": "2026",
        "challenge": "",
        **changes,
    }


def test_the_form_is_filled_in_from_the_item(leader_client, world):
    answer = leader_client.get(address(world))
    form = answer.context["form"]
    assert form["title"].value() == "Critical processes"
    assert form["goal"].value() == "yellow text of 1.1.1"  # the next colour, not green at once
    assert form["owner"].value() == world.leader.pk
    assert form["due"].value() == dt.date(2026, 6, 9)
    assert leader_client.get(address(world, world.yellow)).context["form"]["goal"].value() == "green text of 1.1.2"


def test_somebody_who_may_not_own_it_offers_the_groups_leader(client, world):
    client.force_login(world.manager)
    assert client.get(address(world)).context["form"]["owner"].value() == world.manager.pk
    world.manager.roles.update(valid_to=dt.date(2026, 3, 1))
    client.force_login(world.people["operator"])
    assert client.get(address(world)).status_code == 403


def test_one_tap_makes_action_entry_and_expected_effect(leader_client, world):
    answer = leader_client.post(address(world), said(world))
    assert answer.status_code == 302, answer.context["form"].errors
    entry = PlanEntry.objects.get()
    action = entry.action
    assert (action.title, action.owner, action.due) == (
        "Make SOPs for all critical processes",
        world.leader,
        dt.date(2026, 6, 1),
    )
    assert (action.source, action.principle, action.unit) == (ActionSource.EVALUATION, 1, world.plant.el1)
    assert action.goal == "yellow text of 1.1.1"
    assert entry.answer == Answer.objects.get(evaluation=world.evaluation, item=world.red)
    assert (entry.item_code, entry.year, entry.nok_per_year) == ("1.1.1", 2026, 3_000_000)
    effect = ExpectedEffect.objects.get()
    assert (effect.action, effect.indicator, effect.change, effect.unit) == (
        action,
        world.iron,
        Decimal("-0.02"),
        world.plant.el1,
    )
    names = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"action.added", "plan_entry.added"} <= names
    page = leader_client.get(answer["Location"])
    assert "Make SOPs for all critical processes" in text_of(page.content.decode())


def test_it_leads_back_to_where_it_was_asked_from(leader_client, world):
    back = f"/direction/evaluations/{world.evaluation.pk}/"
    assert leader_client.post(address(world), said(world, next=back))["Location"] == back
    elsewhere = leader_client.post(address(world, world.yellow), said(world, next="https://elsewhere.example/"))
    assert elsewhere["Location"].startswith("/direction/plan/")


def test_a_second_tap_makes_no_second_action(leader_client, world):
    for _tap in range(2):
        assert leader_client.post(address(world), said(world)).status_code == 302
    assert Action.objects.count() == PlanEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("nok_per_year", "ca 3 mill", "such as 3000000"),
        ("nok_per_year", "3,5 mill", "such as 3000000"),
        ("nok_per_year", "1.500", "such as 3000000"),
        ("nok_per_year", "3.000.000", "such as 3000000"),
        ("nok_per_year", "3,000", "such as 3000000"),
        ("nok_per_year", "3.000", "such as 3000000"),
        ("nok_per_year", "-5", "zero or more"),
        ("nok_per_year", "9" * 20, "too large"),
        ("change", "a bit", "Write a number"),
        ("change", "0,02", "wrong way"),
        ("due", "2026-03-10", "has passed"),
        ("due", "", "Choose when"),
        ("owner", "", "Choose who owns it"),
        ("title", " ", "few words"),
        ("year", "1900", "years offered"),
        ("challenge", "999999", "valid choice"),
    ],
)
def test_bad_input_is_told_at_the_field_and_nothing_is_lost(leader_client, world, field, value, words):
    typed = said(world, **{field: value})
    answer = leader_client.post(address(world), typed)
    assert answer.status_code == 200
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])
    assert {name: str(form[name].value()) for name in typed} == {name: str(value) for name, value in typed.items()}
    assert Action.objects.count() == 0 == PlanEntry.objects.count()


def test_a_change_without_an_indicator_is_asked_about(leader_client, world):
    form = leader_client.post(address(world), said(world, indicator="")).context["form"]
    assert "indicator" in form.errors


def test_an_owner_from_another_unit_is_refused(leader_client, world):
    form = leader_client.post(address(world), said(world, owner=world.neighbour.pk)).context["form"]
    assert "no role in the unit" in str(form.errors["owner"])


def test_a_challenge_of_another_year_is_refused(leader_client, world):
    later = challenge_give(
        unit=world.plant.el1, year=2027, dimension="cost", text="Cheaper", actor=world.leader, now=NOW
    )
    form = leader_client.post(address(world), said(world, challenge=later.pk)).context["form"]
    assert "not given to this unit in this year" in str(form.errors["challenge"])
    assert Action.objects.count() == 0


@pytest.mark.parametrize("who", ["neighbour", "lead", "operator"])
def test_who_does_not_lead_the_unit_is_refused(client, world, who):
    client.force_login(world.people[who])
    assert client.get(address(world)).status_code == 403
    assert client.post(address(world), said(world)).status_code == 403
    assert client.post(address(world, name="entry_link"), {"action": world.action().pk}).status_code == 403
    assert PlanEntry.objects.count() == 0


def test_a_green_item_has_no_gap(leader_client, world):
    page = leader_client.get(address(world, world.green))
    assert "not below green" in text_of(page.content.decode())
    assert "not below green" in text_of(leader_client.post(address(world, world.green), said(world)).content.decode())
    with pytest.raises(NoGap):
        action_from_item(
            evaluation=world.evaluation,
            item=world.green,
            year=2026,
            actor=world.leader,
            now=NOW,
            title="x",
            owner=world.leader,
            due=dt.date(2026, 6, 1),
        )


def test_an_evaluation_that_was_called_off_has_no_gaps(leader_client, world):
    Evaluation.objects.filter(pk=world.evaluation.pk).update(state="cancelled")
    assert "not below green" in text_of(leader_client.get(address(world)).content.decode())
    assert "not below green" in text_of(leader_client.post(address(world), said(world)).content.decode())
    assert Action.objects.count() == 0


def test_an_item_of_another_version_is_not_found(leader_client, world):
    other = type(world.version).objects.create(version="10", digest="y", imported_at=NOW)
    Evaluation.objects.filter(pk=world.evaluation.pk).update(version=other)
    assert leader_client.get(address(world)).status_code == 404


def test_html_in_what_is_typed_stays_text(leader_client, world):
    nasty = '<img src=x onerror=alert(1)> <a href="file:///etc/passwd">&amp;</a>'
    answer = leader_client.post(address(world), said(world, title=nasty, goal=nasty))
    page = leader_client.get(answer["Location"]).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert 'href="file:' not in page


def test_an_action_that_exists_is_linked(leader_client, world):
    action = world.action()
    answer = leader_client.post(address(world, name="entry_link"), {"action": action.pk})
    assert answer.status_code == 302
    entry = PlanEntry.objects.get(action=action)
    assert (entry.item_code, entry.answer.item, entry.year) == ("1.1.1", world.red, 2026)


def test_linking_keeps_what_the_plan_says_already(leader_client, world):
    action = world.action()
    entry_add(action=action, year=2027, nok_per_year=Decimal(70), actor=world.leader, now=NOW)
    leader_client.post(address(world, name="entry_link"), {"action": action.pk})
    entry = PlanEntry.objects.get(action=action)
    assert (entry.item_code, entry.year, entry.nok_per_year) == ("1.1.1", 2027, 70)


def test_what_can_be_linked_is_open_here_and_closes_no_other_gap(leader_client, world):
    fits = world.action("Cover the cells")
    below = world.action("Elsewhere", unit=world.plant.st1, owner=world.neighbour, actor=world.neighbour)
    ended = action_cancel(action=world.action("Given up"), reason="No", actor=world.leader, now=NOW)
    taken = world.action("Other gap")
    entry_add(action=taken, year=2026, item_code="1.1.2", actor=world.leader, now=NOW)
    assert leader_client.get(address(world)).context["offered"] == [fits]
    assert leader_client.get(address(world), {"q": "cover"}).context["offered"] == [fits]
    assert leader_client.get(address(world), {"q": f"T-{fits.pk}"}).context["offered"] == [fits]
    assert leader_client.get(address(world), {"q": "nothing"}).context["offered"] == []
    for other, words in ((below, "another unit"), (ended, "has ended"), (taken, "another gap")):
        answer = leader_client.post(address(world, name="entry_link"), {"action": other.pk}, follow=True)
        assert words in text_of(answer.content.decode())
    assert not PlanEntry.objects.filter(item_code="1.1.1").exists()


def test_linking_nothing_says_so(leader_client, world):
    for typed in ({}, {"action": "x"}):
        answer = leader_client.post(address(world, name="entry_link"), typed, follow=True)
        assert "Choose an action." in text_of(answer.content.decode())
    assert leader_client.post(address(world, name="entry_link"), {"action": 999_999}).status_code == 404
