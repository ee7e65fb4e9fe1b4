"""Roles: who holds which, in which unit, from when to when, and who may give them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from amps import audit
from principles.teams import calendars
from principles.teams.models import Role, RoleAssignment, Unit, User
from principles.teams.permissions import Access, Capability
from principles.teams.tree import current_tree

_ON_THE_FLOOR = frozenset(
    {Role.OPERATOR, Role.SHIFT_LEAD, Role.TECHNICAL_LEAD, Role.MAINTENANCE, Role.SUPPORT, Role.CUSTOMER}
)
# Which roles a role may hand out, in its own subtree. Nobody hands out more than their own.
GRANTS: dict[Role, frozenset[Role]] = {
    Role.AREA_LEADER: _ON_THE_FLOOR,
    Role.PLANT_MANAGER: _ON_THE_FLOOR | {Role.AREA_LEADER},
    Role.ADMINISTRATOR: frozenset(Role),
}


class RoleError(Exception):
    """A change of a role that is refused; the subclasses say why."""


class NotYours(RoleError):
    """The role is above what the person may hand out there."""


class OwnRole(RoleError):
    """Nobody gives a role to themselves."""


class HeldAlready(RoleError):
    """The person holds this role in this unit in that time."""


class InThePast(RoleError):
    """A role begins and ends on the current production date or later; `earliest` is that date."""

    def __init__(self, earliest: dt.date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class LastAdministratorRole(RoleError):
    """Somebody has to be left who can give roles."""


def grantable(access: Access, unit: Unit | int) -> frozenset[Role]:
    """The roles that a person may hand out (and end) in a unit."""
    if not access.can(Capability.EDIT_PEOPLE, unit):
        return frozenset()
    return frozenset[Role]().union(*(GRANTS.get(role, frozenset()) for role in access.roles_in(unit)))


@transaction.atomic
def role_grant(
    *,
    person: User,
    role: Role,
    unit: Unit,
    actor: User,
    now: dt.datetime,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> RoleAssignment:
    """Let a person hold a role in a unit. Raises NotYours, OwnRole, HeldAlready or InThePast."""
    tree = current_tree(now)
    start = valid_from or tree.date
    if start < tree.date:
        raise InThePast(tree.date)
    if person.pk == actor.pk and not actor.is_superuser:
        raise OwnRole
    if role not in grantable(Access(actor, tree=tree, date=tree.date), unit):
        raise NotYours
    User.objects.select_for_update().get(pk=person.pk)
    overlapping = RoleAssignment.objects.filter(person=person, role=role, unit=unit).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=start)
    )
    if valid_to is not None:
        overlapping = overlapping.filter(valid_from__lt=valid_to)
    if overlapping.exists():
        raise HeldAlready
    held = RoleAssignment(person=person, role=role, unit=unit, valid_from=start, valid_to=valid_to)
    held.full_clean()
    held.save()
    audit.record(actor=actor, action="role.granted", target=held, after=_facts(held))
    return held


@transaction.atomic
def role_end(*, held: RoleAssignment, actor: User, now: dt.datetime, on: dt.date | None = None) -> None:
    """End a role from a production date on (the current one when none is given).

    A role that has not begun by then is taken back altogether. Raises NotYours, InThePast or
    LastAdministratorRole.
    """
    tree = current_tree(now)
    end = on or tree.date
    if end < tree.date:
        raise InThePast(tree.date)
    locked = RoleAssignment.objects.select_for_update().select_related("person", "unit").get(pk=held.pk)
    if locked.valid_to is not None and locked.valid_to <= tree.date:
        return
    if Role(locked.role) not in grantable(Access(actor, tree=tree, date=tree.date), locked.unit):
        raise NotYours
    if locked.role == Role.ADMINISTRATOR and not other_administrators(locked.person, now=now):
        raise LastAdministratorRole
    before = _facts(locked)
    if end <= locked.valid_from:
        audit.record(actor=actor, action="role.taken_back", target=locked, before=before)
        locked.delete()
        return
    locked.valid_to = end
    locked.save(update_fields=["valid_to"])
    audit.record(actor=actor, action="role.ended", target=locked, before=before, after=_facts(locked))


def is_administrator_now(person: User, *, now: dt.datetime) -> bool:
    """Whether the person is a superuser or holds the administrator's role."""
    held = RoleAssignment.objects.held_on(calendars.production_date(now)).filter(person=person)
    return person.is_superuser or held.filter(role=Role.ADMINISTRATOR).exists()


def other_administrators(person: User, *, now: dt.datetime) -> bool:
    """Whether somebody else with a login in use holds the administrator's role, or is a superuser."""
    today = calendars.production_date(now)
    held = RoleAssignment.objects.held_on(today).filter(role=Role.ADMINISTRATOR).values("person")
    others = User.objects.filter(is_active=True).exclude(pk=person.pk)
    return others.filter(Q(is_superuser=True) | Q(pk__in=held)).exists()


def may_manage(access: Access, person: User) -> bool:
    """Whether somebody may change a person: every role that the person holds is one they could hand out there.

    A person without roles is for anyone who may edit people somewhere; a superuser only for superusers.
    """
    if person.is_superuser and not access.is_superuser:
        return False
    held = RoleAssignment.objects.filter(person=person).held_on(access.tree.date)
    pairs = [(Role(role), unit_id) for role, unit_id in held.values_list("role", "unit_id")]
    if not pairs:
        return access.can_somewhere(Capability.EDIT_PEOPLE)
    return all(role in grantable(access, unit_id) for role, unit_id in pairs)


def may_reset_password(access: Access, person: User) -> bool:
    """Whether somebody may give a person a new password: administrators, for people they may manage."""
    return Role.ADMINISTRATOR in access.roles and may_manage(access, person)


def _facts(held: RoleAssignment) -> dict[str, object]:
    return {
        "person": held.person.username,
        "role": held.role,
        "unit": held.unit.code,
        "valid_from": held.valid_from,
        "valid_to": held.valid_to,
    }
