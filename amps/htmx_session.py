"""What a request gets whose session has ended: a way to sign in, and no lost work.

A page asks for its login page as always. A form that was sent leads back to the page it stood on (its own address
may only take forms). A request of htmx gets 401 and the address to sign in at, so that the page stays as it is, with
everything typed or waiting in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _


class SessionEndMiddleware(LoginRequiredMiddleware):
    """Deny by default: a view for people without a login says so with ``@login_not_required``."""

    def handle_no_permission(  # type: ignore[override] # an answer that is no redirect is what this is for
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """Answer a request that needs a login and has none."""
        if request.headers.get("HX-Request") == "true":
            return _stay_and_tell(request)
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        messages.warning(request, _("You were signed out. Sign in and do it once more: it is not stored yet."))
        return HttpResponseRedirect(_login_url(_page_of(request, request.headers.get("Referer", ""))))


def _stay_and_tell(request: HttpRequest) -> HttpResponse:
    login = _login_url(_page_of(request, request.headers.get("HX-Current-URL", "")))
    sentence = _("You are signed out. Sign in again; what you typed stays here.")
    response = HttpResponse(sentence, status=401, content_type="text/plain; charset=utf-8")
    response["HX-Trigger"] = json.dumps({"amps:sign-in": {"url": login}})
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page_of(request: HttpRequest, address: str) -> str:
    """Path and query of the page that a request was sent from, if it is one of ours; else the start page."""
    if not url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return "/"
    parts = urlsplit(address)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _login_url(page: str) -> str:
    login = resolve_url(settings.LOGIN_URL)
    return login if page == "/" else f"{login}?{urlencode({'next': page})}"
