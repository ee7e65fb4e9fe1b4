"""What every request takes from the person and the plant: language, time zone, a password of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation

from principles.teams.calendars import plant_zone
from principles.teams.models import User

# Asked by machines and browsers of themselves, also while the database is down.
_WITHOUT_PLANT = frozenset({"healthz", "favicon"})
# What a person with a temporary password may still open.
_BEFORE_OWN_PASSWORD = frozenset({"teams:password", "account_logout", "set_language"})


class PersonMiddleware:
    """Speak the person's language and the plant's time; let a temporary password open only the page to change it.

    Stands after the middlewares of session, locale and authentication.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Called once the address is known to exist."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in _WITHOUT_PLANT:
            return None
        timezone.activate(plant_zone())
        person = request.user
        if not isinstance(person, User):
            return None
        translation.activate(person.language)
        request.LANGUAGE_CODE = person.language
        if person.must_change_password and name not in _BEFORE_OWN_PASSWORD:
            return redirect("teams:password")
        return None
