"""A small picture of an indicator around an action, drawn by the server: days, both windows with their value, flags."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

type Scale = Callable[..., float]

WIDTH, HEIGHT = 480, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 42, 24
# A word over a flag takes about so many points; nearer ones stand on two lines.
_WORD = 110


@dataclass(frozen=True, slots=True)
class Day:
    """One figure: the production date it begins on, and its value (None: no data)."""

    first: dt.date
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Side:
    """A window [first, last] with the value over all its facts."""

    first: dt.date
    last: dt.date
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a production date, in a word or two."""

    date: dt.date
    words: str


def effect_svg(days: Sequence[Day], sides: Sequence[Side], marks: Sequence[Mark], *, label: str) -> SafeString:
    """The picture; `days` oldest first, `label` is what a screen reader says. "" without any value."""
    known = [float(day.value) for day in days if day.value is not None and math.isfinite(float(day.value))]
    if not known:
        return SafeString("")
    first = min([days[0].first, *(side.first for side in sides), *(mark.date for mark in marks)])
    last = max([days[-1].first, *(side.last for side in sides), *(mark.date for mark in marks)])
    values = known + [float(side.value) for side in sides if side.value is not None]
    low, high = min(values), max(values)
    span = max((last - first).days + 1, 1)

    def x(date: dt.date, part: float = 0.5) -> float:
        return round(_LEFT + ((date - first).days + part) / span * (WIDTH - _LEFT - _RIGHT), 1)

    def y(value: Decimal | float) -> float:
        share = 0.5 if high == low else (float(value) - low) / (high - low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    return format_html(
        '<svg class="effect-chart" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}{4}{5}{6}{7}</svg>',
        str(WIDTH),
        str(HEIGHT),
        label,
        _windows(sides, x),
        _runs(days, x, y),
        format_html_join(
            "",
            '<path class="mean" d="M{} {}H{}"/>',
            ((x(side.first, 0), y(side.value), x(side.last, 1)) for side in sides if side.value is not None),
        ),
        _flags(marks, x),
        format_html(
            '<text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text>',
            str(_LEFT),
            str(HEIGHT - 6),
            _date(first),
            str(WIDTH - _RIGHT),
            str(HEIGHT - 6),
            _date(last),
        ),
    )


def _windows(sides: Sequence[Side], x: Scale) -> SafeString:
    return format_html_join(
        "",
        '<rect class="window" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (x(side.first, 0), str(_TOP), round(x(side.last, 1) - x(side.first, 0), 1), str(HEIGHT - _TOP - _BOTTOM))
            for side in sides
        ),
    )


def _runs(days: Sequence[Day], x: Scale, y: Scale) -> SafeString:
    """The line, with gaps where there is no data, and a dot for each value."""
    runs: list[list[str]] = [[]]
    for day in days:
        if day.value is None:
            runs.append([])
        else:
            runs[-1].append(f"{x(day.first)} {y(day.value)}")
    lines = format_html_join("", '<path class="days" d="M{}"/>', (("L".join(run),) for run in runs if len(run) > 1))
    dots = format_html_join(
        "",
        '<circle class="day" cx="{}" cy="{}" r="1.8"/>',
        ((x(day.first), y(day.value)) for day in days if day.value is not None),
    )
    return lines + dots


def _flags(marks: Sequence[Mark], x: Scale) -> SafeString:
    parts = []
    before = -float(_WORD)
    line = 0
    for mark in sorted(marks, key=lambda mark: mark.date):
        at = x(mark.date)
        line = 1 - line if at - before < _WORD else 0
        before = at
        at_end = at > WIDTH - _WORD
        parts.append(
            format_html(
                '<path class="flag" d="M{} {}V{}"/><text class="flag-text" x="{}" y="{}"{}>{}</text>',
                at,
                str(14 + 19 * line),
                str(HEIGHT - _BOTTOM),
                at - 4 if at_end else at + 4,
                str(15 + 19 * line),
                SafeString(' text-anchor="end"') if at_end else "",
                mark.words,
            )
        )
    return format_html_join("", "{}", ((part,) for part in parts))


def _date(date: dt.date) -> str:
    return f"{date.day}.{date.month}."
