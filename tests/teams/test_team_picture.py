"""The team of an area: who stands where in the picture, and with how many the ownership is shared."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from principles.teams.models import Crew, Role
from principles.teams.team_picture import Picture, ownership_step, picture_of
from principles.teams.tree import UnitTree
from tests import factories as make

DATE = dt.date(2026, 6, 1)


@pytest.fixture
def team(db) -> make.Plant:
    """EL1 with crews A (action-responsible and three operators) and B (two operators); others elsewhere."""
    plant = make.make_plant()
    make.make_schedule()
    crews = {crew.code: crew for crew in Crew.objects.all()}
    make.make_person(Role.AREA_LEADER, plant.el1, "leader", name="Leader One")
    make.make_person(Role.TECHNICAL_LEAD, plant.electrolysis, "technical", name="Technical One")
    make.make_person(Role.SHIFT_LEAD, plant.el1, "lead-a", crew=crews["A"], name="Lead A")
    for number in range(3):
        make.make_person(Role.OPERATOR, plant.el1, f"a{number}", crew=crews["A"], name=f"Operator A{number}")
    make.make_person(Role.OPERATOR, plant.section1, "b0", crew=crews["B"], name="Operator B0")
    make.make_person(Role.OPERATOR, plant.el1, "b1", crew=crews["B"], name="Operator B1")
    make.make_person(Role.OPERATOR, plant.el2, "elsewhere", crew=crews["A"])
    gone = make.make_user("gone", crew=crews["B"])
    make.give_role(gone, Role.OPERATOR, plant.el1, valid_to=dt.date(2026, 3, 1))
    make.make_person(Role.OPERATOR, plant.el1, "inactive", crew=crews["B"], is_active=False)
    return plant


def read(plant: make.Plant) -> Picture:
    return picture_of(plant.el1, tree=UnitTree.on(DATE), date=DATE)


def test_each_stands_in_their_place(team):
    picture = read(team)
    assert [person.username for person in picture.leader.people] == ["leader"]
    assert picture.leader.is_own
    assert picture.technical.place == team.electrolysis
    assert not picture.technical.is_own
    assert picture.support.people == []
    assert [(shift.crew.code, len(shift.leads), len(shift.operators)) for shift in picture.shifts] == [
        ("A", 1, 3),
        ("B", 0, 2),
    ]


def test_the_ownership_is_counted_from_the_unit_down_to_the_crew(team):
    picture = read(team)
    assert [(level.unit.code if level.unit else "", level.people) for level in picture.sharing] == [
        ("ELK", 7),
        ("EL1", 6),
        ("", 4),
    ]
    assert picture.step == 3


def test_an_area_without_people_has_no_step(team):
    empty = picture_of(team.st1, tree=UnitTree.on(DATE), date=DATE)
    assert (empty.size, empty.largest, empty.step) == (0, 0, None)


@given(st.integers(min_value=0, max_value=2000), st.integers(min_value=0, max_value=200))
def test_fewer_others_never_stand_on_an_earlier_step(others, fewer):
    assert ownership_step(max(others - fewer, 0)) >= ownership_step(others)


def test_the_steps_are_those_of_the_handbook():
    assert [ownership_step(others) for others in (150, 51, 50, 16, 15, 0)] == [1, 1, 2, 2, 3, 3]


def test_names_are_for_those_who_work_there(team, client: Client):
    outsider = make.make_person(Role.OPERATOR, team.st1)
    client.force_login(outsider)
    page = client.get(reverse("teams:team", kwargs={"unit": "EL1"})).content.decode()
    assert "Leader One" not in page
    assert "Operator A0" not in page
    colleague = make.make_person(Role.OPERATOR, team.el1, crew=Crew.objects.get(code="A"))
    client.force_login(colleague)
    page = client.get(reverse("teams:team", kwargs={"unit": "EL1"})).content.decode()
    assert "Leader One" in page
    assert "Operator A0" in page
    assert "Operator B1" not in page


def test_the_list_shows_every_area_below_and_leads_on(team, client: Client, django_assert_max_num_queries):
    client.force_login(make.make_person(Role.PLANT_MANAGER, team.plant))
    with django_assert_max_num_queries(22):
        page = client.get(f"{reverse('teams:team_start')}?unit=VERK").content.decode()
    for unit in (team.el1, team.el2, team.st1):
        assert reverse("teams:team", kwargs={"unit": unit.code}) in page
    answer = client.get(f"{reverse('teams:team_start')}?unit=EL1")
    assert answer["Location"] == reverse("teams:team", kwargs={"unit": "EL1"})


def test_a_unit_that_is_no_area_leads_to_the_list(team, client: Client):
    client.force_login(make.make_person(Role.PLANT_MANAGER, team.plant))
    assert client.get(reverse("teams:team", kwargs={"unit": "ELK"}))["Location"] == reverse("teams:team_start")
