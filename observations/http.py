"""What the views of the shift need of a request."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from principles.teams.models import User


def person_of(request: HttpRequest) -> User:
    """The person who is signed in; only for views behind a login."""
    return cast(User, request.user)


def wants_json(request: HttpRequest) -> bool:
    """Whether the device's own script asks (a tap that waited), and not a page."""
    return request.headers.get("Accept", "").startswith("application/json")


def is_htmx(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
