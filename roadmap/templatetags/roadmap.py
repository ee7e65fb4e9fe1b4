"""Template filters of evaluations. Load with `{% load roadmap %}`."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise

from amps.bilingual import active_language
from roadmap.item_page import LEVEL_NAMES
from roadmap.models import Evaluation
from roadmap.standard_data import ItemData, Texts
from roadmap.views.crumbs import title_of

register = template.Library()


@register.filter
def level_name(status: str) -> str | Promise:
    """Red, yellow, green or "not assessed" in words."""
    return LEVEL_NAMES.get(status, status)


@register.filter
def evaluated(evaluation: Evaluation) -> str:
    """The unit or team that evaluates itself."""
    return title_of(evaluation)


@register.filter
def by_language(texts: Texts) -> str:
    """A text of a file in the reader's language."""
    return texts[active_language()]


@register.filter
def item_text(item: ItemData, name: str) -> str:
    """One text of a file's focus item ("name", "red", …) in the reader's language."""
    return item.texts[f"{name}_{active_language()}"]
