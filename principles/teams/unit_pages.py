"""The tree as pages show it: an outline with counts, the way down to a unit, lists in the order of the tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypedDict

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from principles.teams.models import Unit, UnitKind
from principles.teams.tree import UnitTree


class Crumb(TypedDict):
    """One step of the way down to a page."""

    label: str | Promise
    url: str


@dataclass(slots=True)
class Node:
    """A unit in the outline: its parts below it, its equipment, how many of either in all, whether to unfold it."""

    unit: Unit
    parts: list[Node] = field(default_factory=list)
    equipment: list[Node] = field(default_factory=list)
    equipment_in_all: int = 0
    is_open: bool = False
    is_match: bool = False


@dataclass(slots=True)
class Outline:
    """The tops of the tree as shown, how many units of each kind (in use), and how many match a search."""

    tops: list[Node]
    counts: dict[str, int]
    matches: int


def outline(tree: UnitTree, *, query: str = "", with_closed: bool = False) -> Outline:
    """The tree as an outline (one query). With a `query`, units whose code or name holds it, and the way to them."""
    units = Unit.objects.all() if with_closed else Unit.objects.open_on(tree.date)
    nodes = {unit.pk: Node(unit) for unit in units}
    counts = Counter(str(node.unit.get_kind_display()) for node in _by_kind(nodes.values()))
    if query:
        wanted = query.casefold()
        for node in nodes.values():
            texts = (node.unit.code, node.unit.name_en, node.unit.name_nb)
            node.is_match = any(wanted in text.casefold() for text in texts)
        nodes = _with_the_way(nodes, tree)
    tops: list[Node] = []
    for pk, node in nodes.items():
        above = nodes.get(parent) if (parent := tree.parent(pk)) is not None else None
        if above is None:
            tops.append(node)
        elif node.unit.kind == UnitKind.EQUIPMENT:
            above.equipment.append(node)
        else:
            above.parts.append(node)
    for node in tops:
        _count(node)
    matches = sum(node.is_match for node in nodes.values())
    return Outline(tops=tops, counts=dict(counts), matches=matches)


def units_in_order(tree: UnitTree, kinds: Collection[str]) -> list[tuple[Unit, int]]:
    """Units of some kinds in use, in the order of the tree, each with its level below the first (0…); one query."""
    by_id = {unit.pk: unit for unit in Unit.objects.open_on(tree.date).filter(kind__in=kinds)}
    place = {pk: index for index, pk in enumerate(by_id)}
    found: list[tuple[Unit, int]] = []

    def walk(pk: int, level: int) -> None:
        found.append((by_id[pk], level))
        for child in sorted((child for child in tree.children(pk) if child in place), key=place.__getitem__):
            walk(child, level + 1)

    for pk in by_id:
        if tree.parent(pk) not in by_id:
            walk(pk, 0)
    return found


def crumbs_of(tree: UnitTree, unit: Unit) -> list[Crumb]:
    """The way from the tree's page down to a unit (one query)."""
    line = [*reversed(tree.ancestors(unit.pk)), unit.pk]
    found = Unit.objects.filter(Q(pk__in=line)).in_bulk()
    steps = [Crumb(label=_("Units"), url=reverse("teams:units"))]
    steps += [
        Crumb(label=found[pk].name, url=reverse("teams:unit", kwargs={"code": found[pk].code}))
        for pk in line
        if pk in found
    ]
    return steps


def _by_kind(nodes: Collection[Node]) -> list[Node]:
    rank = {kind.value: index for index, kind in enumerate(UnitKind)}
    return sorted(nodes, key=lambda node: rank[node.unit.kind])


def _with_the_way(nodes: dict[int, Node], tree: UnitTree) -> dict[int, Node]:
    kept: set[int] = set()
    for pk, node in nodes.items():
        if node.is_match:
            above = tree.ancestors(pk)
            kept |= {pk, *above}
            for ancestor in above:
                if ancestor in nodes:
                    nodes[ancestor].is_open = True
    return {pk: node for pk, node in nodes.items() if pk in kept}


def _count(node: Node) -> int:
    node.equipment_in_all = len(node.equipment) + sum(_count(part) for part in [*node.parts, *node.equipment])
    return node.equipment_in_all
