"""Principle 4: units, crews, people, roles, rota and the shift calendar."""

from principles.teams.models.calendar import Rota, Shift, ShiftCalendar, ShiftStart
from principles.teams.models.people import Crew, Role, RoleAssignment, User
from principles.teams.models.units import FIGURE_KINDS, FIGURE_KINDS_VALUES, Unit, UnitKind, UnitPlacement

__all__ = [
    "FIGURE_KINDS",
    "FIGURE_KINDS_VALUES",
    "Crew",
    "Role",
    "RoleAssignment",
    "Rota",
    "Shift",
    "ShiftCalendar",
    "ShiftStart",
    "Unit",
    "UnitKind",
    "UnitPlacement",
    "User",
]
