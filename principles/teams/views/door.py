"""Coming in and going out: signing in and out, the start page, the language of the pages."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.i18n import set_language as set_cookie_language

from principles.teams.models import Role, Unit, User
from principles.teams.permissions import access_of

# Where a role starts its day; the first that one holds counts. Pages of higher floors are known by name only.
STARTS: tuple[tuple[frozenset[Role], str], ...] = (
    (frozenset({Role.PLANT_MANAGER}), "roadmap:plan"),
    (frozenset({Role.AREA_LEADER, Role.TECHNICAL_LEAD, Role.SUPPORT, Role.CUSTOMER}), "kpis:dashboard"),
    (frozenset({Role.OPERATOR, Role.SHIFT_LEAD, Role.MAINTENANCE}), "observations:shift"),
    (frozenset({Role.ADMINISTRATOR}), "teams:units"),
)
_DEMO_ICONS = {
    Role.OPERATOR: "shift",
    Role.SHIFT_LEAD: "flag",
    Role.TECHNICAL_LEAD: "standards",
    Role.AREA_LEADER: "figures",
    Role.MAINTENANCE: "equipment",
    Role.SUPPORT: "together",
    Role.PLANT_MANAGER: "direction",
    Role.ADMINISTRATOR: "settings",
    Role.CUSTOMER: "people",
}


class Login(LoginView):  # type: ignore[misc] # allauth has no types
    """The sign-in page; in a demo with one tap per role."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo's people."""
        return {**super().get_context_data(**kwargs), "demo_logins": demo_logins()}


login = login_not_required(Login.as_view())


@require_http_methods(["GET", "POST"])
@login_not_required
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out; a link only asks whether to."""
    if request.method == "GET" and request.user.is_authenticated:
        return render(request, "account/logout.html")
    end_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages: kept with the person, and on this device for who has not signed in."""
    language = request.POST.get("language", "")
    person = request.user
    if isinstance(person, User) and language in dict(settings.LANGUAGES) and language != person.language:
        person.language = language
        person.save(update_fields=["language"])
        translation.activate(language)
    response: HttpResponse = set_cookie_language(request)
    return response


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponseRedirect:
    """Lead everybody to the page that their day starts with."""
    roles = access_of(request.user).roles
    for held, name in STARTS:
        if roles & held:
            try:
                return HttpResponseRedirect(reverse(name))
            except NoReverseMatch:
                continue
    return HttpResponseRedirect(reverse("teams:me"))


def demo_logins() -> list[dict[str, Any]]:
    """The people that one tap signs in as: in a demo only, and only those who are there."""
    if settings.AMPS_ENV != "demo":
        return []
    from amps.demo.people import DEMO_LOGINS

    there = set(
        User.objects.filter(
            is_demo=True, is_active=True, username__in=[item.username for item in DEMO_LOGINS]
        ).values_list("username", flat=True)
    )
    units = {unit.code: unit for unit in Unit.objects.filter(code__in={item.unit for item in DEMO_LOGINS})}
    return [
        {
            "username": item.username,
            "password": item.password,
            "name": item.name,
            "role": item.role.label,
            "where": units[item.unit].name if item.unit in units else "",
            "about": item.about,
            "icon": _DEMO_ICONS[item.role],
        }
        for item in DEMO_LOGINS
        if item.username in there
    ]
