"""The button that asks for a PDF. Load with `{% load documents %}`."""

from __future__ import annotations

import json
from typing import Any

from django import template

from amps.display import language_of
from amps.documents.rendering import PANGO, is_available

register = template.Library()


@register.inclusion_tag("documents/inc/request_button.html", takes_context=True)
def document_button(context: template.Context, kind: str, **params: Any) -> dict[str, Any]:
    """A language to choose and a button: `{% document_button "plan" unit=unit.pk year=2026 %}`.

    `params` are handed to the kind's builder: numbers and texts.
    """
    return {
        "kind": kind,
        "params": json.dumps(params),
        "language": language_of(),
        "csrf_token": context.get("csrf_token"),
        "can_make": is_available(),
        "how_to_get_it": PANGO,
        "field_id": f"pdf-{kind}-{abs(hash(json.dumps(params, sort_keys=True))) % 10_000}",
    }
