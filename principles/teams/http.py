"""What a view can count on: a person who has signed in."""

from __future__ import annotations

from django.http import HttpRequest as HttpRequestBase

from principles.teams.models import User


class HttpRequest(HttpRequestBase):
    """A request behind ``@login_required``."""

    user: User
