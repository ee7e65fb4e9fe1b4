"""Who may do what with deviations and actions; one set of rules for views and templates."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from principles.improvement.models import Action, Deviation
from principles.teams.models import Unit, User
from principles.teams.permissions import Access, Capability, access_of


def require_role(person: User) -> Access:
    """The person's access. Raises PermissionDenied (403) for somebody without any role in the plant."""
    access = access_of(person)
    if not access.roles:
        raise PermissionDenied
    return access


def may_report(access: Access, unit: Unit | int) -> bool:
    """Open a deviation, say what was done at once, answer its whys."""
    return access.can(Capability.REPORT_DEVIATION, unit)


def may_manage(access: Access, deviation: Deviation) -> bool:
    """Record the root cause, give it an owner and a date, close it and open it again."""
    return access.can(Capability.MANAGE_DEVIATION, deviation.unit_id)


def may_edit(access: Access, person: User, deviation: Deviation) -> bool:
    """Change its words: who manages it, and who reported it as long as no cause is recorded."""
    if not deviation.is_open:
        return False
    own = deviation.reported_by_id == person.pk and deviation.cause_at is None
    return may_manage(access, deviation) or (own and may_report(access, deviation.unit_id))


def may_plan(access: Access, unit: Unit | int) -> bool:
    """Make actions, change and call them off, verify their effect."""
    return access.can(Capability.MANAGE_ACTIONS, unit)


def may_move(access: Access, person: User, action: Action) -> bool:
    """Take an action on in its loop: its owner, and who manages actions there."""
    return action.owner_id == person.pk or may_plan(access, action.unit_id)
