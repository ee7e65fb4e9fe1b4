"""The pages: who may see and do what, refusals said on the page, and a bounded number of queries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from principles.agreements.models import Agreement, Breach, ExternalParty, Relationship
from principles.agreements.services import agreements, breaches
from principles.teams.models import Role, Unit, User
from tests import factories as make
from tests.agreements.world import (
    World,
    make_breach,
    make_draft,
    make_party,
    make_relationship,
    make_signed,
    make_term,
    make_world,
)


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


@pytest.fixture
def world(db, now) -> World:
    """The world as of now: pages live today."""
    return make_world(now)


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(name: str, *args: Any) -> str:
    return str(reverse(f"agreements:{name}", args=args))


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def form_of(draft: Agreement, **changes: Any) -> dict[str, Any]:
    values = {
        "edit": draft.edit,
        "title_nb": draft.title_nb,
        "title_en": draft.title_en,
        "valid_from": draft.valid_from.isoformat(),
    }
    return {**values, **changes}


def test_a_missing_agreement_is_seen_in_the_register(world):
    page = text_of(as_(world.stranger).get(url("register")))
    assert "No agreement" in page
    assert "1 critical one without" in page
    assert "0 with an agreement in force" in page


def test_the_register_is_narrowed(world, now):
    make_signed(world, now=now)
    make_relationship(
        supplier=world.plant.casthouse, customer=make_party(), what_en="Ingots", criticality="", kind="support", now=now
    )
    client = as_(world.caster)

    def shown(**filters: str) -> list[str]:
        lines = client.get(url("register"), filters).context["page_obj"].object_list
        return sorted(line.relationship.what_en for line in lines)

    assert shown() == ["Ingots", "Liquid metal"]
    assert shown(unit="EL1") == ["Liquid metal"]
    assert shown(unit="ELK") == ["Liquid metal"]  # a unit and what stands below it
    assert shown(kind="support") == ["Ingots"]
    assert shown(criticality="unjudged") == ["Ingots"]
    assert shown(state="with") == ["Liquid metal"]
    assert shown(state="without") == ["Ingots"]
    assert "Nothing fits what you chose" in text_of(client.get(url("register"), {"unit": "EL2"}))


def test_the_register_sorts_both_ways(world, now):
    make_relationship(supplier=world.plant.casthouse, customer=world.plant.el1, what_en="Crucibles", now=now)
    client = as_(world.caster)
    for sort, expected in (("what", ["Crucibles", "Liquid metal"]), ("-what", ["Liquid metal", "Crucibles"])):
        lines = client.get(url("register"), {"sort": sort}).context["page_obj"].object_list
        assert [line.relationship.what for line in lines] == expected


def test_a_relationship_is_added_by_either_side_only(world):
    client = as_(world.leader)
    data = {"supplier": "u-EL1", "customer": "u-EL2", "what_nb": "Anoder", "kind": "delivery", "criticality": ""}
    assert client.post(url("relationship_new"), data).status_code == 302
    refused = client.post(url("relationship_new"), {**data, "supplier": "u-STO"})
    assert "a unit that you may write for" in text_of(refused)
    same = client.post(url("relationship_new"), {**data, "customer": "u-EL1"})
    assert "nobody supplies themselves" in text_of(same)
    assert 'value="Anoder"' in text_of(same)  # nothing typed is lost
    silent = client.post(url("relationship_new"), {**data, "what_nb": ""})
    assert "in one of the two languages" in text_of(silent)
    assert Relationship.objects.count() == 2


def test_parties_outside_the_plant(world):
    client = as_(world.technical)
    assert client.post(url("party_new"), {"code": "MILL", "name_nb": "Valseverket", "active": "on"}).status_code == 302
    again = client.post(url("party_new"), {"code": "mill", "name_nb": "Et annet", "active": "on"})
    assert "Another party has this short name" in text_of(again)
    party = ExternalParty.objects.get()
    client.post(url("party_edit", party.pk), {"name_nb": "Valseverket", "name_en": "The mill"})
    party.refresh_from_db()
    assert (party.name_en, party.active) == ("The mill", False)


def test_a_unit_leader_confirms_the_register(world):
    as_(world.leader).post(url("register_confirm"), {"unit": "EL1"})
    page = text_of(as_(world.caster).get(url("register"), {"unit": "EL1"}))
    assert "Confirmed complete on" in page
    assert "name hidden" in page
    assert world.leader.name in text_of(as_(world.operator).get(url("register"), {"unit": "EL1"}))


@pytest.mark.parametrize("name", ["agreement", "breach_new"])
def test_an_agreement_is_unknown_to_others(world, now, name):
    signed = make_signed(world, now=now)
    assert as_(world.stranger).get(url(name, signed.pk)).status_code == 404
    assert as_(world.caster).get(url(name, signed.pk)).status_code == 200


def test_the_register_tells_others_no_more_than_that_there_is_one(world, now):
    make_breach(make_signed(world, now=now), world.caster, now=now)
    page = text_of(as_(world.stranger).get(url("register")))
    assert "Agreement in force" in page
    assert "Broken" not in page
    assert "KL-" not in page
    theirs = text_of(as_(world.stranger).get(url("relationship", world.relationship.pk)))
    assert "What the two have agreed is theirs to read" in theirs
    assert "Broken 1 time" in text_of(as_(world.operator).get(url("register")))


def test_a_draft_is_written_term_by_term(world):
    client = as_(world.technical)
    new = url("agreement_new", world.relationship.pk)
    today = timezone.localdate().isoformat()
    assert "in one of the two languages" in text_of(client.post(new, {"valid_from": today}))
    client.post(new, {"valid_from": today, "title_nb": "Metall"})
    draft = Agreement.objects.get()
    term = {
        "edit": draft.edit,
        "text_nb": "Fe i metall",
        "aspect": "quality",
        "owed_by_customer": "0",
        "upper": "0,12",
        "unit": "%",
        "decimals": "2",
        "cadence": "day",
    }
    bad = client.post(url("term_new", draft.pk), {**term, "upper": "ca 0,1"})
    assert "Write a number" in text_of(bad)
    swapped = client.post(url("term_new", draft.pk), {**term, "lower": "1"})
    assert "below the lowest" in text_of(swapped)
    assert client.post(url("term_new", draft.pk), term).status_code == 302
    saved = draft.terms.get()
    assert (saved.upper, saved.cadence, saved.owed_by_customer) == (Decimal("0.12"), "day", False)
    stale = client.post(url("term_edit", saved.pk), {**term, "upper": "0,10"})  # still the counter of before
    assert "Somebody else has changed this" in text_of(stale)
    assert 'value="0,10"' in text_of(stale)
    draft.refresh_from_db()
    assert f'name="edit" value="{draft.edit}"' in text_of(stale)
    client.post(url("term_remove", saved.pk))
    assert draft.terms.count() == 0


def test_two_at_once_do_not_overwrite_each_other(world, now):
    draft = make_draft(world.relationship, now=now)
    draft.refresh_from_db()
    as_(world.leader).post(url("agreement_edit", draft.pk), form_of(draft, arena="Weekly meeting"))
    late = as_(world.technical).post(url("agreement_edit", draft.pk), form_of(draft, arena="Morning meeting"))
    assert "Somebody else has changed this" in text_of(late)
    assert "Morning meeting" in text_of(late)
    draft.refresh_from_db()
    assert draft.arena == "Weekly meeting"


def test_signing_what_has_changed_is_refused_and_shown_again(world, now):
    draft = make_draft(world.relationship, now=now)
    draft.refresh_from_db()
    read = draft.edit
    make_term(draft, text_en="Bath below 10 kg", now=now)
    answer = as_(world.leader).post(url("sign", draft.pk, "supplier"), {"edit": read})
    assert answer.status_code == 200
    assert "Somebody else has changed this" in text_of(answer)
    assert "Bath below 10 kg" in text_of(answer)
    draft.refresh_from_db()
    assert draft.supplier_signed_at is None
    assert f'name="edit" value="{draft.edit}"' in text_of(answer)
    assert as_(world.leader).post(url("sign", draft.pk, "supplier"), {"edit": draft.edit}).status_code == 302
    twice = as_(world.leader).post(url("sign", draft.pk, "supplier"), {"edit": draft.edit})
    assert "This side has signed already" in text_of(twice)


def test_each_side_signs_for_itself(world, now):
    draft = make_draft(world.relationship, now=now)
    draft.refresh_from_db()
    assert as_(world.leader).post(url("sign", draft.pk, "customer"), {"edit": draft.edit}).status_code == 403
    assert as_(world.leader).post(url("sign", draft.pk, "nobody"), {"edit": draft.edit}).status_code == 404
    as_(world.leader).post(url("sign", draft.pk, "supplier"), {"edit": draft.edit})
    assert "Waits for our signature" in text_of(as_(world.customer).get(url("agreements")))
    as_(world.customer).post(url("sign", draft.pk, "customer"), {"edit": draft.edit})
    page = text_of(as_(world.operator).get(url("agreement", draft.pk)))
    assert "In force" in page
    assert world.customer.name in page
    assert url("agreement_edit", draft.pk) not in page


def test_a_new_version_shows_what_was_tightened(world, now):
    signed = make_signed(world, now=now)
    client = as_(world.technical)
    client.post(url("new_version", signed.pk))
    draft = Agreement.objects.get(version=2)
    term = draft.terms.get()
    agreements.term_save(agreement=draft, term=term, actor=world.technical, now=now, upper=Decimal(5020))
    page = text_of(client.get(url("agreement", draft.pk)))
    assert "tightened" in page
    assert "before: 4,950 to 5,050" in page
    again = client.post(url("new_version", signed.pk), follow=True)
    assert "Both sides have to sign" in text_of(again)


def test_an_overdue_review_is_said(world, now):
    signed = make_signed(world, now=now)
    Agreement.objects.filter(pk=signed.pk).update(review_on=timezone.localdate() - dt.timedelta(days=3))
    assert "overdue since" in text_of(as_(world.operator).get(url("agreements"), {"show": "review"}))
    assert "The review has been overdue since" in text_of(as_(world.operator).get(url("agreement", signed.pk)))


def test_an_agreement_is_ended(world, now):
    signed = make_signed(world, now=now)
    client = as_(world.leader)
    yesterday = timezone.localdate() - dt.timedelta(days=2)
    assert "Choose today or a later date" in text_of(
        client.post(url("agreement_end", signed.pk), {"ended_on": yesterday.isoformat()})
    )
    client.post(
        url("agreement_end", signed.pk), {"ended_on": (timezone.localdate() + dt.timedelta(days=9)).isoformat()}
    )
    assert "Ends on" in text_of(client.get(url("agreement", signed.pk)))


def breach_data(agreement: Agreement, now: dt.datetime, **changes: Any) -> dict[str, Any]:
    at = timezone.localtime(now - dt.timedelta(minutes=30), make.OSLO)
    term = agreement.terms.first()
    assert term is not None
    return {"term": term.pk, "occurred_at": f"{at:%Y-%m-%dT%H:%M}", "what": "Too light", "value": "", **changes}


def test_a_breach_from_report_to_confirmation(world, now):
    signed = make_signed(world, now=now)
    reported = as_(world.caster).post(url("breach_new", signed.pk), breach_data(signed, now, value="4 890,5"))
    breach = Breach.objects.get()
    assert reported.url == url("breach", breach.pk)
    assert breach.value == Decimal("4890.5")
    assert "Breaches for us to answer" in text_of(as_(world.operator).get(url("agreements")))
    assert as_(world.caster).post(url("breach_answer", breach.pk), {"answer": "x"}).status_code == 403
    assert "This field is required" in text_of(as_(world.operator).post(url("breach_answer", breach.pk), {}))
    as_(world.operator).post(url("breach_answer", breach.pk), {"answer": "Scale repaired"})
    assert as_(world.leader).post(url("breach_confirm", breach.pk), {"words": "Fine"}).status_code == 403
    assert as_(world.manager).post(url("breach_confirm", breach.pk), {"words": "Fine"}).status_code == 403
    assert "Breaches for us to confirm" in text_of(as_(world.customer).get(url("agreements")))
    as_(world.customer).post(url("breach_send_back", breach.pk), {"words": "Light again today"})
    assert "Light again today" in text_of(as_(world.operator).get(url("breach", breach.pk)))
    as_(world.operator).post(url("breach_answer", breach.pk), {"answer": "Scale replaced"})
    as_(world.customer).post(url("breach_confirm", breach.pk), {"words": "Ten in a row right"})
    page = text_of(as_(world.operator).get(url("breach", breach.pk)))
    assert "Ten in a row right" in page
    assert "This term has been broken 1 time." in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"what": ""}, "Say what happened"),
        ({"value": "5000"}, "inside the limit (4,950 to 5,050\N{NO-BREAK SPACE}kg)"),
        ({"value": "ca 4900"}, "Write a number"),
        ({"occurred_at": "2099-01-01T00:00"}, "That time has not come yet"),
        ({"occurred_at": "2020-01-01T12:00"}, "was not in force at that time"),
        ({"term": "0"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_a_breach_is_said_at_its_field(world, now, changes, sentence):
    signed = make_signed(world, now=now)
    answer = as_(world.caster).post(url("breach_new", signed.pk), breach_data(signed, now, **changes))
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert Breach.objects.count() == 0


def test_a_breach_opens_a_deviation_linked_both_ways(world, now):
    signed = make_signed(world, now=now)
    as_(world.caster).post(url("breach_new", signed.pk), breach_data(signed, now, open_deviation="on"))
    breach = Breach.objects.get()
    assert breach.deviation is not None
    assert breach.deviation.unit == world.plant.el1
    assert breach.deviation.number in text_of(as_(world.customer).get(url("breach", breach.pk)))
    part = text_of(as_(world.leader).get(url("deviation_breach", breach.deviation_id)))
    assert "Casthouse has not confirmed that it is closed" in part
    assert text_of(as_(world.stranger).get(url("deviation_breach", breach.deviation_id))).strip() == ""
    again = as_(world.leader).post(url("breach_deviation", breach.pk), {"title": "Again", "severity": "low"})
    assert "A deviation is open on this breach already" in text_of(again)


def test_three_breaches_are_three(world, now):
    signed = make_signed(world, now=now)
    for _ in range(3):
        make_breach(signed, world.caster, now=now)
    page = text_of(as_(world.operator).get(url("agreement", signed.pk)))
    assert "Broken 3 times" in page
    assert "3 open" in page


def test_the_name_of_who_reported_is_for_those_who_may_see_names(world, now):
    breach = make_breach(make_signed(world, now=now), world.caster, now=now)
    assert world.caster.name not in text_of(as_(world.operator).get(url("breach", breach.pk)))
    assert world.caster.name in text_of(as_(world.leader).get(url("breach", breach.pk)))


def close(code: str, day: dt.date) -> None:
    Unit.objects.filter(code=code).update(closed=day)


def test_an_agreement_with_a_closed_customer_is_read_but_not_signed(world, now):
    signed = make_signed(world, now=now)
    breach = make_breach(signed, world.caster, now=now)
    draft = agreements.agreement_new_version(agreement=signed, actor=world.technical, now=now)
    for code in ("ST1", "STO"):
        close(code, timezone.localdate() - dt.timedelta(days=1))
    page = text_of(as_(world.leader).get(url("agreement", draft.pk)))
    assert "is out of use since" in page
    assert url("sign", draft.pk, "supplier") not in page
    refused = as_(world.leader).post(url("sign", draft.pk, "supplier"), {"edit": draft.edit})
    assert "can be read, but not signed or extended" in text_of(refused)
    extended = as_(world.technical).post(
        url("agreement_edit", draft.pk), form_of(draft, valid_to="2099-01-01"), follow=True
    )
    assert "can be read, but not signed or extended" in text_of(extended)
    assert "not signed or extended" in text_of(as_(world.leader).get(url("agreement", signed.pk)))
    as_(world.operator).post(url("breach_answer", breach.pk), {"answer": "Still answered"})
    assert as_(world.manager).post(url("breach_confirm", breach.pk), {"words": "Seen"}).status_code == 302
    breach.refresh_from_db()
    assert breach.confirmed_by == world.manager


def test_a_breach_of_a_closed_supplier_is_answered_from_above(world, now):
    breach = make_breach(make_signed(world, now=now), world.caster, now=now)
    close("EL1", timezone.localdate() - dt.timedelta(days=1))
    assert as_(world.technical).post(url("breach_answer", breach.pk), {"answer": "From above"}).status_code == 302
    breach.refresh_from_db()
    assert breach.answer == "From above"


def test_the_picture_draws_every_relationship_and_lists_them(world, now):
    make_signed(world, now=now)
    make_relationship(supplier=world.plant.casthouse, customer=world.plant.el1, what_en="Crucibles", now=now)
    page = text_of(as_(world.stranger).get(url("picture")))
    assert page.count('class="link-line" d="M') == 2
    assert page.count('class="box') == 2
    assert "Crucibles" in page
    assert " style=" not in page


def test_the_picture_of_nothing_says_so(world):
    Relationship.objects.all().delete()
    assert "Nothing to draw yet" in text_of(as_(world.stranger).get(url("picture")))


def fill(world: World, now: dt.datetime, numbers: range) -> None:
    """External suppliers of EL1, each with a signed agreement that was broken once."""
    for n in numbers:
        party = ExternalParty.objects.create(code=f"P{n}", name_en=f"Party {n}", name_nb=f"Part {n}")
        relationship = make_relationship(
            supplier=party, customer=world.plant.el1, what_en=f"Goods {n}", criticality="", now=now
        )
        draft = make_draft(relationship, now=now)
        agreements.agreement_sign(agreement=draft, side="supplier", actor=world.leader, now=now, name="Somebody")
        signed = agreements.agreement_sign(agreement=draft, side="customer", actor=world.leader, now=now)
        make_breach(signed, world.operator, now=now)


@pytest.mark.parametrize("name", ["register", "agreements", "picture"])
def test_lists_ask_the_database_as_often_for_one_as_for_many(world, now, name, django_assert_num_queries):
    client = as_(world.leader)
    fill(world, now, range(1))
    client.get(url(name))
    with CaptureQueriesContext(connection) as few:
        assert client.get(url(name)).status_code == 200
    fill(world, now, range(1, 12))
    with django_assert_num_queries(len(few)):
        assert client.get(url(name)).status_code == 200


def test_an_agreements_page_asks_as_often_with_many_terms_and_breaches(world, now, django_assert_max_num_queries):
    draft = make_draft(world.relationship, now=now)
    for n in range(8):
        make_term(draft, text_en=f"Term {n}", now=now)
    draft.refresh_from_db()
    agreements.agreement_sign(agreement=draft, side="supplier", actor=world.leader, now=now)
    signed = agreements.agreement_sign(agreement=draft, side="customer", actor=world.customer, now=now)
    for term in signed.terms.all():
        make_breach(signed, world.caster, now=now, term=term)
    client = as_(world.leader)
    client.get(url("agreement", signed.pk))
    with django_assert_max_num_queries(22):
        assert client.get(url("agreement", signed.pk)).status_code == 200
    breach = Breach.objects.first()
    assert breach is not None
    breaches.breach_answer(breach=breach, answer="Done", actor=world.operator, now=now)
    with django_assert_max_num_queries(20):
        assert client.get(url("breach", breach.pk)).status_code == 200


def test_whoever_holds_nothing_reads_the_register_only(world, now):
    signed = make_signed(world, now=now)
    nobody = make.make_user()
    assert as_(nobody).get(url("register")).status_code == 200
    assert as_(nobody).get(url("agreement", signed.pk)).status_code == 404
    above = make.make_person(Role.SUPPORT, world.plant.plant)
    assert as_(above).get(url("agreement", signed.pk)).status_code == 200
    assert as_(above).get(url("breach_new", signed.pk)).status_code == 403
