"""Opening a deviation from an observation, and the observations behind a deviation."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from observations.deviations import (
    NotADeviation,
    RaisedAlready,
    can_raise,
    observation_join,
    observation_raise,
    open_there,
    suggested,
)
from observations.http import person_of
from observations.models import Observation, RaisedDeviation
from observations.refusals import Refused
from principles.improvement import refusals as improvement
from principles.improvement.forms import DeviationForm, refusal_to_form
from principles.improvement.models import Deviation
from principles.improvement.permissions import require_role
from principles.teams.models import Unit
from principles.teams.permissions import Capability, require

_FIXED = ("unit", "equipment", "occurred_at", "source")


@require_http_methods(["GET", "POST"])
@login_required
def deviation_open(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """Open a deviation on the spot, prefilled from the observation; or add it (`join`) to one that is open there."""
    person, now = person_of(request), timezone.now()
    fact = get_object_or_404(
        Observation.objects.select_related(
            "point", "reason", "area", "equipment", "shift", "revision__sop", "sop_point__step"
        ),
        pk=fact_id,
    )
    require(person, Capability.REPORT_DEVIATION, fact.area_id)
    raised = RaisedDeviation.objects.filter(observation=fact).first()
    if raised is not None:
        messages.info(request, str(RaisedAlready.default))
        return redirect("improvement:deviation", raised.deviation_id)
    if not can_raise(fact):
        messages.warning(request, str(NotADeviation.default))
        return redirect("observations:observation", fact_id=fact.pk)
    form = DeviationForm(
        request.POST if request.method == "POST" and "join" not in request.POST else None,
        units=Unit.objects.none(),
        fixed=_FIXED,
        initial=suggested(fact),
    )
    try:
        if "join" in request.POST:
            text = request.POST["join"]
            pk = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
            deviation = get_object_or_404(Deviation, pk=pk)
            observation_join(observation=fact, deviation=deviation, actor=person, now=now)
            messages.success(request, _("Added to %(number)s.") % {"number": deviation.number})
            return _onwards(request, deviation)
        if request.method == "POST" and form.is_valid():
            deviation = observation_raise(observation=fact, actor=person, now=now, **form.said())
            messages.success(request, _("%(number)s is open.") % {"number": deviation.number})
            return _onwards(request, deviation)
    except RaisedAlready as refusal:
        messages.info(request, str(refusal.message))
        return redirect("improvement:deviation", refusal.deviation.pk)
    except improvement.Refused as refusal:
        refusal_to_form(form, refusal)
    except Refused as refusal:
        messages.warning(request, str(refusal.message))
        return redirect("observations:observation", fact_id=fact.pk)
    context = {
        "form": form,
        "fact": fact,
        "there": open_there(fact),
        "back": _back(request) or reverse("observations:observation", args=[fact.pk]),
    }
    return render(request, "observations/deviation_new.html", context)


def _back(request: HttpRequest) -> str:
    """The page that the person came from, if it is one of ours: the round goes on there."""
    back = request.GET.get("next", "")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else ""


def _onwards(request: HttpRequest, deviation: Deviation) -> HttpResponse:
    back = _back(request)
    return redirect(back) if back else redirect("improvement:deviation", deviation.pk)


@require_GET
@login_required
def deviation_source(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of a deviation's page: the observations behind it, each with its step and cell."""
    require_role(person_of(request))
    deviation = get_object_or_404(Deviation, pk=pk)
    raised = deviation.observations.select_related(
        "observation__point",
        "observation__reason",
        "observation__equipment",
        "observation__shift",
        "observation__revision__sop",
        "observation__sop_point__step",
    )
    return render(request, "observations/deviation_source.html", {"deviation": deviation, "raised": raised})
