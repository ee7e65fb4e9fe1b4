"""Where deviations are opened from, and what they lead on to: observations, red figures, standards."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from kpis.deviations import NotRed, OpenAlready, figure_raise
from kpis.models import Figure, FigureDeviation, Indicator
from observations.deviations import (
    NotADeviation,
    OtherPlace,
    RaisedAlready,
    observation_join,
    observation_raise,
    suggested,
)
from observations.models import RaisedDeviation, Reason
from observations.recording import observation_correct
from principles.improvement.models import Deviation
from principles.improvement.services.deviations import cause_record, deviation_close, deviation_contain, deviation_open
from principles.teams.models import Role, User
from sops.models import BrokenStandard, SopRevision
from tests import factories as make
from tests.observations.world import NOW, World, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def seen_wrong(world: World, **fields):
    """A "no" on the first cell of the round."""
    return world.record(world.plan_rounds(), result="not_ok", **fields).observation


def raised(world: World, **fields) -> Deviation:
    fact = seen_wrong(world)
    return observation_raise(observation=fact, actor=world.operator, now=NOW, **suggested(fact) | fields)


# --- from an observation ---


def test_it_takes_place_shift_time_and_the_broken_standard_with_it(world: World):
    reason = Reason.objects.create(code="stuck", text_en="Stuck", text_nb="Sitter fast")
    fact = seen_wrong(world, reason=reason, note="Since noon")
    client = signed_in(world.operator)
    address = reverse("observations:deviation_open", args=[fact.pk])
    form = text_of(client.get(address))
    assert 'value="Point feeder-works: Stuck"' in form
    assert "Since noon" in form
    answer = client.post(
        address, {"title": "Feeder stuck", "severity": "high", "dimension": "quality", "immediate_action": "Hit it"}
    )
    deviation = Deviation.objects.get()
    assert answer.headers["Location"] == reverse("improvement:deviation", args=[deviation.pk])
    assert (deviation.source, deviation.unit, deviation.equipment) == ("observation", fact.area, fact.equipment)
    assert (deviation.shift, deviation.occurred_at, deviation.reported_by) == (fact.shift, NOW, world.operator)
    broken = BrokenStandard.objects.get(deviation=deviation)
    assert (broken.sop, broken.revision, broken.step) == (world.sop, fact.revision, fact.sop_point.step)
    assert broken.point == world.yes_no
    # from the deviation the way back is one tap, and the other way round
    source = text_of(client.get(reverse("observations:deviation_source", args=[deviation.pk])))
    assert reverse("observations:observation", args=[fact.pk]) in source
    assert f"{reverse('sops:revision', args=['SOP-91', 1])}#step-1" in source
    assert str(world.operator) not in source
    assert deviation.title in text_of(client.get(reverse("observations:observation", args=[fact.pk])))
    # a second time leads to the same one
    assert client.get(address).headers["Location"] == answer.headers["Location"]


def test_after_a_no_the_card_offers_it_and_the_way_leads_back_to_the_round(world: World):
    fact = seen_wrong(world)
    client = signed_in(world.operator)
    card = f"/shift/round/{fact.round_id}/?cell=1&point=feeder-works"
    shown = text_of(client.get(card))
    address = reverse("observations:deviation_open", args=[fact.pk])
    assert f'href="{address}?next=' in shown
    href = shown.split(f'href="{address}')[1].split('"')[0]
    answer = client.post(address + href, {"title": "Stuck", "severity": "low", "dimension": "cost"})
    assert answer.headers["Location"] == card
    assert f"Deviation A-{Deviation.objects.get().pk} is open" in text_of(client.get(card))
    assert client.get(f"{address}?next=https://elsewhere.example/").status_code == 302


def test_what_endangers_people_is_serious_from_the_start(world: World):
    world.yes_no.critical = True
    world.yes_no.save()
    said = suggested(seen_wrong(world))
    assert (said["severity"], said["dimension"]) == ("high", "hse")


def test_only_what_is_wrong_and_still_stands_opens_one(world: World):
    right = world.record(world.plan_rounds()).observation
    client = signed_in(world.operator)
    address = reverse("observations:deviation_open", args=[right.pk])
    assert client.get(address).headers["Location"] == reverse("observations:observation", args=[right.pk])
    assert "Open deviation" not in text_of(client.get(reverse("observations:observation", args=[right.pk])))
    with pytest.raises(NotADeviation):
        observation_raise(observation=right, actor=world.operator, now=NOW, title="x")
    wrong = world.record(result="not_ok").observation
    observation_correct(
        id=uuid.uuid4(), supersedes=wrong, actor=world.operator, now=NOW, result="ok", correction_reason="Looked again"
    )
    with pytest.raises(NotADeviation):
        observation_raise(observation=wrong, actor=world.operator, now=NOW, title="x")


def test_another_observation_joins_an_open_deviation_of_the_same_place(world: World):
    deviation = raised(world)
    again = world.record(world.plan_rounds(), result="not_ok", observer=world.mate).observation
    client = signed_in(world.mate)
    address = reverse("observations:deviation_open", args=[again.pk])
    assert f"Add to {deviation.number}" in text_of(client.get(address))
    assert client.post(address, {"join": deviation.pk}).status_code == 302
    assert RaisedDeviation.objects.filter(deviation=deviation).count() == 2
    with pytest.raises(RaisedAlready):
        observation_join(observation=again, deviation=deviation, actor=world.mate, now=NOW)
    # not to one of another area, nor to a closed one
    third = world.record(result="not_ok", equipment=world.plant.cells[3]).observation
    other = deviation_open(title="x", unit=world.plant.el2, occurred_at=NOW, actor=world.lead, now=NOW)
    with pytest.raises(OtherPlace):
        observation_join(observation=third, deviation=other, actor=world.operator, now=NOW)
    assert client.post(reverse("observations:deviation_open", args=[third.pk]), {"join": "no"}).status_code == 404


def test_an_outsider_reads_and_does_not_open(world: World):
    fact = seen_wrong(world)
    client = signed_in(world.outsider)
    assert client.get(reverse("observations:deviation_open", args=[fact.pk])).status_code == 403
    assert "Open deviation" not in text_of(client.get(reverse("observations:observation", args=[fact.pk])))


@pytest.mark.django_db(transaction=True)
def test_two_people_open_from_the_same_observation_and_one_deviation_stands():
    world = make_world()
    fact = seen_wrong(world)

    def tap(person: User) -> str:
        try:
            observation_raise(observation=fact, actor=person, now=NOW, title="Stuck")
            return "opened"
        except RaisedAlready:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tap, [world.operator, world.mate])) == ["opened", "told"]
    assert Deviation.objects.count() == 1


# --- from a red figure ---


def make_figure(world: World, status: str = "red", **fields) -> Figure:
    indicator, _ = Indicator.objects.get_or_create(
        code="O03",
        defaults={
            "name_en": "Cell tending", "name_nb": "Stell av celler", "kind": "conformity", "direction": "up",
            "level": "execution", "dimension": "cost", "cadences": ["shift", "day"], "unit": "%", "decimals": 0,
        },
    )  # fmt: skip
    named = {
        "indicator": indicator, "unit": world.area, "cadence": "day", "first": NOW.date(), "value": 71, "n": 34,
        "starts_at": make.oslo("2026-03-11 06:00"), "ends_at": make.oslo("2026-03-12 06:00"), "updated_at": NOW,
        "status": status, **fields,
    }  # fmt: skip
    return Figure.objects.create(**named)


def test_a_red_figure_opens_one_that_keeps_what_it_said(world: World):
    figure = make_figure(world)
    client = signed_in(world.lead)
    address = reverse("kpis:deviation_open", args=[figure.pk])
    part = text_of(client.get(reverse("kpis:figure_deviations", args=[figure.pk])))
    assert address in part
    assert 'value="Cell tending: 71 %"' in text_of(client.get(address))
    sent = {"title": "Tending is red", "severity": "medium", "dimension": "cost"}
    assert client.post(address, sent).status_code == 302
    deviation = Deviation.objects.get()
    assert (deviation.source, deviation.unit, deviation.shift) == ("figure", world.area, None)
    assert deviation.occurred_at == NOW
    figure.value = 80
    figure.save()
    back = text_of(client.get(reverse("kpis:deviation_figures", args=[deviation.pk])))
    assert FigureDeviation.objects.get().value == 71
    assert "/figures/O03/?unit=EL1&cadence=day&period=2026-03-11" in back
    assert "71" in back
    assert "80" in back
    # while it is open, the figure leads to it
    assert client.get(address).headers["Location"] == reverse("improvement:deviation", args=[deviation.pk])
    with pytest.raises(OpenAlready):
        figure_raise(figure=figure, actor=world.lead, now=NOW, title="again")
    part = text_of(client.get(reverse("kpis:figure_deviations", args=[figure.pk])))
    assert "Tending is red" in part
    assert address not in part


def test_a_shifts_figure_has_its_shift_and_a_green_one_opens_none(world: World):
    shift = make_figure(world, cadence="shift", number=2, ends_at=make.oslo("2026-03-11 15:00"))
    deviation = figure_raise(figure=shift, actor=world.lead, now=NOW, title="Red shift")
    assert deviation.occurred_at == shift.ends_at - dt.timedelta(minutes=1)
    assert deviation.shift is not None
    green = make_figure(world, status="green")
    with pytest.raises(NotRed):
        figure_raise(figure=green, actor=world.lead, now=NOW, title="x")
    client = signed_in(world.lead)
    assert "/figures/O03/" in client.get(reverse("kpis:deviation_open", args=[green.pk])).headers["Location"]
    assert text_of(client.get(reverse("kpis:figure_deviations", args=[green.pk]))).strip() == ""


# --- what the cause leads on to ---


def explain(deviation: Deviation, kind: str, world: World) -> None:
    cause_record(
        deviation=deviation, kind=kind, category="method", root_cause="Step 1 is not clear", actor=world.lead, now=NOW
    )


def standard(deviation: Deviation, person: User) -> str:
    return text_of(signed_in(person).get(reverse("sops:deviation_standard", args=[deviation.pk])))


def test_a_wrong_standard_leads_to_a_draft_that_says_why(world: World):
    deviation = raised(world)
    assert "Write a new revision" not in standard(deviation, world.operator)
    explain(deviation, "wrong", world)
    assert "Write a new revision" in standard(deviation, world.operator)
    address = reverse("sops:deviation_draft", args=[deviation.pk])
    client = signed_in(world.operator)
    assert client.post(address).headers["Location"] == reverse("sops:edit", args=["SOP-91", 2])
    draft = SopRevision.objects.get(number=2)
    assert draft.summary_en == f"{deviation.number} {deviation.title}: Step 1 is not clear"
    assert draft.title_en == "Check of SOP-91"
    # once more leads to the same draft
    assert client.post(address).headers["Location"] == reverse("sops:edit", args=["SOP-91", 2])
    assert "Revision 2 is being written" in standard(deviation, world.operator)
    assert signed_in(world.outsider).post(address).status_code == 403


def test_a_missing_standard_leads_to_a_new_one_for_those_who_may(world: World):
    deviation = deviation_open(title="Nobody knows how", unit=world.area, occurred_at=NOW, actor=world.lead, now=NOW)
    explain(deviation, "missing", world)
    tech = make.make_person(Role.TECHNICAL_LEAD, world.plant.electrolysis, "tech")
    assert "/standards/new/?title=Nobody%20knows%20how" in standard(deviation, tech)
    assert 'value="Nobody knows how"' in text_of(signed_in(tech).get("/standards/new/?title=Nobody%20knows%20how"))
    assert "A technical lead can begin one." in standard(deviation, world.operator)


def test_choosing_the_standard_by_hand(world: World):
    deviation = deviation_open(title="Dusty", unit=world.area, occurred_at=NOW, actor=world.lead, now=NOW)
    address = reverse("sops:deviation_standard_edit", args=[deviation.pk])
    client = signed_in(world.operator)
    assert "Choose a standard" in text_of(client.get(address))
    assert client.get(f"{address}?sop=SOP-00").status_code == 404
    step = world.sop.revisions.get().steps.get(number=2)
    assert client.post(f"{address}?sop=SOP-91", {"step": step.pk}).status_code == 302
    broken = BrokenStandard.objects.get(deviation=deviation)
    assert (broken.sop, broken.step) == (world.sop, step)
    assert client.post(f"{address}?sop=SOP-91", {"step": ""}).status_code == 302
    broken.refresh_from_db()
    assert broken.step is None
    deviation_contain(deviation=deviation, words="Swept", actor=world.lead, now=NOW)
    explain(deviation, "other", world)
    deviation_close(deviation=deviation, words="Clean", actor=world.lead, now=NOW)
    assert client.get(address).status_code == 403
