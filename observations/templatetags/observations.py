"""Small marks and words of cards and facts. Load with `{% load observations %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from amps import display
from amps.measures import measure_text
from amps.numbers import ASK_THOUSANDS, asks_for_thousands
from amps.templatetags.display import band, icon, status_icon
from observations.cards import Card, Cell, Walk
from observations.models import Observation, Result
from principles.teams.models import Unit
from sops.models import Competence, ObservationPoint, PointKind

register = template.Library()

_ANSWERS = {
    Result.OK: ("check", "green"),
    Result.NOT_OK: ("cross", "red"),
    Result.NOT_APPLICABLE: ("dash", "grey"),
    Result.VALUE: ("check", "grey"),
    Result.WITHDRAWN: ("undo", "grey"),
}
# htmx's own words for "put the answer into the walk"; the same href or action serves without it. The address follows
# without a step in the history: "back" leads to My shift, not through every card.
_INTO_WALK = 'hx-boost="true" hx-target="#walk" hx-swap="outerHTML show:window:top" hx-push-url="false"'
_GO = mark_safe(f'{_INTO_WALK} hx-replace-url="true"')  # noqa: S308 - only words of our own
_TAP = mark_safe(f'{_INTO_WALK} hx-sync="this:drop" hx-request=\'{{"timeout": 10000}}\'')  # noqa: S308 - only words of our own


@register.simple_tag
def go() -> SafeString:
    """Attributes of a link to another card: htmx fetches only the card. Written beside the href."""
    return _GO


@register.simple_tag
def tap_attrs() -> SafeString:
    """Attributes of a form that stores a tap: a second tap while one is on its way is dropped."""
    return _TAP


@register.simple_tag
def thousands_attr() -> SafeString | str:
    """Of a form that takes a number: what asks back while one types "1,000", where that may be a thousand."""
    return format_html('data-thousands="{}"', ASK_THOUSANDS) if asks_for_thousands() else ""


@register.simple_tag
def card_mark(card: Card) -> SafeString:
    """The dot of a card: ○ open, ✓ ✗ – answered; speaks."""
    if card.fact is None:
        return format_html('<span class="ring" aria-hidden="true"></span><span class="sr-only">{}</span>', _("open"))
    return fact_mark(card.fact)


@register.simple_tag
def cell_mark(cell: Cell) -> SafeString:
    """The mark of a cell: grey ring, amber, green or red."""
    name, words = {
        "open": ("grey", _("not begun")),
        "begun": ("amber", _("begun")),
        "ok": ("green", _("done")),
        "not_ok": ("red", _("done, something is not as it should be")),
    }[cell.state]
    return status_icon(name, words)


@register.simple_tag
def fact_mark(fact: Observation) -> SafeString:
    """✓, ✗ or –, coloured by what it says."""
    name, colour = _ANSWERS[Result(fact.result)]
    return icon(name, css=f"fact-mark st-{colour}")


@register.simple_tag
def fact_said(fact: Observation, point: ObservationPoint | None = None) -> str:
    """What a fact says in words: "Yes", "No", "4,2 cm", "Not applicable", "Taken back"."""
    point = point or fact.point
    if fact.result == Result.WITHDRAWN:
        return _("Taken back")
    if fact.result == Result.NOT_APPLICABLE:
        return _("Not applicable")
    if fact.value is not None:
        if point.kind in (PointKind.COUNT, PointKind.EVENT):
            return display.format_number(fact.value, 0)
        number = display.format_number(fact.value)
        return f"{number}{display.NO_BREAK_SPACE}{measure_text(point.unit)}".strip()
    return _("Yes") if fact.result == Result.OK else _("No")


@register.simple_tag
def limits_words(point: ObservationPoint) -> str:
    """The limits in words, such as "2 to 5 cm"; "" for a point without limits."""
    low, high = point.minimum, point.maximum
    unit = f"{display.NO_BREAK_SPACE}{measure_text(point.unit)}" if point.unit and point.kind != PointKind.COUNT else ""
    if low is not None and high is not None:
        words = _("Right: %(low)s to %(high)s") % {
            "low": display.format_number(low),
            "high": display.format_number(high),
        }
    elif high is not None:
        words = _("Right: at most %(high)s") % {"high": display.format_number(high)}
    elif low is not None:
        words = _("Right: at least %(low)s") % {"low": display.format_number(low)}
    else:
        return ""
    return f"{words}{unit}"


@register.simple_tag
def limits_attrs(point: ObservationPoint) -> SafeString:
    """The limits as data attributes, plain numbers with a point."""
    ends = {"min": point.minimum, "max": point.maximum}
    return format_html_join(" ", 'data-{}="{}"', ((name, f"{end:f}") for name, end in ends.items() if end is not None))


@register.simple_tag
def limits_strip(point: ObservationPoint) -> SafeString:
    """The strip that a number is shown on while it is typed; the ends of the scale as data attributes."""
    scale = display.Band(
        None,
        float(point.minimum) if point.minimum is not None else None,
        float(point.maximum) if point.maximum is not None else None,
        None,
    ).scale(None)
    low, high = point.minimum, point.maximum
    return format_html(
        '<div class="limit-strip" data-strip data-from="{}" data-to="{}">{}</div>',
        f"{scale[0]:.6f}",
        f"{scale[1]:.6f}",
        band(None, low, low, high, high, label=limits_words(point)),
    )


@register.simple_tag
def decimal_sign() -> str:
    """The reader's decimal sign."""
    return display.NUMBER_SIGNS[display.language_of()][0]


@register.filter
def kind_word(unit: Unit) -> str:
    """What a piece of equipment is called before its number: "Cell", "Crane"."""
    words = {"cell": _("Cell"), "crane": _("Crane"), "scrubber": _("Scrubber")}
    return words.get(unit.equipment_type, "")


@register.filter
def unit_in(fact: Observation, walk: Walk) -> Unit | None:
    """The cell of a fact, from a walk that has read its cells already."""
    return next((unit for unit in walk.targets if unit is not None and unit.pk == fact.equipment_id), None)


@register.filter
def competence_words(fact: Observation) -> str:
    """The observer's level then, in words."""
    return str(Competence.Level(fact.competence).label) if fact.competence is not None else ""
