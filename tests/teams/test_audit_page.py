"""The audit trail: readable, searchable, and no way around who may see whose name."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.utils import timezone

from amps import audit
from amps.models import AuditEntry
from principles.teams.models import Role, User
from principles.teams.services import people, roles, units
from tests import factories as make


@pytest.fixture
def trail(plant: make.Plant, admin: User, operator: User, outsider: User) -> None:
    """Four changes: a unit's name, two people's logins, and one by the system."""
    units.unit_edit(unit=plant.el1, name_en="Line one", name_nb="Hall én", equipment_type="", position=1, actor=admin)
    people.password_reset(person=operator, actor=admin)
    people.password_reset(person=outsider, actor=admin)
    audit.record(
        actor=None, action="indicator.loaded", target=plant.el2, after={"active": True, "valid_from": "2026-01-02"}
    )


def things(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/together/audit/{query}")
    assert answer.status_code == 200
    return [line.entry.action for line in answer.context["lines"]]


def test_an_administrator_reads_everything_in_words(client: Client, admin: User, trail: None):
    client.force_login(admin)
    page = client.get("/together/audit/").content.decode()
    assert len(things(client)) == 4
    assert "Unit changed" in page
    assert "Potline 1" in page
    assert "Line one" in page
    assert "2 Jan 2026" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?what=units", ["unit.edited"]),
        ("?what=people", ["person.password_reset", "person.password_reset"]),
        ("?who=admin&what=units", ["unit.edited"]),
        ("?who=nobody", []),
        ("?thing=outsider", ["person.password_reset"]),
        ("?end=2020-01-01", []),
        ("?start=2020-01-01&what=figures", ["indicator.loaded"]),
    ],
)
def test_filters(client: Client, admin: User, trail: None, query: str, found: list[str]):
    client.force_login(admin)
    assert things(client, query) == found


@pytest.mark.parametrize("query", ["?start=2026-02-02&end=2026-01-01", "?start=yesterday", "?what=nonsense"])
def test_a_filter_that_cannot_be_shows_nothing_and_says_so(client: Client, admin: User, trail: None, query: str):
    client.force_login(admin)
    assert things(client, query) == []
    assert client.get(f"/together/audit/{query}").context["filter_form"].errors


def test_an_area_leader_reads_nothing_about_people_elsewhere(client: Client, leader: User, operator: User, trail: None):
    client.force_login(leader)
    assert sorted(things(client)) == ["indicator.loaded", "person.password_reset", "unit.edited"]
    page = client.get("/together/audit/").content.decode().split("<main", 1)[1]
    assert "Test operator" in page
    assert "Test outsider" not in page
    assert "Test admin" not in page
    assert "somebody of another unit" in page
    assert things(client, "?who=admin") == []


def test_roles_given_elsewhere_are_left_out(client: Client, plant: make.Plant, admin: User, leader: User):
    person = make.make_user()
    for unit in (plant.el1, plant.st1):
        roles.role_grant(person=person, role=Role.SUPPORT, unit=unit, actor=admin, now=timezone.now())
    client.force_login(leader)
    lines = client.get("/together/audit/").context["lines"]
    assert [line.entry.after["unit"] for line in lines] == ["EL1"]


def test_operators_may_not_read_it(client: Client, operator: User):
    client.force_login(operator)
    assert client.get("/together/audit/").status_code == 403
    assert client.get("/together/audit/audit.csv").status_code == 403


def test_it_goes_into_a_spreadsheet_without_formulas(client: Client, admin: User, trail: None):
    AuditEntry.objects.filter(action="unit.edited").update(target_label="=HYPERLINK(1)")
    client.force_login(admin)
    answer = client.get("/together/audit/audit.csv?what=units")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert rows[0][:4] == ["When", "Who", "What", "Which thing"]
    assert len(rows) == 2
    assert rows[1][1:4] == ["Test admin", "Unit changed", "'=HYPERLINK(1)"]
    assert "Potline 1" in rows[1][4]


def test_an_empty_trail_says_what_will_be_there(client: Client, admin: User):
    client.force_login(admin)
    assert "Nothing has been changed yet" in client.get("/together/audit/").content.decode()


def test_a_page_costs_the_same_however_long_the_trail_is(
    client: Client, plant: make.Plant, admin: User, django_assert_max_num_queries
):
    for n in range(120):
        audit.record(
            actor=admin,
            action="unit.edited",
            target=plant.cells[n % 6],
            before={"position": n},
            after={"position": n + 1},
        )
    client.force_login(admin)
    with django_assert_max_num_queries(13):
        answer = client.get("/together/audit/?page=2")
    assert len(answer.context["lines"]) == 50
    assert answer.context["lines"][0].url.startswith("/together/units/100")
