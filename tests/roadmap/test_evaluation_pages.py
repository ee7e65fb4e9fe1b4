"""The list, a new evaluation, the overview with its filters, the group and signing as pages."""

import datetime as dt

import pytest
from django.urls import reverse

from amps.models import AuditEntry
from principles.teams.models import Role
from roadmap.models import Evaluation, FocusItem, Mark
from roadmap.services.evaluations import mark_set
from roadmap.services.signing import evaluation_sign
from tests import factories as make
from tests.roadmap.test_item_page import client_of
from tests.roadmap.world import say

pytestmark = pytest.mark.django_db


def page_of(person, evaluation, query="") -> str:
    return client_of(person).get(reverse("roadmap:evaluation", args=[evaluation.pk]) + query).content.decode()


def shown_codes(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('<span class="item-code tabular">')[1:]]


def test_an_evaluation_is_opened_by_its_form(table):
    client = client_of(table.leader)
    url = reverse("roadmap:evaluation_new") + "?unit=EL1&crew=B"
    page = client.get(url).content.decode()
    assert page.index("Test kari") < page.index("Test ola")  # the team's own first
    assert "Test outsider" not in page
    sent = {"held_on": str(table.now.date()), "leader": table.leader.pk, "participants": [table.kari.pk]}
    answer = client.post(url, sent)
    made = Evaluation.objects.get()
    assert answer.url == reverse("roadmap:evaluation", args=[made.pk])
    assert (made.unit, made.crew, made.version.version) == (table.plant.el1, table.crew, "1.0")
    again = client.post(url, sent, follow=True)
    assert "One is under way here already" in again.content.decode()
    assert Evaluation.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"participants": []}, "A group is at least two"),
        ({"leader": ""}, "Choose who leads the group"),
        ({"held_on": "2030-01-01"}, "within the last year or the next 60 days"),
        ({"participants": ["999999"]}, "Choose people who hold a role here"),
    ],
)
def test_what_is_wrong_with_a_new_one_is_told_and_nothing_is_lost(table, change, words):
    url = reverse("roadmap:evaluation_new") + "?unit=EL1"
    sent = {
        "held_on": str(table.now.date()),
        "leader": table.leader.pk,
        "participants": [table.kari.pk],
        "scope_note": "only the night",
        **change,
    }
    page = client_of(table.leader).post(url, sent).content.decode()
    assert words in page
    assert "only the night" in page
    assert not Evaluation.objects.exists()


def test_the_list_shows_those_under_way_first(table):
    locked = table.open(held_on=dt.date(2026, 2, 1))
    table.answer_all(locked)
    for person in (table.kari, table.ola, table.leader):
        evaluation_sign(evaluation=locked, actor=person, now=table.now)
    running = table.open(held_on=dt.date(2026, 1, 1))
    table.answer(running)
    client = client_of(table.outsider)
    page = client.get(reverse("roadmap:evaluations")).content.decode()
    assert page.index("1 of 61") < page.index("61 of 61")
    assert "61 of 61" not in client.get(reverse("roadmap:evaluations") + "?state=running").content.decode()
    assert "1 of 61" not in client.get(reverse("roadmap:evaluations") + "?unit=ST1").content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(table, django_assert_num_queries):
    table.open()
    client = client_of(table.outsider)
    url = reverse("roadmap:evaluations")
    client.get(url)
    with _counted() as one:
        client.get(url)
    for unit in (table.plant.electrolysis, table.plant.plant, table.plant.st1, table.plant.el2, table.plant.casthouse):
        table.open(unit=unit)
    with django_assert_num_queries(len(one)):
        client.get(url)


def _counted():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def test_the_overview_costs_the_same_however_much_is_answered(table, django_assert_num_queries):
    evaluation = table.open()
    client = client_of(table.kari)
    url = reverse("roadmap:evaluation", args=[evaluation.pk])
    client.get(url)
    with _counted() as empty:
        client.get(url)
    table.answer_all(evaluation)
    Mark.objects.bulk_create(
        [
            Mark(evaluation=evaluation, item=item, person=person, status="yellow", at=table.now)
            for item in table.items.values()
            for person in (table.kari, table.ola, table.leader)
        ]
    )
    with django_assert_num_queries(len(empty)):
        page = client.get(url).content.decode()
    assert len(shown_codes(page)) == 61
    assert len(empty) < 25


def test_filters_of_the_overview(table):
    evaluation = table.open()
    for code, status in (("1.1.1", "red"), ("1.1.2", "green")):
        item = table.items[code]
        mark_set(evaluation=evaluation, item=item, status="red", actor=table.kari, now=table.now)
        mark_set(evaluation=evaluation, item=item, status=status, actor=table.ola, now=table.now)
    table.answer(evaluation, "1.1.2", "green", facts=say("red"), against_facts="It was another month.")
    table.answer(evaluation, "1.1.3", "none")
    assert shown_codes(page_of(table.kari, evaluation, "?show=split")) == ["1.1.2"]
    assert shown_codes(page_of(table.kari, evaluation, "?show=against")) == ["1.1.2"]
    assert shown_codes(page_of(table.kari, evaluation, "?show=grey")) == ["1.1.3"]
    assert len(shown_codes(page_of(table.kari, evaluation, "?show=open"))) == 59
    assert len(shown_codes(page_of(table.kari, evaluation, "?show=nonsense"))) == 61
    assert "2 of 61 answered" in page_of(table.kari, evaluation)
    # The leader has not marked it: whether the others disagree is not told.
    assert shown_codes(page_of(table.leader, evaluation, "?show=split")) == []


def test_it_is_resumed_at_the_next_unanswered_item(table):
    evaluation = table.open()
    client = client_of(table.kari)
    url = reverse("roadmap:evaluation_resume", args=[evaluation.pk])
    table.answer(evaluation, "1.1.1")
    table.answer(evaluation, "1.1.3")
    expected = reverse("roadmap:evaluation_item", args=[evaluation.pk, table.items["1.1.2"].pk])
    assert client.get(url).url == expected
    table.answer_all(evaluation)
    assert client.get(url).url == reverse("roadmap:evaluation", args=[evaluation.pk])


def test_the_overview_follows_the_others(table):
    evaluation = table.open()
    client = client_of(table.ola)
    url = reverse("roadmap:evaluation_progress", args=[evaluation.pk]) + f"?seen={evaluation.version_of_answers}"
    assert client.get(url).status_code == 204
    table.answer(evaluation)
    assert "1 of 61 answered" in client.get(url).content.decode()


def test_the_whole_page_comes_anew_when_somebody_signs(table):
    evaluation = table.open()
    table.answer_all(evaluation)
    page = page_of(table.ola, evaluation)
    url = page.split('id="progress"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    client = client_of(table.ola)
    mark_set(evaluation=evaluation, item=table.items["1.1.1"], status="red", actor=table.kari, now=table.now)
    assert "HX-Refresh" not in client.get(url).headers
    evaluation_sign(evaluation=evaluation, actor=table.kari, now=table.now)
    assert client.get(url)["HX-Refresh"] == "true"


def test_names_are_for_those_whose_role_reaches_the_unit(table):
    evaluation = table.open()
    assert "Test kari" in page_of(table.ola, evaluation)
    assert "Test kari" not in page_of(table.outsider, evaluation)
    manager = make.make_person(Role.PLANT_MANAGER, table.plant.plant, "manager")
    assert "Test kari" in page_of(manager, evaluation)


# --- the group and its signatures ---


def test_people_come_and_go(table):
    evaluation = table.open()
    more = make.make_person(Role.SHIFT_LEAD, table.plant.el1, "more")
    leader = client_of(table.leader)
    group = reverse("roadmap:evaluation_group", args=[evaluation.pk])
    assert "Choose at least one person" in leader.post(group, {}).content.decode()
    leader.post(group, {"participants": [more.pk]})
    assert evaluation.participants.filter(person=more).exists()
    leave = reverse("roadmap:evaluation_leave", args=[evaluation.pk])
    assert client_of(table.ola).post(leave, {"person": table.kari.pk}).status_code == 403
    client_of(table.ola).post(leave)
    assert evaluation.participants.get(person=table.ola).left_at is not None
    told = leader.post(leave, {"person": table.leader.pk}, follow=True)
    assert "Choose another leader first" in told.content.decode()
    leader.post(reverse("roadmap:evaluation_leader", args=[evaluation.pk]), {"person": table.kari.pk})
    leader.post(leave, {"person": table.leader.pk})
    assert evaluation.participants.get(person=table.leader).left_at is not None
    assert Evaluation.objects.get().leader == table.kari
    for wrong in ("abc", "99999999", "-1"):
        assert client_of(table.kari).post(leave, {"person": wrong}).status_code == 404


def test_signing_taking_back_and_opening_again_by_their_pages(table):
    evaluation = table.open()
    sign = reverse("roadmap:evaluation_sign", args=[evaluation.pk])
    kari, leader = client_of(table.kari), client_of(table.leader)
    early = kari.post(sign, follow=True).content.decode()
    assert "61 items are neither agreed on nor left grey" in early
    table.answer_all(evaluation)
    assert "I sign" in kari.get(sign).content.decode()
    assert "the answers stand still" in kari.post(sign, follow=True).content.decode().lower()
    assert "You have signed already" in kari.post(sign, follow=True).content.decode()
    withdraw = reverse("roadmap:evaluation_withdraw", args=[evaluation.pk])
    assert "Write why" in client_of(table.ola).post(withdraw, {}).content.decode()
    client_of(table.ola).post(withdraw, {"reason": "Rule 2.1 was wrong"})
    page = page_of(table.kari, evaluation)
    assert "Rule 2.1 was wrong" in page
    assert "Signatures of round 1" in page
    for person in (table.kari, table.ola, table.leader):
        last = client_of(person).post(sign, follow=True).content.decode()
    assert "The evaluation is locked" in last
    leader.post(reverse("roadmap:evaluation_reopen", args=[evaluation.pk]), {"reason": "A new fact on 1.1.1"})
    assert "A new fact on 1.1.1" in page_of(table.outsider, evaluation)
    assert AuditEntry.objects.filter(action="evaluation.reopened").count() == 1
    leader.post(reverse("roadmap:evaluation_cancel", args=[evaluation.pk]))
    assert "called off" in page_of(table.kari, evaluation)


def test_pages_of_an_evaluation_with_local_items(table):
    from roadmap.fingerprints import COLUMNS
    from roadmap.models import Rule
    from roadmap.services.standard import local_item_add

    rule = Rule.objects.get(code="1.1")
    local_item_add(unit=table.plant.plant, rule=rule, texts=dict.fromkeys(COLUMNS, "ours"), actor=table.leader)
    evaluation = table.open()
    assert FocusItem.objects.count() == 62
    page = page_of(table.kari, evaluation)
    assert shown_codes(page)[:5] == ["1.1.1", "1.1.2", "1.1.3", "1.1.L1", "1.2.1"]
    assert "0 of 62 answered" in page
    item = client_of(table.kari).get(reverse("roadmap:evaluation_item", args=[evaluation.pk, table.items["1.1.L1"].pk]))
    assert "local: Unit VERK" in item.content.decode()
