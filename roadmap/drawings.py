"""The radar of an evaluation as plain geometry: pure functions; a template draws it, the page's style sheet paints it.

Lengths are in the drawing's own units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roadmap.results import Result


@dataclass(frozen=True, slots=True)
class Axis:
    """One spoke: what it stands for, and the index 0–100 now, before and aimed at (None: not known)."""

    code: str
    name: str
    now: float | None
    before: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Spoke:
    """A spoke as it is drawn, with its label outside the outermost ring."""

    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    lines: tuple[tuple[float, str], ...]  # (y, text) of each line of the label
    full: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A line of the same index all around."""

    value: int
    points: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Line:
    """One set of values: `closed` as a polygon's points where every spoke has one, else the stretches between those
    that do; dots for each value."""

    name: str
    closed: str
    stretches: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """A radar of some spokes."""

    width: float
    height: float
    cx: float
    cy: float
    rings: tuple[Ring, ...]
    spokes: tuple[Spoke, ...]
    lines: tuple[Line, ...]


_RADIUS, _MARGIN_X, _MARGIN_Y, _LINE = 120.0, 104.0, 34.0, 13.0
_RINGS = (25, 50, 75, 100)


def radar(axes: Sequence[Axis], *, short: bool = False) -> Radar:
    """Spokes clockwise from the top; the centre is 0, the outermost ring 100. With `short`, labels are codes only."""
    margin = _MARGIN_Y if short else _MARGIN_X
    cx, cy = margin + _RADIUS, (_MARGIN_Y if short else _MARGIN_Y + 2 * _LINE) + _RADIUS
    count = len(axes)

    def at(index: int, share: float) -> tuple[float, float]:
        angle = 2 * math.pi * index / max(count, 1)
        return round(cx + _RADIUS * share * math.sin(angle), 2), round(cy - _RADIUS * share * math.cos(angle), 2)

    rings = tuple(
        Ring(value, _points([at(index, value / 100) for index in range(count)]), cx + 3, cy - _RADIUS * value / 100 + 3)
        for value in _RINGS
    )
    spokes = tuple(_spoke(axis, at(index, 1), at(index, 1.1), cx, short) for index, axis in enumerate(axes))
    lines = (
        _line("target", [axis.target for axis in axes], at),
        _line("before", [axis.before for axis in axes], at),
        _line("now", [axis.now for axis in axes], at),
    )
    return Radar(
        2 * cx,
        2 * cy,
        cx,
        cy,
        rings,
        spokes,
        tuple(line for line in lines if line.dots),
    )


def principle_axes(result: Result) -> list[Axis]:
    """A spoke per principle."""
    return [
        Axis(
            str(found.number),
            found.name,
            _float(found.counts.index),
            _float(found.before.index) if found.before else None,
            _float(found.target_index),
        )
        for found in result.principles
    ]


def rule_axes(result: Result) -> list[Axis]:
    """A spoke per practice rule."""
    points = {"red": 0.0, "yellow": 50.0, "green": 100.0}
    return [
        Axis(
            rule.code,
            rule.name,
            _float(rule.counts.index),
            _float(rule.before.index) if rule.before else None,
            points.get(rule.target or ""),
        )
        for rule in result.rules
    ]


def _line(name: str, values: Sequence[float | None], at: Callable[[int, float], tuple[float, float]]) -> Line:
    dots = {index: at(index, value / 100) for index, value in enumerate(values) if value is not None}
    count = len(values)
    if len(dots) == count and count > 2:
        return Line(name, _points([dots[index] for index in range(count)]), (), tuple(dots.values()))
    pairs = [(index, (index + 1) % count) for index in range(count)]
    stretches = tuple(_points([dots[a], dots[b]]) for a, b in pairs if a in dots and b in dots and a != b)
    return Line(name, "", stretches, tuple(dots.values()))


def _spoke(axis: Axis, end: tuple[float, float], label: tuple[float, float], cx: float, short: bool) -> Spoke:
    side = label[0] - cx
    anchor = "middle" if abs(side) < 8 else "start" if side > 0 else "end"
    full = f"{axis.code} {axis.name}"
    words = [axis.code] if short else wrapped(full)
    # A label above the centre grows upwards, one below it downwards, one beside it both ways.
    top = label[1] + 4 - (len(words) - 1) * _LINE * (1 if label[1] < end[1] - 4 else 0.5 if abs(side) > 8 else 0)
    lines = tuple((round(top + at * _LINE, 2), text) for at, text in enumerate(words))
    return Spoke(*end, label[0], label[1] + 4, anchor, lines, full)


def wrapped(text: str, room: int = 17) -> list[str]:
    """A label in lines of about so many characters, three at most; a long word stands alone."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room and len(lines) < 3:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _points(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in found)


def _n(number: float) -> str:
    """A number as drawings write it: at most two decimals, always with a point."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))
