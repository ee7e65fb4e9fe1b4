"""Every address of the standards: login, method, who may, and what does not exist."""

import pytest
from django.urls import reverse

from sops.models import SopRevision
from tests.sops.cast import Cast, send_draft, write_draft

READ = [
    ("sops:list", ()),
    ("sops:points", ()),
    ("sops:point", ("hole_open",)),
    ("sops:sop", ("SOP-01",)),
    ("sops:revision", ("SOP-01", 1)),
    ("sops:changes", ("SOP-01", 1)),
    ("sops:step_card", ("SOP-01", 1, 2)),
]
GONE = [
    ("sops:sop", ("SOP-99",)),
    ("sops:revision", ("SOP-01", 9)),
    ("sops:revision", ("SOP-01", 10**30)),
    ("sops:changes", ("SOP-01", 9)),
    ("sops:step_card", ("SOP-01", 1, 9)),
    ("sops:point", ("nothing",)),
    ("sops:point_edit", ("nothing",)),
    ("sops:edit", ("SOP-01", 9)),
]
FORMS = [("sops:header", ()), ("sops:step_add", ()), ("sops:step_edit", ("step",))]
TAPS = [
    ("sops:step_remove", ("step",)),
    ("sops:step_move", ("step",)),
    ("sops:point_bind", ("step",)),
    ("sops:point_unbind", ("bound",)),
    ("sops:send", ()),
]
DECISIONS = ["sops:approve", "sops:send_back"]


def address(name: str, revision: SopRevision, more: tuple[str, ...]) -> str:
    step = revision.steps.get(number=2)
    ids = {"step": step.pk, "bound": revision.points.order_by("position")[0].pk}
    return reverse(name, args=["SOP-01", revision.number, *(ids[key] for key in more)])


@pytest.mark.parametrize(("name", "args"), READ)
def test_anyone_signed_in_reads(client, cast: Cast, name: str, args: tuple[object, ...]):
    client.force_login(cast.outsider)
    assert client.get(reverse(name, args=args)).status_code == 200


@pytest.mark.parametrize(("name", "args"), READ)
def test_reading_needs_a_login_and_is_only_reading(client, cast: Cast, name: str, args: tuple[object, ...]):
    url = reverse(name, args=args)
    assert client.get(url)["Location"].startswith(reverse("account_login"))
    client.force_login(cast.operator)
    assert client.post(url).status_code == 405


@pytest.mark.parametrize(("name", "args"), GONE)
def test_what_is_not_there_is_not_found(client, cast: Cast, name: str, args: tuple[object, ...]):
    client.force_login(cast.lead)
    assert client.get(reverse(name, args=args)).status_code == 404


@pytest.mark.parametrize(("name", "more"), FORMS)
def test_writing_is_for_the_owners_people(client, cast: Cast, name: str, more: tuple[str, ...]):
    url = address(name, write_draft(cast), more)
    assert client.get(url).status_code == 302
    client.force_login(cast.outsider)
    assert client.get(url).status_code == 403
    assert client.post(url, {"version": 1}).status_code == 403
    client.force_login(cast.mate)
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(("name", "more"), TAPS)
def test_a_tap_is_for_the_owners_people_and_a_post(client, cast: Cast, name: str, more: tuple[str, ...]):
    draft = write_draft(cast)
    url = address(name, draft, more)
    assert client.post(url)["Location"].startswith(reverse("account_login"))
    client.force_login(cast.outsider)
    assert client.post(url, {"version": draft.version}).status_code == 403
    client.force_login(cast.mate)
    assert client.get(url).status_code == 405
    draft.refresh_from_db()
    assert draft.steps.count() == 3
    assert draft.state == "draft"


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_is_for_technical_leads(client, cast: Cast, name: str):
    revision = send_draft(cast)
    url = reverse(name, args=["SOP-01", revision.number])
    assert client.post(url)["Location"].startswith(reverse("account_login"))
    for person in (cast.outsider, cast.operator, cast.leader):
        client.force_login(person)
        assert client.post(url, {"note": "No.", "date": "2026-09-20"}).status_code == 403
    client.force_login(cast.lead)
    assert client.get(url).status_code == 405
    revision.refresh_from_db()
    assert revision.state == "review"


def test_a_draft_is_begun_by_the_owners_people(client, cast: Cast):
    url = reverse("sops:draft", args=["SOP-01"])
    assert client.post(url)["Location"].startswith(reverse("account_login"))
    client.force_login(cast.outsider)
    assert client.post(url).status_code == 403
    client.force_login(cast.operator)
    assert client.get(url).status_code == 405
    assert client.post(url)["Location"] == reverse("sops:edit", args=["SOP-01", 2])
    assert client.post(reverse("sops:draft", args=["SOP-99"])).status_code == 404


def test_a_new_sop_is_for_technical_leads(client, cast: Cast):
    url = reverse("sops:new")
    assert client.get(url)["Location"].startswith(reverse("account_login"))
    for person in (cast.operator, cast.leader, cast.outsider):
        client.force_login(person)
        assert client.get(url).status_code == 403
    client.force_login(cast.lead)
    assert client.get(url).status_code == 200
    assert client.put(url).status_code == 405


def test_only_the_author_withdraws(client, cast: Cast):
    revision = send_draft(cast)
    url = reverse("sops:withdraw", args=["SOP-01", revision.number])
    assert client.post(url)["Location"].startswith(reverse("account_login"))
    for person in (cast.mate, cast.lead, cast.outsider):
        client.force_login(person)
        assert client.post(url).status_code == 403
    client.force_login(cast.operator)
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    revision.refresh_from_db()
    assert revision.state == "withdrawn"
