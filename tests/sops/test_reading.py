"""The list, a standard's page, its comparison, one step."""

import datetime as dt

import pytest
from django.urls import reverse

from principles.teams.models import Role
from sops import lifecycle
from sops.models import Sop, SopRevision
from tests import factories
from tests.sops.cast import NOW, Cast, make_point, make_sop, send_draft, write_draft


def page(client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query_params=query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_list_shows_what_is_in_force_and_what_is_on_its_way(client, cast: Cast):
    send_draft(cast)
    client.force_login(cast.outsider)
    text = page(client, "sops:list")
    assert "Anode change" in text
    assert "Rev. 2" in text
    assert "Waiting for you" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "anode"}, True),
        ({"q": "SPENT sop-01"}, True),
        ({"q": "tapping"}, False),
        ({"role": "operator"}, True),
        ({"role": "nobody"}, True),  # what does not exist narrows nothing
        ({"process": "CP-01"}, True),
        ({"q": "%"}, False),
    ],
)
def test_the_list_is_narrowed_by_its_address(client, cast: Cast, query: dict[str, str], found: bool):
    client.force_login(cast.operator)
    assert ("Anode change" in page(client, "sops:list", **query)) is found


def test_what_waits_depends_on_who_looks(client, cast: Cast):
    revision = send_draft(cast)
    client.force_login(cast.lead)
    assert "waits for your approval" in page(client, "sops:list")
    client.force_login(cast.operator)
    assert "in review; a technical lead has it" in page(client, "sops:list")
    lifecycle.revision_send_back(revision=revision, actor=cast.lead, note="Say how thick.", now=NOW)
    assert "Say how thick." in page(client, "sops:list")
    client.force_login(cast.lead)
    assert "Waiting for you" not in page(client, "sops:list")


def test_the_lists_cost_does_not_grow_with_the_standards(client, cast: Cast, django_assert_max_num_queries):
    client.force_login(cast.operator)
    page(client, "sops:list")
    with django_assert_max_num_queries(18) as few:
        page(client, "sops:list")
    for number in range(2, 8):
        make_sop(f"SOP-0{number}", owner=cast.plant.el1, role=cast.role, points=[make_point(f"more{number}")])
    with django_assert_max_num_queries(len(few)):
        page(client, "sops:list")


def test_a_standard_says_everything_of_the_job(client, cast: Cast):
    client.force_login(cast.outsider)
    text = page(client, "sops:sop", "SOP-01")
    for part in (
        "Replace spent anodes.",
        "Do thing 2.",
        "Floor operator",
        "Point hole_open",
        "at least 11 cm",
        "6 min",
    ):
        assert part in text
    assert "superseded" not in text.lower()


def test_the_page_costs_the_same_however_many_steps(client, cast: Cast, django_assert_max_num_queries):
    client.force_login(cast.operator)
    page(client, "sops:sop", "SOP-01")
    with django_assert_max_num_queries(20) as few:
        page(client, "sops:sop", "SOP-01")
    for number in range(4, 12):
        step = cast.revision.steps.create(number=number, role=cast.role, text_en="More.", text_nb="Mer.")
        point = make_point(f"more{number}")
        cast.revision.points.create(step=step, point=point, code=f"SOP-01.{number}", position=number)
    with django_assert_max_num_queries(len(few)):
        page(client, "sops:sop", "SOP-01")


def test_each_revision_says_where_it_stands(client, cast: Cast):
    draft = write_draft(cast)
    client.force_login(cast.operator)
    assert "Draft: nobody works by this revision." in page(client, "sops:revision", "SOP-01", 2)
    lifecycle.revision_send(revision=draft, actor=cast.operator, now=NOW)
    assert "In review: nobody works by this revision yet." in page(client, "sops:revision", "SOP-01", 2)
    start = lifecycle.first_shift(dt.date(2026, 9, 16))
    lifecycle.revision_approve(revision=draft, approver=cast.lead, effective_from=start, now=NOW)
    assert "Approved, but not in force yet." in page(client, "sops:revision", "SOP-01", 2)
    assert "Do thing 2." in page(client, "sops:sop", "SOP-01")
    SopRevision.objects.filter(pk=draft.pk).update(effective_from=NOW - dt.timedelta(hours=1))
    assert "Superseded: do not work by this revision." in page(client, "sops:revision", "SOP-01", 1)
    assert "Do thing 2 better" in page(client, "sops:sop", "SOP-01")


def test_names_are_for_those_who_work_there(client, cast: Cast):
    SopRevision.objects.filter(number=1).update(author=cast.operator, approved_by=cast.lead)
    client.force_login(cast.outsider)
    assert str(cast.lead) not in page(client, "sops:sop", "SOP-01")
    client.force_login(cast.mate)
    assert str(cast.lead) in page(client, "sops:sop", "SOP-01")


def test_a_missing_language_falls_back_to_the_other_one(client, cast: Cast):
    SopRevision.objects.filter(number=1).update(purpose_en="", title_en="")
    client.force_login(cast.operator)
    assert "Bytte utbrukte anoder." in page(client, "sops:sop", "SOP-01")


def test_what_plants_write_is_text_and_not_markup(client, cast: Cast):
    SopRevision.objects.filter(number=1).update(purpose_en="<script>alert(1)</script>" + "x" * 3000)
    client.force_login(cast.operator)
    assert "<script>alert(1)" not in page(client, "sops:sop", "SOP-01")


def test_an_sop_without_a_revision_says_so(client, cast: Cast):
    Sop.objects.create(code="SOP-50", process=cast.sop.process, owner=cast.plant.el1)
    client.force_login(cast.operator)
    assert "No revision yet" in page(client, "sops:sop", "SOP-50")
    assert client.post(reverse("sops:draft", args=["SOP-50"])).status_code == 302


def test_the_comparison_shows_the_changed_step_and_its_words(client, cast: Cast):
    write_draft(cast)
    client.force_login(cast.outsider)
    text = page(client, "sops:changes", "SOP-01", 2)
    assert "Better." in text
    assert '<ins class="diff-add">2 better (2).</ins>' in text.replace("\n", "")
    assert text.count("as before") == 2


def test_a_step_is_a_fragment(client, cast: Cast):
    client.force_login(cast.operator)
    text = page(client, "sops:step_card", "SOP-01", 1, 2)
    assert "<html" not in text
    assert text.strip().startswith("<article")
    assert "Do thing 2." in text


def test_people_without_a_role_read_and_are_offered_nothing(client, cast: Cast):
    client.force_login(factories.make_user("nobody"))
    text = page(client, "sops:sop", "SOP-01")
    assert "Write a new revision" not in text
    client.force_login(factories.make_person(Role.SUPPORT, cast.plant.el1))
    assert "Write a new revision" in page(client, "sops:sop", "SOP-01")
