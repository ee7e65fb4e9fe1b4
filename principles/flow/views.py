"""Routes: capacity per process against what the customer asks for, and the bottleneck between them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amps import display
from principles.flow import services
from principles.flow.forms import NewRouteForm, NewStepForm, RouteForm
from principles.flow.models import CapacityPart, Route, RouteStep
from principles.flow.reading import chart_of, sheet_of
from principles.teams.http import HttpRequest
from principles.teams.models import FIGURE_KINDS
from principles.teams.permissions import Capability, access_of, require, require_somewhere
from principles.teams.unit_pages import units_in_order

Crumbs = list[dict[str, str]]


def _routes() -> QuerySet[Route]:
    return Route.objects.filter(active=True).select_related("unit").prefetch_related("steps__parts", "steps__unit")


def _crumbs(*more: tuple[str, str]) -> Crumbs:
    steps = ((_("Flow"), reverse("flow:routes")), *more)
    return [{"label": label, "url": url} for label, url in steps]


@require_GET
@login_required
def routes(request: HttpRequest) -> HttpResponse:
    """Every route with its bottleneck and what is missing."""
    context = {
        "sheets": [sheet_of(route) for route in _routes()],
        "crumbs": _crumbs(),
        "can_add": access_of(request.user).can_somewhere(Capability.EDIT_FLOW),
    }
    return render(request, "flow/routes.html", context)


@require_GET
@login_required
def route(request: HttpRequest, code: str) -> HttpResponse:
    """One route as chart and table."""
    found = get_object_or_404(_routes(), code=code)
    sheet = sheet_of(found)
    context = {
        "route": found,
        "sheet": sheet,
        "demand_text": display.format_number(found.demand, 0),
        "chart": chart_of(sheet, demand_name=_("Customer demand"), axis=_("t/week")) if sheet.lines else None,
        "crumbs": _crumbs((found.name, "")),
        "can_edit": access_of(request.user).can(Capability.EDIT_FLOW, found.unit),
    }
    return render(request, "flow/route.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def route_new(request: HttpRequest) -> HttpResponse:
    """A new route; its processes follow on its own page."""
    require_somewhere(request.user, Capability.EDIT_FLOW)
    access = access_of(request.user)
    form = NewRouteForm(request.POST or None)
    reach = access.units(Capability.EDIT_FLOW)
    offered = [(unit, level) for unit, level in units_in_order(access.tree, FIGURE_KINDS) if unit.pk in reach]
    form.fields["unit"].offer(offered)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        require(request.user, Capability.EDIT_FLOW, form.cleaned_data["unit"])
        try:
            made = services.route_create(**form.cleaned_data, actor=request.user)
        except services.CodeTaken:
            form.add_error("code", _("Another route has this code."))
        else:
            messages.success(request, _("The route is there. Add its processes in the order the goods take."))
            return redirect("flow:route_edit", code=made.code)
    return render(request, "flow/route_new.html", {"form": form, "crumbs": _crumbs((_("New route"), ""))})


def _editable(request: HttpRequest, code: str) -> Route:
    found = get_object_or_404(_routes(), code=code)
    if not access_of(request.user).can(Capability.EDIT_FLOW, found.unit):
        raise PermissionDenied
    return found


def _step_form(request: HttpRequest, data: QueryDict | None = None) -> NewStepForm:
    form = NewStepForm(data, prefix="step")
    offered = units_in_order(access_of(request.user).tree, FIGURE_KINDS)
    form.fields["unit"].offer(offered)  # type: ignore[attr-defined]
    return form


def _edit_page(request: HttpRequest, found: Route, form: RouteForm, step_form: NewStepForm) -> HttpResponse:
    address = reverse("flow:route", args=[found.code])
    context = {
        "route": found,
        "sheet": sheet_of(found),
        "form": form,
        "step_form": step_form,
        "crumbs": _crumbs((found.name, address), (_("Change"), "")),
    }
    return render(request, "flow/route_edit.html", context)


def _route_form(found: Route, data: QueryDict | None = None) -> RouteForm:
    parts = CapacityPart.objects.filter(step__route=found).select_related("step").order_by("step__position", "position")
    return RouteForm(data, route=found, parts=list(parts))


@require_http_methods(["GET", "POST"])
@login_required
def route_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Demand and capacities, typed beside each other."""
    found = _editable(request, code)
    form = _route_form(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.route_edit(
            route=found,
            name_en=form.cleaned_data["name_en"],
            name_nb=form.cleaned_data["name_nb"],
            demand=form.cleaned_data["demand"],
            capacities=form.capacities,
            actor=request.user,
        )
        messages.success(request, _("Saved."))
        return redirect("flow:route", code=code)
    return _edit_page(request, found, form, _step_form(request))


@require_POST
@login_required
def step_add(request: HttpRequest, code: str) -> HttpResponse:
    """A process at the end of the route."""
    found = _editable(request, code)
    form = _step_form(request, request.POST)
    if not form.is_valid():
        return _edit_page(request, found, _route_form(found), form)
    data = form.cleaned_data
    parts = [services.NewPart(data["name_en"], data["name_nb"], data["capacity"])]
    if data["extra"] is not None:
        named = (data["extra_en"] or data["extra_nb"], data["extra_nb"] or data["extra_en"])
        parts.append(services.NewPart(*named, data["extra"]))
    services.step_add(
        route=found,
        name_en=data["name_en"],
        name_nb=data["name_nb"],
        unit=data["unit"],
        parts=parts,
        actor=request.user,
    )
    messages.success(request, _("Added at the end of the route."))
    return redirect("flow:route_edit", code=code)


@require_POST
@login_required
def step_remove(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a process off the route."""
    found = _editable(request, code)
    step = get_object_or_404(RouteStep, route=found, pk=pk)
    services.step_remove(step=step, actor=request.user)
    messages.success(request, _("%(step)s is taken off the route.") % {"step": step.name})
    return redirect("flow:route_edit", code=code)
