"""Whose name is shown on deviations, actions and meetings.

Owners, those present and those who signed have agreed to a responsibility: their names are for everybody whose role
reaches the unit or lies below it. Who reported what stays hidden: the work is observed, not the person.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from principles.teams.models import Unit, User
from principles.teams.permissions import Access, Capability


def shows_responsible(access: Access, unit: Unit | int) -> bool:
    """Whether names of agreed responsibilities in a unit are shown: a role that reaches it, or one held below it."""
    if access.roles_in(unit):
        return True
    unit_id = unit if isinstance(unit, int) else unit.pk
    return any(unit_id in access.tree.ancestors(held) for held in access.areas())


def shown_name(access: Access, person: User | None, unit: Unit | int, *, reader: User) -> str:
    """The name of an owner, of somebody present or of who signed, as `reader` may see it; "" for nobody."""
    if person is None:
        return ""
    if person.pk == reader.pk or shows_responsible(access, unit):
        return str(person)
    return _("name hidden")


def reporter_name(access: Access, person: User | None, unit: Unit | int, *, reader: User) -> str:
    """The name of who reported or saw something, as `reader` may see it; "" for nobody."""
    if person is None:
        return ""
    if person.pk == reader.pk or access.can(Capability.SEE_NAMES, unit):
        return str(person)
    return _("name hidden")
