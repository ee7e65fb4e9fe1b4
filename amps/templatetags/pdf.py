"""Tags of the PDF templates. Load with `{% load pdf %}`; the screen's icons and links do not work on paper."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from amps import display
from amps.documents import rendering

register = template.Library()


@register.simple_tag
def mark(status: str | None, text: str, wrap: bool = False) -> SafeString:
    """A status as shape, colour and word; `wrap` lets long words break under each other."""
    name = display.status_name(status)
    return format_html('<span class="mark mark-{}{}">{}</span>', name, " mark-wrap" if wrap else "", text)


@register.simple_tag
def mark_alone(status: str | None, label: str) -> SafeString:
    """The shape alone, as in a heat map; `label` is what is read aloud."""
    return mark_safe(rendering.status_svg(display.status_name(status), label))  # noqa: S308 - the label is escaped there


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """A day in the document's language, with its year: "fre 21. nov 2026"; a moment's day in the plant's zone."""
    if value is None:
        return display.NO_DATA
    return rendering.day_text(timezone.localdate(value) if isinstance(value, dt.datetime) else value)


@register.filter
def day_short(value: dt.date | None) -> str:
    """A day short enough for a column: "21.11.26" in Norwegian, "21 Nov 26" in English."""
    if value is None:
        return display.NO_DATA
    return dateformat.format(value, "d.m.y" if display.language_of() == "nb" else "j M y")


@register.filter
def moment(value: dt.datetime | None) -> str:
    """A moment in the plant's zone, always with its year: "tir 10. nov 2026 14:00"."""
    if value is None:
        return display.NO_DATA
    return rendering.moment_text(value)
