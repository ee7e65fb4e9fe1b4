"""My shift: what is owed now, what is late, what is done; and starting something outside the plan."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from amps.bilingual import localized_column
from observations.http import person_of
from observations.models import ObservationPlan
from observations.myshift import areas_of, own_next_shift, shift_board
from observations.refusals import BadPlace, Refused
from observations.rounds import NotInForce, round_start
from principles.teams.calendars import NoCalendar, shift_at
from principles.teams.models import Unit
from principles.teams.permissions import Access, Capability, access_of, require, require_somewhere
from sops.models import ObservationPoint, PointKind, Sop, SopRevision

_AREA_KEY = "shift_area"
_MOST_CELLS = 60


def chosen_area(request: HttpRequest, areas: list[Unit]) -> Unit | None:
    """The area in the address, else the one looked at last, else the first of the person's areas."""
    asked = request.GET.get("unit") or request.POST.get("unit") or request.session.get(_AREA_KEY)
    area = next((one for one in areas if one.code == asked), areas[0] if areas else None)
    if area is not None and request.session.get(_AREA_KEY) != area.code:
        request.session[_AREA_KEY] = area.code
    return area


@require_GET
@never_cache
@login_required
def shift(request: HttpRequest) -> HttpResponse:
    """The phone's first page. htmx gets the board alone."""
    person, now = person_of(request), timezone.now()
    access = access_of(person, now=now)
    areas = areas_of(access)
    area = chosen_area(request, areas)
    try:
        current = shift_at(now)
    except NoCalendar:
        return render(request, "observations/shift.html", {"no_calendar": True, "now": now})
    board = shift_board(area, shift=current, tree=access.tree, now=now) if area is not None else None
    context = {
        "area": area,
        "areas": areas,
        "board": board,
        "current": current,
        "own_next": own_next_shift(person, current, now=now),
        "events": ObservationPoint.objects.filter(kind=PointKind.EVENT, active=True).exists() if area else False,
        "now": now,
    }
    template = "observations/inc/board.html" if request.headers.get("HX-Request") else "observations/shift.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def extra(request: HttpRequest) -> HttpResponse:
    """An observation outside a round: choose what (SOP) and where (cell); the cards follow."""
    person, now = person_of(request), timezone.now()
    require_somewhere(person, Capability.OBSERVE)
    access = access_of(person, now=now)
    areas = areas_of(access)
    area = chosen_area(request, areas)
    if area is None:
        return render(request, "observations/extra.html", {"areas": [], "area": None})
    context: dict[str, Any] = {
        "area": area,
        "areas": areas,
        "q": request.GET.get("q", "").strip(),
        "sop_code": request.GET.get("sop", ""),
    }
    if request.method == "POST":
        require(person, Capability.OBSERVE, area)
        sop = Sop.objects.filter(code=request.POST.get("sop", "")).first()
        targets = list(Unit.objects.filter(code=request.POST["cell"])) if request.POST.get("cell") else []
        try:
            if sop is None:
                raise NotInForce(_("Choose what you look at."))
            if request.POST.get("cell") and not targets:
                raise BadPlace(_("There is no cell with this number."))
            made = round_start(sop=sop, area=area, targets=targets, started_by=person, now=now)
        except Refused as refusal:
            context |= {
                "error": refusal.message,
                "sop_code": sop.code if sop else "",
                "q": request.POST.get("cell", ""),
            }
        else:
            return redirect("observations:round", pk=made.pk)
    context |= _choices(area, access=access, sop_code=context["sop_code"], q=context["q"])
    template = "observations/extra.html"
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "cells":
        template = "observations/inc/cells.html"
    return render(request, template, context)


@require_GET
@never_cache
@login_required
def token(request: HttpRequest) -> JsonResponse:
    """Who is signed in, and a fresh token for the taps that wait on the device."""
    return JsonResponse({"user": str(request.user.pk), "token": get_token(request)})


def _choices(area: Unit, *, access: Access, sop_code: str, q: str) -> dict[str, object]:
    """SOPs with a revision in force, those planned here first; and the area's cells once the SOP is chosen."""
    now = timezone.now()
    planned = set(ObservationPlan.objects.valid_on(access.tree.date).filter(area=area).values_list("sop_id", flat=True))
    revisions = SopRevision.objects.in_force(now).filter(sop__active=True).select_related("sop__process")
    ordered = sorted(
        revisions.order_by(localized_column("title")),
        key=lambda revision: (revision.sop_id not in planned, revision.sop.owner_id != area.pk, revision.sop.code),
    )
    chosen = next((revision for revision in ordered if revision.sop.code == sop_code), None)
    cells: list[Unit] = []
    if chosen is not None:
        below = access.tree.descendants(area.pk)
        found = Unit.objects.open_on(access.tree.date).filter(pk__in=below).exclude(equipment_type="")
        if q:
            found = found.filter(code__icontains=q)
        cells = list(found.order_by("position", "code")[: _MOST_CELLS + 1])
    return {
        "revisions": ordered,
        "chosen": chosen,
        "cells": cells[:_MOST_CELLS],
        "more_cells": len(cells) > _MOST_CELLS,
        "planned": planned,
    }
