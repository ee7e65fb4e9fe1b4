"""Template filters of the standards' pages. Load with `{% load standards %}`."""

from __future__ import annotations

from decimal import Decimal

from django import template

from sops import wording
from sops.models import ObservationPoint

register = template.Library()


@register.filter
def limits(point: ObservationPoint) -> str:
    """What is right at a point, in words; empty where nothing is judged."""
    return wording.limits_text(point)


@register.filter
def sample(point: ObservationPoint) -> str:
    """How many are watched, in words."""
    return wording.sample_text(point)


@register.filter
def minutes(value: Decimal | None) -> str:
    """A standard time in words."""
    return wording.minutes_text(value)
