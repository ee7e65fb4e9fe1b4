"""What the permission table is written in: who tries, the small world they try it in, and one row per address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from principles.teams.models import Crew, Role, RoleAssignment, Rota, ShiftCalendar, User
from tests import factories as make

# Who tries: a person per role in the small plant of tests/factories.py, and where they hold it.
HELD: dict[str, tuple[Role, str]] = {
    "operator": (Role.OPERATOR, "EL1"),
    "shift_lead": (Role.SHIFT_LEAD, "EL1"),
    "technical_lead": (Role.TECHNICAL_LEAD, "ELK"),
    "area_leader": (Role.AREA_LEADER, "EL1"),
    "maintenance": (Role.MAINTENANCE, "VERK"),
    "support": (Role.SUPPORT, "VERK"),
    "plant_manager": (Role.PLANT_MANAGER, "VERK"),
    "administrator": (Role.ADMINISTRATOR, "DEMO"),
    "customer": (Role.CUSTOMER, "STO"),
    # An operator of another area.
    "outsider": (Role.OPERATOR, "ST1"),
}
PEOPLE = tuple(HELD)

type Answers = dict[str, int]
type Kwargs = dict[str, Any]


def everybody(status: int = 200) -> Answers:
    """The same for every role."""
    return dict.fromkeys(PEOPLE, status)


def only(*roles: str, status: int = 200, others: int = 403) -> Answers:
    """`status` for these roles, `others` for the rest."""
    assert set(roles) <= set(PEOPLE), set(roles) - set(PEOPLE)
    return {role: status if role in roles else others for role in PEOPLE}


@dataclass
class World:
    """What the addresses point at: the small plant, and a person per role."""

    plant: make.Plant
    people: dict[str, User]
    colleague: User
    held: RoleAssignment
    rota: Rota
    calendar: ShiftCalendar
    crew: Crew
    # What further apps need for their addresses, by a name of their own.
    more: dict[str, Any] = field(default_factory=dict)
    # A signed-in session per role.
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One address. `args` gives its arguments (several when the name has several patterns); `data` the form sent."""

    get: Answers | None = None
    post: Answers | None = None
    args: Callable[[World], Kwargs | list[Kwargs]] = lambda world: {}
    data: Callable[[World], Kwargs] = lambda world: {}
    query: str = ""
    open: bool = False
