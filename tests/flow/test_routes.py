"""Routes: read by everybody, changed by whoever may, with every change on the audit trail."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from amps.models import AuditEntry
from principles.flow.models import Route
from principles.flow.reading import chart_of, sheet_of
from principles.flow.services import NewPart, route_create, step_add
from principles.teams.models import Role, Unit
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant() -> make.Plant:
    made = make.make_plant()
    make.make_calendar()
    return made


def make_route(unit: Unit, *, demand: int = 7000, code: str = "metal") -> Route:
    """The route of F061."""
    route = route_create(
        code=code, name_en="Liquid metal", name_nb="Flytende metall", unit=unit, demand=Decimal(demand), actor=None
    )
    for name, *parts in (
        ("Electrolysis", ("Liquid metal", 3600), ("Cold metal", 3800)),
        ("Furnace and casting", ("Capacity", 5865)),
        ("Sawing", ("Capacity", 9000)),
    ):
        step_add(
            route=route,
            name_en=name,
            name_nb=name,
            unit=None,
            parts=[NewPart(part, part, Decimal(amount)) for part, amount in parts],
            actor=None,
        )
    return route


def leader(plant: make.Plant, client, role: Role = Role.AREA_LEADER, unit: Unit | None = None):
    person = make.make_person(role, unit or plant.plant)
    client.force_login(person)
    return person


def test_the_page_tells_bottleneck_throughput_and_shortfall(client, plant):
    route = make_route(plant.plant)
    leader(plant, client, Role.OPERATOR, plant.el1)
    page = client.get(reverse("flow:route", args=[route.code])).content.decode()
    assert "Furnace and casting" in page
    assert "5,865" in page
    assert "1,135" in page
    assert "16.2 %" in page
    assert "Change" not in page.split("<main")[1]


def test_the_list_asks_for_nothing_more_when_there_are_more_routes(client, plant, django_assert_max_num_queries):
    leader(plant, client)
    for number in range(6):
        make_route(plant.plant, code=f"metal-{number}")
    with django_assert_max_num_queries(14):
        assert client.get(reverse("flow:routes")).status_code == 200


def test_a_part_of_a_capacity_is_drawn_in_the_bar_of_its_process(plant):
    sheet = sheet_of(make_route(plant.plant))
    chart = chart_of(sheet, demand_name="Demand", axis="t/week")
    bars = [trace for trace in chart["data"] if trace["type"] == "bar"]
    assert bars[0]["y"] == [3600.0, 5865.0, 9000.0]
    assert bars[1]["y"] == [3800.0, None, None]
    assert chart["data"][-1]["y"] == [7000.0] * 3


def test_new_capacities_and_demand_are_on_the_audit_trail(client, plant):
    route = make_route(plant.plant)
    person = leader(plant, client)
    parts = {f"part-{part.pk}": str(part.capacity) for step in route.steps.all() for part in step.parts.all()}
    casting = route.steps.get(position=2).parts.get()
    sent = {"name_nb": "Flytende metall", "name_en": "Liquid metal", "demand": "6 500,5", **parts}
    sent[f"part-{casting.pk}"] = "6100"
    response = client.post(reverse("flow:route_edit", args=[route.code]), sent)
    assert response.status_code == 302
    route.refresh_from_db()
    assert route.demand == Decimal("6500.5")
    assert sheet_of(route).assessment.capacity == 6100
    entry = AuditEntry.objects.get(action="route.changed", actor=person)
    assert "Capacity 5865" in str(entry.before)
    assert "Capacity 6100" in str(entry.after)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("mange", "Write a number"),
        ("0", "The demand has to be above zero"),
        ("-5", "The demand has to be above zero"),
        ("", "required"),
    ],
)
def test_a_demand_that_makes_no_sense_is_told_at_its_field_and_nothing_is_lost(client, plant, typed, sentence):
    route = make_route(plant.plant)
    leader(plant, client)
    parts = {f"part-{part.pk}": "123,5" for step in route.steps.all() for part in step.parts.all()}
    response = client.post(
        reverse("flow:route_edit", args=[route.code]), {"name_nb": "A", "name_en": "B", "demand": typed, **parts}
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert sentence in page
    assert 'value="123,5"' in page
    route.refresh_from_db()
    assert route.demand == 7000


def test_a_process_is_added_with_a_second_part_and_taken_off(client, plant):
    route = make_route(plant.plant)
    leader(plant, client)
    sent = {
        "step-name_nb": "Homogenisering",
        "step-name_en": "Homogenisation",
        "step-capacity": "7800",
        "step-extra_nb": "Leid kapasitet",
        "step-extra": "100",
    }
    assert client.post(reverse("flow:step_add", args=[route.code]), sent).status_code == 302
    step = route.steps.get(position=4)
    assert [(part.name_en, part.capacity) for part in step.parts.all()] == [
        ("Homogenisation", 7800),
        ("Leid kapasitet", 100),
    ]
    assert client.post(reverse("flow:step_remove", args=[route.code, step.pk])).status_code == 302
    assert not route.steps.filter(pk=step.pk).exists()


def test_a_second_part_needs_name_and_capacity(client, plant):
    route = make_route(plant.plant)
    leader(plant, client)
    sent = {"step-name_nb": "A", "step-name_en": "B", "step-capacity": "1", "step-extra_en": "Hired"}
    page = client.post(reverse("flow:step_add", args=[route.code]), sent).content.decode()
    assert "Say how much the second part gives" in page
    assert route.steps.count() == 3


def test_who_leads_elsewhere_may_not_change_it(client, plant):
    route = make_route(plant.electrolysis)
    leader(plant, client, Role.AREA_LEADER, plant.st1)
    assert client.get(reverse("flow:route_edit", args=[route.code])).status_code == 403
    assert client.post(reverse("flow:step_add", args=[route.code]), {}).status_code == 403


def test_an_empty_plant_says_what_a_route_is(client, plant):
    leader(plant, client)
    page = client.get(reverse("flow:routes")).content.decode()
    assert "No route yet" in page
    assert reverse("flow:route_new") in page


def test_a_new_route_leads_to_its_processes(client, plant):
    leader(plant, client)
    sent = {"unit": "VERK", "code": "metal", "name_nb": "Metall", "name_en": "Metal", "demand": "7000"}
    response = client.post(reverse("flow:route_new"), sent)
    assert response.url == reverse("flow:route_edit", args=["metal"])
    again = client.post(reverse("flow:route_new"), sent)
    assert "Another route has this code" in again.content.decode()
