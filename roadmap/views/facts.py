"""The live facts of one focus item: a fragment beside its texts, or a page of its own without JavaScript."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from principles.teams.models import Crew, Unit
from principles.teams.permissions import Access
from roadmap.evidence import facts_of
from roadmap.models import FocusItem
from roadmap.views.access import reader_of


@require_GET
@login_required
def item_facts(request: HttpRequest, pk: int) -> HttpResponse:
    """What the facts say of an item now, for `?unit=` and `?crew=`: value, limits, status, what binds, where from."""
    _person, access = reader_of(request)
    item = get_object_or_404(FocusItem.objects.select_related("rule__principle"), pk=pk)
    unit, crew = _unit(request, access), _crew(request)
    now = timezone.now()
    context: dict[str, Any] = {
        "item": item,
        "unit": unit,
        "crew": crew,
        "facts": facts_of(item, unit=unit, crew=crew, now=now),
        "now": now,
    }
    if getattr(request, "htmx", False):
        return render(request, "roadmap/inc/facts.html", context)
    context["crumbs"] = [
        {"label": _("Roadmap"), "url": reverse("roadmap:standard")},
        {"label": item.code, "url": ""},
    ]
    return render(request, "roadmap/facts.html", context)


def _unit(request: HttpRequest, access: Access) -> Unit:
    """The unit of the address, which has to stand in the tree. Raises Http404."""
    unit = get_object_or_404(Unit, code=request.GET.get("unit", ""))
    if unit.pk not in access.tree.kinds:
        raise Http404
    return unit


def _crew(request: HttpRequest) -> Crew | None:
    code = request.GET.get("crew", "")
    return get_object_or_404(Crew, code=code) if code else None
