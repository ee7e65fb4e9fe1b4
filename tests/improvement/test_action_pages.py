"""Actions as people meet them: mine on a phone, the unit's list, the page with its loop."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from principles.improvement.models import Action
from principles.teams.models import User
from tests.improvement.floor import TODAY, Floor, day

pytestmark = pytest.mark.usefixtures("clock")
LIST = "/together/improvement/actions/"
MINE = f"{LIST}mine/"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def page(action: Action, part: str = "action") -> str:
    return reverse(f"improvement:{part}", args=[action.pk])


def test_what_is_overdue_comes_first_and_one_tap_takes_it_on(floor: Floor):
    soon = floor.action(title="Soon")
    late = floor.action(title="Late", due=TODAY)
    Action.objects.filter(pk=late.pk).update(due=day(-2))
    floor.action(title="Another's", owner=floor.mate)
    client = signed_in(floor.operator)
    first = client.get(MINE)
    assert [card["action"].title for card in first.context["cards"]] == ["Late", "Soon"]
    assert "1 is overdue." in text_of(first)
    answer = client.post(page(soon, "action_move"), {"to": "do", "version": 1, "next": MINE}, follow=True)
    assert answer.redirect_chain == [(MINE, 302)]
    assert f"T-{soon.pk} stands at Do now." in text_of(answer)
    # the same tap again, from an old page
    again = client.post(page(soon, "action_move"), {"to": "do", "version": 1, "next": MINE})
    assert "Somebody else has changed this since you opened it." in text_of(again)


def test_the_way_back_stays_in_the_house(floor: Floor):
    action = floor.action()
    answer = signed_in(floor.operator).post(
        page(action, "action_move"), {"to": "do", "version": 1, "next": "https://elsewhere.example/"}
    )
    assert answer.headers["Location"] == page(action)


def test_only_the_owner_and_who_plans_there_take_it_on(floor: Floor):
    action = floor.action()
    for person in (floor.mate, floor.outsider):
        answer = signed_in(person).post(page(action, "action_move"), {"to": "do", "version": 1})
        assert answer.status_code == 403
    assert signed_in(floor.maintenance).post(page(action, "action_move"), {"to": "do", "version": 1}).status_code == 302
    action.refresh_from_db()
    assert action.state == "do"


def test_the_loop_on_the_page(floor: Floor):
    action = floor.action()
    owner, lead = signed_in(floor.operator), signed_in(floor.lead)
    assert "Begin" in text_of(owner.get(page(action)))
    owner.post(page(action, "action_move"), {"to": "do", "version": 1})
    owner.post(page(action, "action_move"), {"to": "check", "version": 2, "note": "New chute"})
    at_check = text_of(owner.get(page(action)))
    assert "New chute" in at_check
    assert "bring the standard in line" not in at_check
    skipped = owner.post(page(action, "action_move"), {"to": "act", "version": 3})
    assert "First say what the effect is." in text_of(skipped)
    assert "Choose what the effect is." in text_of(lead.post(page(action, "action_verify"), {"version": 3}))
    lead.post(page(action, "action_verify"), {"version": 3, "verdict": "no_change", "words": "Still stuck"})
    back = text_of(owner.get(page(action)))
    assert "Still stuck" in back
    assert "bring the standard in line" not in back
    owner.post(page(action, "action_move"), {"to": "plan", "version": 4, "note": "Wider chute"})
    looped = text_of(owner.get(page(action)))
    assert "This is loop 2" in looped
    assert "Loop 1: No change. Still stuck" in looped
    for version, to in ((5, "do"), (6, "check")):
        owner.post(page(action, "action_move"), {"to": to, "version": version})
    lead.post(page(action, "action_verify"), {"version": 7, "verdict": "better", "words": "Runs for a week"})
    assert "It worked: bring the standard in line" in text_of(owner.get(page(action)))
    for version, to in ((8, "act"), (9, "done")):
        assert owner.post(page(action, "action_move"), {"to": to, "version": version}).status_code == 302
    action.refresh_from_db()
    assert (action.state, action.loop) == ("done", 2)
    assert "Begin" not in text_of(owner.get(page(action)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"owner": ""}, "An action without an owner is not done."),
        ({"due": "2026-03-01"}, "This date has passed."),
        ({"due": ""}, "Choose when it is due."),
        ({"due": "soon"}, "Enter a valid date."),
        ({"title": " "}, "Write a few words."),
    ],
)
def test_a_wrong_form_says_so_at_the_field_and_keeps_the_rest(floor: Floor, changes, sentence):
    sent = {
        "title": "Look at it",
        "owner": floor.operator.pk,
        "due": "2026-03-20",
        "goal": "No stops",
        "dimension": "quality",
        "principle": "1",
    }
    answer = signed_in(floor.lead).post(f"{LIST}new/?unit=EL1", sent | changes)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert "No stops" in text_of(answer)
    assert not Action.objects.exists()
    assert signed_in(floor.lead).post(f"{LIST}new/?unit=EL1", sent).status_code == 302


def test_owners_are_offered_with_their_role_and_only_those_who_work_here(floor: Floor):
    form = signed_in(floor.lead).get(f"{LIST}new/?unit=EL1").context["form"]
    offered = [label for _value, label in form.fields["owner"].choices]
    assert f"{floor.operator} (Operator)" in offered
    assert f"{floor.maintenance} (Maintenance)" in offered
    assert not any(str(floor.outsider) in label for label in offered)


def test_moving_the_date_on_the_page(floor: Floor):
    action = floor.action()
    lead = signed_in(floor.lead)
    sent = {
        "title": action.title,
        "owner": floor.operator.pk,
        "due": str(day(30)),
        "dimension": "quality",
        "principle": "1",
        "version": "1",
    }
    assert "Say why." in text_of(lead.post(page(action, "action_edit"), sent))
    assert lead.post(page(action, "action_edit"), sent | {"reason": "Waits for a part"}).status_code == 302
    seen = text_of(lead.get(page(action)))
    assert "The date was moved" in seen
    assert "Waits for a part" in seen
    assert "at first 18" in seen


def test_an_overdue_action_can_be_changed_without_moving_its_date(floor: Floor):
    action = floor.action(due=TODAY)
    Action.objects.filter(pk=action.pk).update(due=day(-5))
    sent = {
        "title": "Clearer words",
        "owner": floor.operator.pk,
        "due": str(day(-5)),
        "dimension": "quality",
        "principle": "2",
        "version": "1",
    }
    assert signed_in(floor.lead).post(page(action, "action_edit"), sent).status_code == 302


def test_an_action_whose_owner_has_left_is_given_to_another(floor: Floor):
    action = floor.action(owner=floor.mate)
    floor.mate.is_active = False
    floor.mate.save()
    lead = signed_in(floor.lead)
    assert "Its owner has left." in text_of(lead.get(page(action)))
    sent = {
        "title": action.title,
        "owner": floor.operator.pk,
        "due": str(action.due),
        "dimension": "quality",
        "principle": "1",
        "version": "1",
    }
    assert lead.post(page(action, "action_edit"), sent).status_code == 302
    assert "Its owner has left." not in text_of(lead.get(page(action)))


def test_calling_off(floor: Floor):
    action = floor.action()
    lead = signed_in(floor.lead)
    assert "Say why." in text_of(lead.post(page(action, "action_cancel"), {"version": 1}))
    assert lead.post(page(action, "action_cancel"), {"version": 1, "reason": "Bought a new one"}).status_code == 302
    seen = text_of(lead.get(page(action)))
    assert "Bought a new one" in seen
    assert lead.get(page(action, "action_edit")).status_code == 302


def test_the_units_list(floor: Floor):
    floor.action(title="Ours")
    floor.action(title="Plant's", unit=floor.plant.plant, owner=floor.maintenance)
    late = floor.action(floor.deviation(), title="Late", due=TODAY)
    Action.objects.filter(pk=late.pk).update(due=day(-2))
    client = signed_in(floor.lead)

    def titles(query: str) -> list[str]:
        return [row["action"].title for row in client.get(LIST + query).context["rows"]]

    assert titles("?unit=EL1") == ["Late", "Ours"]
    assert sorted(titles("?unit=VERK")) == ["Late", "Ours", "Plant's"]
    assert titles("?unit=EL1&source=deviation") == ["Late"]
    assert titles("?unit=EL1&overdue=1") == ["Late"]
    assert titles("?unit=EL1&mine=1") == []
    assert titles(f"?unit=EL1&q=t-{late.pk}") == ["Late"]
    assert client.get(f"{LIST}?unit=EL1").context["counts"] == {"open": 2, "overdue": 1, "check": 0, "done": 0}


def test_the_pages_cost_the_same_for_one_and_for_many(floor: Floor, django_assert_max_num_queries):
    floor.action()
    client = signed_in(floor.operator)
    client.get(MINE)
    for count in (0, 25):
        for number in range(count):
            floor.action(title=f"Number {number}")
        with django_assert_max_num_queries(16):
            client.get(MINE)
        with django_assert_max_num_queries(16):
            client.get(f"{LIST}?unit=EL1")
