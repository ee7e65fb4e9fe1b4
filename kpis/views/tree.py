"""The process tree: from a KPI down to the points that decide it, and from a point up to what it moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, CharField, OuterRef, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from kpis.chain import EDGES, Chain, Line, LinkKind, Node, NodeKind, chain_load
from kpis.models import Cadence, Figure, Indicator, IndicatorKind
from principles.teams.models import Unit, UnitKind
from principles.teams.permissions import access_of
from principles.teams.tree import UnitTree, current_tree
from sops.models import ObservationPoint

# Which cadence tells how an indicator stands now: the day where it is followed, else the next longer one.
NOW_CADENCES = (Cadence.DAY, Cadence.WEEK, Cadence.MONTH, Cadence.SHIFT)

COLUMNS: tuple[tuple[tuple[NodeKind, ...], str | Promise], ...] = (
    ((NodeKind.KPI,), gettext_lazy("KPIs")),
    ((NodeKind.PROCESS_INDICATOR,), gettext_lazy("Process indicators")),
    ((NodeKind.PROCESS, NodeKind.EQUIPMENT), gettext_lazy("Critical work processes")),
    ((NodeKind.SOP,), gettext_lazy("SOPs")),
    ((NodeKind.POINT,), gettext_lazy("Observation points")),
    ((NodeKind.EXECUTION, NodeKind.SYSTEM), gettext_lazy("What observations add up to")),
)

MISSING: dict[str, str | Promise] = {
    IndicatorKind.CONFORMITY: gettext_lazy("No observation point feeds it yet."),
    IndicatorKind.MEAN: gettext_lazy("No series of measurements feeds it yet."),
    IndicatorKind.SUM: gettext_lazy("No series of measurements feeds it yet."),
    IndicatorKind.RATE: gettext_lazy("No series of events feeds it yet."),
    IndicatorKind.RATIO: gettext_lazy("Needs quantities from another system, such as tonnes or hours."),
    IndicatorKind.FORMULA: gettext_lazy("Is worked out of other figures, which are not all here yet."),
    IndicatorKind.EXTERNAL: gettext_lazy("Comes from another system, which is not connected yet."),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A node as the page shows it: how it stands now, or what is missing; and its edges within what is shown."""

    node: Node
    role: str  # "focus", "above", "below" or ""
    figure: Figure | None
    missing: str | Promise
    summed_from: Sequence[tuple[Node, int]]  # with the weight in per cent
    driven_by: Sequence[Node]


@dataclass(frozen=True, slots=True)
class Band:
    """One critical work process across the overview; `points` is how many points its SOPs watch."""

    process: Node
    kpis: Sequence[Card]
    indicators: Sequence[Card]
    sops: Sequence[Node]
    execution: Sequence[Card]
    points: int


@require_GET
@login_required
def tree_page(request: HttpRequest) -> HttpResponse:
    """The whole tree, or with ?focus= the one line through an indicator, process, SOP or point."""
    now = timezone.now()
    tree = current_tree(now)
    unit, units = _unit(request, tree)
    chain = chain_load(now=now, date=tree.date)
    figures = _figures_now(unit, now)
    line = _line(request, chain)
    context: dict[str, Any] = {"unit": unit, "units": units, "line": line, "starts": _starts(chain)}
    if line is None:
        context |= {"bands": _bands(chain, figures), "equipment": _equipment(chain, figures)}
        context["others"] = _others(chain, figures)
    else:
        context |= {
            "focus": _card(chain, chain.nodes[line.focus], figures, line),
            "columns": _columns(chain, line, figures),
            "links": _drawn(chain, line),
        }
    return render(request, "kpis/tree.html", context)


@require_GET
@login_required
def point_indicators(request: HttpRequest, code: str) -> HttpResponse:
    """The indicators that a point feeds, as a fragment for the point's own page."""
    point = get_object_or_404(ObservationPoint, code=code)
    now = timezone.now()
    unit, _units = _unit(request, current_tree(now))
    figures = _figures_now(unit, now)
    indicators = Indicator.objects.filter(active=True, feeds__point=point).order_by("position")
    rows = [(indicator, figures.get(indicator.pk)) for indicator in indicators]
    return render(request, "kpis/point_indicators.html", {"point": point, "rows": rows, "unit": unit})


def _unit(request: HttpRequest, tree: UnitTree) -> tuple[Unit | None, list[Unit]]:
    """The unit of the address, else the person's own first one, else the plant; and those to choose from."""
    units = list(Unit.objects.with_figures().open_on(tree.date))
    by_code = {unit.code: unit for unit in units}
    wanted = request.GET.get("unit", "")
    if wanted and wanted not in by_code:
        messages.warning(request, _("There is no unit %(code)s with figures.") % {"code": wanted[:40]})
    if wanted in by_code:
        return by_code[wanted], units
    mine = [tree.area_of(unit_id) for unit_id in access_of(request.user).areas()]
    by_id = {unit.pk: unit for unit in units}
    own = next((by_id[unit_id] for unit_id in mine if unit_id in by_id), None)
    plant = next((unit for unit in units if unit.kind == UnitKind.PLANT), units[0] if units else None)
    return own or plant, units


def _figures_now(unit: Unit | None, now: dt.datetime) -> dict[int, Figure]:
    """The newest figure with a value of every indicator in a unit: one index look-up each, two queries in all."""
    if unit is None:
        return {}
    cadence = Case(
        *(When(cadences__contains=[c.value], then=Value(c.value)) for c in NOW_CADENCES), output_field=CharField()
    )
    newest = (
        Figure.objects.filter(
            unit=unit,
            indicator=OuterRef("pk"),
            cadence=OuterRef("cadence_now"),
            value__isnull=False,
            first__gt=(now - dt.timedelta(days=100)).date(),
        )
        .order_by("-first", "-number")
        .values("pk")[:1]
    )
    ids = Indicator.objects.annotate(cadence_now=cadence).values_list(Subquery(newest), flat=True)
    return {figure.indicator_id: figure for figure in Figure.objects.filter(pk__in=[pk for pk in ids if pk])}


def _line(request: HttpRequest, chain: Chain) -> Line | None:
    focus = request.GET.get("focus", "")
    if not focus:
        return None
    if focus not in chain.nodes:
        messages.warning(request, _("There is nothing called %(key)s in the tree.") % {"key": focus[:70]})
        return None
    return chain.line(focus)


def _starts(chain: Chain) -> list[tuple[str | Promise, list[Node]]]:
    """What a walk may start from, for the choice above the tree."""
    kinds = [
        (gettext_lazy("KPIs"), NodeKind.KPI),
        (gettext_lazy("Process indicators"), NodeKind.PROCESS_INDICATOR),
        (gettext_lazy("Execution"), NodeKind.EXECUTION),
        (gettext_lazy("Critical work processes"), NodeKind.PROCESS),
        (gettext_lazy("Critical equipment"), NodeKind.EQUIPMENT),
        (gettext_lazy("SOPs"), NodeKind.SOP),
        (gettext_lazy("Observation points"), NodeKind.POINT),
    ]
    return [(label, _of(chain.nodes.values(), kind)) for label, kind in kinds]


def _of(nodes: Iterable[Node], *kinds: NodeKind) -> list[Node]:
    return [node for node in nodes if node.kind in kinds]


def _card(chain: Chain, node: Node, figures: Mapping[int, Figure], line: Line | None = None) -> Card:
    figure = figures.get(node.subject.pk) if isinstance(node.subject, Indicator) else None
    role = ""
    if line is not None:
        role = "focus" if node.key == line.focus else "above" if node.key in line.above else "below"
    shown = line.keys if line is not None else chain.nodes.keys()
    edges = [link for link in chain.lower(node.key, *EDGES) if link.lower in shown]
    return Card(
        node=node,
        role=role,
        figure=figure,
        missing=_missing(chain, node) if figure is None else "",
        summed_from=[
            (chain.nodes[link.lower], round((link.weight or 0) * 100))
            for link in edges
            if link.kind == LinkKind.SUMMED_FROM
        ],
        driven_by=[chain.nodes[link.lower] for link in edges if link.kind == LinkKind.DRIVEN_BY],
    )


def _missing(chain: Chain, node: Node) -> str | Promise:
    """Why an indicator has no figure: nothing feeds it, or nothing has been observed here yet."""
    if not isinstance(node.subject, Indicator):
        return ""
    summed = chain.lower(node.key, LinkKind.SUMMED_FROM)
    if node.subject.all_points or summed or chain.lower(node.key, LinkKind.FED_BY):
        return _("Nothing observed here yet.")
    return MISSING.get(node.subject.kind, "")


def _columns(chain: Chain, line: Line, figures: Mapping[int, Figure]) -> list[tuple[str | Promise, list[Card]]]:
    # Points stand in the order of their SOPs, so that the lines to them do not cross more than they must.
    watched = [link.lower for link in chain.links if link.kind == LinkKind.WATCHED_AT]
    place = {key: at for at, key in reversed(list(enumerate(watched)))}
    shown = [node for key, node in chain.nodes.items() if key in line.keys]
    shown.sort(key=lambda node: place.get(node.key, len(watched)) if node.kind == NodeKind.POINT else -1)
    columns = [(label, [_card(chain, node, figures, line) for node in _of(shown, *kinds)]) for kinds, label in COLUMNS]
    return [(label, cards) for label, cards in columns if cards]


def _drawn(chain: Chain, line: Line) -> list[dict[str, str]]:
    """The lines between what is shown, for static/js/tree.js."""
    return [
        {"upper": link.upper, "lower": link.lower, "kind": link.kind.value}
        for link in chain.links
        if link.upper in line.keys and link.lower in line.keys
    ]


def _bands(chain: Chain, figures: Mapping[int, Figure]) -> list[Band]:
    bands = []
    for process in _of(chain.nodes.values(), NodeKind.PROCESS):
        decided = [chain.nodes[link.upper] for link in chain.upper(process.key, LinkKind.DECIDED_BY)]
        sops = [chain.nodes[link.lower] for link in chain.lower(process.key, LinkKind.DESCRIBED_IN)]
        points = {link.lower for sop in sops for link in chain.lower(sop.key, LinkKind.WATCHED_AT)}
        fed = {link.upper for point in points for link in chain.upper(point, LinkKind.FED_BY)}
        execution = [node for node in _of(chain.nodes.values(), NodeKind.EXECUTION) if node.key in fed]
        bands.append(
            Band(
                process=process,
                kpis=[_card(chain, node, figures) for node in _of(decided, NodeKind.KPI)],
                indicators=[_card(chain, node, figures) for node in _of(decided, NodeKind.PROCESS_INDICATOR)],
                sops=sops,
                execution=[_card(chain, node, figures) for node in execution],
                points=len(points),
            )
        )
    return bands


def _equipment(chain: Chain, figures: Mapping[int, Figure]) -> dict[str, object]:
    """The critical-equipment branch: what it decides, and each item with the SOP that keeps it fit."""
    items = _of(chain.nodes.values(), NodeKind.EQUIPMENT)
    decided = {link.upper for item in items for link in chain.upper(item.key, LinkKind.DECIDED_BY)}
    rows = []
    for item in items:
        sop = next((chain.nodes[link.lower] for link in chain.lower(item.key, LinkKind.DESCRIBED_IN)), None)
        rows.append((item, sop))
    cards = [_card(chain, node, figures) for key, node in chain.nodes.items() if key in decided]
    return {"items": rows, "indicators": cards}


def _others(chain: Chain, figures: Mapping[int, Figure]) -> list[Card]:
    """Indicators that stand in no band: no work process or equipment decides them, no SOP's points add up to them."""
    watched = {link.lower for link in chain.links if link.kind == LinkKind.WATCHED_AT}
    shown = {link.upper for link in chain.links if link.kind == LinkKind.DECIDED_BY}
    shown |= {
        link.upper
        for link in chain.links
        if link.kind == LinkKind.FED_BY and link.lower in watched and chain.nodes[link.upper].kind == NodeKind.EXECUTION
    }
    kinds = (NodeKind.KPI, NodeKind.PROCESS_INDICATOR, NodeKind.EXECUTION, NodeKind.SYSTEM)
    return [_card(chain, node, figures) for node in _of(chain.nodes.values(), *kinds) if node.key not in shown]
