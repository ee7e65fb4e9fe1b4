"""Crews: who works in each, and which shift each has today."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from principles.teams import calendars
from principles.teams import rota as rotas
from principles.teams.forms.people import CrewForm, NewCrewForm
from principles.teams.http import HttpRequest
from principles.teams.models import Crew, Shift, User
from principles.teams.people import people_visible_to
from principles.teams.permissions import Capability, access_of, require_everywhere
from principles.teams.services import people as services


@require_GET
@login_required
def crews(request: HttpRequest) -> HttpResponse:
    """Every crew with today's shift by the rota, how many people it has, and the names one may see."""
    access = access_of(request.user)
    today = access.tree.date
    seen = people_visible_to(request.user, access).filter(is_active=True).order_by("name")
    found = (
        Crew.objects.annotate(size=Count("people", filter=Q(people__is_active=True)))
        .prefetch_related(
            Prefetch("people", queryset=User.objects.filter(pk__in=seen.values("pk")).order_by("name"), to_attr="seen")
        )
        .order_by("position", "code")
    )
    shifts = {shift.code: shift for shift in Shift.objects.filter(production_date=today)}
    rota = rotas.rota_on(calendars.rotas(), today)
    rows = [
        {
            "crew": crew,
            "letter": (letter := _letter(rota, crew.code, today)),
            "shift": shifts.get(letter),
            "hidden": crew.size - len(crew.seen),
        }
        for crew in found
    ]
    context = {
        "rows": rows,
        "today": today,
        "now": timezone.now(),
        "has_rota": rota is not None,
        "can_edit": access.can_everywhere(Capability.EDIT_PEOPLE),
    }
    return render(request, "teams/crews.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def crew_new(request: HttpRequest) -> HttpResponse:
    """Make a crew."""
    require_everywhere(request.user, Capability.EDIT_PEOPLE)
    form = NewCrewForm(request.POST or None, initial={"position": Crew.objects.count() + 1})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.crew_create(**form.cleaned_data, actor=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(crew)s is there. It works shifts once a rota names it.") % {"crew": made})
            return redirect("teams:crews")
    return render(request, "teams/crew_form.html", {"form": form, "crew": None})


@require_http_methods(["GET", "POST"])
@login_required
def crew_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a crew's names and whether it is in use."""
    found = get_object_or_404(Crew, code=code)
    require_everywhere(request.user, Capability.EDIT_PEOPLE)
    form = CrewForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        services.crew_edit(crew=found, **form.cleaned_data, actor=request.user)
        messages.success(request, _("Saved."))
        return redirect("teams:crews")
    return render(request, "teams/crew_form.html", {"form": form, "crew": Crew.objects.get(pk=found.pk)})


def _letter(rota: rotas.Rota | None, code: str, date: dt.date) -> str:
    """The crew's letter on a date; "" for a crew that the rota does not name."""
    if rota is None or code not in rota.crews:
        return ""
    return rotas.state(rota, rota.crews.index(code), date)
