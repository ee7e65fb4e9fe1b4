"""Whose name a person may see: their own, their crew's, and everybody's where a role lets them see names."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from principles.teams.models import RoleAssignment, User
from principles.teams.permissions import Access, Capability


def reach_of_names(access: Access) -> frozenset[int]:
    """Ids of the units in which a person may see who works there."""
    return access.units(Capability.SEE_NAMES) | access.units(Capability.EDIT_PEOPLE)


def people_visible_to(person: User, access: Access) -> QuerySet[User]:
    """People whose names the person may see (a role in reach counts while it is held and after it).

    Whoever edits people also sees those without any role, to give them one.
    """
    seen = Q(pk=person.pk)
    if person.crew_id is not None:
        seen |= Q(crew=person.crew_id)
    if access.can_everywhere(Capability.EDIT_PEOPLE):
        return User.objects.all()
    reach = reach_of_names(access)
    if reach:
        seen |= Q(pk__in=RoleAssignment.objects.filter(unit__in=reach).values("person"))
    if access.can_somewhere(Capability.EDIT_PEOPLE):
        seen |= Q(roles__isnull=True)
    return User.objects.filter(seen).distinct()
