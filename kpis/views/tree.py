"""The process tree: from a KPI down to the points that decide it, and from a point up to what it moves."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sops.models import ObservationPoint


@require_GET
@login_required
def tree_page(request: HttpRequest) -> HttpResponse:
    """The whole tree, or with ?focus= the one line through an indicator, process, SOP or point."""
    return render(request, "kpis/tree.html", {})


@require_GET
@login_required
def point_indicators(request: HttpRequest, code: str) -> HttpResponse:
    """The indicators that a point feeds, as a fragment for the point's own page."""
    point = get_object_or_404(ObservationPoint, code=code)
    return render(request, "kpis/point_indicators.html", {"point": point})
