"""A route as its page shows it: processes with their capacity, and what the route can deliver."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import escape

from principles.flow.bottleneck import Assessment, assess
from principles.flow.models import CapacityPart, Route, RouteStep

type Figure = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One process; `gap` is its capacity minus the demand, below zero where it can't meet it."""

    step: RouteStep
    parts: list[CapacityPart]
    capacity: Decimal
    gap: Decimal
    is_bottleneck: bool


@dataclass(frozen=True, slots=True)
class RouteSheet:
    """A route with its lines; `assessment` is None while it has no process with a capacity."""

    route: Route
    lines: list[StepLine]
    assessment: Assessment | None

    @property
    def bottlenecks(self) -> list[StepLine]:
        return [line for line in self.lines if line.is_bottleneck]


def sheet_of(route: Route) -> RouteSheet:
    """Read a route whole. Prefetch `steps__parts` (and `steps__unit`) for several."""
    steps = list(route.steps.all())
    parts = [list(step.parts.all()) for step in steps]
    capacities = [sum((part.capacity for part in found), Decimal(0)) for found in parts]
    # A process without any capacity noted says nothing about the route yet.
    known = bool(steps) and all(parts)
    assessment = assess(capacities, route.demand) if known else None
    lowest = assessment.bottlenecks if assessment is not None else ()
    lines = [
        StepLine(step, found, capacity, capacity - route.demand, index in lowest)
        for index, (step, found, capacity) in enumerate(zip(steps, parts, capacities, strict=True))
    ]
    return RouteSheet(route, lines, assessment)


def _in_lines(name: str) -> str:
    """A name broken between words, so that it stands under its bar."""
    return "<br>".join(textwrap.wrap(escape(name), width=16, break_long_words=False))


def chart_of(sheet: RouteSheet, *, demand_name: str, axis: str) -> Figure:
    """Capacity per process as bars of their parts, and the demand as a line across.

    The bottleneck's bars carry the colour of attention; the parts of a bar differ by pattern, not by colour alone.
    """
    names = [_in_lines(f"{line.step.position}. {line.step.name}") for line in sheet.lines]
    data: list[Figure] = []
    for level in range(max((len(line.parts) for line in sheet.lines), default=0)):
        found = [line.parts[level] if level < len(line.parts) else None for line in sheet.lines]
        data.append(
            {
                "type": "bar",
                "x": names,
                "y": [float(part.capacity) if part is not None else None for part in found],
                "text": [part.name if part is not None else "" for part in found],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "marker": {
                    "color": ["var(--red)" if line.is_bottleneck else "var(--series-1)" for line in sheet.lines],
                    "opacity": 1 if level == 0 else 0.7,
                    "line": {"color": "var(--surface)", "width": 1.5},
                },
                "hovertemplate": "%{x}: %{y} t<extra>%{text}</extra>",
                "showlegend": False,
            }
        )
    demand = float(sheet.route.demand)
    data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": names,
            "y": [demand] * len(names),
            "line": {"color": "var(--ink)", "width": 2, "dash": "dash"},
            "name": demand_name,
            "hovertemplate": f"{demand_name}: %{{y}} t<extra></extra>",
        }
    )
    layout = {
        "barmode": "stack",
        "showlegend": True,
        # On a phone the parts' names have no room in the bars; the table below has them.
        "uniformtext": {"minsize": 11, "mode": "hide"},
        "legend": {"orientation": "h", "y": 1.12, "x": 0},
        "yaxis": {"title": {"text": axis}, "rangemode": "tozero"},
        "xaxis": {"type": "category", "automargin": True},
        "margin": {"l": 64, "r": 16, "t": 36, "b": 48, "pad": 2},
    }
    return {"data": data, "layout": layout}
