"""The unit tree on one production date: plain ids in memory, so that a page asks the database once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from principles.teams.calendars import production_date
from principles.teams.models import FIGURE_KINDS_VALUES, UnitKind, UnitPlacement


class UnitTree:
    """Who stands under whom on `date`. Ids only; `kinds` maps a unit's id to its kind."""

    def __init__(self, *, date: dt.date, parents: Mapping[int, int | None], kinds: Mapping[int, str]) -> None:
        self.date = date
        self._parents = dict(parents)
        self.kinds = dict(kinds)
        children: defaultdict[int, list[int]] = defaultdict(list)
        for unit_id, parent_id in self._parents.items():
            if parent_id is not None:
                children[parent_id].append(unit_id)
        self._children = dict(children)

    @classmethod
    def on(cls, date: dt.date) -> UnitTree:
        """The tree valid on a production date (one query). A unit closed by then keeps its last place.

        Before its first placement a unit stands where it stood first, so that older facts can be brought in.
        """
        parents: dict[int, int | None] = {}
        kinds: dict[int, str] = {}
        rows = UnitPlacement.objects.order_by("valid_from").values_list(
            "unit_id", "parent_id", "valid_from", "unit__kind"
        )
        for unit, parent, valid_from, kind in rows:
            if unit not in parents or valid_from <= date:
                parents[unit] = parent
                kinds[unit] = kind
        return cls(date=date, parents=parents, kinds=kinds)

    def tops(self) -> list[int]:
        """Units without a parent: usually the company."""
        return [unit for unit, parent in self._parents.items() if parent is None]

    def parent(self, unit_id: int) -> int | None:
        return self._parents.get(unit_id)

    def children(self, unit_id: int) -> list[int]:
        return list(self._children.get(unit_id, ()))

    def ancestors(self, unit_id: int) -> list[int]:
        """From the parent up to the top. A loop, which the services refuse to make, ends the walk."""
        line: list[int] = []
        at = self._parents.get(unit_id)
        while at is not None and at not in line:
            line.append(at)
            at = self._parents.get(at)
        return line

    def descendants(self, unit_id: int) -> list[int]:
        """Every unit below, nearest first. A loop, which the services refuse to make, ends the walk."""
        found: dict[int, None] = {}
        level = self.children(unit_id)
        while level:
            fresh = [at for at in level if at not in found and at != unit_id]
            found.update(dict.fromkeys(fresh))
            level = [child for at in fresh for child in self._children.get(at, ())]
        return list(found)

    def area_of(self, unit_id: int) -> int | None:
        """The nearest unit at or above this one that figures are kept for; None for a unit without a place."""
        for at in (unit_id, *self.ancestors(unit_id)):
            if self.kinds.get(at) in FIGURE_KINDS_VALUES:
                return at
        return None

    def areas_under(self, unit_id: int) -> list[int]:
        """The unit itself and everything below it that figures are kept for."""
        line = (unit_id, *self.descendants(unit_id))
        return [at for at in line if self.kinds.get(at) in FIGURE_KINDS_VALUES]

    def of_kind(self, unit_ids: Iterable[int], kind: UnitKind) -> list[int]:
        return [at for at in unit_ids if self.kinds.get(at) == kind]


def current_tree(now: dt.datetime) -> UnitTree:
    """The tree of the production date that `now` belongs to."""
    return UnitTree.on(production_date(now))
