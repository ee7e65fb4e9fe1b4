"""The page on which somebody chooses what a point adds up to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from amps.models import AuditEntry
from kpis.feeding import FedAlready
from kpis.models import IndicatorPoint
from sops.models import ObservationPoint, SopPoint
from tests.kpis.leader import text_of
from tests.kpis.world import make_indicator, make_point

pytestmark = pytest.mark.django_db


def page(point: str = "a") -> str:
    return f"/standards/points/{point}/feeds/"


def test_the_page_lists_adds_and_takes_away(leader_client, leader):
    text = text_of(leader_client.get(page()).content.decode())
    assert "O03" in text
    answer = leader_client.post(page(), {"indicator": "O05", "weight": "2,5"}, follow=True)
    assert answer.redirect_chain == [(page(), 302)]
    assert "O05 O05 counts this point now." in text_of(answer.content.decode())
    assert "figures are worked out anew." in text_of(answer.content.decode())
    assert IndicatorPoint.objects.get(indicator=leader.covering, point=leader.a).weight == Decimal("2.5")
    entry = AuditEntry.objects.get(action="point.feed_added")
    assert (entry.actor_name, entry.target_label) == ("Astrid Leader", "a")
    assert entry.after == {"indicator": "O05", "weight": "2.5"}

    answer = leader_client.post(f"{page()}O05/remove/", follow=True)
    assert answer.redirect_chain == [(page(), 302)]
    assert "O05 O05 does not count this point any more." in text_of(answer.content.decode())
    assert not IndicatorPoint.objects.filter(indicator=leader.covering, point=leader.a).exists()
    assert AuditEntry.objects.get(action="point.feed_removed").before == {"indicator": "O05", "weight": "2.5000"}


def test_what_is_taken_away_with_htmx_loads_the_page_again(leader_client):
    answer = leader_client.post(f"{page()}O03/remove/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, page())


def test_taken_away_twice_is_told(leader_client):
    text = text_of(leader_client.post(f"{page()}O05/remove/", follow=True).content.decode())
    assert "O05 O05 does not count this point any more." in text
    assert not AuditEntry.objects.filter(action="point.feed_removed").exists()


def offered(answer) -> set[str]:
    return set(answer.context["form"].offered)


def test_only_what_can_count_the_point_is_offered(leader_client, leader):
    make_indicator("O40", active=False)
    assert offered(leader_client.get(page("a"))) == {"O05"}
    assert offered(leader_client.get(page("b"))) == set()
    assert "No other indicator can count this point." in leader_client.get(page("b")).content.decode()
    answer = leader_client.get(page("fe"))
    assert offered(answer) == set()
    assert "The point has no limits" in answer.content.decode()
    ObservationPoint.objects.filter(code="fe").update(minimum=1)
    assert offered(leader_client.get(page("fe"))) == {"O03", "O05"}


def test_a_weight_is_asked_only_where_it_counts(leader_client, leader):
    assert 'type="hidden" name="weight" value="1"' not in leader_client.get(page("a")).content.decode()
    IndicatorPoint.objects.filter(point=leader.ae).delete()
    text = leader_client.get(page("ae")).content.decode()
    assert 'type="hidden" name="weight" value="1"' in text
    leader_client.post(page("ae"), {"indicator": "P01", "weight": "1"})
    assert IndicatorPoint.objects.get(point=leader.ae).weight == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"weight": "0"}, "Write a weight above 0"),
        ({"weight": "-1"}, "Write a weight above 0"),
        ({"weight": "10001"}, "Write a weight above 0"),
        ({"weight": "1,00001"}, "Write a weight above 0"),
        ({"weight": "1e308"}, "The number is too large."),
        ({"weight": "heavy"}, "Write a number"),
        ({"weight": ""}, "This field is required."),
        ({"indicator": ""}, "Choose an indicator."),
        ({"indicator": "K05"}, "This indicator can&#x27;t count this point."),
        ({"indicator": "O20"}, "This indicator can&#x27;t count this point."),
        ({"indicator": "S03"}, "This indicator can&#x27;t count this point."),
        ({"indicator": "NONE"}, "This indicator can&#x27;t count this point."),
        ({"indicator": "O03"}, "The point counts there already."),
    ],
)
def test_bad_input_is_told_and_changes_nothing(leader_client, changed, sentence):
    known = set(IndicatorPoint.objects.values_list("indicator", "point", "weight"))
    answer = leader_client.post(page(), {"indicator": "O05", "weight": "1", **changed})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert set(IndicatorPoint.objects.values_list("indicator", "point", "weight")) == known


def test_a_second_person_is_told_that_somebody_was_quicker(leader_client, monkeypatch):
    def quicker(**named):
        raise FedAlready

    monkeypatch.setattr("kpis.views.feeds.feed_add", quicker)
    answer = leader_client.post(page(), {"indicator": "O05", "weight": "1"})
    assert answer.status_code == 200
    assert "The point counts there already." in answer.content.decode()


@pytest.mark.parametrize("who", ["operator", "neighbour"])
def test_who_may_not_edit_the_point_is_refused(client, leader, who):
    client.force_login(leader.people[who])
    assert client.get(page()).status_code == 403
    assert client.post(page(), {"indicator": "O05", "weight": "1"}).status_code == 403
    assert client.post(f"{page()}O03/remove/").status_code == 403
    assert IndicatorPoint.objects.filter(point=leader.a).count() == 1


def test_a_point_in_no_sop_in_force_is_chosen_for_by_whoever_sets_targets(client, leader):
    SopPoint.objects.all().delete()
    client.force_login(leader.people["neighbour"])
    assert client.get(page()).status_code == 200
    client.force_login(leader.people["operator"])
    assert client.get(page()).status_code == 403


def test_addresses_answer_as_they_should(client, leader_client):
    assert leader_client.get(page("none")).status_code == 404
    assert leader_client.post(f"{page()}NONE/remove/").status_code == 404
    assert leader_client.get(f"{page()}O03/remove/").status_code == 405
    assert leader_client.put(page()).status_code == 405
    client.logout()
    assert client.get(page()).status_code == 302


def test_the_points_part_says_when_it_adds_up_to_nothing(leader_client, leader):
    make_point("new")
    text = leader_client.get("/standards/points/new/indicators/").content.decode()
    assert "No indicator yet: what is observed is stored, but adds up to nothing." in text
    assert page("new") in leader_client.get("/standards/points/new/").content.decode()


def test_the_page_costs_the_same_however_many_indicators(leader_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(14) as few:
        leader_client.get(page())
    count = len(few)
    for number in range(6):
        make_indicator(f"O5{number}")
    with django_assert_max_num_queries(count):
        leader_client.get(page())
