"""Who may give which role, and that nobody climbs by it."""

from __future__ import annotations

import datetime as dt

import pytest

from amps.models import AuditEntry
from principles.teams.models import Role, RoleAssignment, User
from principles.teams.permissions import access_of
from principles.teams.services import people, roles
from tests import factories as make

NOW = make.oslo("2026-06-10 12:00")
TODAY = dt.date(2026, 6, 10)
DAY = dt.timedelta(days=1)


def grant(person: User, role: Role, unit, actor: User, **dates):
    return roles.role_grant(person=person, role=role, unit=unit, actor=actor, now=NOW, **dates)


def test_an_area_leader_gives_roles_of_the_floor_in_the_own_area(plant: make.Plant, leader: User):
    person = make.make_user()
    held = grant(person, Role.TECHNICAL_LEAD, plant.section1, leader)
    assert (held.valid_from, held.valid_to) == (TODAY, None)
    assert AuditEntry.objects.get().after == {
        "person": person.username,
        "role": "technical_lead",
        "unit": "EL1-S1",
        "valid_from": "2026-06-10",
        "valid_to": None,
    }


@pytest.mark.parametrize(
    ("role", "unit"),
    [
        (Role.ADMINISTRATOR, "el1"),
        (Role.PLANT_MANAGER, "el1"),
        (Role.AREA_LEADER, "el1"),
        (Role.OPERATOR, "el2"),
        (Role.OPERATOR, "electrolysis"),
    ],
)
def test_nobody_gives_more_than_their_own(plant: make.Plant, leader: User, role: Role, unit: str):
    with pytest.raises(roles.NotYours):
        grant(make.make_user(), role, getattr(plant, unit), leader)
    assert RoleAssignment.objects.filter(role=role).exclude(person=leader).count() == 0


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SHIFT_LEAD, Role.TECHNICAL_LEAD, Role.SUPPORT, Role.CUSTOMER])
def test_most_roles_give_none(plant: make.Plant, role: Role):
    giver = make.make_person(role, plant.company)
    with pytest.raises(roles.NotYours):
        grant(make.make_user(), Role.OPERATOR, plant.el1, giver)


def test_nobody_gives_a_role_to_themselves(plant: make.Plant, leader: User):
    with pytest.raises(roles.OwnRole):
        grant(leader, Role.TECHNICAL_LEAD, plant.el1, leader)
    root = make.make_user(is_superuser=True)
    assert grant(root, Role.ADMINISTRATOR, plant.company, root).role == Role.ADMINISTRATOR


def test_a_role_is_held_once_at_a_time(plant: make.Plant, leader: User):
    person = make.make_user()
    grant(person, Role.OPERATOR, plant.el1, leader, valid_to=TODAY + 10 * DAY)
    with pytest.raises(roles.HeldAlready):
        grant(person, Role.OPERATOR, plant.el1, leader, valid_from=TODAY + 9 * DAY)
    grant(person, Role.OPERATOR, plant.el1, leader, valid_from=TODAY + 10 * DAY)
    with pytest.raises(roles.InThePast):
        grant(person, Role.SUPPORT, plant.el1, leader, valid_from=TODAY - DAY)


def test_ending_a_role_keeps_its_past_and_one_of_today_goes_altogether(plant: make.Plant, leader: User):
    person = make.make_person(Role.OPERATOR, plant.el1)
    roles.role_end(held=person.roles.get(), actor=leader, now=NOW)
    assert person.roles.get().valid_to == TODAY
    assert not access_of(person, now=NOW).roles
    fresh = grant(person, Role.OPERATOR, plant.el1, leader)
    roles.role_end(held=fresh, actor=leader, now=NOW)
    assert person.roles.count() == 1
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "role.ended",
        "role.granted",
        "role.taken_back",
    ]


def test_an_area_leader_ends_no_role_elsewhere_or_above(plant: make.Plant, leader: User, admin: User):
    elsewhere = make.make_person(Role.OPERATOR, plant.el2)
    for held in (elsewhere.roles.get(), admin.roles.get(), leader.roles.get()):
        with pytest.raises(roles.NotYours):
            roles.role_end(held=held, actor=leader, now=NOW)
    with pytest.raises(roles.InThePast):
        roles.role_end(held=elsewhere.roles.get(), actor=admin, now=NOW, on=TODAY - DAY)


def test_somebody_is_left_who_can_give_roles(plant: make.Plant, admin: User):
    with pytest.raises(roles.LastAdministratorRole):
        roles.role_end(held=admin.roles.get(), actor=admin, now=NOW)
    other = make.make_person(Role.ADMINISTRATOR, plant.plant)
    with pytest.raises(people.Yourself):
        people.person_deactivate(person=admin, actor=admin, now=NOW)
    people.person_deactivate(person=other, actor=admin, now=NOW)
    assert not roles.other_administrators(admin, now=NOW)
    root = make.make_user(is_superuser=True)
    roles.role_end(held=admin.roles.get(), actor=admin, now=NOW)
    with pytest.raises(people.LastAdministrator):
        people.person_deactivate(person=root, actor=other, now=NOW)


def test_who_may_change_whom(plant: make.Plant, leader: User, admin: User, operator: User, outsider: User):
    access = access_of(leader)
    both = make.make_person(Role.OPERATOR, plant.el1)
    make.give_role(both, Role.OPERATOR, plant.el2)
    root = make.make_user(is_superuser=True)
    may = {
        person: roles.may_manage(access, person) for person in (operator, make.make_user(), both, outsider, admin, root)
    }
    assert list(may.values()) == [True, True, False, False, False, False]
    assert not roles.may_reset_password(access, operator)
    assert roles.may_reset_password(access_of(admin), operator)
    assert not roles.may_reset_password(access_of(admin), root)
