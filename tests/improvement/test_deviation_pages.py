"""Deviations as people meet them: the list, the form, the page from seen to closed."""

from __future__ import annotations

import datetime as dt
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from principles.improvement.models import Carry, Deviation
from principles.improvement.services.deviations import deviation_close, deviation_reopen
from principles.teams.models import Role, User
from tests import factories as make
from tests.improvement.floor import NOW, TODAY, Floor, day

pytestmark = pytest.mark.usefixtures("clock")
LIST = "/together/improvement/deviations/"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def page(deviation: Deviation, part: str = "deviation") -> str:
    return reverse(f"improvement:{part}", args=[deviation.pk])


NEW = {
    "title": "Hood is loose",
    "unit": "EL1",
    "equipment": "1002",
    "occurred_at": "2026-03-11T14:10",
    "severity": "high",
    "dimension": "hse",
    "immediate_action": "Roped off",
}


def test_a_deviation_is_opened_by_phone(floor: Floor):
    client = signed_in(floor.operator)
    form = client.get(f"{LIST}new/?unit=EL1&equipment=1002")
    assert 'value="1002"' in text_of(form)
    assert 'value="2026-03-11T15:30"' in text_of(form)
    answer = client.post(f"{LIST}new/", NEW)
    made = Deviation.objects.get()
    assert answer.headers["Location"] == page(made)
    assert (made.title, made.equipment, made.severity, made.dimension) == (
        "Hood is loose",
        floor.plant.cells[1],
        "high",
        "hse",
    )
    assert made.occurred_at == make.oslo("2026-03-11 14:10")
    assert made.shift is not None
    assert (made.shift.number, made.contained_by) == (2, floor.operator)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Say in a few words what is wrong."),
        ({"equipment": "4711"}, "There is no equipment “4711” in the plant."),
        ({"equipment": "1002", "unit": "EL2"}, "This equipment does not stand in the unit you chose."),
        ({"occurred_at": "2026-03-12T10:00"}, "This time is still to come."),
        ({"severity": "awful"}, "Select a valid choice"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(floor: Floor, changes, sentence):
    answer = signed_in(floor.leader if "unit" not in changes else floor.maintenance).post(
        f"{LIST}new/", NEW | {"description": "It shakes"} | changes
    )
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert "It shakes" in text_of(answer)
    assert "Roped off" in text_of(answer)
    assert not Deviation.objects.exists()


def test_a_closed_unit_is_not_offered_and_is_refused(floor: Floor):
    kept = floor.deviation()
    floor.area.closed = TODAY
    floor.area.save()
    client = signed_in(floor.maintenance)
    answer = client.post(f"{LIST}new/", NEW | {"equipment": ""})
    assert answer.status_code == 200
    assert Deviation.objects.count() == 1
    assert "is out of use. What happened there stays." in text_of(client.get(page(kept)))


def test_what_people_write_is_text_and_nothing_else(floor: Floor):
    deviation = floor.deviation(title="<script>alert(1)</script>", description="<b>bold</b>\nnext")
    html = signed_in(floor.operator).get(page(deviation)).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;bold&lt;/b&gt;<br>next" in html
    assert "<script>alert" not in signed_in(floor.operator).get(LIST).content.decode()


def test_who_reported_is_hidden_and_who_follows_up_is_not(floor: Floor):
    floor.mate.name = "Kari Observer"
    floor.mate.save()
    deviation = floor.deviation(actor=floor.mate, owner=floor.lead)
    seen = text_of(signed_in(floor.operator).get(page(deviation)))
    assert "Kari Observer" not in seen
    assert "name hidden" in seen
    assert str(floor.lead) in seen
    assert "Kari Observer" in text_of(signed_in(floor.lead).get(page(deviation)))
    assert "Kari Observer" in text_of(signed_in(floor.mate).get(page(deviation)))
    # from another part of the plant the owner's name is hidden, too
    elsewhere = text_of(signed_in(floor.outsider).get(page(deviation)))
    assert str(floor.lead) not in elsewhere


def test_somebody_without_a_role_sees_nothing(floor: Floor):
    client = signed_in(make.make_user("nobody"))
    for address in (LIST, page(floor.deviation()), "/together/improvement/actions/mine/"):
        assert client.get(address).status_code == 403


def test_the_list_filters_by_unit_state_severity_and_words(floor: Floor):
    floor.deviation(title="Ours", severity="high")
    floor.deviation(title="Theirs", unit=floor.plant.st1, equipment=None, actor=floor.outsider)
    late = floor.deviation(title="Late one", due=TODAY)
    Deviation.objects.filter(pk=late.pk).update(due=day(-3))
    client = signed_in(floor.lead)

    def titles(query: str) -> list[str]:
        return [row["deviation"].title for row in client.get(LIST + query).context["rows"]]

    assert sorted(titles("?unit=EL1")) == ["Late one", "Ours"]
    assert sorted(titles("?unit=VERK")) == ["Late one", "Ours", "Theirs"]
    assert titles("?unit=EL1&severity=high") == ["Ours"]
    assert titles("?unit=EL1&overdue=1") == ["Late one"]
    assert titles(f"?unit=VERK&q=a-{late.pk}") == ["Late one"]
    assert sorted(titles("?unit=VERK&q=1001")) == ["Late one", "Ours"]
    assert titles("?unit=EL1&sort=title") == ["Late one", "Ours"]
    assert titles("?unit=EL1&sort=-title") == ["Ours", "Late one"]
    assert titles("?unit=EL1&state=closed") == []
    assert "Nothing matches" in text_of(client.get(f"{LIST}?unit=EL1&state=closed"))
    # what the address names wrongly is passed over
    assert len(titles("?unit=EL1&state=nonsense&severity=x&sort=drop&page=99")) == 2
    assert client.get(f"{LIST}?unit=EL1").context["counts"] == {
        "open": 2,
        "overdue": 1,
        "high": 1,
        "verifying": 0,
        "closed": 0,
    }
    assert "overdue since" in text_of(client.get(f"{LIST}?unit=EL1"))


def test_mine_are_those_i_reported_follow_up_or_act_in(floor: Floor):
    acted = floor.deviation(title="Acted", actor=floor.lead)
    floor.action(acted, owner=floor.mate)
    floor.action(acted, owner=floor.mate)
    floor.deviation(title="Owned", actor=floor.lead, owner=floor.mate)
    floor.deviation(title="Reported", actor=floor.mate)
    floor.deviation(title="Foreign", actor=floor.lead)
    rows = signed_in(floor.mate).get(f"{LIST}?unit=EL1&mine=1&sort=title").context["rows"]
    assert [row["deviation"].title for row in rows] == ["Acted", "Owned", "Reported"]


def test_from_seen_to_closed_on_the_page(floor: Floor):
    deviation = floor.deviation()
    client = signed_in(floor.lead)

    def send(part: str, **data: str):
        deviation.refresh_from_db()
        return client.post(page(deviation, f"deviation_{part}"), {"version": deviation.version, **data})

    def shown() -> str:
        return text_of(client.get(page(deviation)))

    early = send("close", words="Let us close it")
    assert "Say what was done at once to contain it." in text_of(early)
    assert "Let us close it" in text_of(early)
    assert 'action="' + page(deviation, "deviation_close") not in shown()
    assert send("contain", words="Fed by hand").status_code == 302
    whys = {"why1-answer": "It is stuck", "why1-evidence": "fact", "why2-answer": "The chute is worn"}
    assert send("whys", **whys).status_code == 302
    assert "The chute is worn <b>– therefore</b> It is stuck" in shown()
    assert "Choose what it means for the standard." in text_of(send("cause", root_cause="Worn"))
    assert send("cause", root_cause="Nobody looks", kind="not_followed").status_code == 302
    assert "Take away what stands in the way" in shown()
    new = client.post(
        f"/together/improvement/actions/new/?deviation={deviation.pk}",
        {"title": "Look", "owner": floor.operator.pk, "due": day(3), "dimension": "quality", "principle": "1"},
    )
    assert new.headers["Location"] == page(deviation) + "#actions"
    action = deviation.actions.get()
    assert (action.source, action.equipment) == ("deviation", floor.plant.cells[0])
    assert "The effect of T-" in shown()
    floor.done(action)
    assert send("close", words="It runs").status_code == 302
    deviation.refresh_from_db()
    assert deviation.state == "closed"
    assert "It runs" in shown()
    # nothing can be sent to it any more, and nothing typed is lost in silence
    assert "This deviation is closed." in text_of(send("contain", words="More"))
    assert send("reopen", reason="It came back").status_code == 302
    assert "Opened again" in shown()


def test_nobody_overwrites_what_they_have_not_seen(floor: Floor):
    deviation = floor.deviation()
    first, second = signed_in(floor.lead), signed_in(floor.leader)
    old = {"version": 1, "root_cause": "Mine", "kind": "wrong"}
    assert first.post(page(deviation, "deviation_cause"), old | {"root_cause": "First"}).status_code == 302
    answer = second.post(page(deviation, "deviation_cause"), old)
    assert "Somebody else has changed this since you opened it." in text_of(answer)
    assert "Mine" in text_of(answer)
    # sent again from the page that says so, it is stored
    assert 'id="v-cause" value="2"' in answer.content.decode()
    assert second.post(page(deviation, "deviation_cause"), old | {"version": 2}).status_code == 302
    deviation.refresh_from_db()
    assert deviation.root_cause == "Mine"


def test_the_whys_can_be_saved_in_place(floor: Floor):
    deviation = floor.deviation()
    answer = signed_in(floor.operator).post(
        page(deviation, "deviation_whys"),
        {"version": 1, "why1-answer": "Stuck", "why1-evidence": "observed"},
        headers={"HX-Request": "true"},
        follow=True,
    )
    assert 'id="v-whys" value="2"' in answer.content.decode()
    too_long = signed_in(floor.operator).post(
        page(deviation, "deviation_whys"), {"version": 2, "why1-answer": "x" * 301, "why1-evidence": "observed"}
    )
    assert "at most 300 characters" in text_of(too_long)


def test_changing_words_and_owner(floor: Floor):
    deviation = floor.deviation()
    lead = signed_in(floor.lead)
    sent = {
        "title": "The feeder stands still",
        "equipment": "1003",
        "occurred_at": "2026-03-11T14:30",
        "severity": "low",
        "dimension": "volume",
        "owner": floor.lead.pk,
        "due": day(4),
        "version": 1,
    }
    assert "This date has passed." in text_of(lead.post(page(deviation, "deviation_edit"), sent | {"due": day(-1)}))
    floor.mate.is_active = False
    floor.mate.save()
    left = lead.post(page(deviation, "deviation_edit"), sent | {"owner": floor.mate.pk})
    assert "This person has left." in text_of(left)
    elsewhere = lead.post(page(deviation, "deviation_edit"), sent | {"owner": floor.outsider.pk})
    assert "This person has no role in the unit" in text_of(elsewhere)
    assert lead.post(page(deviation, "deviation_edit"), sent).status_code == 302
    deviation.refresh_from_db()
    assert deviation.equipment is not None
    assert (deviation.title, deviation.equipment.code, deviation.owner) == (sent["title"], "1003", floor.lead)
    # the reporter may put words right, but does not choose the owner
    mine = signed_in(floor.operator).get(page(deviation, "deviation_edit"))
    assert mine.status_code == 200
    assert "Followed up by" not in text_of(mine)
    assert signed_in(floor.mate).get(page(deviation, "deviation_edit")).status_code in (302, 403)


def test_the_timeline_tells_carries_escalations_and_openings_anew(floor: Floor):
    deviation = floor.explained(floor.contained(floor.deviation()))
    for number in (1, 2):
        Carry.objects.create(
            deviation=deviation, unit=floor.area, cadence="shift", first=TODAY, number=number,
            from_arena="shift", to_arena="shift", at=NOW + dt.timedelta(hours=number),
        )  # fmt: skip
    Carry.objects.create(
        deviation=deviation, unit=floor.area, cadence="shift", first=TODAY, number=3, escalated=True,
        from_arena="shift", to_arena="morning", reason="overdue", at=NOW + dt.timedelta(hours=3),
    )  # fmt: skip
    deviation_close(deviation=deviation, words="Closed too early", actor=floor.lead, now=NOW)
    deviation_reopen(deviation=deviation, reason="Back again", actor=floor.lead, now=NOW)
    seen = text_of(signed_in(floor.operator).get(page(deviation)))
    assert "Still open after: Shift meeting, 2 times" in seen
    assert "Escalated to: Morning meeting" in seen
    assert "overdue" in seen
    assert "Closed too early" in seen
    assert "Back again" in seen


def test_the_pages_cost_the_same_for_one_and_for_many(floor: Floor, django_assert_max_num_queries):
    deviation = floor.deviation(owner=floor.lead)
    client = signed_in(floor.lead)
    client.get(f"{LIST}?unit=EL1")
    with django_assert_max_num_queries(14):
        client.get(f"{LIST}?unit=EL1")
    for number in range(30):
        floor.deviation(title=f"Number {number}", owner=floor.lead, equipment=floor.plant.cells[number % 6])
    with django_assert_max_num_queries(14):
        client.get(f"{LIST}?unit=EL1")
    floor.action(deviation)
    with django_assert_max_num_queries(19):
        client.get(page(deviation))
    for _ in range(12):
        floor.action(deviation, owner=floor.maintenance)
    with django_assert_max_num_queries(19):
        client.get(page(deviation))


def test_the_customer_reads_and_changes_nothing(floor: Floor):
    deviation = floor.deviation()
    client = signed_in(make.make_person(Role.CUSTOMER, floor.plant.casthouse, "customer"))
    html = text_of(client.get(page(deviation)))
    assert "<form" not in html.split('id="content"')[1]
    assert client.get(f"{LIST}new/").status_code == 403
