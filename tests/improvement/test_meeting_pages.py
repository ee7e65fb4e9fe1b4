"""The pages of meetings: list, record, and what a person reads when something can't be stored."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from kpis.models import Indicator, ItemIndicator
from principles.improvement.models import Meeting, MeetingItem
from principles.improvement.services import meetings as services
from principles.teams.models import Role
from tests.factories import make_person
from tests.improvement.floor import NOW, TODAY, Floor, day

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def meeting(floor) -> Meeting:
    """A running morning meeting of EL1 with one new matter; the operator is there."""
    made = services.meeting_open(arena="morning", unit=floor.area, held_on=TODAY, actor=floor.leader, now=NOW)
    services.attend(meeting=made, person=floor.operator, capacity="Operator", actor=floor.leader)
    services.item_add(meeting=made, title="The crane is late", actor=floor.leader)
    return made


def url(name: str, *args: int) -> str:
    return reverse(f"improvement:{name}", args=args)


def form_of(client: Any, item: MeetingItem) -> dict[str, str]:
    """The matter's form as the browser holds it: hidden marks of what was read, and the fields."""
    html = client.get(url("meeting_item", item.pk), **HTMX).content.decode()
    hidden = re.findall(r'<input type="hidden" name="(item\d+-was-\w+)" value="(\w+)">', html)
    fields = ("title", "question", "answer", "confirmation", "decision", "answered_by", "confirmed_by")
    stored = {f"item{item.pk}-{name}": str(getattr(item, name) or "") for name in fields[:5]}
    people = {f"item{item.pk}-{name}": str(getattr(item, f"{name}_id") or "") for name in fields[5:]}
    return {**stored, **people, **dict(hidden)}


def test_opening_leads_to_the_record_or_to_the_one_that_runs(client, floor):
    client.force_login(floor.leader)
    said = {"arena": "morning", "unit": "EL1", "held_on": TODAY.isoformat()}
    answer = client.post(url("meeting_new"), said)
    meeting = Meeting.objects.get()
    assert answer["Location"] == url("meeting", meeting.pk)
    again = client.post(url("meeting_new"), said).content.decode()
    assert "open already" in again
    assert url("meeting", meeting.pk) in again


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"held_on": day(1).isoformat()}, "still to come"),
        ({"held_on": day(-40).isoformat()}, "more than a month ago"),
        ({"held_on": ""}, "Choose the day"),
        ({"unit": "ST1"}, "Select a valid choice"),
        ({"arena": "yearly"}, "Select a valid choice"),
    ],
)
def test_a_meeting_that_can_not_be_opened_says_why(client, floor, changed, words):
    client.force_login(floor.leader)
    said = {"arena": "morning", "unit": "EL1", "held_on": TODAY.isoformat(), **changed}
    assert words in client.post(url("meeting_new"), said).content.decode()
    assert not Meeting.objects.exists()


def test_the_list_is_filtered_by_unit_and_kind(client, floor, meeting):
    services.meeting_open(arena="weekly", unit=floor.plant.plant, held_on=TODAY, actor=floor.leader, now=NOW)
    client.force_login(floor.leader)
    page = client.get(url("meetings") + "?unit=VERK").content.decode()
    assert page.count('class="row-link"') == 2
    assert client.get(url("meetings") + "?unit=EL1").content.decode().count('class="row-link"') == 1
    assert client.get(url("meetings") + "?unit=VERK&arena=weekly").content.decode().count('class="row-link"') == 1
    assert "No meeting here yet" in client.get(url("meetings") + "?unit=ST1").content.decode()


def test_the_list_costs_the_same_for_one_and_many(client, floor, meeting, django_assert_max_num_queries):
    client.force_login(floor.leader)
    client.get(url("meetings") + "?unit=EL1")
    for back in range(1, 12):
        services.meeting_open(arena="morning", unit=floor.area, held_on=day(-back), actor=floor.leader, now=NOW)
    with django_assert_max_num_queries(14):
        assert client.get(url("meetings") + "?unit=EL1").content.decode().count('class="row-link"') == 12


def test_the_record_costs_the_same_for_one_and_many_matters(client, floor, meeting, django_assert_max_num_queries):
    deviation = floor.deviation()
    for number in range(12):
        item = services.item_add(meeting=meeting, title=f"no {number}", actor=floor.leader)
        action = floor.action(deviation, title=f"act {number}")
        MeetingItem.objects.filter(pk=item.pk).update(deviation=deviation, action=action)
    client.force_login(floor.leader)
    with django_assert_max_num_queries(26):
        page = client.get(url("meeting", meeting.pk)).content.decode()
    assert page.count('class="matter panel') == 13


def test_by_htmx_only_the_matter_comes_back(client, floor, meeting):
    item = meeting.items.get()
    client.force_login(floor.leader)
    said = form_of(client, item) | {f"item{item.pk}-decision": "A second crane on Fridays"}
    answer = client.post(url("meeting_item", item.pk), said, **HTMX).content.decode()
    assert answer.strip().startswith("<article")
    assert "Stored" in answer
    assert "A second crane on Fridays" in answer
    assert "<html" not in answer


def test_somebody_else_wrote_meanwhile_and_nothing_is_lost(client, floor, meeting):
    item = meeting.items.get()
    client.force_login(floor.leader)
    mine = form_of(client, item)
    services.item_save(item=item, said={"decision": "Theirs", "question": "Asked meanwhile"}, read={}, actor=floor.lead)
    mine |= {f"item{item.pk}-decision": "Mine"}
    told = client.post(url("meeting_item", item.pk), mine, **HTMX).content.decode()
    assert "Somebody else has written here" in told
    assert "Theirs" in told
    assert ">\nMine</textarea>" in told
    assert 'value="Asked meanwhile"' in told  # what I had not touched is as it stands now
    hidden = dict(re.findall(r'<input type="hidden" name="(item\d+-was-\w+)" value="(\w+)">', told))
    again = mine | hidden | {f"item{item.pk}-question": "Asked meanwhile"}
    client.post(url("meeting_item", item.pk), again, **HTMX)
    item.refresh_from_db()
    assert (item.decision, item.question) == ("Mine", "Asked meanwhile")


def test_what_was_typed_as_the_meeting_ended_is_still_there(client, floor, meeting):
    item = meeting.items.get()
    client.force_login(floor.leader)
    mine = form_of(client, item) | {f"item{item.pk}-decision": "A long thought"}
    services.meeting_end(meeting=meeting, note="", actor=floor.lead, now=NOW)
    told = client.post(url("meeting_item", item.pk), mine, **HTMX).content.decode()
    assert "This meeting has ended" in told
    assert "A long thought" in told
    item.refresh_from_db()
    assert item.decision == ""


def test_ended_twice_it_says_so(client, floor, meeting):
    client.force_login(floor.leader)
    client.post(url("meeting_end", meeting.pk), {"note": "Short"})
    told = client.post(url("meeting_end", meeting.pk), {"note": "Again"}, follow=True).content.decode()
    assert "This meeting has ended. What was said in it stays as it is." in told
    meeting.refresh_from_db()
    assert meeting.note == "Short"


def test_who_attends_answers_alone_and_who_does_not_only_reads(client, floor, meeting):
    item = meeting.items.get()
    client.force_login(floor.operator)
    page = client.get(url("meeting", meeting.pk)).content.decode()
    assert f'name="item{item.pk}-answer"' in page
    assert f'name="item{item.pk}-decision"' not in page
    said = {f"item{item.pk}-answer": "It waits for the driver", f"item{item.pk}-answered_by": floor.operator.pk}
    client.post(url("meeting_item", item.pk), said)
    item.refresh_from_db()
    assert item.answered_by == floor.operator
    client.force_login(floor.mate)
    assert "<textarea" not in client.get(url("meeting", meeting.pk)).content.decode()
    assert client.post(url("meeting_item", item.pk), said).status_code == 403


def test_names_are_for_those_whose_role_reaches_the_unit(client, floor, meeting):
    stranger = make_person(Role.OPERATOR, floor.plant.st1, "stranger")
    client.force_login(stranger)
    page = client.get(url("meeting", meeting.pk)).content.decode()
    assert "name hidden" in page
    assert str(floor.operator) not in page


def test_what_people_write_stays_text(client, floor, meeting):
    item = meeting.items.get()
    client.force_login(floor.leader)
    evil = "<script>alert(1)</script>"
    client.post(url("meeting_item", item.pk), form_of(client, item) | {f"item{item.pk}-decision": evil})
    services.meeting_end(meeting=meeting, note=evil, actor=floor.leader, now=NOW)
    page = client.get(url("meeting", meeting.pk)).content.decode()
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_an_action_is_made_on_the_spot_or_says_what_it_lacks(client, floor, meeting):
    item = meeting.items.get()
    client.force_login(floor.leader)
    address = url("meeting_item_action", item.pk)
    assert client.get(address, **HTMX).content.decode().strip().startswith("<form")
    said = {
        "title": "New hook",
        "owner": floor.operator.pk,
        "due": day(2).isoformat(),
        "dimension": "hse",
        "principle": 1,
    }
    no_owner = client.post(address, said | {"owner": ""}).content.decode()
    assert "An action without an owner is not done" in no_owner
    assert "New hook" in no_owner
    beside = client.post(address, said | {"owner": ""}, **HTMX)
    assert (beside["HX-Retarget"], beside.content.decode().strip()[:5]) == (f"#item-{item.pk}-new", "<form")
    assert "This date has passed" in client.post(address, said | {"due": day(-1).isoformat()}).content.decode()
    assert client.post(address, said).status_code == 302
    made = item.actions.get()
    assert (made.title, made.owner, made.source) == ("New hook", floor.operator, "meeting")
    assert "decided here" in client.get(url("meeting", meeting.pk)).content.decode()


def test_a_matter_may_be_about_an_indicator(client, floor, meeting):
    item = meeting.items.get()
    indicator = Indicator.objects.create(
        code="O05", name_en="Covering", name_nb="Dekking", kind="conformity", level="execution", dimension="quality",
        direction="up", cadences=["day"],
    )  # fmt: skip
    client.force_login(floor.leader)
    address = reverse("kpis:item_indicator", args=[item.pk])
    wrong = client.post(address, {"indicator": "Z99 Nothing"}, **HTMX).content.decode()
    assert "There is no indicator “Z99 Nothing”" in wrong
    assert not ItemIndicator.objects.exists()
    client.post(address, {"indicator": "o05"}, **HTMX)
    assert ItemIndicator.objects.get().indicator == indicator
    assert "Covering" in client.get(address, **HTMX).content.decode()
    client.post(address, {"indicator": ""})
    assert not ItemIndicator.objects.exists()


def test_a_meeting_can_be_left_and_taken_up_again(client, floor: Floor, meeting):
    item = meeting.items.get()
    client.force_login(floor.leader)
    client.post(url("meeting_item", item.pk), form_of(client, item) | {f"item{item.pk}-question": "Why late?"})
    client.logout()
    client.force_login(floor.lead)
    page = client.get(url("meeting", meeting.pk)).content.decode()
    assert "Why late?" in page
    said = {f"item{item.pk}-decision": "Ask the harbour"}
    client.post(url("meeting_item", item.pk), said)
    item.refresh_from_db()
    assert (item.question, item.decision) == ("Why late?", "Ask the harbour")
    assert meeting.ended_at is None


def test_a_person_is_put_on_the_list_without_the_rest_of_the_page(client, floor, meeting):
    client.force_login(floor.leader)
    answer = client.post(url("meeting_attend", meeting.pk), {"person": floor.mate.pk, "capacity": "Customer"}, **HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.lstrip().startswith('<section class="panel people-panel" id="people"')
    assert "<html" not in html
    assert "<article" not in html
    assert f"{floor.mate.name} is on the list" in html
    assert meeting.attendances.get(person=floor.mate).capacity == "Customer"
    # Every matter on the page offers them from now on.
    offered = f'<option value="{floor.mate.pk}">{floor.mate}</option></select>'
    assert f'<select hx-swap-oob="beforeend:select.those-there">{offered}' in html
    page = client.get(url("meeting", meeting.pk)).content.decode()
    assert page.count('class="those-there"') == 2 * meeting.items.count()
    # Noted again in another capacity, they are not offered twice.
    again = client.post(url("meeting_attend", meeting.pk), {"person": floor.mate.pk, "capacity": "Guest"}, **HTMX)
    assert "hx-swap-oob" not in again.content.decode()
    assert "Guest" in again.content.decode()


def test_a_person_is_taken_off_the_list_without_the_rest_of_the_page(client, floor, meeting):
    client.force_login(floor.leader)
    there = meeting.attendances.get(person=floor.operator)
    html = client.post(url("meeting_unattend", there.pk), **HTMX).content.decode()
    assert "<html" not in html
    assert f"{floor.operator.name} is taken off the list" in html
    assert f"delete:select.those-there option[value='{floor.operator.pk}']" in html
    assert not meeting.attendances.filter(person=floor.operator).exists()


def test_without_matters_nothing_else_on_the_page_is_touched(client, floor, meeting):
    meeting.items.all().delete()
    client.force_login(floor.leader)
    html = client.post(url("meeting_attend", meeting.pk), {"person": floor.mate.pk}, **HTMX).content.decode()
    assert "hx-swap-oob" not in html
    assert floor.mate.name in html


@pytest.mark.parametrize("htmx", [True, False])
def test_nobody_chosen_is_told_at_the_field(client, floor, meeting, htmx):
    client.force_login(floor.leader)
    answer = client.post(url("meeting_attend", meeting.pk), {"capacity": "Customer"}, **(HTMX if htmx else {}))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Choose a person." in html
    assert 'value="Customer"' in html
    assert ("<html" in html) is not htmx


def test_without_javascript_the_page_comes_again_at_the_list(client, floor, meeting):
    client.force_login(floor.leader)
    answer = client.post(url("meeting_attend", meeting.pk), {"person": floor.mate.pk})
    assert answer["Location"] == url("meeting", meeting.pk) + "#people"
    there = meeting.attendances.get(person=floor.mate)
    answer = client.post(url("meeting_unattend", there.pk))
    assert answer["Location"] == url("meeting", meeting.pk) + "#people"


def test_who_has_answered_stays_on_the_list_and_is_told_why(client, floor, meeting):
    MeetingItem.objects.filter(meeting=meeting).update(answered_by=floor.operator, answer="Fed by hand")
    client.force_login(floor.leader)
    there = meeting.attendances.get(person=floor.operator)
    answer = client.post(url("meeting_unattend", there.pk), **HTMX)
    assert answer["HX-Refresh"] == "true"
    assert meeting.attendances.filter(person=floor.operator).exists()
