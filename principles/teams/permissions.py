"""Who may do what, where: deny by default; a role is held in a unit and reaches its subtree.

The table of docs/permissions.md says the same in words; tests/test_permission_matrix.py holds both to every URL.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from principles.teams.models import Role, RoleAssignment, Unit, UnitKind, User
from principles.teams.tree import UnitTree, current_tree


class Capability(StrEnum):
    """Something that a role allows in its unit's subtree."""

    OBSERVE = "observe"  # log observations, start rounds, correct one's own
    CORRECT = "correct"  # correct anybody's observation, with a reason
    SEE_NAMES = "see_names"  # names behind observations
    DRAFT_SOP = "draft_sop"
    APPROVE_SOP = "approve_sop"
    EDIT_PLANS = "edit_plans"  # observation plans
    EDIT_TARGETS = "edit_targets"  # indicators' targets, chart events
    REVIEW_CLOSINGS = "review_closings"
    IMPORT = "import"
    EDIT_UNITS = "edit_units"  # units, equipment, placements
    EDIT_PEOPLE = "edit_people"  # people, roles, crews
    EDIT_CALENDAR = "edit_calendar"  # rota and shift calendar (whole plant)
    READ_AUDIT = "read_audit"
    REPORT_DEVIATION = "report_deviation"  # open a deviation, say what was done at once, answer in it
    MANAGE_DEVIATION = "manage_deviation"  # root cause, owner, due date, closing
    MANAGE_ACTIONS = "manage_actions"  # make actions, give them owner and date, verify their effect
    RUN_MEETINGS = "run_meetings"  # open, lead and end meetings
    EDIT_AGREEMENTS = "edit_agreements"  # the register and the drafts of agreements
    SIGN_AGREEMENTS = "sign_agreements"  # sign for a party, confirm that a breach is closed
    REPORT_BREACH = "report_breach"  # say that an agreement was broken, or answer for it
    OPEN_EVALUATION = "open_evaluation"  # open, reopen and call off a self-evaluation, choose the group
    EDIT_ROADMAP = "edit_roadmap"  # targets and local items; in the whole plant: import a newer standard
    EDIT_BUSINESS_PLAN = "edit_business_plan"  # entries, challenges; in the whole plant: the plan year
    EDIT_FLOW = "edit_flow"  # routes, capacities, demand


_ALL = frozenset(Capability)
_OPERATOR = frozenset({Capability.OBSERVE, Capability.DRAFT_SOP, Capability.REPORT_DEVIATION, Capability.REPORT_BREACH})
_SHIFT_LEAD = _OPERATOR | {
    Capability.CORRECT,
    Capability.SEE_NAMES,
    Capability.REVIEW_CLOSINGS,
    Capability.MANAGE_DEVIATION,
    Capability.MANAGE_ACTIONS,
    Capability.RUN_MEETINGS,
}
_TECHNICAL_LEAD = _SHIFT_LEAD | {
    Capability.APPROVE_SOP,
    Capability.EDIT_PLANS,
    Capability.EDIT_TARGETS,
    Capability.IMPORT,
    Capability.READ_AUDIT,
    Capability.EDIT_AGREEMENTS,
    Capability.OPEN_EVALUATION,
    Capability.EDIT_BUSINESS_PLAN,
    Capability.EDIT_FLOW,
}
_AREA_LEADER = (_TECHNICAL_LEAD - {Capability.APPROVE_SOP}) | {
    Capability.EDIT_UNITS,
    Capability.EDIT_PEOPLE,
    Capability.SIGN_AGREEMENTS,
    Capability.EDIT_ROADMAP,
}

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.OPERATOR: _OPERATOR,
    Role.SHIFT_LEAD: _SHIFT_LEAD,
    Role.TECHNICAL_LEAD: _TECHNICAL_LEAD,
    Role.AREA_LEADER: _AREA_LEADER,
    Role.MAINTENANCE: _OPERATOR | {Capability.MANAGE_ACTIONS},
    Role.SUPPORT: frozenset(
        {
            Capability.DRAFT_SOP,
            Capability.IMPORT,
            Capability.REPORT_DEVIATION,
            Capability.MANAGE_ACTIONS,
            Capability.EDIT_FLOW,
        }
    ),
    Role.PLANT_MANAGER: _AREA_LEADER | {Capability.EDIT_CALENDAR},
    Role.ADMINISTRATOR: _ALL
    - {Capability.OBSERVE, Capability.CORRECT, Capability.APPROVE_SOP, Capability.SIGN_AGREEMENTS},
    Role.CUSTOMER: frozenset({Capability.REPORT_BREACH, Capability.SIGN_AGREEMENTS}),
}

type Person = User | AnonymousUser


class Access:
    """What one person may do where, on one production date; read once per request.

    A superuser counts as an administrator of everything, also while there is no unit to hold a role in.
    """

    def __init__(self, person: Person, *, tree: UnitTree, date: dt.date) -> None:
        self.tree = tree
        self.is_superuser = isinstance(person, User) and person.is_active and person.is_superuser
        self._held: list[tuple[Role, int]] = []
        if isinstance(person, User) and person.is_active:
            held = RoleAssignment.objects.filter(person=person).held_on(date)
            self._held = [(Role(role), unit_id) for role, unit_id in held.values_list("role", "unit_id")]

    @property
    def roles(self) -> frozenset[Role]:
        held = frozenset(role for role, _ in self._held)
        return held | {Role.ADMINISTRATOR} if self.is_superuser else held

    def roles_in(self, unit: Unit | int) -> frozenset[Role]:
        """The roles that reach a unit: held in it or in an ancestor of it."""
        unit_id = unit if isinstance(unit, int) else unit.pk
        line = {unit_id, *self.tree.ancestors(unit_id)}
        held = frozenset(role for role, place in self._held if place in line)
        return held | {Role.ADMINISTRATOR} if self.is_superuser else held

    def can(self, capability: Capability, unit: Unit | int) -> bool:
        """Whether one of the person's roles allows it in this unit or in an ancestor of it."""
        return any(capability in CAPABILITIES[role] for role in self.roles_in(unit))

    def can_somewhere(self, capability: Capability) -> bool:
        return any(capability in CAPABILITIES[role] for role in self.roles)

    def can_everywhere(self, capability: Capability) -> bool:
        """Whether a role held in the plant itself, or in the company, allows it: for what is the whole plant's."""
        return any(self.holds_everywhere(role) for role in Role if capability in CAPABILITIES[role])

    def holds_everywhere(self, role: Role) -> bool:
        """Whether the role is held in the plant itself, or in the company."""
        if self.is_superuser and role == Role.ADMINISTRATOR:
            return True
        tops = (UnitKind.COMPANY, UnitKind.PLANT)
        return any(held == role and self.tree.kinds.get(place) in tops for held, place in self._held)

    def units(self, capability: Capability) -> frozenset[int]:
        """Ids of every unit in which the person may do it."""
        if self.is_superuser and capability in CAPABILITIES[Role.ADMINISTRATOR]:
            return frozenset(self.tree.kinds)
        reach: set[int] = set()
        for role, place in self._held:
            if capability in CAPABILITIES[role]:
                reach |= {place, *self.tree.descendants(place)}
        return frozenset(reach)

    def areas(self) -> list[int]:
        """Ids of the units that the person holds any role in, in the order held."""
        return list(dict.fromkeys(place for _, place in self._held))

    def held_in(self, unit_id: int) -> frozenset[Role]:
        """The roles held in this very unit, not the ones that reach it from above."""
        return frozenset(role for role, place in self._held if place == unit_id)


def access_of(person: Person, *, now: dt.datetime | None = None) -> Access:
    """The person's access today, remembered on the person for the length of the request.

    With `now`, the access at that instant, read afresh.
    """
    if now is not None:
        tree = current_tree(now)
        return Access(person, tree=tree, date=tree.date)
    known: Access | None = getattr(person, "_access", None)
    if known is None:
        tree = current_tree(timezone.now())
        known = Access(person, tree=tree, date=tree.date)
        person._access = known  # type: ignore[union-attr]
    return known


def require(person: Person, capability: Capability, unit: Unit | int) -> None:
    """Raise PermissionDenied (403) unless the person may do it there."""
    if not access_of(person).can(capability, unit):
        raise PermissionDenied(capability)


def require_somewhere(person: Person, capability: Capability) -> None:
    """Raise PermissionDenied (403) unless some role of the person allows it in some unit."""
    if not access_of(person).can_somewhere(capability):
        raise PermissionDenied(capability)


def require_everywhere(person: Person, capability: Capability) -> None:
    """Raise PermissionDenied (403) unless the person may do it for the whole plant."""
    if not access_of(person).can_everywhere(capability):
        raise PermissionDenied(capability)


def visible_names(person: Person, unit_ids: Iterable[int]) -> bool:
    """Whether names behind observations may be shown: only where the person may see them in every unit given."""
    access = access_of(person)
    return all(access.can(Capability.SEE_NAMES, unit_id) for unit_id in unit_ids)


def is_administrator(person: Person) -> bool:
    """Whether the person is an administrator of the whole plant: the only ones the Django admin opens to."""
    return access_of(person).holds_everywhere(Role.ADMINISTRATOR)
