"""Making, moving and closing units; what is refused, and what the audit trail says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from amps.models import AuditEntry
from principles.teams.models import Unit, UnitKind, UnitPlacement, User
from principles.teams.services import units
from principles.teams.tree import UnitTree
from tests import factories as make

NOW = make.oslo("2026-06-10 12:00")
TODAY = dt.date(2026, 6, 10)
DAY = dt.timedelta(days=1)


def new_unit(actor: User, **fields):
    given = {"code": "EL1-S9", "kind": UnitKind.SECTION, "name_en": "Section 9", "name_nb": "Seksjon 9", **fields}
    return units.unit_create(actor=actor, now=NOW, **given)


def test_a_new_unit_stands_in_the_tree_from_today(plant: make.Plant, admin: User):
    made = new_unit(admin, parent=plant.el1)
    assert UnitTree.on(TODAY).parent(made.pk) == plant.el1.pk
    assert made not in Unit.objects.open_on(TODAY - DAY)
    assert made in Unit.objects.open_on(TODAY)
    entry = AuditEntry.objects.get(action="unit.created")
    assert (entry.actor_id, entry.before, (entry.after or {})["parent"]) == (admin.pk, None, "EL1")


@pytest.mark.parametrize(
    ("kind", "parent"), [("area", "section1"), ("unit", "el1"), ("area", None), ("plant", "plant")]
)
def test_every_level_stands_under_a_higher_one(plant: make.Plant, admin: User, kind: str, parent: str | None):
    with pytest.raises(units.WrongPlace):
        new_unit(admin, kind=kind, parent=getattr(plant, parent) if parent else None)
    assert not Unit.objects.filter(code="EL1-S9").exists()
    assert AuditEntry.objects.count() == 0


def test_a_feeder_may_stand_in_a_cell(plant: make.Plant, admin: User):
    made = new_unit(admin, code="1001-F2", kind=UnitKind.EQUIPMENT, parent=plant.cells[0], equipment_type="feeder")
    assert UnitTree.on(TODAY).area_of(made.pk) == plant.el1.pk


def test_a_code_that_is_taken_is_refused(plant: make.Plant, admin: User):
    with pytest.raises(ValidationError) as refusal:
        new_unit(admin, code="EL1", parent=plant.electrolysis, kind=UnitKind.AREA)
    assert "code" in refusal.value.message_dict


def test_nothing_begins_in_the_past_or_under_a_closed_unit(plant: make.Plant, admin: User):
    with pytest.raises(units.TooEarly) as refusal:
        new_unit(admin, parent=plant.el1, opened=TODAY - DAY)
    assert refusal.value.earliest == TODAY
    Unit.objects.filter(pk=plant.st1.pk).update(closed=TODAY)
    plant.st1.refresh_from_db()
    with pytest.raises(units.ClosedThen):
        new_unit(admin, parent=plant.st1)


def test_a_cell_moves_and_its_history_stays(plant: make.Plant, admin: User):
    cell = plant.cells[0]
    units.unit_move(unit=cell, parent=plant.section2, valid_from=TODAY, actor=admin, now=NOW)
    assert UnitTree.on(TODAY - DAY).parent(cell.pk) == plant.section1.pk
    assert UnitTree.on(TODAY).parent(cell.pk) == plant.section2.pk
    entry = AuditEntry.objects.get(action="unit.moved")
    assert entry.before == {"parent": "EL1-S1"}
    assert entry.after == {"parent": "EL1-S2", "valid_from": "2026-06-10"}
    with pytest.raises(units.NotMoved):
        units.unit_move(unit=cell, parent=plant.section2, valid_from=TODAY, actor=admin, now=NOW)


def test_a_cell_moves_from_today_and_an_area_from_tomorrow(plant: make.Plant, admin: User):
    with pytest.raises(units.TooEarly) as cell_refusal:
        units.unit_move(unit=plant.cells[0], parent=plant.section2, valid_from=TODAY - DAY, actor=admin, now=NOW)
    with pytest.raises(units.TooEarly) as area_refusal:
        units.unit_move(unit=plant.el1, parent=plant.casthouse, valid_from=TODAY, actor=admin, now=NOW)
    assert (cell_refusal.value.earliest, area_refusal.value.earliest) == (TODAY, TODAY + DAY)
    # Before six in the morning it is still yesterday's production day.
    early = make.oslo("2026-06-10 05:59")
    assert units.earliest_move(plant.cells[0], now=early) == TODAY - DAY


def test_loops_are_refused_now_and_at_every_later_date(plant: make.Plant, admin: User):
    outer = make.make_equipment("OUTER", parent=plant.section1)
    inner = make.make_equipment("INNER", parent=outer)
    with pytest.raises(units.Loop):
        units.unit_move(unit=outer, parent=inner, valid_from=TODAY, actor=admin, now=NOW)
    # Today inner stands beside outer, but it is to come back under it next week.
    UnitPlacement.objects.create(unit=inner, parent=plant.section1, valid_from=TODAY)
    UnitPlacement.objects.create(unit=inner, parent=outer, valid_from=TODAY + 7 * DAY)
    with pytest.raises(units.Loop):
        units.unit_move(unit=outer, parent=inner, valid_from=TODAY, actor=admin, now=NOW)
    # Unless outer has moved away again by then.
    UnitPlacement.objects.create(unit=outer, parent=plant.section2, valid_from=TODAY + 7 * DAY)
    units.unit_move(unit=outer, parent=inner, valid_from=TODAY, actor=admin, now=NOW)
    assert UnitTree.on(TODAY).ancestors(outer.pk)[0] == inner.pk


def test_closing_is_refused_while_something_under_it_is_in_use(plant: make.Plant, admin: User):
    with pytest.raises(units.OpenChildren) as refusal:
        units.unit_close(unit=plant.section1, closed=TODAY + DAY, actor=admin, now=NOW)
    assert [child.code for child in refusal.value.children] == ["1001", "1002", "1003"]
    for cell in plant.cells[:3]:
        units.unit_close(unit=cell, closed=TODAY + DAY, actor=admin, now=NOW)
    closed = units.unit_close(unit=plant.section1, closed=TODAY + DAY, actor=admin, now=NOW)
    assert closed.closed == TODAY + DAY
    assert plant.section1 in Unit.objects.open_on(TODAY)
    assert plant.section1 not in Unit.objects.open_on(TODAY + DAY)


def test_a_unit_that_is_to_move_in_later_keeps_it_open(plant: make.Plant, admin: User):
    empty = make.make_unit("EL1-S3", kind=UnitKind.SECTION, parent=plant.el1)
    units.unit_move(unit=plant.cells[0], parent=empty, valid_from=TODAY + 30 * DAY, actor=admin, now=NOW)
    with pytest.raises(units.OpenChildren):
        units.unit_close(unit=empty, closed=TODAY + DAY, actor=admin, now=NOW)


def test_closing_today_is_too_early_and_a_planned_closing_can_be_taken_back(plant: make.Plant, admin: User):
    cell = plant.cells[0]
    with pytest.raises(units.TooEarly):
        units.unit_close(unit=cell, closed=TODAY, actor=admin, now=NOW)
    units.unit_close(unit=cell, closed=TODAY + DAY, actor=admin, now=NOW)
    assert units.unit_reopen(unit=cell, actor=admin, now=NOW).closed is None
    units.unit_close(unit=cell, closed=TODAY + DAY, actor=admin, now=NOW)
    with pytest.raises(units.TooEarly):
        units.unit_reopen(unit=cell, actor=admin, now=NOW + DAY)


def test_editing_writes_only_what_changed(plant: make.Plant, admin: User):
    same: dict[str, Any] = {"name_nb": plant.el1.name_nb, "equipment_type": "ignored", "position": 1}
    units.unit_edit(unit=plant.el1, name_en="Line one", actor=admin, **same)
    entry = AuditEntry.objects.get(action="unit.edited")
    assert (entry.before, entry.after) == ({"name_en": "Potline 1"}, {"name_en": "Line one"})
    units.unit_edit(unit=plant.el1, name_en="Line one", actor=admin, **same)
    assert AuditEntry.objects.count() == 1
