"""Event series such as anode effects: log one, and say at the end of the shift that there were no more."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from observations.forms import EventForm, NumberField
from observations.http import person_of
from observations.models import EventReport, Observation
from observations.myshift import areas_of
from observations.recording import observation_record
from observations.refusals import Refused
from observations.reporting import cell_days, event_report
from observations.taps import read_id, read_time
from observations.views.shift import chosen_area
from principles.teams.calendars import shift_at
from principles.teams.models import Unit
from principles.teams.permissions import Capability, access_of, require, require_somewhere
from sops.models import ObservationPoint, PointKind


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def events(request: HttpRequest) -> HttpResponse:
    """Events of this shift in one area, with the form to log one."""
    person, now = person_of(request), timezone.now()
    require_somewhere(person, Capability.OBSERVE)
    areas = areas_of(access_of(person, now=now))
    area = chosen_area(request, areas)
    points = ObservationPoint.objects.filter(kind=PointKind.EVENT, active=True)
    if area is None:
        return render(request, "observations/events.html", {"areas": [], "area": None})
    form = EventForm(request.POST or None, points=points)
    if request.method == "POST" and form.is_valid():
        require(person, Capability.OBSERVE, area)
        said = form.cleaned_data
        try:
            observation_record(
                id=read_id(request.POST.get("id", "")),
                point=said["point"],
                value=said["number"] if said["number"] is not None else Decimal(1),
                note=said["note"],
                area=area,
                equipment=said["cell"],
                observer=person,
                observed_at=read_time(request.POST.get("observed_at", ""), now=now),
                now=now,
            )
        except Refused as refusal:
            field = {"value": "number", "equipment": "cell"}.get(refusal.field, refusal.field)
            form.add_error(field if field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("Stored."))
            return redirect(_events_url(area))
    shift = shift_at(now)
    logged = (
        Observation.objects.counting()
        .filter(shift=shift, area=area, point__in=points)
        .select_related("point", "equipment")
        .order_by("-observed_at")
    )
    reports = {
        report.point_id: report for report in EventReport.objects.filter(shift=shift, area=area, point__in=points)
    }
    context = {
        "area": area,
        "areas": areas,
        "form": form,
        "shift": shift,
        "logged": logged[:100],
        "series": [{"point": point, "report": reports.get(point.pk)} for point in points],
        "cell_days": cell_days(area=area, shift=shift),
        "tap_id": uuid.uuid4(),
    }
    return render(request, "observations/events.html", context)


@require_POST
@never_cache
@login_required
def event_none_more(request: HttpRequest) -> HttpResponse:
    """Say for the shift that the series is complete, so that no event means none."""
    person, now = person_of(request), timezone.now()
    area = get_object_or_404(Unit, code=request.POST.get("unit", ""))
    require(person, Capability.OBSERVE, area)
    point = get_object_or_404(ObservationPoint, code=request.POST.get("point", ""), kind=PointKind.EVENT)
    try:
        number = NumberField(required=False).clean(request.POST.get("opportunities", ""))
        event_report(
            id=read_id(request.POST.get("id", "")),
            point=point,
            area=area,
            shift=shift_at(now),
            reported_until=read_time(request.POST.get("observed_at", ""), now=now),
            opportunities=number,
            now=now,
        )
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Reported for the shift."))
    return redirect(_events_url(area))


def _events_url(area: Unit) -> str:
    return f"{reverse('observations:events')}?unit={area.code}"
