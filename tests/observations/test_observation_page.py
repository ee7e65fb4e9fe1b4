"""One observation: all that is stored with it, names only where allowed; and its correction."""

import uuid

from django.test import Client
from django.urls import reverse

from observations.models import Observation, Result
from observations.recording import observation_correct
from sops.models import Competence
from tests.observations.world import NOW, World


def address(fact: Observation, name: str = "observation") -> str:
    return reverse(f"observations:{name}", args=[fact.pk])


def page(client: Client, fact: Observation) -> str:
    response = client.get(address(fact))
    assert response.status_code == 200
    return response.content.decode()


def test_shows_all_that_is_stored_with_it(signed_in: Client, world: World):
    round_ = world.plan_rounds()
    Competence.objects.create(person=world.operator, revision=round_.revision, level=3, signed_at=NOW)
    fact = world.record(round_, point=world.measure, value="7", note="thin at the edge", observed_at=NOW).observation
    html = page(signed_in, fact)
    for words in (
        "Point cover", "7\N{NO-BREAK SPACE}cm", "Right: 2 to 5", "thin at the edge", "SOP-91, revision 1", "Step 3",
        "Afternoon Wed 11", str(world.shift.crew), "Alone, to the standard", "You", "Logged on shift",
    ):  # fmt: skip
        assert words in html, words
    assert reverse("observations:round", args=[round_.pk]) in html
    assert reverse("sops:point", args=["cover"]) in html


def test_names_are_hidden_from_those_who_may_not_see_them(client: Client, world: World, clock: None):
    fact = world.record().observation
    for person, sees in ((world.outsider, False), (world.mate, False), (world.lead, True), (world.leader, True)):
        client.force_login(person)
        html = page(client, fact)
        assert (world.operator.name in html) == sees, person
        assert ("Hidden: the work is observed" in html) != sees


def test_correcting_by_form(signed_in: Client, world: World):
    fact = world.record(point=world.measure, value="42", result=None).observation
    assert address(fact, "correct") in page(signed_in, fact)
    assert 'value="42"' in signed_in.get(address(fact, "correct")).content.decode()
    said = {"id": str(uuid.uuid4()), "result": "value", "value": "4,2", "cell": "1001", "correction_reason": "comma"}
    response = signed_in.post(address(fact, "correct"), said, follow=True)
    newer = Observation.objects.get(supersedes=fact)
    assert (newer.result, f"{newer.value:.1f}") == (Result.OK, "4.2")
    html = response.content.decode()
    assert "How it came to this" in html
    assert "comma" in html
    assert "was corrected later and no longer counts" in page(signed_in, fact)


def test_what_was_typed_stays_when_it_is_wrong(signed_in: Client, world: World):
    fact = world.record(point=world.measure, value="42", result=None).observation
    for fields, words in (
        ({"value": "1e308"}, "too large to be true"),
        ({"value": "x4"}, "not a number"),
        ({"value": "4", "cell": "9999"}, "There is no cell with this number."),
        ({"value": "4", "correction_reason": " "}, "Say why it is corrected."),
    ):
        said = {"result": "value", "cell": "1001", "correction_reason": "because", **fields}
        html = signed_in.post(address(fact, "correct"), said).content.decode()
        assert words in html
        assert f'value="{fields["value"]}"' in html
    assert Observation.objects.count() == 1


def test_a_second_correction_is_led_to_what_stands(signed_in: Client, world: World):
    fact = world.record().observation
    newer = observation_correct(
        id=uuid.uuid4(), supersedes=fact, result="not_ok", correction_reason="a", actor=world.lead, now=NOW
    ).observation
    response = signed_in.post(
        address(fact, "correct"), {"result": "na", "cell": "1001", "correction_reason": "b"}, follow=True
    )
    assert response.redirect_chain[-1][0] == address(newer)
    assert "corrected a moment ago" in response.content.decode()


def test_others_may_not_correct(client: Client, world: World, clock: None):
    fact = world.record().observation
    for person in (world.mate, world.outsider):
        client.force_login(person)
        assert client.get(address(fact, "correct")).status_code == 403
        assert client.post(address(fact, "correct"), {"result": "ok"}).status_code == 403
        assert address(fact, "correct") not in page(client, fact)


def test_login_and_unknown_observation(client: Client, world: World):
    fact = world.record().observation
    assert client.get(address(fact)).status_code == 302
    client.force_login(world.operator)
    assert client.get(reverse("observations:observation", args=[uuid.uuid4()])).status_code == 404
    assert client.post(address(fact)).status_code == 405


def test_one_page_is_a_bounded_number_of_queries(signed_in: Client, world: World, django_assert_max_num_queries):
    fact = world.record().observation
    page(signed_in, fact)
    with django_assert_max_num_queries(19):
        page(signed_in, fact)
