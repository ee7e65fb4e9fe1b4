"""The morning meeting of the sources (F049-F051), played through the pages: K-304 is closed with the customer there."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from principles.improvement.models import Action, Deviation, ItemOutcome, Meeting
from principles.improvement.services import actions, deviations
from principles.teams.models import Role
from tests.factories import make_equipment, make_person, oslo

MORNING = oslo("2026-03-12 07:30")
EARLIER = oslo("2026-03-10 09:00")

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(floor):
    """Who was there (F050)."""
    electrolysis, el1 = floor.plant.electrolysis, floor.plant.el1
    return {
        "leader": make_person(Role.AREA_LEADER, electrolysis, "leads"),
        "operator": make_person(Role.OPERATOR, el1, "operates"),
        "electrician": make_person(Role.MAINTENANCE, floor.plant.plant, "electrician"),
        "mason": make_person(Role.MAINTENANCE, floor.plant.plant, "mason"),
        "support": make_person(Role.SUPPORT, floor.plant.plant, "supports"),
        "customer": make_person(Role.CUSTOMER, floor.plant.casthouse, "buys"),
    }


@pytest.fixture
def k304(floor, people) -> tuple[Deviation, Action]:
    """The temperature at K-304 was off two days ago; a new transmitter was agreed upon, to be there today."""
    tag = make_equipment("K-304", parent=floor.plant.el1, equipment_type="measuring_point")
    deviation = deviations.deviation_open(
        title="Temperature at K-304 jumps",
        unit=floor.plant.el1,
        equipment=tag,
        occurred_at=EARLIER,
        immediate_action="Measured by hand every hour",
        actor=people["operator"],
        now=EARLIER,
    )
    deviation.arena = "morning"
    deviation.save()
    deviations.cause_record(
        deviation=deviation,
        kind="other",
        category="measurement",
        root_cause="The temperature transmitter is unstable",
        actor=people["leader"],
        now=EARLIER,
    )
    action = actions.action_add(
        title="Replace the temperature transmitter",
        unit=floor.plant.el1,
        equipment=tag,
        owner=people["electrician"],
        due=dt.date(2026, 3, 12),
        deviation=deviation,
        actor=people["leader"],
        now=EARLIER,
    )
    actions.action_move(action=action, to="do", actor=people["electrician"], now=EARLIER)
    return deviation, action


def send(client: Client, name: str, args: list[int], **data: object) -> str:
    """Send a form of the page as a browser without scripts does, and read the page that it leads to."""
    answer = client.post(reverse(f"improvement:{name}", args=args), data, follow=True)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_morning_meeting_on_k304_is_played_through(client, people, k304):
    deviation, action = k304
    client.force_login(people["leader"])
    with time_machine.travel(MORNING, tick=False):
        send(client, "meeting_new", [], arena="morning", unit="ELK", held_on="2026-03-12")
        meeting = Meeting.objects.get()
        for name, capacity in (
            ("operator", "Operator"),
            ("support", "Process support"),
            ("electrician", "Electrical maintenance"),
            ("mason", "Masonry maintenance"),
            ("customer", "Customer"),
        ):
            send(client, "meeting_attend", [meeting.pk], person=people[name].pk, capacity=capacity)
        item = meeting.items.get()  # the deviation came along, and with it its action
        assert item.deviation == deviation
        page = client.get(reverse("improvement:meeting", args=[meeting.pk])).content.decode()
        assert "Replace the temperature transmitter" in page
        assert "Masonry maintenance" in page

        field = f"item{item.pk}-"
        refused = send(client, "meeting_item_close", [item.pk], words="Seems fine")
        assert "has not ended" in refused
        assert Deviation.objects.get().is_open

        send(
            client,
            "meeting_item",
            [item.pk],
            **{
                f"{field}question": "What about the transmitter at K-304?",
                f"{field}answer": "Replaced. The loop is checked and its accuracy approved.",
                f"{field}answered_by": people["electrician"].pk,
            },
        )
        action.refresh_from_db()
        move = [item.pk, action.pk]
        send(client, "meeting_item_move", move, to="check", note="Transmitter replaced", version=action.version)
        action.refresh_from_db()
        assert action.state == "check"

        # Who answered can't confirm it; a third person does, from the temperature log.
        same = {f"{field}confirmation": "Looks good", f"{field}confirmed_by": people["electrician"].pk}
        assert "answered can&#x27;t confirm it" in send(client, "meeting_item", [item.pk], **same)
        log = "The temperature log shows a steady value since noon yesterday"
        other = {f"{field}confirmation": log, f"{field}confirmed_by": people["operator"].pk}
        send(client, "meeting_item", [item.pk], **other)
        item.refresh_from_db()
        assert (item.outcome, item.confirmed_by) == (ItemOutcome.CONFIRMED, people["operator"])

        send(client, "meeting_item_move", move, words=log, verdict="better", version=action.version)
        for to in ("act", "done"):
            action.refresh_from_db()
            send(client, "meeting_item_move", move, to=to, note="", version=action.version)
        send(client, "meeting_item_close", [item.pk], words="Steady, and the customer agrees")
        send(client, "meeting_end", [meeting.pk], note="")

    deviation.refresh_from_db()
    item.refresh_from_db()
    meeting.refresh_from_db()
    assert (deviation.closed_at, deviation.closed_by) == (MORNING, people["leader"])
    assert deviation.closing_words == "Steady, and the customer agrees"
    assert (item.outcome, item.decision) == (ItemOutcome.DECIDED, "Steady, and the customer agrees")
    assert meeting.ended_at == MORNING
    assert meeting.attendances.get(person=people["customer"]).capacity == "Customer"

    # What was decided stays readable, also for the customer.
    client.force_login(people["customer"])
    with time_machine.travel(MORNING + dt.timedelta(days=30), tick=False):
        kept = client.get(reverse("improvement:meeting", args=[meeting.pk])).content.decode()
    assert "Replaced. The loop is checked" in kept
    assert log in kept
    assert "<textarea" not in kept
