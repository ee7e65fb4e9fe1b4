"""Drawings of a document: pure functions from numbers to SVG, in the tokens' colours, readable in black and white.

Lengths are in points of a drawing `width` wide (a page's text is 488 wide, half of it 236). Every drawing has its
title for the ear; its numbers stand in it or in a table beside it.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from django.utils.safestring import SafeString, mark_safe

from amps.display import STATUS_ALIASES, format_number
from amps.documents.rendering import SHAPES
from amps.tokens import palette

WIDE, HALF = 488, 236
_FONT = 'font-family="Atkinson Hyperlegible Next"'
_TEXT = 8.0  # points
_SMALL = 7.2
_LETTER = 4.1  # about how wide a letter of that size is


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: its words, the token of its ground, and the token of what is written on it.

    `hatched` sets it apart where colours are not seen.
    """

    label: str
    fill: str
    ink: str = "--surface"
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis of a radar: its words and a value per series; None where there is none."""

    label: str
    values: tuple[float | None, ...]


def stacked_bars(
    rows: Sequence[tuple[str, Sequence[int]]],
    series: Sequence[Series],
    *,
    title: str,
    width: int = WIDE,
    label_width: int = 150,
) -> SafeString:
    """One bar per row, a piece per series with its number in it, and the sum at its end."""
    most = max((sum(values) for _label, values in rows), default=0) or 1
    top, bar, gap = _legend_height(series, width), 15, 7
    room = width - label_width - 26
    parts = [_legend(series, width)]
    for index, (label, values) in enumerate(rows):
        y = top + index * (bar + gap)
        parts.append(_label(label_width - 8, y + bar / 2, label, room=label_width - 8))
        x = float(label_width)
        for one, value in zip(series, values, strict=True):
            if value <= 0:
                continue
            long = room * value / most
            parts.append(_piece(x, y, long, bar, one))
            number = str(value)
            if long > len(number) * _LETTER + 4:
                if one.hatched:
                    # The number stands on a quiet ground, not on the lines.
                    wide = len(number) * _LETTER + 5
                    parts.append(
                        f'<rect x="{x + long / 2 - wide / 2:.2f}" y="{y + 2.5:.2f}" width="{wide:.2f}" '
                        f'height="{bar - 5:.2f}" rx="2" fill="{_colour(one.fill)}"/>'
                    )
                parts.append(_text(x + long / 2, y + bar / 2, number, ink=one.ink, anchor="middle", weight=700))
            x += long
        parts.append(_text(x + 5, y + bar / 2, str(sum(values)), weight=700))
    return _svg(parts, width, top + len(rows) * (bar + gap), title)


def columns(
    labels: Sequence[str],
    values: Sequence[Sequence[int]],
    series: Sequence[Series],
    *,
    title: str,
    width: int = WIDE,
    height: int = 128,
) -> SafeString:
    """A column per label, made of a piece per series from the ground up, with the sum on top. values[label][series]."""
    most = max((sum(column) for column in values), default=0) or 1
    top, foot = _legend_height(series, width) + 12, 14
    room, step = height - foot, width / max(1, len(labels))
    parts = [_legend(series, width)]
    for index, (label, column) in enumerate(zip(labels, values, strict=True)):
        x, wide = index * step + step * 0.16, step * 0.68
        y = float(top + room)
        for one, value in zip(series, column, strict=True):
            if value > 0:
                high = room * value / most
                y -= high
                parts.append(_piece(x, y, wide, high, one))
        total = sum(column)
        if total:
            parts.append(_text(x + wide / 2, y - 6, str(total), anchor="middle", weight=700))
        parts.append(_text(x + wide / 2, top + room + 9, label, ink="--ink-2", anchor="middle"))
    ground = top + room
    parts.append(f'<path d="M0 {ground}H{width}" stroke="{_colour("--line-strong")}" stroke-width="0.8"/>')
    return _svg(parts, width, top + room + foot, title)


def pairs(
    rows: Sequence[tuple[str, float, float]],
    series: tuple[Series, Series],
    *,
    title: str,
    decimals: int = 1,
    width: int = HALF,
    label_width: int = 92,
) -> SafeString:
    """Two thin bars per row, one under the other, with their numbers: what was expected, and what came of it."""
    most = max((max(first, second, 0) for _label, first, second in rows), default=0) or 1
    top, bar, gap = _legend_height(series, width), 8, 9
    room = width - label_width - 34
    parts = [_legend(series, width)]
    for index, (label, *values) in enumerate(rows):
        y = top + index * (2 * bar + gap)
        parts.append(_label(label_width - 8, y + bar - 0.5, label, room=label_width - 8))
        for line, (one, value) in enumerate(zip(series, values, strict=True)):
            long = max(0.0, room * value / most)
            if long:
                parts.append(_piece(label_width, y + line * bar, long, bar - 1, one))
            parts.append(_text(label_width + long + 4, y + line * bar + bar / 2, format_number(value, decimals)))
    return _svg(parts, width, top + len(rows) * (2 * bar + gap), title)


def radar(
    spokes: Sequence[Spoke],
    series: Sequence[Series],
    *,
    title: str,
    most: float = 100,
    width: int = HALF,
    reach: int = 74,
) -> SafeString:
    """A web with an axis per spoke, from 0 in the middle to `most` outside, and a line per series.

    The first series is filled; a hatched one is drawn dashed. Values that are missing are left out.
    """
    middle_x, middle_y = width / 2, _legend_height(series, width) + reach + 14
    count = max(3, len(spokes))

    def at(index: int, share: float) -> tuple[float, float]:
        angle = 2 * math.pi * index / count - math.pi / 2
        away = reach * share
        return round(middle_x + away * math.cos(angle), 2), round(middle_y + away * math.sin(angle), 2)

    line = _colour("--line")
    parts = [_legend(series, width)]
    for ring in (0.25, 0.5, 0.75, 1.0):
        corners = " ".join("{},{}".format(*at(index, ring)) for index in range(count))
        parts.append(f'<polygon points="{corners}" fill="none" stroke="{line}" stroke-width="0.7"/>')
    for index, spoke in enumerate(spokes):
        x, y = at(index, 1)
        parts.append(f'<path d="M{middle_x} {middle_y}L{x} {y}" stroke="{line}" stroke-width="0.7"/>')
        away_x, away_y = at(index, 1.11)
        side = "middle" if abs(away_x - middle_x) < 6 else "start" if away_x > middle_x else "end"
        room = {"start": width - away_x, "end": away_x, "middle": 0.0}[side]
        parts.append(_label(away_x, away_y, spoke.label, room=room, anchor=side, ink="--ink-2"))
    # The first is drawn last, on top of the others.
    for number, one in reversed(list(enumerate(series))):
        points = [
            at(index, max(0.0, min(value / most, 1.0)))
            for index, spoke in enumerate(spokes)
            if (value := spoke.values[number]) is not None
        ]
        drawn = " ".join(f"{x},{y}" for x, y in points)
        stroke = _colour(one.fill)
        dash = ' stroke-dasharray="3 2"' if one.hatched else ""
        ground = f'fill="{stroke}" fill-opacity="0.16"' if number == 0 else 'fill="none"'
        if len(points) > 1:
            parts.append(f'<polygon points="{drawn}" {ground} stroke="{stroke}" stroke-width="1.4"{dash}/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="1.8" fill="{stroke}"/>' for x, y in points]
    return _svg(parts, width, middle_y + reach + 14, title)


def status_grid(
    rows: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    *,
    title: str,
    width: int = WIDE,
    label_width: int = 220,
) -> SafeString:
    """A heat map: a row of marks per label, each with its shape, its ground and its code: [(label, [(code, status)])].

    Shape and colour say the same, so that it reads in black and white.
    """
    high, gap = 17, 2
    most = max((len(cells) for _label, cells in rows), default=1)
    cell = min(52.0, (width - label_width) / max(1, most) - gap)
    parts: list[str] = []
    for index, (label, cells) in enumerate(rows):
        y = index * (high + gap)
        parts.append(_text(0, y + high / 2, label, room=label_width - 6))
        for place, (code, status) in enumerate(cells):
            name = STATUS_ALIASES.get(status or "none", "grey")
            x = label_width + place * (cell + gap)
            parts.append(
                f'<rect x="{x:.2f}" y="{y}" width="{cell:.2f}" height="{high}" rx="2" '
                f'fill="{_colour(f"--{name}-soft")}"/>'
                f'<svg x="{x + 5:.2f}" y="{y + 4.5}" width="8" height="8" viewBox="0 0 16 16">'
                f"{SHAPES[name].format(_colour(f'--{name}'))}</svg>"
            )
            if cell > 34:
                parts.append(_text(x + 17, y + high / 2, code, ink="--ink-2", size=_SMALL))
    return _svg(parts, width, max(1, len(rows)) * (high + gap), title)


def _colour(token: str) -> str:
    return palette()[token]


def _svg(parts: Sequence[str], width: float, height: float, title: str) -> SafeString:
    hatch = (
        '<defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse">'
        f'<path d="M-1 1L1 -1M0 4L4 0M3 5L5 3" stroke="{_colour("--surface")}" stroke-width="0.9"/></pattern></defs>'
    )
    return mark_safe(  # noqa: S308 - numbers and tokens of our own; texts are escaped where they are written
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {round(height, 1)}">'
        f"<title>{escape(title)}</title>{hatch}{''.join(parts)}</svg>"
    )


def _piece(x: float, y: float, width: float, height: float, one: Series) -> str:
    box = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
    edge = f'stroke="{_colour("--surface")}" stroke-width="0.6"'
    drawn = f'<rect {box} fill="{_colour(one.fill)}" {edge}/>'
    return drawn + (f'<rect {box} fill="url(#hatch)"/>' if one.hatched else "")


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    ink: str = "--ink",
    weight: int = 400,
    room: float = 0,
    size: float = _TEXT,
) -> str:
    """Words whose middle line is at `y`; cut with an ellipsis where `room` (points) is not enough."""
    most = int(room / (_LETTER * size / _TEXT)) if room else len(words)
    shown = words if len(words) <= most else words[: max(1, most - 1)].rstrip() + "…"
    return (
        f'<text x="{x:.2f}" y="{y + size * 0.35:.2f}" {_FONT} font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{_colour(ink)}">{escape(shown)}</text>'
    )


def _label(x: float, y: float, words: str, *, room: float, anchor: str = "end", ink: str = "--ink") -> str:
    """A name at `x`, in small lines under each other where `room` (points, 0 for plenty) is too little for one."""
    if not room or len(words) * _LETTER <= room:
        return _text(x, y, words, anchor=anchor, ink=ink)
    lines = textwrap.wrap(
        words, max(8, int(room / (_LETTER * _SMALL / _TEXT))), max_lines=3, placeholder=" …", break_long_words=False
    )
    top = y - (len(lines) - 1) * _SMALL * 0.55
    return "".join(
        _text(x, top + number * _SMALL * 1.1, line, anchor=anchor, ink=ink, size=_SMALL)
        for number, line in enumerate(lines)
    )


def _legend_lines(series: Sequence[Series], width: float) -> list[list[tuple[float, Series]]]:
    lines: list[list[tuple[float, Series]]] = [[]]
    x = 0.0
    for one in series:
        long = 12 + len(one.label) * _LETTER + 12
        if lines[-1] and x + long > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, one))
        x += long
    return lines


def _legend_height(series: Sequence[Series], width: float) -> float:
    return len(_legend_lines(series, width)) * 12 + 6 if series else 0


def _legend(series: Sequence[Series], width: float) -> str:
    parts = []
    for number, line in enumerate(_legend_lines(series, width)):
        for x, one in line:
            parts.append(_piece(x, number * 12 + 1, 8, 8, one))
            parts.append(_text(x + 12, number * 12 + 5, one.label, ink="--ink-2"))
    return "".join(parts)
