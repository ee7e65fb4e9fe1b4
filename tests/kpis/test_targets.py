"""Targets and events on charts: who sets them, what is refused, and what follows from them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from amps.models import AuditEntry
from kpis.models import ChartEvent, Figure, Target
from tests.factories import oslo
from tests.kpis.leader import NOW, text_of

pytestmark = pytest.mark.django_db
LIST = "/figures/targets/"
FORM = "/figures/targets/O05/?unit=EL1"
GOOD = {"scope": "unit", "valid_from": "2026-03-11", "target": "80", "yellow": "79,5", "red": "70"}


def test_the_list_works(leader_client):
    answer = leader_client.get(LIST, {"unit": "EL1"})
    assert answer.status_code == 200
    rows = {row.indicator.code: row for _name, found in answer.context["groups"] for row in found}
    assert rows["O05"].goal == "≥\N{NO-BREAK SPACE}95"
    assert rows["O05"].source == ""
    assert rows["P01"].target is None


def test_login_is_required(client, leader):
    assert client.get(LIST).status_code == 302
    assert client.get(FORM).status_code == 302


def test_it_rejects_post_on_the_list(leader_client):
    assert leader_client.post(LIST).status_code == 405


@pytest.mark.parametrize("who", ["operator", "neighbour"])
def test_who_may_not_is_refused(client, leader, who):
    client.force_login(leader.people[who])
    assert client.get(LIST, {"unit": "EL1"}).status_code == 200
    assert client.get(FORM).status_code == 403
    assert client.post(FORM, GOOD).status_code == 403


def test_what_does_not_exist_is_not_found(leader_client):
    assert leader_client.get("/figures/targets/NONE/?unit=EL1").status_code == 404
    assert leader_client.get("/figures/targets/O05/?unit=NONE").status_code == 404


def test_a_new_target_holds_from_its_date_and_recolours_what_begins_then(leader_client, leader):
    before = Target.objects.get(indicator=leader.covering)
    answer = leader_client.post(FORM, GOOD)
    assert answer.status_code == 302
    made = Target.objects.get(indicator=leader.covering, unit=leader.plant.el1)
    assert (made.target, made.yellow, made.red) == (80, Decimal("79.5"), 70)
    assert Target.objects.get(pk=before.pk).target == 95
    statuses = dict(
        Figure.objects.filter(indicator=leader.covering, unit=leader.plant.el1, cadence="day").values_list(
            "first", "status"
        )
    )
    assert [statuses[day] for day in sorted(statuses)] == ["red", "red", "green"]
    entry = AuditEntry.objects.get(action="target.set")
    assert (entry.actor_name, entry.after["target"]) == ("Astrid Leader", "80")


def test_the_same_date_again_replaces_it_on_the_audit_trail(leader_client, leader):
    leader_client.post(FORM, GOOD)
    leader_client.post(FORM, {**GOOD, "target": "81"})
    assert Target.objects.filter(unit=leader.plant.el1).count() == 1
    entry = AuditEntry.objects.get(action="target.changed")
    assert (Decimal(entry.before["target"]), entry.after["target"]) == (80, "81")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"valid_from": "2026-03-10"}, "Choose today or a later date"),
        ({"red": "85"}, "the red limit must not be above the green one"),
        ({"yellow": "90"}, "the red limit must not be above the green one"),
        ({"target": "many"}, "Write a number, such as 95 or 0,12."),
        ({"target": "1e308"}, "The number is too large."),
        ({"target": "NaN"}, "Write a number"),
        ({"target": "1,1234567"}, "At most 6 decimals."),
        ({"red": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed(leader_client, change, words):
    typed = {**GOOD, **change}
    answer = leader_client.post(FORM, typed)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert words in text_of(html)
    assert all(f'value="{value}"' in html for name, value in typed.items() if value and name != "scope")
    assert not Target.objects.filter(unit__isnull=False).exists()


def test_a_leader_of_an_area_sets_no_target_for_the_plant(leader_client, leader):
    assert leader_client.post(FORM, {**GOOD, "scope": "plant"}).status_code == 200
    assert Target.objects.filter(indicator=leader.covering).count() == 1


def test_a_band_needs_its_four_limits_in_order(leader_client, leader):
    leader.covering.direction = "band"
    type(leader.covering).objects.filter(pk=leader.covering.pk).update(direction="band")
    band = {"scope": "unit", "valid_from": "2026-03-12", "target": "20", "target_min": "18", "target_max": "22",
            "red_min": "16", "red_max": "24"}  # fmt: skip
    wrong = leader_client.post(FORM, {**band, "red_min": "19"})
    assert "The limits must widen outwards" in text_of(wrong.content.decode())
    assert leader_client.post(FORM, band).status_code == 302
    rows = leader_client.get(LIST, {"unit": "EL1"}).context["groups"][0][1]
    assert next(row.coming_goal for row in rows if row.indicator.code == "O05") == "18.0–22.0"
    leader.covering.direction = "up"


def test_the_plants_target_is_set_by_who_leads_the_plant(client, leader):
    client.force_login(leader.people["manager"])
    assert client.post(FORM, {**GOOD, "scope": "plant"}).status_code == 302
    assert Target.objects.filter(indicator=leader.covering, unit=None).count() == 2


EVENT = "/figures/events/O05/?unit=EL1"


def test_an_event_is_put_on_the_charts_and_taken_off(leader_client, leader):
    assert leader_client.get(EVENT).status_code == 200
    answer = leader_client.post(EVENT, {"at": "2026-03-10T12:00", "title_nb": "Ny rutine", "only_this": "on"})
    assert answer["Location"] == "/figures/O05/?unit=EL1"
    event = ChartEvent.objects.get()
    assert (event.at, event.title_en, event.indicator) == (oslo("2026-03-10 12:00"), "Ny rutine", leader.covering)
    page = leader_client.get("/figures/O05/?unit=EL1")
    assert "Ny rutine" in text_of(page.content.decode())
    gone = leader_client.post(f"/figures/events/{event.pk}/remove/", {"next": "https://elsewhere.example/"})
    assert gone["Location"] == "/figures/?unit=EL1"
    assert not ChartEvent.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="chart_event.").count() == 2


@pytest.mark.parametrize("who", ["operator", "neighbour"])
def test_events_are_for_those_who_set_targets(client, leader, who):
    client.force_login(leader.people[who])
    assert client.get(EVENT).status_code == 403
    event = ChartEvent.objects.create(unit=leader.plant.el1, at=NOW, title_en="x", title_nb="x")
    assert client.post(f"/figures/events/{event.pk}/remove/").status_code == 403
    assert client.get(f"/figures/events/{event.pk}/remove/").status_code == 405
    assert ChartEvent.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"), [({"at": "soon"}, "Enter a valid date/time."), ({"at": "2030-01-01T12:00"}, "within a year")]
)
def test_an_event_needs_a_time_that_makes_sense(leader_client, change, words):
    answer = leader_client.post(EVENT, {"at": "2026-03-10T12:00", "title_nb": "Ny rutine", **change})
    assert answer.status_code == 200
    assert words in text_of(answer.content.decode())
    assert not ChartEvent.objects.exists()


MARK = "Limits from the demo: the plant sets its own"


@pytest.fixture
def shipped(leader):
    """O05 as the standard brings it where only the plant can say what the limits are."""
    type(leader.covering).objects.filter(pk=leader.covering.pk).update(plant_sets=True)
    Target.objects.filter(indicator=leader.covering).update(is_shipped=True)


def places_with_the_mark(client, unit):
    pages = {
        "list": client.get(LIST, {"unit": unit}),
        "indicator": client.get("/figures/O05/", {"unit": unit, "cadence": "day"}),
        "form": client.get("/figures/targets/O05/", {"unit": unit}),
    }
    return {name for name, page in pages.items() if MARK in text_of(page.content.decode())}


def test_demo_limits_are_marked_until_somebody_sets_a_target(client, leader, shipped):
    client.force_login(leader.people["manager"])
    everywhere = {"list", "indicator", "form"}
    assert places_with_the_mark(client, "EL1") == everywhere
    client.post(FORM, GOOD)
    assert places_with_the_mark(client, "EL1") == set()
    assert places_with_the_mark(client, "ELK") == everywhere  # what EL1 set holds in EL1
    client.post(FORM, {**GOOD, "scope": "plant"})
    assert places_with_the_mark(client, "ELK") == set()


def test_storing_the_same_limits_for_the_same_date_takes_the_mark_away(client, leader, shipped):
    Target.objects.filter(indicator=leader.covering).update(valid_from="2026-03-11")
    client.force_login(leader.people["manager"])
    client.post(FORM, {"scope": "plant", "valid_from": "2026-03-11", "target": "95", "yellow": "95", "red": "90"})
    assert Target.objects.get(indicator=leader.covering).is_shipped is False
    assert places_with_the_mark(client, "EL1") == set()


def test_limits_that_a_plant_can_take_over_are_not_marked(leader_client, leader):
    Target.objects.filter(indicator=leader.covering).update(is_shipped=True)
    assert places_with_the_mark(leader_client, "EL1") == set()
