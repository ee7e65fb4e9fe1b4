"""The page of one item: what each of the group sees, what the others' changes do to it, and nothing lost."""

import pytest
from django.test import Client
from django.urls import reverse

from roadmap.loading import STANDARD
from roadmap.models import Answer, EvaluationState, Mark
from roadmap.reading import version_in_use
from roadmap.services.evaluations import answer_set, mark_set
from roadmap.services.group import participant_leave
from roadmap.services.signing import evaluation_cancel, evaluation_sign
from roadmap.services.standard import standard_import
from tests.roadmap.world import say

pytestmark = pytest.mark.django_db


def client_of(person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def address(evaluation, item, name="evaluation_item") -> str:
    return reverse(f"roadmap:{name}", args=[evaluation.pk, item.pk])


@pytest.fixture
def no_facts(monkeypatch):
    """The facts suggest nothing."""
    monkeypatch.setattr("roadmap.services.evaluations.facts_of", lambda item, **where: say())


def facts(monkeypatch, status: str, binding: str | None = None) -> None:
    monkeypatch.setattr("roadmap.services.evaluations.facts_of", lambda item, **where: say(status, binding))


def test_others_marks_are_seen_after_ones_own(table):
    evaluation = table.open()
    item = table.items["1.1.1"]
    mark_set(
        evaluation=evaluation, item=item, status="red", comment="Nobody reads them", actor=table.kari, now=table.now
    )
    ola = client_of(table.ola)
    page = ola.get(address(evaluation, item)).content.decode()
    assert "Nobody reads them" not in page
    assert "spread-count" not in page
    assert "Give your own mark first" in page
    assert "Test leader, Test ola" in page  # still to come
    assert "spread-count" not in ola.get(address(evaluation, item, "item_state")).content.decode()
    answer = ola.post(address(evaluation, item, "item_mark"), {"status": "green"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    told = answer.content.decode()
    assert "Nobody reads them" in told
    assert "You see it differently" in told
    assert 'hx-swap-oob="true"' in told
    assert Mark.objects.get(person=table.ola).status == "green"


def test_a_reader_outside_sees_marks_when_the_group_has_agreed(table):
    evaluation = table.open()
    item = table.items["1.1.1"]
    mark_set(evaluation=evaluation, item=item, status="red", comment="Hm", actor=table.kari, now=table.now)
    outside = client_of(table.outsider)
    assert "Hm" not in outside.get(address(evaluation, item)).content.decode()
    table.answer(evaluation, status="red", reason="We agree")
    page = outside.get(address(evaluation, item)).content.decode()
    assert "We agree" in page
    assert "spread-count" in page
    # Somebody from another unit reads what was agreed, not who sat there.
    assert "Test kari" not in page
    assert 'name="reason"' not in page


def test_without_javascript_a_mark_leads_back_to_the_item(table):
    evaluation = table.open()
    item = table.items["1.1.2"]
    answer = client_of(table.kari).post(
        address(evaluation, item, "item_mark"), {"status": "none", "comment": "new here"}
    )
    assert answer.status_code == 302
    assert answer.url == address(evaluation, item)
    assert (Mark.objects.get().status, Mark.objects.get().comment) == ("none", "new here")
    bad = client_of(table.kari).post(address(evaluation, item, "item_mark"), {"status": "blue"}, follow=True)
    assert "Choose red, yellow, green or not assessed" in bad.content.decode()


def test_the_group_agrees_and_goes_on_to_the_next_open_item(table, no_facts):
    evaluation = table.open()
    item = table.items["1.1.1"]
    table.answer(evaluation, "1.1.2")
    sent = {"status": "yellow", "reason": "Crew D", "against_facts": "", "version": "0", "go": "next"}
    answer = client_of(table.kari).post(address(evaluation, item, "item_answer"), sent, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == address(evaluation, table.items["1.1.3"])
    assert Answer.objects.get(item=item).reason == "Crew D"
    stays = client_of(table.kari).post(
        address(evaluation, item, "item_answer"),
        {**sent, "version": "1", "reason": "Crew C", "go": ""},
        headers={"HX-Request": "true"},
    )
    assert "Stored" in stays.content.decode()
    assert 'data-version="2"' in stays.content.decode()


def test_a_stale_answer_shows_both_and_can_be_stored_again(table, no_facts):
    evaluation = table.open()
    item = table.items["1.1.1"]
    table.answer(evaluation, status="red", reason="Kari wrote first")
    ola = client_of(table.ola)
    sent = {"status": "green", "reason": "Ola's long text", "against_facts": "", "version": "0", "go": ""}
    for headers in ({"HX-Request": "true"}, {}):
        refused = ola.post(address(evaluation, item, "item_answer"), sent, headers=headers)
        page = refused.content.decode()
        assert refused.status_code == 200
        assert "Kari wrote first" in page
        assert "Ola&#x27;s long text" in page
        assert 'name="version" value="1"' in page
    assert Answer.objects.get().status == "red"
    ola.post(address(evaluation, item, "item_answer"), {**sent, "version": "1"})
    assert Answer.objects.get().status == "green"


def test_a_claim_against_the_facts_is_refused_with_the_measure_that_binds(table, monkeypatch):
    facts(monkeypatch, "red", "critical_process_with_approved_sop")
    evaluation = table.open()
    item = table.items["1.1.1"]
    sent = {"status": "green", "reason": "we think so", "against_facts": "", "version": "0"}
    page = client_of(table.kari).post(address(evaluation, item, "item_answer"), sent).content.decode()
    assert "The facts suggest red: Critical processes with an approved SOP. Write why" in page
    assert "we think so" in page
    assert not Answer.objects.exists()
    client_of(table.kari).post(address(evaluation, item, "item_answer"), {**sent, "against_facts": "Counted before."})
    answer = Answer.objects.get()
    assert (answer.against_facts, answer.suggested, answer.binding) == (
        "Counted before.",
        "red",
        "critical_process_with_approved_sop",
    )


def test_polling_costs_nothing_until_something_changes(table, django_assert_max_num_queries):
    evaluation = table.open()
    item = table.items["1.1.1"]
    ola = client_of(table.ola)
    url = f"{address(evaluation, item, 'item_state')}?seen={evaluation.version_of_answers}"
    ola.get(url)
    with django_assert_max_num_queries(6):
        assert ola.get(url).status_code == 204
    table.answer(evaluation, reason="just now")
    answer = ola.get(url)
    assert answer.status_code == 200
    assert "just now" in answer.content.decode()


def test_text_of_people_is_shown_as_text(table, no_facts):
    evaluation = table.open()
    item = table.items["1.1.1"]
    evil = "<script>alert(1)</script> <img src=x onerror=alert(2)>"
    mark_set(evaluation=evaluation, item=item, status="red", comment=evil, actor=table.kari, now=table.now)
    table.answer(evaluation, reason=evil)
    page = client_of(table.kari).get(address(evaluation, item)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_who_has_left_reads_but_answers_no_more(table):
    evaluation = table.open()
    item = table.items["1.1.1"]
    participant_leave(evaluation=evaluation, person=table.ola, actor=table.ola, now=table.now)
    ola = client_of(table.ola)
    assert ola.get(address(evaluation, item)).status_code == 200
    assert ola.post(address(evaluation, item, "item_mark"), {"status": "red"}).status_code == 403
    assert ola.post(address(evaluation, item, "item_answer"), {"status": "red"}).status_code == 403


def test_what_was_written_is_kept_when_the_group_begins_to_sign(table, no_facts):
    evaluation = table.open()
    table.answer_all(evaluation)
    item = table.items["1.1.1"]
    evaluation_sign(evaluation=evaluation, actor=table.kari, now=table.now)
    sent = {"status": "green", "reason": "half written", "version": "1"}
    page = client_of(table.ola).post(address(evaluation, item, "item_answer"), sent, headers={"HX-Request": "true"})
    assert "The group is signing" in page.content.decode()
    assert "half written" in page.content.decode()
    mark = client_of(table.ola).post(
        address(evaluation, item, "item_mark"), {"status": "red", "comment": "kept"}, headers={"HX-Request": "true"}
    )
    assert "The group is signing" in mark.content.decode()
    assert Answer.objects.get(item=item).status == "yellow"
    assert not Mark.objects.exists()


def test_a_locked_evaluation_changes_through_no_page(table, no_facts):
    evaluation = table.open()
    table.answer_all(evaluation)
    for person in (table.kari, table.ola, table.leader):
        evaluation_sign(evaluation=evaluation, actor=person, now=table.now)
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.LOCKED
    item = table.items["1.1.1"]

    def everything():
        return (
            list(Answer.objects.order_by("pk").values()),
            list(Mark.objects.values()),
            list(evaluation.participants.order_by("pk").values()),
            list(evaluation.signatures.order_by("pk").values()),
            type(evaluation).objects.filter(pk=evaluation.pk).values().get(),
        )

    before = everything()
    client = client_of(table.leader)
    forms = {
        "item_mark": {"status": "red", "comment": "x"},
        "item_answer": {"status": "red", "reason": "x", "version": "0"},
    }
    for name, data in forms.items():
        for headers in ({}, {"HX-Request": "true"}):
            assert client.post(address(evaluation, item, name), data, headers=headers).status_code in (200, 302)
    person = {"person": str(table.ola.pk)}
    for name, data in (
        ("evaluation_sign", {}),
        ("evaluation_withdraw", {"reason": "x"}),
        ("evaluation_cancel", {}),
        ("evaluation_leave", person),
        ("evaluation_leader", person),
        ("evaluation_group", {"participants": [str(table.outsider.pk)]}),
    ):
        status = client.post(reverse(f"roadmap:{name}", args=[evaluation.pk]), data).status_code
        assert status in (200, 302, 403), name
    assert everything() == before
    # Opening it again asks for a reason, and changes nothing without one.
    reopen = reverse("roadmap:evaluation_reopen", args=[evaluation.pk])
    assert "Write why" in client.post(reopen, {"reason": " "}).content.decode()
    assert everything() == before


def test_last_time_and_a_text_that_has_changed_since(table, no_facts):
    first = table.open()
    table.answer(first, status="red", reason="Half of them")
    table.answer_all(first)
    for person in (table.kari, table.ola, table.leader):
        evaluation_sign(evaluation=first, actor=person, now=table.now)
    second = table.open()
    item = table.items["1.1.1"]
    page = client_of(table.kari).get(address(second, item)).content.decode()
    assert "Last time" in page
    assert "Half of them" in page
    assert "the text has changed since" not in page
    # The same item of a newer version, with other words.
    text = STANDARD.read_text(encoding="utf-8").replace("version: '1.0'", "version: '1.1'", 1)
    text = text.replace("Identification and prioritisation", "Identification and ranking", 1)
    standard_import(text=text, base="1.0", actor=None, now=table.now)
    evaluation_cancel(evaluation=second, actor=table.leader, now=table.now)
    third = table.open(version=version_in_use())
    client = client_of(table.kari)
    assert "the text has changed since" in client.get(address(third, table.items["1.1.1"])).content.decode()
    assert "Half of them" in client.get(address(third, table.items["1.1.1"])).content.decode()
    assert "the text has changed since" not in client.get(address(third, table.items["1.1.2"])).content.decode()


def test_an_item_of_another_version_is_not_there(table):
    evaluation = table.open()
    client = client_of(table.kari)
    assert client.get(reverse("roadmap:evaluation_item", args=[evaluation.pk, 999_999])).status_code == 404
    assert client.get(reverse("roadmap:evaluation_item", args=[999_999, table.items["1.1.1"].pk])).status_code == 404


def test_the_base_of_the_pay_supplement_keeps_how_it_came_about(table):
    evaluation = table.open()
    item = table.items["1.1.1"]
    table.answer(evaluation, status="red", reason="first thought")
    answer_set(
        evaluation=evaluation,
        item=item,
        status="yellow",
        reason="second thought",
        against_facts="",
        version=1,
        actor=table.ola,
        now=table.now,
        facts=say(),
    )
    page = client_of(table.kari).get(address(evaluation, item)).content.decode()
    assert "base of pay supplement" in page
    assert "How the answer came about" in page
    assert "first thought" in page
    assert (
        "base of pay supplement"
        not in client_of(table.kari).get(address(evaluation, table.items["1.1.2"])).content.decode()
    )
