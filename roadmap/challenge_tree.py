"""Challenges as pages show them: passed down from plant to unit to team, and which units have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from principles.dimensions import Dimension
from principles.improvement.models import ActionState
from principles.teams.models import Unit
from principles.teams.tree import UnitTree
from roadmap.models import Challenge
from roadmap.planning import is_level

# HSE first, as everywhere.
DIMENSIONS = (Dimension.HSE, Dimension.VOLUME, Dimension.QUALITY, Dimension.COST)


@dataclass(slots=True)
class Link:
    """One challenge with what was passed down of it. `actions` and `nok` are of the plan's entries that answer it."""

    challenge: Challenge
    depth: int
    actions: int
    open: int
    nok: Decimal | None
    can_edit: bool = False
    can_pass: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One dimension: its chains as flat lines with depths, and the units that have no challenge in it."""

    code: str
    label: str
    links: list[Link]
    without: list[Unit]


def boards_of(tree: UnitTree, unit: Unit, year: int, *, ended: bool, editable: Collection[int]) -> list[Board]:
    """The challenges of a year that concern a unit: those of its line and of everything below it (two queries).

    `editable` are ids of units in which the reader may give challenges.
    """
    levels = [pk for pk in (unit.pk, *tree.descendants(unit.pk)) if is_level(tree, pk)]
    line = [pk for pk in tree.ancestors(unit.pk) if is_level(tree, pk)]
    found = list(challenges_counted(Challenge.objects.filter(unit__in=[*levels, *line], year=year)))
    if not ended:
        found = [challenge for challenge in found if challenge.ended_at is None]
    names = Unit.objects.open_on(tree.date).in_bulk(levels)
    boards = []
    for dimension in DIMENSIONS:
        own = [challenge for challenge in found if challenge.dimension == dimension]
        held = {challenge.unit_id for challenge in own if challenge.ended_at is None}
        boards.append(
            Board(
                code=dimension.value,
                label=str(dimension.label),
                links=_chains(own, tree, editable),
                without=[names[pk] for pk in levels if pk in names and pk not in held],
            )
        )
    return boards


def challenges_counted(found: QuerySet[Challenge]) -> QuerySet[Challenge]:
    """With `actions`, `open_actions` and `nok`, without those that were cancelled."""
    going = ~Q(entries__action__state=ActionState.CANCELLED)
    still = going & ~Q(entries__action__state=ActionState.DONE)
    return found.select_related("unit", "parent__unit").annotate(
        actions=Count("entries", filter=going),
        open_actions=Count("entries", filter=still),
        nok=Sum("entries__nok_per_year", filter=going),
    )


def takers_of(tree: UnitTree, unit_id: int, editable: Collection[int]) -> list[int]:
    """Units below that a challenge can be passed down to by somebody who may give them one."""
    return [pk for pk in tree.descendants(unit_id) if is_level(tree, pk) and pk in editable]


def _chains(found: list[Challenge], tree: UnitTree, editable: Collection[int]) -> list[Link]:
    """Chains from the top down, each parent before what was passed down of it."""
    known = {challenge.pk for challenge in found}
    children: defaultdict[int | None, list[Challenge]] = defaultdict(list)
    for challenge in found:
        children[challenge.parent_id if challenge.parent_id in known else None].append(challenge)
    links: list[Link] = []

    def walk(parent: int | None, depth: int) -> None:
        for challenge in sorted(children[parent], key=lambda one: (one.unit.position, one.unit.code, one.pk)):
            links.append(_link(challenge, depth, tree, editable))
            walk(challenge.pk, depth + 1)

    walk(None, 0)
    return links


def _link(challenge: Challenge, depth: int, tree: UnitTree, editable: Collection[int]) -> Link:
    is_open = challenge.ended_at is None
    return Link(
        challenge=challenge,
        depth=depth,
        actions=challenge.actions,  # type: ignore[attr-defined] # annotated
        open=challenge.open_actions,  # type: ignore[attr-defined] # annotated
        nok=challenge.nok,  # type: ignore[attr-defined] # annotated
        can_edit=is_open and challenge.unit_id in editable,
        can_pass=is_open and bool(takers_of(tree, challenge.unit_id, editable)),
    )
