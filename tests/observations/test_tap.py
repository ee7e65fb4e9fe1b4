"""One tap: stored, answered with the next card, refused in words, and never stored twice."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from observations.loading import reasons_load
from observations.models import Observation, Result, Round
from tests.observations.world import NOW, World

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def round_(world: World) -> Round:
    return world.plan_rounds()


def url(round_: Round) -> str:
    return reverse("observations:tap", args=[round_.pk])


def tap(client: Client, round_: Round, headers: dict[str, str] | None = None, **fields):
    said = {"id": str(uuid.uuid4()), "cell": "1", "point": "feeder-works", "observed_at": NOW.isoformat(), **fields}
    return client.post(url(round_), said, headers=headers or {})


def test_round_page_shows_the_first_card(signed_in: Client, round_: Round, world: World):
    html = signed_in.get(reverse("observations:round", args=[round_.pk])).content.decode()
    assert world.targets(round_)[0].code in html
    assert "Point feeder-works" in html
    assert "0 of 5 done" in html


def test_yes_is_stored_and_the_next_card_comes(signed_in: Client, round_: Round, world: World):
    response = tap(signed_in, round_, HTMX, result="ok")
    html = response.content.decode()
    assert response["X-Tap"] == "stored"
    assert html.lstrip().startswith('<div id="walk"')
    assert "<html" not in html
    assert "Point hoods-off" in html
    assert re.search(r"Yes · stored \d\d:\d\d", html)
    assert "Undo" in html
    fact = Observation.objects.get()
    assert (fact.result, fact.observer, fact.equipment) == (Result.OK, world.operator, world.targets(round_)[0])


def test_plain_form_goes_on_to_the_next_card(signed_in: Client, round_: Round):
    response = tap(signed_in, round_, result="ok", id="", observed_at="")
    assert response.status_code == 302
    assert "point=hoods-off" in response["Location"]
    assert re.search(r"Yes · stored \d\d:\d\d", signed_in.get(response["Location"]).content.decode())


def test_a_reason_is_a_no_and_the_card_stays_for_a_photo(signed_in: Client, round_: Round):
    reasons_load()
    html = tap(signed_in, round_, HTMX, reason="equipment-fault", note="stuck").content.decode()
    fact = Observation.objects.get()
    assert fact.result == Result.NOT_OK
    assert fact.reason is not None
    assert (fact.reason.code, fact.note) == ("equipment-fault", "stuck")
    assert "Point feeder-works" in html
    assert "Add a photo" in html
    assert "Next point" in html


@pytest.mark.parametrize("typed", ["4,2", "4.2", " 4,2 ", "+4,2"])
def test_comma_or_point(signed_in: Client, round_: Round, typed: str):
    tap(signed_in, round_, HTMX, point="cover", value=typed, result="value")
    fact = Observation.objects.get()
    assert (f"{fact.value:.1f}", fact.result) == ("4.2", Result.OK)


def test_minus_as_the_pad_writes_it(signed_in: Client, round_: Round):
    tap(signed_in, round_, HTMX, point="cover", value="−4,2", result="value")
    fact = Observation.objects.get()
    assert (f"{fact.value:.1f}", fact.result) == ("-4.2", Result.NOT_OK)


def test_not_applicable_leaves_out_the_number(signed_in: Client, round_: Round):
    tap(signed_in, round_, HTMX, point="hoods-off", value="3", result="na")
    fact = Observation.objects.get()
    assert (fact.result, fact.value) == (Result.NOT_APPLICABLE, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"point": "cover", "value": "1e308", "result": "value"}, "too large to be true"),
        ({"point": "cover", "value": "abc", "result": "value"}, "not a number"),
        ({"point": "cover", "value": "1.234,5", "result": "value"}, "one comma or point"),
        ({"point": "cover", "value": "NaN", "result": "value"}, "not a number"),
        ({"point": "cover", "value": "1,000", "result": "value"}, "without a sign between thousands"),
        ({"point": "cover", "value": "12,345.5", "result": "value"}, "without a sign between thousands"),
        ({"point": "hoods-off", "value": "1,000", "result": "value"}, "without a sign between thousands"),
        ({"point": "cover", "value": "", "result": "value"}, "Give a number"),
        ({"point": "hoods-off", "value": "-1", "result": "value"}, "below zero"),
        ({"point": "hoods-off", "value": "1,5", "result": "value"}, "whole number"),
        ({"result": "ok", "observed_at": (NOW + dt.timedelta(hours=1)).isoformat()}, "in the future"),
        ({"result": "ok", "observed_at": "yesterday"}, "can&#x27;t be read"),
        ({"result": "ok", "observed_at": "2026-13-45T00:00:00Z"}, "can&#x27;t be read"),
        ({"result": "ok", "id": "17"}, "damaged"),
        ({"result": "", "reason": "unheard-of"}, "no longer offered"),
    ],
)
def test_bad_input_is_told_with_what_was_typed_and_nothing_stored(
    signed_in: Client, round_: Round, fields: dict[str, str], words: str
):
    response = tap(signed_in, round_, HTMX, **fields)
    html = response.content.decode()
    assert response.status_code == 200
    assert response["X-Tap"] == "refused"
    assert words in html
    assert "Nothing was stored." in html
    if fields.get("value"):
        assert f'value="{fields["value"]}"' in html
    assert not Observation.objects.exists()
    assert tap(signed_in, round_, JSON, **fields).status_code == 422


def test_a_cell_or_point_that_is_not_there_is_refused(signed_in: Client, round_: Round):
    for fields in ({"cell": "99"}, {"cell": "x"}, {"cell": "²"}, {"point": "unknown"}, {"cell": "2", "point": "cover"}):
        response = tap(signed_in, round_, JSON, result="ok", **fields)
        assert response.status_code == 422
    assert not Observation.objects.exists()
    assert signed_in.post(reverse("observations:tap", args=[999_999]), {}).status_code == 404


def test_the_same_tap_again_stores_nothing_new(signed_in: Client, round_: Round):
    fact_id = str(uuid.uuid4())
    assert tap(signed_in, round_, HTMX, id=fact_id, result="ok")["X-Tap"] == "stored"
    again = tap(signed_in, round_, JSON, id=fact_id, result="ok")
    assert again.json() == {"id": fact_id, "new": False}
    assert Observation.objects.count() == 1


def test_the_same_id_with_another_answer_is_409_and_told(signed_in: Client, round_: Round):
    fact_id = str(uuid.uuid4())
    tap(signed_in, round_, HTMX, id=fact_id, result="ok")
    response = tap(signed_in, round_, HTMX, id=fact_id, result="not_ok")
    assert response.status_code == 409
    assert "already stored under this tap" in response.content.decode()
    assert tap(signed_in, round_, JSON, id=fact_id, result="na").status_code == 409
    assert Observation.objects.get().result == Result.OK


def test_undo_opens_the_card_again(signed_in: Client, round_: Round):
    tap(signed_in, round_, HTMX, result="ok")
    fact = Observation.objects.get()
    undo = reverse("observations:undo", args=[fact.pk])
    html = signed_in.post(undo, {"id": str(uuid.uuid4())}, headers=HTMX).content.decode()
    assert "Taken back" in html
    assert "0 of 5 done" in signed_in.get(reverse("observations:shift")).content.decode()
    assert signed_in.post(undo, {"id": str(uuid.uuid4())}).status_code == 409


def test_undo_of_somebody_elses_is_refused(client: Client, round_: Round, world: World, clock: None):
    fact = world.record(round_).observation
    client.force_login(world.mate)
    assert client.post(reverse("observations:undo", args=[fact.pk])).status_code == 403
    client.force_login(world.outsider)
    assert client.post(reverse("observations:undo", args=[fact.pk])).status_code == 403


def test_a_session_that_ended_stores_nothing_and_the_tap_can_be_sent_again(
    signed_in: Client, round_: Round, world: World
):
    fact_id = str(uuid.uuid4())
    signed_in.logout()
    response = tap(signed_in, round_, HTMX, id=fact_id, result="ok")
    assert response.status_code == 401
    assert "X-Tap" not in response
    assert not Observation.objects.exists()
    signed_in.force_login(world.operator)
    with time_machine.travel(NOW + dt.timedelta(minutes=40), tick=False):
        signed_in.force_login(world.operator)
        assert tap(signed_in, round_, JSON, id=fact_id, result="ok").json()["new"]
    assert Observation.objects.get().observed_at == NOW


def test_an_outsider_may_look_but_not_tap(client: Client, round_: Round, world: World, clock: None):
    client.force_login(world.outsider)
    html = client.get(reverse("observations:round", args=[round_.pk])).content.decode()
    assert "You can look at this round" in html
    assert 'class="answer' not in html
    assert tap(client, round_, result="ok").status_code == 403
    assert not Observation.objects.exists()


def test_tap_rejects_get_and_needs_login(client: Client, round_: Round, world: World):
    assert client.post(url(round_)).status_code == 302
    client.force_login(world.operator)
    assert client.get(url(round_)).status_code == 405


def test_last_here_and_summary(signed_in: Client, round_: Round, world: World):
    reasons_load()
    first = world.targets(round_)[0]
    before = NOW - dt.timedelta(hours=20)
    world.record(equipment=first, result="not_ok", observed_at=before, now=before)
    html = signed_in.get(reverse("observations:round", args=[round_.pk])).content.decode()
    assert "Last here:" in html
    assert "Tue 10 Mar 19:30" in html
    for place, cell in enumerate(world.targets(round_), start=1):
        tap(signed_in, round_, HTMX, cell=str(place), result="ok")
        tap(signed_in, round_, HTMX, cell=str(place), point="hoods-off", value="9", result="value")
        assert cell.code
    html = tap(signed_in, round_, HTMX, point="cover", value="3", result="value").content.decode()
    assert "The round is done" in html
    assert "not as it should be" in html


def test_a_card_costs_the_same_in_a_long_round(
    signed_in: Client, round_: Round, world: World, django_assert_max_num_queries
):
    address = reverse("observations:round", args=[round_.pk])
    signed_in.get(address)
    with django_assert_max_num_queries(19):
        signed_in.get(address, headers=HTMX)
    for cell in world.targets(round_):
        world.record(round_, point=world.count, value=0, result=None, equipment=cell)
    with django_assert_max_num_queries(19):
        signed_in.get(address, headers=HTMX)
    with django_assert_max_num_queries(45):
        tap(signed_in, round_, HTMX, result="ok")
