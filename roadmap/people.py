"""Who can be asked into the group of an evaluation: people with a role in the unit, above it or below it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from principles.teams.models import Crew, Role, RoleAssignment, Unit, User
from principles.teams.tree import UnitTree


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with the roles that they hold here, in words."""

    person: User
    roles: str
    is_crew: bool


def candidates(unit: Unit, crew: Crew | None, *, tree: UnitTree, date: dt.date) -> list[Candidate]:
    """People who may be in the group, the team's own first, then by name (one query)."""
    reach = {unit.pk, *tree.ancestors(unit.pk), *tree.descendants(unit.pk)}
    held = RoleAssignment.objects.filter(unit_id__in=reach, person__is_active=True).held_on(date)
    roles: defaultdict[int, dict[str, None]] = defaultdict(dict)
    people: dict[int, User] = {}
    for one in held.select_related("person__crew"):
        people[one.person_id] = one.person
        roles[one.person_id][str(Role(one.role).label)] = None
    found = [
        Candidate(person, ", ".join(roles[pk]), crew is not None and person.crew_id == crew.pk)
        for pk, person in people.items()
    ]
    return sorted(found, key=lambda one: (not one.is_crew, str(one.person).casefold()))
