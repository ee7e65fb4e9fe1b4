"""Follow-up: the closed periods of a unit, one after the other, and who looked through them."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from amps.periods import Cadence
from kpis.choice import Place, person_of, place_of, with_units
from kpis.followup import agenda, closings_of
from kpis.forms import ReviewForm
from kpis.frame import CADENCES, BadPeriod, Frame, cadence_name
from kpis.models import Closing
from kpis.services import closing_review
from kpis.views.dashboard import crumbs_of
from principles.teams.permissions import Capability, access_of

PAGE = 30


@require_GET
@login_required
@with_units
def followup_start(request: HttpRequest) -> HttpResponse:
    """The follow-up of the day, in the unit that the person looks at."""
    return redirect("kpis:followup", place_of(request).unit.code, Cadence.DAY.value)


def _cadence(text: str) -> Cadence:
    try:
        return Cadence(text)
    except ValueError as error:
        raise Http404(text) from error


def _links(place: Place, current: Cadence) -> list[tuple[str, str, bool]]:
    return [
        (cadence_name(item.value), reverse("kpis:followup", args=[place.unit.code, item.value]), item == current)
        for item in CADENCES
    ]


def _crumbs(place: Place, cadence: Cadence) -> list[dict[str, str]]:
    here = reverse("kpis:followup", args=[place.unit.code, cadence.value])
    return [*crumbs_of(place), {"label": _("Follow-up"), "url": here}]


@require_GET
@login_required
def closings_page(request: HttpRequest, unit: str, cadence: str) -> HttpResponse:
    """The closed periods of a unit at one cadence, newest first."""
    kind, place = _cadence(cadence), place_of(request, unit)
    if place.unit.code != unit:
        return redirect("kpis:followup", place.unit.code, cadence)
    frame = Frame(timezone.now())
    page = Paginator(closings_of(place.unit, cadence), PAGE).get_page(request.GET.get("page"))
    rows = []
    for closing in page.object_list:
        try:
            name = frame.full_name(frame.period(kind, closing.first, closing.number))
        except BadPeriod:  # closed under a calendar that has been replaced
            name = frame.day(closing.first)
        rows.append((closing, name, list(closing.reviews.all())))
    context = {
        "place": place,
        "unit": place.unit,
        "crumbs": _crumbs(place, kind),
        "cadences": _links(place, kind),
        "cadence": kind.value,
        "rows": rows,
        "page_obj": page,
    }
    return render(request, "kpis/followup.html", context)


@require_GET
@login_required
def closing_page(request: HttpRequest, unit: str, cadence: str, first: str, number: int) -> HttpResponse:
    """One closed period: what was known then and what is known now."""
    closing, place = _closing(request, unit, cadence, first, number)
    return _closing_response(request, closing, place, ReviewForm())


@require_POST
@login_required
def review(request: HttpRequest, unit: str, cadence: str, first: str, number: int) -> HttpResponse:
    """Say that the period has been looked through."""
    closing, place = _closing(request, unit, cadence, first, number)
    person = person_of(request)
    if not access_of(person).can(Capability.REVIEW_CLOSINGS, closing.unit):
        raise PermissionDenied
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _closing_response(request, closing, place, form)
    closing_review(closing=closing, comment=form.cleaned_data["comment"], actor=person, now=timezone.now())
    messages.success(request, _("Noted as reviewed."))
    return redirect(closing_address(closing))


def closing_address(closing: Closing) -> str:
    """The page of a closing."""
    return reverse(
        "kpis:followup", args=[closing.unit.code, closing.cadence, closing.first.isoformat(), closing.number]
    )


def _closing(request: HttpRequest, unit: str, cadence: str, first: str, number: int) -> tuple[Closing, Place]:
    kind, place = _cadence(cadence), place_of(request, unit)
    try:
        date = dt.date.fromisoformat(first)
    except ValueError as error:
        raise Http404(first) from error
    found = Closing.objects.select_related("unit")
    closing = get_object_or_404(found, unit=place.unit, cadence=kind.value, first=date, number=number)
    return closing, place


def _closing_response(request: HttpRequest, closing: Closing, place: Place, form: ReviewForm) -> HttpResponse:
    frame = Frame(timezone.now())
    kind = Cadence(closing.cadence)
    try:
        period = frame.period(kind, closing.first, closing.number)
        name, full_name = frame.name(period), frame.full_name(period)
    except BadPeriod:
        name = full_name = frame.day(closing.first)
    same = Closing.objects.filter(unit=closing.unit, cadence=closing.cadence).select_related("unit")
    before = same.filter(starts_at__lt=closing.starts_at).order_by("-starts_at").first()
    after = same.filter(starts_at__gt=closing.starts_at).order_by("starts_at").first()
    context = {
        "place": place,
        "unit": closing.unit,
        "closing": closing,
        "crumbs": [*_crumbs(place, kind), {"label": name, "url": ""}],
        "cadences": _links(place, kind),
        "name": name,
        "full_name": full_name,
        "agenda": agenda(frame, closing),
        "before": closing_address(before) if before is not None else "",
        "after": closing_address(after) if after is not None else "",
        "form": form,
        "can_review": access_of(person_of(request)).can(Capability.REVIEW_CLOSINGS, closing.unit),
    }
    return render(request, "kpis/closing.html", context)
