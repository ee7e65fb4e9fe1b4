"""The goal breakdown as one graph: KPI, process indicator, critical work process, SOP, observation point.

Read once (`chain_load`), then walked in memory in both directions (`Chain.line`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from kpis.models import Edge, Indicator, IndicatorLevel, IndicatorPoint, ProcessIndicator
from sops.models import CriticalEquipment, CriticalProcess, ObservationPoint, Sop, SopPoint, SopRevision

type Subject = Indicator | CriticalProcess | CriticalEquipment | Sop | ObservationPoint


class NodeKind(StrEnum):
    """What a node is; the order is that of the columns, from the goal to what is watched and adds up."""

    KPI = "kpi"
    PROCESS_INDICATOR = "process_indicator"
    PROCESS = "process"
    EQUIPMENT = "equipment"
    SOP = "sop"
    POINT = "point"
    EXECUTION = "execution"
    SYSTEM = "coverage"


class LinkKind(StrEnum):
    """How a lower node stands to an upper one. Only the first is arithmetic."""

    SUMMED_FROM = "summed_from"
    DRIVEN_BY = "driven_by"
    DECIDED_BY = "decided_by"  # indicator ← work process or equipment
    DESCRIBED_IN = "described_in"  # work process or equipment ← SOP
    WATCHED_AT = "watched_at"  # SOP ← point
    FED_BY = "fed_by"  # indicator ← point


EDGES = (LinkKind.SUMMED_FROM, LinkKind.DRIVEN_BY)


@dataclass(frozen=True, slots=True)
class Node:
    """One thing of the chain; `key` is what ?focus= names: a code, or point:<code>."""

    key: str
    kind: NodeKind
    subject: Subject
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    upper: str
    lower: str
    kind: LinkKind
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What hangs together with the node in focus: `above` it moves, `below` decides it."""

    focus: str
    above: frozenset[str]
    below: frozenset[str]

    @property
    def keys(self) -> frozenset[str]:
        return self.above | self.below | {self.focus}


@dataclass(frozen=True)
class Chain:
    """The whole breakdown. Nodes by key, links from upper to lower."""

    nodes: Mapping[str, Node]
    links: Sequence[Link]
    _down: dict[str, list[Link]] = field(default_factory=lambda: defaultdict(list), init=False, repr=False)
    _up: dict[str, list[Link]] = field(default_factory=lambda: defaultdict(list), init=False, repr=False)

    def __post_init__(self) -> None:
        for link in self.links:
            self._down[link.upper].append(link)
            self._up[link.lower].append(link)

    def lower(self, key: str, *kinds: LinkKind) -> list[Link]:
        """The links below a node, of these kinds (of every kind when none is named)."""
        return [link for link in self._down.get(key, ()) if not kinds or link.kind in kinds]

    def upper(self, key: str, *kinds: LinkKind) -> list[Link]:
        """The links above a node, of these kinds (of every kind when none is named)."""
        return [link for link in self._up.get(key, ()) if not kinds or link.kind in kinds]

    def below(self, keys: Iterable[str], *kinds: LinkKind) -> set[str]:
        """Everything that hangs under these nodes by these kinds of link, at any depth."""
        return _reach(keys, lambda key: [link.lower for link in self.lower(key, *kinds)])

    def above(self, keys: Iterable[str], *kinds: LinkKind) -> set[str]:
        """Everything over these nodes by these kinds of link, at any height."""
        return _reach(keys, lambda key: [link.upper for link in self.upper(key, *kinds)])

    def line(self, focus: str) -> Line:
        """The line through a node. Raises KeyError for a node that does not exist."""
        kind = self.nodes[focus].kind
        if kind in (NodeKind.PROCESS, NodeKind.EQUIPMENT, NodeKind.SOP, NodeKind.POINT):
            above, below = self._line_of_work(focus)
        else:
            above, below = self._line_of_figures(focus)
        return Line(focus, frozenset(above - {focus}), frozenset(below - above - {focus}))

    def _line_of_figures(self, focus: str) -> tuple[set[str], set[str]]:
        """An indicator: the indicators that drive or make it, their points, the SOPs that hold those, the work."""
        indicators = self.below([focus], *EDGES)
        points = self._step_down({focus, *indicators}, LinkKind.FED_BY)
        work = self._step_down({focus}, LinkKind.DECIDED_BY)
        sops = self._step_up(points, LinkKind.WATCHED_AT) | self._step_down(work, LinkKind.DESCRIBED_IN)
        work |= {key for key in self._step_up(sops, LinkKind.DESCRIBED_IN) if self.nodes[key].kind == NodeKind.PROCESS}
        return self.above([focus], *EDGES), indicators | points | sops | work

    def _line_of_work(self, focus: str) -> tuple[set[str], set[str]]:
        """Work, an SOP or a point: down to the points, up by what these feed to the KPIs."""
        below = self.below([focus], LinkKind.DESCRIBED_IN, LinkKind.WATCHED_AT)
        over = self.above([focus], LinkKind.DESCRIBED_IN, LinkKind.WATCHED_AT)
        fed = self._step_up(self._points({focus, *below}), LinkKind.FED_BY)
        decided = self._step_up({focus}, LinkKind.DECIDED_BY)
        return over | fed | decided | self.above(fed | decided, *EDGES), below

    def _points(self, keys: Iterable[str]) -> set[str]:
        return {key for key in keys if self.nodes[key].kind == NodeKind.POINT}

    def _step_down(self, keys: Iterable[str], kind: LinkKind) -> set[str]:
        return {link.lower for key in keys for link in self.lower(key, kind)}

    def _step_up(self, keys: Iterable[str], kind: LinkKind) -> set[str]:
        return {link.upper for key in keys for link in self.upper(key, kind)}


def _reach(start: Iterable[str], step: Callable[[str], list[str]]) -> set[str]:
    """Every key that steps lead to from the start, the start itself only where a loop leads back to it."""
    found: set[str] = set()
    todo = list(start)
    while todo:
        for key in step(todo.pop()):
            if key not in found:
                found.add(key)
                todo.append(key)
    return found


_LEVELS = {
    IndicatorLevel.KPI: NodeKind.KPI,
    IndicatorLevel.PROCESS: NodeKind.PROCESS_INDICATOR,
    IndicatorLevel.EXECUTION: NodeKind.EXECUTION,
    IndicatorLevel.COVERAGE: NodeKind.SYSTEM,
}


def chain_load(*, now: dt.datetime, date: dt.date) -> Chain:
    """The chain by the SOPs in force at `now` and the edges valid on a production date (nine queries)."""
    revisions = {r.sop_id: r for r in SopRevision.objects.filter(sop__active=True).in_force(now)}
    sops = {sop.pk: sop for sop in Sop.objects.filter(active=True).order_by("code")}
    nodes = [
        *(_indicator_node(indicator) for indicator in Indicator.objects.filter(active=True)),
        *(Node(p.code, NodeKind.PROCESS, p, p.name) for p in CriticalProcess.objects.filter(active=True)),
        *(Node(e.code, NodeKind.EQUIPMENT, e, e.name) for e in CriticalEquipment.objects.all()),
        *(Node(s.code, NodeKind.SOP, s, revisions[s.pk].title if s.pk in revisions else "") for s in sops.values()),
        *(Node(f"point:{p.code}", NodeKind.POINT, p, p.text) for p in ObservationPoint.objects.all()),
    ]
    known = {node.key: node for node in nodes}
    links = [*_edge_links(date), *_work_links(known, sops), *_point_links(revisions.values(), sops)]
    return Chain(known, [link for link in links if link.upper in known and link.lower in known])


def _indicator_node(indicator: Indicator) -> Node:
    return Node(indicator.code, _LEVELS[IndicatorLevel(indicator.level)], indicator, indicator.name)


def _edge_links(date: dt.date) -> list[Link]:
    edges = Edge.objects.valid_on(date).order_by("parent__position", "child__position")
    values = edges.values_list("parent__code", "child__code", "kind", "weight")
    return [Link(parent, child, LinkKind(kind), weight) for parent, child, kind, weight in values]


def _work_links(known: Mapping[str, Node], sops: Mapping[int, Sop]) -> list[Link]:
    decided = ProcessIndicator.objects.order_by("indicator__position").values_list(
        "indicator__code", "process__code", "equipment__code"
    )
    links = [
        Link(indicator, process or equipment or "", LinkKind.DECIDED_BY) for indicator, process, equipment in decided
    ]
    processes = {n.subject.pk: n.key for n in known.values() if isinstance(n.subject, CriticalProcess)}
    links += [
        Link(processes[sop.process_id], sop.code, LinkKind.DESCRIBED_IN)
        for sop in sops.values()
        if sop.process_id in processes
    ]
    equipment_nodes = [n.subject for n in known.values() if isinstance(n.subject, CriticalEquipment)]
    links += [
        Link(item.code, sops[item.sop_id].code, LinkKind.DESCRIBED_IN)
        for item in equipment_nodes
        if item.sop_id is not None and item.sop_id in sops
    ]
    return links


def _point_links(revisions: Iterable[SopRevision], sops: Mapping[int, Sop]) -> list[Link]:
    bound = SopPoint.objects.filter(revision__in=[revision.pk for revision in revisions])
    bound = bound.order_by("revision__sop__code", "position")
    links = [
        Link(sops[sop_id].code, f"point:{point}", LinkKind.WATCHED_AT)
        for sop_id, point in bound.values_list("revision__sop_id", "point__code")
    ]
    feeds = IndicatorPoint.objects.order_by("indicator__position").values_list("indicator__code", "point__code")
    links += [Link(indicator, f"point:{point}", LinkKind.FED_BY) for indicator, point in feeds]
    return links
