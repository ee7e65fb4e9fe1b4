"""Template tags for figures, times, marks and small charts. Load with `{% load display %}`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from amps import display
from amps.display import Number
from amps.measures import measure_text

register = template.Library()


class ShiftLike(Protocol):
    """What a shift must have to be named: aware start and end."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


class Counted(Protocol):
    """What a figure stands on: n facts seen, `done` of them of the `planned` cards."""

    @property
    def n(self) -> int: ...

    @property
    def planned(self) -> int: ...

    @property
    def done(self) -> int: ...


def _zone(zone: str | ZoneInfo | None) -> ZoneInfo:
    """The plant's zone: the one given, else the active one."""
    if zone is None:
        return ZoneInfo(timezone.get_current_timezone_name())
    return ZoneInfo(zone) if isinstance(zone, str) else zone


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite; with a label it speaks, without one it is decoration."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon {}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href)
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def number(value: Number | str | None, decimals: int | None = None, signed: bool = False) -> SafeString | str:
    """A number in the reader's language; nothing to show is a dash that screen readers hear as "no data"."""
    if display.as_decimal(value) is None:
        return format_html(
            '<span class="no-data"><span aria-hidden="true">{}</span><span class="sr-only">{}</span></span>',
            display.NO_DATA,
            _("no data"),
        )
    return display.format_number(value, decimals, signed=signed)


@register.filter
def measure(unit: str) -> str:
    """A unit of measure in the reader's language: "AE/cell-day" is "bluss/celledøgn"."""
    return measure_text(unit or "")


def status_text(status: str | None) -> str:
    """The words for a mark."""
    return {
        "green": _("Inside target"),
        "amber": _("Between target and limit"),
        "red": _("Beyond the limit"),
        "grey": _("No data"),
        "signal": _("Statistical signal"),
    }[display.status_name(status)]


@register.simple_tag
def status_icon(status: str | None, label: str = "", decorative: bool = False) -> SafeString:
    """The mark of a status: shape and colour, and its words for screen readers unless they stand beside it."""
    name = display.status_name(status)
    words = "" if decorative else (label or status_text(status))
    return icon(f"st-{name}", words, f"st st-{name}")


@register.inclusion_tag("inc/status.html")
def status(status: str | None, text: str = "", plain: bool = False) -> dict[str, object]:
    """Shape, colour and text together; plain leaves out the ground behind them."""
    return {
        "name": display.status_name(status),
        "text": text or status_text(status),
        "plain": plain,
    }


@register.simple_tag
def when(moment: datetime | None, zone: str | ZoneInfo | None = None, seconds: bool = False) -> SafeString | str:
    """A moment in the plant's zone as a time element: "fre 21. nov 14:05"."""
    if moment is None:
        return display.NO_DATA
    text = display.format_when(moment, _zone(zone), now=timezone.now(), seconds=seconds)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), text)


@register.simple_tag
def clock(moment: datetime | None, zone: str | ZoneInfo | None = None) -> SafeString | str:
    """Only the clock time, in the plant's zone: "14:05"."""
    if moment is None:
        return display.NO_DATA
    local = moment.astimezone(_zone(zone))
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{local:%H:%M}")


def shift_word(hour: int) -> str:
    """What a shift that starts at this hour of the local day is called."""
    if 4 <= hour < 11:
        return pgettext("shift", "Morning")
    if 11 <= hour < 18:
        return pgettext("shift", "Afternoon")
    return pgettext("shift", "Night")


def shift_text(shift: ShiftLike, zone: str | ZoneInfo | None = None) -> str:
    """The shift's name and the day it starts on: "Natt fre 21."."""
    used = _zone(zone)
    start = shift.starts_at.astimezone(used)
    # A shift type with a name of its own (the plant may call it "Day") goes before the word by the hour.
    name = str(getattr(shift, "name", "") or "") or shift_word(start.hour)
    return f"{name} {display.format_day_short(start, used)}"


@register.simple_tag
def shift_name(shift: ShiftLike | None, zone: str | ZoneInfo | None = None, times: bool = False) -> SafeString | str:
    """ "Natt fre 21.", with the clock times on hover or, with times, written out beside it."""
    if shift is None:
        return display.NO_DATA
    span = display.format_span(shift.starts_at, shift.ends_at, _zone(zone))
    text = shift_text(shift, zone)
    if times:
        return format_html('<span class="shift-name">{} <span class="unit">{}</span></span>', text, span)
    return format_html('<span class="shift-name" title="{}">{}</span>', span, text)


@register.simple_tag
def trend(
    value: Number | None,
    previous: Number | None,
    decimals: int | None = None,
    tolerance: Number = 0,
) -> SafeString | str:
    """An arrow against the period before, with both numbers on hover; nothing when either is missing."""
    result = display.trend_of(value, previous, tolerance=tolerance, decimals=decimals)
    if result.direction == "unknown":
        return ""
    words = {
        "up": _("Up from %(previous)s"),
        "down": _("Down from %(previous)s"),
        "flat": _("Same as before: %(previous)s"),
    }[result.direction] % {"previous": display.format_number(previous, decimals)}
    return format_html(
        '<span class="trend trend-{}" title="{}">{}</span>',
        result.direction,
        words,
        icon(f"arrow-{result.direction}", words),
    )


@register.simple_tag
def sparkline(
    values: Sequence[Number | None], target: Number | None = None, label: str = "", width: int = 96, height: int = 24
) -> SafeString:
    """A small line over the periods given, oldest first; gaps where there is no data."""
    known = [value for value in values if display.as_decimal(value) is not None]
    if not label and not known:
        label = _("No data")
    elif not label:
        label = ngettext(
            "Trend over %(count)s period, now %(last)s", "Trend over %(count)s periods, now %(last)s", len(values)
        ) % {"count": len(values), "last": display.format_number(known[-1], 2)}
    return display.sparkline_svg(values, target, label=label, width=width, height=height)


@register.simple_tag
def bar(value: Number | None, maximum: Number | None, status: str | None = None, label: str = "") -> SafeString:
    """A bar filled to value of maximum."""
    words = label or _("%(value)s of %(maximum)s") % {
        "value": display.format_number(value),
        "maximum": display.format_number(maximum),
    }
    return display.bar_svg(value, maximum, status=status, label=words)


@register.simple_tag
def band(
    value: Number | None = None,
    low: Number | None = None,
    target_low: Number | None = None,
    target_high: Number | None = None,
    high: Number | None = None,
    label: str = "",
) -> SafeString:
    """A measurement's strip: green between the targets, amber to the limits, red beyond, a mark at the value."""
    ends = [None if end is None else float(end) for end in (low, target_low, target_high, high)]
    words = label or _("%(value)s, target %(low)s to %(high)s") % {
        "value": display.format_number(value),
        "low": display.format_number(target_low if target_low is not None else low),
        "high": display.format_number(target_high if target_high is not None else high),
    }
    return display.band_svg(value, display.Band(*ends), label=words)


def of_text(count: Number | None, total: Number | None, outside: Number | None = None) -> str:
    """Coverage in words: "34 of 36", "36 of 36 planned, 6 more outside the plan"."""
    words = {
        "count": display.format_number(count, 0),
        "total": display.format_number(total, 0),
        "outside": display.format_number(outside, 0),
    }
    if outside and outside > 0:
        return _("%(count)s of %(total)s planned, %(outside)s more outside the plan") % words
    return _("%(count)s of %(total)s") % words


def seen_text(figure: Counted) -> str:
    """What a figure stands on, in words: done of planned, or only how many observations where nothing was planned."""
    if figure.planned:
        return of_text(figure.done, figure.planned, figure.n - figure.done)
    count = ngettext("%(counter)s observation", "%(counter)s observations", figure.n)
    return count % {"counter": display.format_number(figure.n, 0)}


@register.simple_tag
def of(count: Number | None, total: Number | None, outside: Number | None = None) -> SafeString:
    """Coverage: "34/36" to the eye, "34 of 36" to the ear; "36/36 +6" where more was seen outside the plan.

    count ≤ total is for the caller to see to; what is beyond the plan is told by outside.
    """
    text, words = display.format_of(count, total, outside), of_text(count, total, outside)
    return format_html(
        '<span class="of"{}><span aria-hidden="true">{}</span><span class="sr-only">{}</span></span>',
        format_html(' title="{}"', words) if outside and outside > 0 else "",
        text,
        words,
    )


@register.simple_tag
def seen(figure: Counted | None) -> SafeString | str:
    """What a figure stands on, short: done of planned, else how many observations; nothing without a figure or any."""
    if figure is None:
        return ""
    if figure.planned:
        return of(figure.done, figure.planned, figure.n - figure.done)
    if not figure.n:
        return ""
    text = display.format_number(figure.n, 0)
    return format_html('<span title="{}">{}</span>', seen_text(figure), text)


@register.inclusion_tag("inc/figure.html")
def figure(
    value: Number | str | None,
    unit: str = "",
    decimals: int | None = None,
    n: int | None = None,
    planned: int | None = None,
    done: int | None = None,
    status: str | None = None,
    state: str = "final",
    until: datetime | None = None,
    href: str = "",
    reason: str = "",
    size: str = "",
    previous: Number | None = None,
) -> dict[str, object]:
    """A figure with all that belongs to it: status, number, unit, n of N, and whether it can still change.

    n: how many observations it stands on. planned: what a plan asked for, and done: how many of n that was (all of
    them when left out); the rest was seen outside the plan. Without planned only n is told. state: "provisional" (with
    until), "final" or "restated" (with reason). size: "", "large" or "hero". href leads to why the figure is what it
    is.
    """
    return {
        "value": value,
        # A dash has no unit.
        "unit": unit if display.as_decimal(value) is not None else "",
        "decimals": decimals,
        "n": n,
        "planned": planned,
        "done": n if done is None else done,
        "outside": (n or 0) - done if done is not None else 0,
        "status": display.status_name(status) if status is not None else "",
        "state": state,
        "until": until,
        "href": href,
        "reason": reason,
        "size": size,
        "previous": previous,
    }


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """The page's own query string with some of it changed; None or "" removes a key. For filters, sort, pages."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        else:
            params[key] = str(value)
    return f"?{params.urlencode()}"


@register.inclusion_tag("inc/sort_header.html", takes_context=True)
def sort_header(context: template.Context, key: str, label: str, numeric: bool = False) -> dict[str, object]:
    """A table head that sorts by ?sort=key, then ?sort=-key; says to screen readers how it is sorted now."""
    current = context["request"].GET.get("sort", "")
    descending = current == f"-{key}"
    ascending = current == key
    return {
        "label": label,
        "numeric": numeric,
        "href": query(context, sort=f"-{key}" if ascending else key, page=None),
        "aria": "ascending" if ascending else "descending" if descending else "",
        "icon": "sort-up" if ascending else "sort-down" if descending else "sort",
    }
