"""One's own page: language, look, password, roles."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from amps.context import THEME_COOKIE
from principles.teams.forms.people import LooksForm, PasswordForm
from principles.teams.http import HttpRequest
from principles.teams.permissions import access_of
from principles.teams.services import people as services

_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "POST"])
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Who one is here, and how the pages speak and look for oneself."""
    form = LooksForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        request.user.save(update_fields=["language", "theme"])
        translation.activate(request.user.language)
        messages.success(request, _("Saved."))
        response: HttpResponse = redirect("teams:me")
        _keep_theme(response, request.user.theme)
        return response
    today = access_of(request.user).tree.date
    context = {
        "form": form,
        "roles": request.user.roles.held_on(today).select_related("unit").order_by("role"),
        "today": today,
    }
    return render(request, "teams/me.html", context)


@sensitive_post_parameters("old", "new", "again")
@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Choose a password of one's own; other devices are signed out."""
    form = PasswordForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.password_change(
                person=request.user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except services.WrongPassword:
            form.add_error("old", _("This is not your present password."))
        else:
            update_session_auth_hash(request, person)
            messages.success(request, _("Your password is changed. Other devices are signed out."))
            return redirect("home")
    return render(request, "teams/password.html", {"form": form, "is_first": request.user.must_change_password})


def _keep_theme(response: HttpResponse, theme: str) -> None:
    """The look of this device follows what the person chose (the browser's own switch writes the same cookie)."""
    response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
