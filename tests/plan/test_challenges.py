"""Challenges: given, passed down from plant to unit to team, changed, ended, answered by actions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from amps.models import AuditEntry
from principles.improvement.models import ActionSource
from principles.improvement.refusals import UnitClosed, WordsMissing
from principles.teams.models import Unit
from roadmap.models import Challenge, PlanEntry
from roadmap.services.challenges import challenge_end, challenge_give, challenge_pass_down, challenge_seen
from roadmap.services.plan_refusals import ChallengeEnded, NobodyChosen, NotALevel, NotBelow, YearOutOfRange
from tests.kpis.leader import text_of
from tests.plan.world import NOW, TODAY

pytestmark = pytest.mark.django_db
PAGE = "/direction/challenges/"


@pytest.fixture
def chain(world):
    """Plant → electrolysis → EL1, on quality."""
    top = challenge_give(
        unit=world.plant.plant,
        year=2026,
        dimension="quality",
        text="Iron down",
        goal="Fe < 0.15",
        actor=world.manager,
        now=NOW,
    )
    (middle,) = challenge_pass_down(
        challenge=top, units=[world.plant.electrolysis], text="Iron down in the cells", actor=world.manager, now=NOW
    )
    (low,) = challenge_pass_down(
        challenge=middle, units=[world.plant.el1], text="Cover by the standard", actor=world.manager, now=NOW
    )
    return top, middle, low


def boards(client, **query):
    answer = client.get(PAGE, {"unit": "VERK", **query})
    assert answer.status_code == 200
    return {board.code: board for board in answer.context["boards"]}


def test_the_chain_is_shown_from_the_plant_down(leader_client, world, chain):
    quality = boards(leader_client)["quality"]
    assert [(link.challenge.text, link.depth) for link in quality.links] == [
        ("Iron down", 0),
        ("Iron down in the cells", 1),
        ("Cover by the standard", 2),
    ]
    assert {unit.code for unit in quality.without} == {"STO", "ST1", "EL2"}
    assert boards(leader_client, unit="EL1")["quality"].without == []
    assert len(boards(leader_client, unit="EL1")["quality"].links) == 3
    assert boards(leader_client, year="2027")["quality"].links == []
    words = text_of(leader_client.get(PAGE, {"unit": "VERK"}).content.decode())
    assert "passed down from Unit VERK" in words


def test_one_is_given_through_the_page(leader_client, world):
    address = reverse("roadmap:challenge_new") + "?unit=EL1&year=2026"
    typed = {"dimension": "hse", "text": "No burns", "goal": "0"}
    assert leader_client.post(address, typed).status_code == 302
    made = Challenge.objects.get()
    assert (made.unit, made.year, made.dimension, made.given_by) == (world.plant.el1, 2026, "hse", world.leader)
    assert AuditEntry.objects.filter(action="challenge.given").exists()
    form = leader_client.post(address, {"dimension": "x", "text": "", "goal": "a" * 200}).context["form"]
    assert set(form.errors) == {"dimension", "text", "goal"}
    assert Challenge.objects.count() == 1


def test_it_is_passed_down_to_several(client, world, chain):
    client.force_login(world.manager)
    address = reverse("roadmap:challenge_down", args=[chain[1].pk])
    offered = client.get(address).context["form"].fields["units"].queryset
    assert {unit.code for unit in offered} == {"EL1", "EL2"}
    units = [world.plant.el1.pk, world.plant.el2.pk]
    typed = {"units": units, "text": "Every shift", "goal": ""}
    for _tap in range(2):
        assert client.post(address, typed).status_code == 302
    made = Challenge.objects.filter(parent=chain[1], text="Every shift")
    assert {challenge.unit.code for challenge in made} == {"EL1", "EL2"}
    assert made.count() == 2
    form = client.post(address, {"text": "Every shift"}).context["form"]
    assert "Choose at least one unit" in str(form.errors["units"])
    assert form["text"].value() == "Every shift"


def test_a_leader_takes_it_down_only_to_the_own_unit(leader_client, world, chain):
    address = reverse("roadmap:challenge_down", args=[chain[0].pk])
    offered = leader_client.get(address).context["form"].fields["units"].queryset
    assert [unit.code for unit in offered] == ["EL1"]
    typed = {"units": [world.plant.el2.pk], "text": "Not mine", "goal": ""}
    assert "units" in leader_client.post(address, typed).context["form"].errors


def test_words_are_changed_by_who_has_seen_them(leader_client, world, chain):
    low = chain[2]
    address = reverse("roadmap:challenge", args=[low.pk])
    seen = challenge_seen(low)
    assert leader_client.post(address, {"text": "Cover at once", "goal": "", "seen": seen}).status_code == 302
    low.refresh_from_db()
    assert low.text == "Cover at once"
    stale = leader_client.post(address, {"text": "Late words", "goal": "", "seen": seen})
    assert "Somebody else has changed this" in text_of(stale.content.decode())
    assert stale.context["form"]["text"].value() == "Late words"
    low.refresh_from_db()
    assert low.text == "Cover at once"


def test_an_ended_one_is_out_of_sight_and_goes_no_further(leader_client, world, chain):
    low = chain[2]
    assert leader_client.post(reverse("roadmap:challenge_end", args=[low.pk])).status_code == 302
    assert len(boards(leader_client)["quality"].links) == 2
    assert {unit.code for unit in boards(leader_client, unit="EL1")["quality"].without} == {"EL1"}
    assert len(boards(leader_client, ended="1")["quality"].links) == 3
    address = reverse("roadmap:challenge", args=[low.pk])
    words = text_of(leader_client.post(address, {"text": "x", "goal": "", "seen": ""}).content.decode())
    assert "This challenge has ended" in words
    first = Challenge.objects.get(pk=low.pk).ended_at
    challenge_end(challenge=low, actor=world.leader, now=NOW.replace(hour=12))
    assert Challenge.objects.get(pk=low.pk).ended_at == first


def test_an_action_answers_it(leader_client, world, chain):
    low = chain[2]
    address = reverse("roadmap:entry_from_challenge", args=[low.pk])
    form = leader_client.get(address).context["form"]
    assert form["owner"].value() == world.leader.pk
    typed = {
        "title": "Practise covering",
        "owner": world.leader.pk,
        "due": "2026-06-01",
        "goal": "",
        "description": "",
        "dimension": "quality",
        "principle": "1",
        "indicator": "",
        "change": "",
        "nok_per_year": "900000",
    }
    for _tap in range(2):
        assert leader_client.post(address, typed).status_code == 302
    entry = PlanEntry.objects.get()
    assert (entry.challenge, entry.year, entry.nok_per_year) == (low, 2026, 900_000)
    assert entry.action.source == ActionSource.CHALLENGE
    link = boards(leader_client)["quality"].links[2]
    assert (link.actions, link.open, link.nok) == (1, 1, Decimal(900_000))
    plan = leader_client.get("/direction/plan/", {"unit": "EL1", "year": "2026", "challenge": low.pk})
    assert [row.title for row in plan.context["page"].rows] == ["Practise covering"]


def test_an_ended_challenge_takes_no_action(leader_client, world, chain):
    challenge_end(challenge=chain[2], actor=world.leader, now=NOW)
    typed = {"title": "x", "owner": world.leader.pk, "due": "2026-06-01", "dimension": "cost", "principle": "1"}
    answer = leader_client.post(reverse("roadmap:entry_from_challenge", args=[chain[2].pk]), typed)
    assert "Choose another one" in text_of(answer.content.decode())
    assert not PlanEntry.objects.exists()


@pytest.mark.parametrize("who", ["neighbour", "lead", "operator"])
def test_who_does_not_lead_the_unit_is_refused(client, world, chain, who):
    client.force_login(world.people[who])
    low = chain[2].pk
    assert client.get(PAGE).status_code == 200
    assert client.get(reverse("roadmap:challenge_new") + "?unit=EL1").status_code == 403
    for name in ("challenge", "challenge_down", "challenge_end", "entry_from_challenge"):
        assert client.post(reverse(f"roadmap:{name}", args=[low])).status_code == 403
    assert Challenge.objects.get(pk=low).ended_at is None


def test_what_the_services_refuse(world, chain):
    give = {"year": 2026, "dimension": "cost", "text": "x", "actor": world.manager, "now": NOW}
    Unit.objects.filter(pk=world.plant.el2.pk).update(closed=TODAY)
    closed = Unit.objects.get(pk=world.plant.el2.pk)
    for refusal, values in (
        (YearOutOfRange, {"unit": world.plant.el1, "year": 1900}),
        (WordsMissing, {"unit": world.plant.el1, "text": "  "}),
        (NotALevel, {"unit": world.plant.cells[0]}),
        (NotALevel, {"unit": world.plant.company}),
        (UnitClosed, {"unit": closed}),
    ):
        with pytest.raises(refusal):
            challenge_give(**{**give, **values})
    down = {"challenge": chain[1], "text": "x", "actor": world.manager, "now": NOW}
    for refusal, units in ((NobodyChosen, []), (NotBelow, [world.plant.st1]), (NotBelow, [world.plant.plant])):
        with pytest.raises(refusal):
            challenge_pass_down(**down, units=units)
    challenge_end(challenge=chain[1], actor=world.manager, now=NOW)
    with pytest.raises(ChallengeEnded):
        challenge_pass_down(**down, units=[world.plant.el1])


def test_html_in_a_challenge_stays_text(leader_client, world):
    challenge_give(
        unit=world.plant.el1, year=2026, dimension="hse", text="<i>x</i>", goal="<i>", actor=world.leader, now=NOW
    )
    html = leader_client.get(PAGE, {"unit": "EL1", "year": "2026"}).content.decode()
    assert "<i>" not in html
    assert "&lt;i&gt;x&lt;/i&gt;" in html


def test_more_challenges_ask_the_database_no_more_often(
    leader_client, world, chain, django_assert_max_num_queries, django_assert_num_queries
):
    address = f"{PAGE}?unit=VERK&year=2026"
    leader_client.get(address)
    with django_assert_max_num_queries(20) as few:
        leader_client.get(address)
    for number in range(15):
        challenge_pass_down(
            challenge=chain[1], units=[world.plant.el1], text=f"Step {number}", actor=world.manager, now=NOW
        )
    with django_assert_num_queries(len(few)):
        leader_client.get(address)
