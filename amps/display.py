"""How figures, times and small charts are written: pure functions, no database, no request.

The template tags in `amps.templatetags.display` are thin covers over these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal

from django.utils import dateformat, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

type Number = Decimal | float | int
type Status = Literal["green", "amber", "red", "grey", "signal"]

NO_DATA = "–"
MINUS = "−"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
# Decimal sign and thousands sign per language.
NUMBER_SIGNS = {"nb": (",", NO_BREAK_SPACE), "en": (".", ",")}
DATE_FORMATS = {
    "nb": {"day": "D j. b", "day_year": "D j. b Y", "short": "D j."},
    "en": {"day": "D j M", "day_year": "D j M Y", "short": "D j"},
}
# What models and plans call a status, and the mark that stands for it.
STATUS_ALIASES: dict[str, Status] = {
    "green": "green",
    "ok": "green",
    "conforming": "green",
    "amber": "amber",
    "yellow": "amber",
    "late": "amber",
    "red": "red",
    "not_conforming": "red",
    "missed": "red",
    "grey": "grey",
    "gray": "grey",
    "none": "grey",
    "no_data": "grey",
    "not_applicable": "grey",
    "signal": "signal",
}


def language_of(language: str | None = None) -> str:
    """The display language, "nb" or "en": the one given, else the active one, else Norwegian."""
    short = (language or translation.get_language() or "nb").split("-")[0]
    return short if short in NUMBER_SIGNS else "nb"


def as_decimal(value: Number | str | None) -> Decimal | None:
    """The value as a finite Decimal; None for nothing, for text that is no number, for NaN and infinity."""
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def format_number(
    value: Number | str | None,
    decimals: int | None = None,
    *,
    language: str | None = None,
    signed: bool = False,
) -> str:
    """A number as people of that language write it: "12 345,60", "−0,4".

    decimals: how many digits after the decimal sign, halves rounded away from zero; None keeps up to three
    and drops closing zeros. signed puts "+" before what is above zero. Nothing to show gives "–".
    """
    number = as_decimal(value)
    if number is None:
        return NO_DATA
    places = 3 if decimals is None else max(0, decimals)
    if number.adjusted() > 20:
        return f"{number:.2e}".replace(".", NUMBER_SIGNS[language_of(language)][0])
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,f}"
    whole, _, fraction = text.partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    decimal_sign, thousands_sign = NUMBER_SIGNS[language_of(language)]
    whole = whole.replace(",", thousands_sign)
    sign = "" if not rounded else MINUS if rounded < 0 else "+" if signed else ""
    return f"{sign}{whole}{decimal_sign}{fraction}" if fraction else f"{sign}{whole}"


def format_of(count: Number | None, total: Number | None, outside: Number | None = None) -> str:
    """Coverage for the eye: "34/36", and "36/36 +6" where more was seen beside what a plan asked for."""
    text = f"{format_number(count, 0)}/{format_number(total, 0)}"
    return f"{text} +{format_number(outside, 0)}" if outside and outside > 0 else text


def status_name(status: str | None) -> Status:
    """The mark for a status as any part of the product names it; what is unknown or missing is "grey"."""
    return STATUS_ALIASES.get((status or "none").lower(), "grey")


def format_when(
    moment: datetime,
    zone: tzinfo,
    *,
    language: str | None = None,
    now: datetime | None = None,
    seconds: bool = False,
) -> str:
    """A moment in the plant's zone: "fre 21. nov 14:05"; with the year when it is not the year of `now`."""
    used = language_of(language)
    local = moment.astimezone(zone)
    other_year = now is not None and now.astimezone(zone).year != local.year
    with translation.override(used):
        day = dateformat.format(local, DATE_FORMATS[used]["day_year" if other_year else "day"])
    return f"{day} {local:%H:%M:%S}" if seconds else f"{day} {local:%H:%M}"


def format_day_short(moment: datetime, zone: tzinfo, *, language: str | None = None) -> str:
    """The day of a moment in the plant's zone, without the month: "fre 21."."""
    used = language_of(language)
    with translation.override(used):
        return dateformat.format(moment.astimezone(zone), DATE_FORMATS[used]["short"])


def format_span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """Two clock times in the plant's zone: "22:00–06:00"."""
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"


@dataclass(frozen=True, slots=True)
class Trend:
    """What a figure did against the one before: direction of the arrow and the difference (None when unknown)."""

    direction: Literal["up", "down", "flat", "unknown"]
    difference: Decimal | None


def trend_of(
    value: Number | None, previous: Number | None, *, tolerance: Number = 0, decimals: int | None = None
) -> Trend:
    """The trend from `previous` to `value`; a difference of at most `tolerance` is flat.

    With decimals, both are rounded first, so that two figures which read alike never show an arrow.
    """
    now, before = as_decimal(value), as_decimal(previous)
    if now is None or before is None:
        return Trend("unknown", None)
    if decimals is not None:
        step = Decimal(1).scaleb(-decimals)
        now, before = now.quantize(step, ROUND_HALF_UP), before.quantize(step, ROUND_HALF_UP)
    difference = now - before
    if abs(difference) <= (as_decimal(tolerance) or 0):
        return Trend("flat", difference)
    return Trend("up" if difference > 0 else "down", difference)


def _finite(value: Number | None) -> float | None:
    """A drawable float, or None."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def sparkline_svg(
    values: Sequence[Number | None],
    target: Number | None = None,
    *,
    label: str,
    width: int = 96,
    height: int = 24,
    palette: dict[str, str] | None = None,
) -> SafeString:
    """A small line without axes, drawn by the server: gaps where there is no data, the last point as a dot.

    values are in order of time, oldest first. target draws a dashed line. label is what a screen reader says.
    palette (token name to colour, for PDF) writes colours into the drawing; without it the page's style sheet does.
    """
    drawn = [_finite(value) for value in values]
    known = [value for value in drawn if value is not None]
    goal = _finite(target)
    if not known:
        return format_html('<span class="sparkline-empty" role="img" aria-label="{}">{}</span>', label, NO_DATA)
    low = min([*known, *([] if goal is None else [goal])])
    high = max([*known, *([] if goal is None else [goal])])
    pad = 3.0
    across = (width - 2 * pad) / max(1, len(drawn) - 1)

    def y(value: float) -> float:
        if high == low:
            return height / 2
        return round(height - pad - (value / (high - low) - low / (high - low)) * (height - 2 * pad), 2)

    def x(index: int) -> float:
        return round(pad + index * across, 2) if len(drawn) > 1 else width / 2

    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(drawn):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x(index), y(value)))
    colours = palette or {}
    line_paint = f' fill="none" stroke="{colours["--ink-2"]}" stroke-width="1.5"' if colours else ""
    dot_paint = f' fill="{colours["--ink"]}"' if colours else ""
    goal_paint = f' fill="none" stroke="{colours["--grey"]}" stroke-width="1" stroke-dasharray="2 2"' if colours else ""
    parts: list[str] = []
    if goal is not None:
        parts.append(f'<path class="spark-target" d="M0 {y(goal)}H{width}"{goal_paint}/>')
    for run in runs:
        if len(run) == 1:
            parts.append(f'<circle class="spark-dot-small" cx="{run[0][0]}" cy="{run[0][1]}" r="1.2"{dot_paint}/>')
        elif run:
            path = "M" + "L".join(f"{px} {py}" for px, py in run)
            parts.append(f'<path class="spark-line" d="{path}"{line_paint}/>')
    last = max(index for index, value in enumerate(drawn) if value is not None)
    last_value = drawn[last]
    if last_value is not None:
        parts.append(f'<circle class="spark-dot" cx="{x(last)}" cy="{y(last_value)}" r="2.2"{dot_paint}/>')
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">{3}</svg>',
        str(width),
        str(height),
        label,
        # Only numbers made above and colours of our own tokens.
        mark_safe("".join(parts)),  # noqa: S308
    )


def share_of(value: Number | None, maximum: Number | None) -> float:
    """How much of the maximum the value is, in per cent, kept within 0 to 100; 0 when either is missing."""
    part, whole = _finite(value), _finite(maximum)
    if part is None or not whole or whole < 0:
        return 0.0
    return round(min(100.0, max(0.0, part / whole * 100)), 2)


def bar_svg(value: Number | None, maximum: Number | None, *, status: str | None = None, label: str) -> SafeString:
    """A horizontal bar as wide as its box, filled to value/maximum, coloured by status (accent without one)."""
    kind = status_name(status) if status else "accent"
    return format_html(
        '<svg class="bar bar-{}" width="100%" height="10" role="img" aria-label="{}">'
        '<rect class="bar-ground" width="100%" height="10" rx="2"/>'
        '<rect class="bar-fill" width="{}%" height="10" rx="2"/></svg>',
        kind,
        label,
        str(share_of(value, maximum)),
    )


@dataclass(frozen=True, slots=True)
class Band:
    """A measurement's scale: the target band inside the limits, and where the ends of the strip are.

    All in the measurement's own unit; any end may be missing (None): then the band is open to that side.
    """

    low: float | None
    target_low: float | None
    target_high: float | None
    high: float | None

    def scale(self, value: float | None) -> tuple[float, float]:
        """The two ends of the strip: wide enough for every limit and for the value, with some air."""
        marks = [m for m in (self.low, self.target_low, self.target_high, self.high, value) if m is not None]
        if not marks:
            return 0.0, 1.0
        air = (max(marks) - min(marks)) * 0.15 or abs(marks[0]) * 0.1 or 1.0
        return min(marks) - air, max(marks) + air


def band_svg(value: Number | None, band: Band, *, label: str) -> SafeString:
    """A strip with red, amber and green stretches and a mark where the value lies."""
    point = _finite(value)
    start, end = band.scale(point)

    def at(mark: float) -> float:
        return round((mark - start) / (end - start) * 100, 2)

    low, high = (start if band.low is None else band.low), (end if band.high is None else band.high)
    inner_low = low if band.target_low is None else band.target_low
    inner_high = high if band.target_high is None else band.target_high
    stretches = [
        ("red", start, low),
        ("amber", low, inner_low),
        ("green", inner_low, inner_high),
        ("amber", inner_high, high),
        ("red", high, end),
    ]
    drawn = "".join(
        f'<rect class="band-{kind}" x="{at(left)}%" y="{4 if kind == "green" else 7}" '
        f'width="{round(at(right) - at(left), 2)}%" height="{16 if kind == "green" else 10}"/>'
        for kind, left, right in stretches
        if right > left
    )
    if point is not None:
        drawn += f'<rect class="band-mark" x="{at(point)}%" y="0" width="3" height="24" rx="1"/>'
    return format_html(
        '<svg class="band" width="100%" height="24" role="img" aria-label="{}">{}</svg>',
        label,
        mark_safe(drawn),  # noqa: S308 - only numbers made above
    )
