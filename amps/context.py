"""What every page's frame needs. All of it is lazy: a page that shows no frame (an error page) asks nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from amps import navigation

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "amps_theme"


def theme_of(request: HttpRequest) -> str:
    """The look chosen on this device, else the person's own; "auto" follows the device."""
    chosen = request.COOKIES.get(THEME_COOKIE) or getattr(getattr(request, "user", None), "theme", "auto")
    return chosen if chosen in THEMES else "auto"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: navigation, unit switcher, the person's menu, look, and whether this is the demo."""
    user = getattr(request, "user", None)
    return {
        "nav": SimpleLazyObject(lambda: navigation.places(request) if user is not None else []),
        "unit_menu": SimpleLazyObject(lambda: navigation.unit_menu(request) if user is not None else None),
        "me_menu": SimpleLazyObject(lambda: navigation.menu(request) if user is not None else []),
        "theme": theme_of(request),
        "is_demo": settings.AMPS_ENV == "demo",
    }
