"""The tree and who reaches what in it, whatever the tree looks like."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from principles.teams.models import Role, RoleAssignment, UnitKind, UnitPlacement
from principles.teams.permissions import CAPABILITIES, Access, Capability, access_of
from principles.teams.tree import UnitTree
from tests import factories as make

DAY = dt.date(2026, 6, 1)


@st.composite
def trees(draw: st.DrawFn) -> UnitTree:
    """Any tree: every unit stands under an earlier one, or is a top."""
    size = draw(st.integers(1, 25))
    parents = {pk: draw(st.none() | st.integers(0, pk - 1)) if pk else None for pk in range(size)}
    kinds = {pk: draw(st.sampled_from([kind.value for kind in UnitKind])) for pk in range(size)}
    return UnitTree(date=DAY, parents=parents, kinds=kinds)


@given(trees(), st.data())
def test_descendants_are_those_whose_ancestors_name_it(tree: UnitTree, data: st.DataObject):
    unit = data.draw(st.sampled_from(sorted(tree.kinds)))
    below = tree.descendants(unit)
    assert len(set(below)) == len(below)
    assert set(below) == {other for other in tree.kinds if unit in tree.ancestors(other)}
    assert unit not in below


@given(trees(), st.data())
def test_the_area_of_a_unit_is_the_nearest_with_figures(tree: UnitTree, data: st.DataObject):
    unit = data.draw(st.sampled_from(sorted(tree.kinds)))
    line = [unit, *tree.ancestors(unit)]
    with_figures = [at for at in line if tree.kinds[at] not in (UnitKind.SECTION, UnitKind.EQUIPMENT)]
    assert tree.area_of(unit) == (with_figures[0] if with_figures else None)


@given(trees(), st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(0, 24)), max_size=4), st.data())
def test_a_role_reaches_exactly_its_subtree(tree: UnitTree, held: list[tuple[Role, int]], data: st.DataObject):
    held = [(role, place) for role, place in held if place in tree.kinds]
    access = Access.__new__(Access)
    access.tree, access.is_superuser, access._held = tree, False, held
    capability = data.draw(st.sampled_from(list(Capability)))
    allowed = {
        unit for role, place in held if capability in CAPABILITIES[role] for unit in (place, *tree.descendants(place))
    }
    assert access.units(capability) == allowed
    assert {unit for unit in tree.kinds if access.can(capability, unit)} == allowed
    assert access.can_somewhere(capability) == bool(allowed)


def test_a_loop_ends_the_walk():
    tree = UnitTree(date=DAY, parents={1: 2, 2: 3, 3: 1}, kinds=dict.fromkeys((1, 2, 3), "section"))
    assert set(tree.ancestors(1)) == {1, 2, 3}
    assert set(tree.descendants(1)) == {2, 3}


@pytest.mark.django_db
def test_the_tree_of_a_date_uses_the_placement_valid_then(django_assert_num_queries):
    plant = make.make_plant()
    cell = plant.cells[0]
    UnitPlacement.objects.create(unit=cell, parent=plant.section2, valid_from=DAY)
    with django_assert_num_queries(1):
        before = UnitTree.on(DAY - dt.timedelta(days=1))
    after = UnitTree.on(DAY)
    assert before.parent(cell.pk) == plant.section1.pk
    assert after.parent(cell.pk) == plant.section2.pk
    assert after.area_of(cell.pk) == plant.el1.pk
    # Facts from before the tree was written down find their unit where it stood first.
    assert UnitTree.on(make.START - dt.timedelta(days=1)).parent(cell.pk) == plant.section1.pk


@pytest.mark.django_db
def test_roles_count_on_their_dates_only():
    plant = make.make_plant()
    person = make.make_user()
    make.give_role(person, Role.OPERATOR, plant.el1, valid_from=DAY, valid_to=DAY + dt.timedelta(days=1))
    at = [dt.datetime(2026, 6, day, 12, tzinfo=dt.UTC) for day in (1, 2)]
    early = dt.datetime(2026, 5, 31, 12, tzinfo=dt.UTC)
    assert [access_of(person, now=now).can(Capability.OBSERVE, plant.cells[0]) for now in (early, *at)] == [
        False,
        True,
        False,
    ]


@pytest.mark.django_db
def test_who_is_out_of_use_may_nothing_and_a_superuser_is_an_administrator_everywhere():
    plant = make.make_plant()
    gone = make.make_person(Role.AREA_LEADER, plant.el1, is_active=False)
    root = make.make_user(is_superuser=True)
    assert not access_of(gone).can(Capability.EDIT_UNITS, plant.el1)
    assert access_of(root).can(Capability.EDIT_UNITS, plant.st1)
    assert access_of(root).can_everywhere(Capability.EDIT_CALENDAR)
    assert not access_of(root).can_somewhere(Capability.APPROVE_SOP)
    assert RoleAssignment.objects.filter(person=root).count() == 0


@pytest.mark.django_db
def test_what_is_the_whole_plants_needs_a_role_in_the_plant():
    plant = make.make_plant()
    of_area = make.make_person(Role.ADMINISTRATOR, plant.el1)
    of_plant = make.make_person(Role.PLANT_MANAGER, plant.plant)
    assert access_of(of_area).can(Capability.EDIT_CALENDAR, plant.el1)
    assert not access_of(of_area).can_everywhere(Capability.EDIT_CALENDAR)
    assert access_of(of_plant).can_everywhere(Capability.EDIT_CALENDAR)
