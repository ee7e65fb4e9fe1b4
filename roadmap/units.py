"""Units that evaluate themselves, in the tree's order."""

from __future__ import annotations

from principles.teams.models import FIGURE_KINDS, Unit
from principles.teams.permissions import Access, Capability


def units_of_evaluations(access: Access, capability: Capability | None) -> list[tuple[Unit, int]]:
    """Units that evaluations are made in, in the tree's order with their level; only those where one may."""
    found = Unit.objects.open_on(access.tree.date).filter(kind__in=FIGURE_KINDS)
    if capability is not None:
        found = found.filter(pk__in=access.units(capability))
    known = {unit.pk: unit for unit in found}
    ordered: list[tuple[Unit, int]] = []

    def walk(pk: int, depth: int) -> None:
        here = known.get(pk)
        if here is not None:
            ordered.append((here, depth))
        below = [known[child] for child in access.tree.children(pk) if child in known]
        hidden = [child for child in access.tree.children(pk) if child not in known]
        for child in sorted(below, key=lambda unit: (unit.position, unit.code)):
            walk(child.pk, depth + (here is not None))
        for child_pk in hidden:
            walk(child_pk, depth)

    for top in access.tree.tops():
        walk(top, 0)
    return ordered
