"""Who may own an action or a deviation: people in use with a role in the unit, above it or below it."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from principles.improvement.refusals import OwnerHasLeft, OwnerNotHere
from principles.teams.models import RoleAssignment, Unit, User
from principles.teams.tree import UnitTree, current_tree


def owners_for(unit: Unit, *, tree: UnitTree) -> QuerySet[User]:
    """People whose login is in use and who hold a role in the unit's line or below it on the tree's date."""
    places = {unit.pk, *tree.ancestors(unit.pk), *tree.descendants(unit.pk)}
    held = RoleAssignment.objects.held_on(tree.date).filter(unit__in=places)
    return User.objects.filter(is_active=True, pk__in=held.values("person"))


def owner_check(owner: User, unit: Unit, *, now: dt.datetime) -> None:
    """Raise OwnerHasLeft or OwnerNotHere unless the person may own something in the unit."""
    if not owner.is_active:
        raise OwnerHasLeft
    if not owners_for(unit, tree=current_tree(now)).filter(pk=owner.pk).exists():
        raise OwnerNotHere
