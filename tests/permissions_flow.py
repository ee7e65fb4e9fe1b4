"""Rows of the permission table: flow."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from principles.flow.services import NewPart, route_create, step_add
from tests.permission_rows import Row, World, everybody, only


def objects(world: World) -> dict[str, Any]:
    """A route of EL1 with one process."""
    unit = world.plant.el1
    route = route_create(code="metal", name_en="Metal", name_nb="Metall", unit=unit, demand=Decimal(7000), actor=None)
    parts = [NewPart("Capacity", "Kapasitet", Decimal(5865))]
    step = step_add(route=route, name_en="Casting", name_nb="Støping", unit=unit, parts=parts, actor=None)
    return {"route": route, "route_step": step}


_EDITS = ("technical_lead", "area_leader", "support", "plant_manager", "administrator")
_CODE = {"code": "metal"}

TABLE: dict[str, Row] = {
    "flow:routes": Row(get=everybody()),
    "flow:route": Row(get=everybody(), args=lambda world: _CODE),
    "flow:route_new": Row(get=only(*_EDITS), post=only(*_EDITS)),
    "flow:route_edit": Row(get=only(*_EDITS), post=only(*_EDITS), args=lambda world: _CODE),
    "flow:step_add": Row(post=only(*_EDITS), args=lambda world: _CODE),
    "flow:step_remove": Row(
        post=only(*_EDITS, status=302), args=lambda world: {**_CODE, "pk": world.more["route_step"].pk}
    ),
}
