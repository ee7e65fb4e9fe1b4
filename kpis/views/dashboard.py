"""The dashboard: one unit's indicators at the four cadences."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpis.choice import (
    DIMENSIONS,
    Place,
    crew_of,
    dimension_of,
    indicators_of,
    person_of,
    place_of,
    process_of,
    with_units,
)
from kpis.dashboard import Dashboard, dashboard
from kpis.frame import Frame
from principles.improvement.permissions import may_report
from principles.teams.models import Crew
from principles.teams.permissions import access_of
from sops.models import CriticalProcess, Dimension


def crumbs_of(place: Place) -> list[dict[str, str]]:
    """The way through the unit tree, each step leading to that unit's dashboard."""
    home = reverse("kpis:dashboard")
    return [{"label": unit.name, "url": f"{home}?unit={unit.code}"} for unit in place.path]


@require_GET
@login_required
@with_units
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """Everything that is followed in a unit; a request by htmx gets the figures alone."""
    place = place_of(request)
    frame = Frame(timezone.now())
    access = access_of(person_of(request))
    crews = list(Crew.objects.filter(active=True))
    processes = list(CriticalProcess.objects.filter(active=True))
    crew, process, dimension = crew_of(request, crews), process_of(request, processes), dimension_of(request)
    context = {
        "place": place,
        "unit": place.unit,
        "crumbs": crumbs_of(place),
        "crew": crew,
        "process": process,
        "dimension": dimension,
        "crews": crews,
        "processes": processes,
        "dimensions": [(code, Dimension(code).label) for code in DIMENSIONS],
        "is_filtered": bool(crew or process or dimension),
        "now": frame.now,
        "sees_deviations": bool(access.roles),
        "can_report": may_report(access, place.unit),
        "board": board_of(request, place, frame, crew, process, dimension),
    }
    template = "kpis/dashboard.html#figures" if request.headers.get("HX-Request") else "kpis/dashboard.html"
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def board_of(
    request: HttpRequest,
    place: Place,
    frame: Frame,
    crew: Crew | None,
    process: CriticalProcess | None,
    dimension: str,
) -> Dashboard | None:
    """The dashboard as filtered; None for a plant that has no shift calendar yet."""
    if not frame.calendars:
        return None
    only = indicators_of(process, frame.rules.by_point) if process is not None else None
    return dashboard(frame, place.unit, crew=crew, only=only, dimension=dimension)
