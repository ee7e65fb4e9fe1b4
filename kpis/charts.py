"""Charts as plain figure dicts for the one drawing helper of the pages: no database, no request, no colours.

Colours are named as tokens ("var(--red)"), which the page resolves, so that charts follow its look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpis.status import Direction, Limits

type Figure = dict[str, Any]

MARKS = {
    "green": ("circle", "var(--green)"),
    "yellow": ("triangle-up", "var(--amber)"),
    "red": ("square", "var(--red)"),
    "none": ("circle-open", "var(--grey)"),
}
_ZONE_OPACITY = 0.55


@dataclass(frozen=True, slots=True)
class RunPoint:
    """One period of a run chart: wall-clock start and end, value (None for no data), words for the hover, address."""

    start: dt.datetime
    end: dt.datetime
    value: Decimal | None
    status: str
    text: str
    href: str
    limits: Limits | None = None
    is_open: bool = False  # can still change


@dataclass(frozen=True, slots=True)
class Flag:
    """An event on the lane below, with the number that the list beneath the chart gives it."""

    at: dt.datetime
    number: int
    title: str
    href: str = ""


def run_chart(
    points: Sequence[RunPoint],
    *,
    direction: Direction,
    flags: Iterable[Flag] = (),
    chosen: dt.datetime | None = None,
    unit: str = "",
    target_name: str = "",
) -> Figure:
    """A figure over time with its target and limits as they were, and events as numbered flags below.

    `points` oldest first; `chosen` is the start of the period in view, which gets a ring.
    """
    flags = list(flags)
    known = [point for point in points if point.value is not None]
    low, high = _range(points)
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [_wall(point.start) for point in points],
            "y": [_number(point.value) for point in points],
            "connectgaps": False,
            "line": {"color": "var(--ink-2)", "width": 1.5},
            "marker": {
                "size": [9 if point.status == "green" else 10 for point in points],
                "symbol": [_symbol(point) for point in points],
                "color": [MARKS.get(point.status, MARKS["none"])[1] for point in points],
                "line": {"color": "var(--surface)", "width": 1},
            },
            "text": [point.text for point in points],
            "hovertemplate": "%{text}<extra></extra>",
            "customdata": [point.href for point in points],
            "name": "",
        }
    ]
    if any(point.limits is not None and point.limits.target is not None for point in points):
        data.append(_target_line(points, target_name))
    for point in known:
        if point.start == chosen:
            data.append(_ring(point))
    if flags:
        data.append(_lane(flags))
    layout: Figure = {
        "hovermode": "closest",
        "xaxis": {"type": "date", "range": _span(points), "anchor": "y2" if flags else "y", "showgrid": False},
        "yaxis": {
            "range": [low, high],
            "domain": [0.16, 1] if flags else [0, 1],
            "title": {"text": unit},
            "zeroline": False,
        },
        "shapes": [*_zones(points, direction, low, high), *(_fall(flag) for flag in flags)],
        "margin": {"l": 56, "r": 16, "t": 12, "b": 36, "pad": 2},
    }
    if flags:
        layout["yaxis2"] = {
            "domain": [0, 0.1],
            "range": [0, 1],
            "visible": False,
            "fixedrange": True,
        }
    return {"data": data, "layout": layout}


def _symbol(point: RunPoint) -> str:
    symbol = MARKS.get(point.status, MARKS["none"])[0]
    return f"{symbol}-open" if point.is_open and not symbol.endswith("-open") else symbol


def _target_line(points: Sequence[RunPoint], name: str) -> Figure:
    """The target of each period, drawn from its start to its end, so that a new one is a step."""
    x: list[str] = []
    y: list[float | None] = []
    for point in points:
        target = _number(point.limits.target) if point.limits is not None else None
        x += [_wall(point.start), _wall(point.end)]
        y += [target, target]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": "var(--ink-3)", "width": 1.5, "dash": "dash"},
        "hovertemplate": f"{_escaped(name)}: %{{y}}<extra></extra>",
        "name": name,
    }


def _ring(point: RunPoint) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [_wall(point.start)],
        "y": [_number(point.value)],
        "marker": {
            "size": 19,
            "symbol": "circle-open",
            "color": "var(--accent)",
            "line": {"width": 2.5, "color": "var(--accent)"},
        },
        "hoverinfo": "skip",
        "name": "",
    }


def _lane(flags: Sequence[Flag]) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [_wall(flag.at) for flag in flags],
        "y": [0.5] * len(flags),
        "yaxis": "y2",
        "marker": {"size": 19, "symbol": "square", "color": "var(--accent-soft)", "line": {"width": 0}},
        "text": [str(flag.number) for flag in flags],
        "textfont": {"color": "var(--accent-strong)", "size": 12},
        "hovertext": [_escaped(flag.title) for flag in flags],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [flag.href for flag in flags],
        "cliponaxis": False,
        "name": "",
    }


def _fall(flag: Flag) -> Figure:
    """The thin line from a flag up through the chart."""
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": _wall(flag.at),
        "x1": _wall(flag.at),
        "y0": 0.1,
        "y1": 1,
        "line": {"color": "var(--accent-line)", "width": 1, "dash": "dot"},
        "layer": "below",
    }


def _zones(points: Sequence[RunPoint], direction: Direction, low: float, high: float) -> list[Figure]:
    """Yellow and red grounds, one per stretch of periods with the same limits; green is left clear."""
    shapes: list[Figure] = []
    start = 0
    for index in range(1, len(points) + 1):
        if index < len(points) and points[index].limits == points[start].limits:
            continue
        limits = points[start].limits
        if limits is not None:
            x0, x1 = _wall(points[start].start), _wall(points[index - 1].end)
            for colour, bottom, top in zones(limits, direction, low, high):
                shapes.append(
                    {
                        "type": "rect",
                        "xref": "x",
                        "yref": "y",
                        "x0": x0,
                        "x1": x1,
                        "y0": bottom,
                        "y1": top,
                        "fillcolor": f"var(--{colour}-soft)",
                        "opacity": _ZONE_OPACITY,
                        "line": {"width": 0},
                        "layer": "below",
                    }
                )
        start = index
    return shapes


def zones(limits: Limits, direction: Direction, low: float, high: float) -> list[tuple[str, float, float]]:
    """The yellow and red stretches of an axis from `low` to `high`, as (colour, from, to)."""
    found: list[tuple[str, float | None, float | None]] = []
    if direction == Direction.UP:
        green, red = _number(limits.yellow), _number(limits.red)
        found = [("amber", red, green), ("red", low, red)]
    elif direction == Direction.DOWN:
        green, red = _number(limits.yellow), _number(limits.red)
        found = [("amber", green, red), ("red", red, high)]
    else:
        bottom, top = _number(limits.target_min), _number(limits.target_max)
        red_low, red_high = _number(limits.red_min), _number(limits.red_max)
        found = [("amber", red_low, bottom), ("amber", top, red_high), ("red", low, red_low), ("red", red_high, high)]
    clipped = []
    for colour, start, end in found:
        if start is None or end is None:
            continue
        start, end = max(start, low), min(end, high)
        if end > start:
            clipped.append((colour, start, end))
    return clipped


def _range(points: Sequence[RunPoint]) -> tuple[float, float]:
    """An axis that holds every value and every limit near them, with some air."""
    values = [float(point.value) for point in points if point.value is not None]
    limits = [
        float(limit)
        for found in {point.limits for point in points if point.limits is not None}
        for limit in (found.target, found.yellow, found.red, found.target_min, found.target_max)
        if limit is not None
    ]
    marks = [*values, *limits]
    if not marks:
        return 0.0, 1.0
    low, high = min(marks), max(marks)
    air = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    bottom = low - air
    # What cannot be negative does not show an axis below zero; a percentage stops a little above 100.
    return (max(bottom, 0.0 - air * 0.4) if low >= 0 else bottom), high + air


def _span(points: Sequence[RunPoint]) -> list[str]:
    if not points:
        return []
    air = max((points[-1].end - points[0].start) / 60, dt.timedelta(hours=2))
    return [_wall(points[0].start - air), _wall(points[-1].end + air)]


def _wall(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _escaped(text: str) -> str:
    """Chart texts know a little HTML: what a plant writes must not become any."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")
