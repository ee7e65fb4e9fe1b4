"""Observation plans of an area: what every shift owes. For those who may edit plans."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from observations.forms import PlanEndForm, PlanForm
from observations.http import person_of
from observations.models import ObservationPlan
from observations.plan_editing import CHANGEABLE, plan_add, plan_change, plan_end
from observations.refusals import Refused
from principles.teams.models import ShiftStart, Unit, UnitKind
from principles.teams.permissions import Access, Capability, access_of, require, require_somewhere
from sops.models import SopRevision


def _areas(access: Access) -> list[Unit]:
    units = Unit.objects.open_on(access.tree.date).filter(
        pk__in=access.units(Capability.EDIT_PLANS), kind=UnitKind.AREA
    )
    return list(units.order_by("position", "code"))


@require_GET
@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """The plans of one area: in force, to come, ended."""
    person, now = person_of(request), timezone.now()
    require_somewhere(person, Capability.EDIT_PLANS)
    access = access_of(person, now=now)
    areas = _areas(access)
    asked = request.GET.get("unit", "")
    area = next((one for one in areas if one.code == asked), areas[0] if areas else None)
    today = access.tree.date
    rows = list(ObservationPlan.objects.filter(area=area).select_related("sop", "area").order_by("sop__code"))
    titles = {
        revision.sop_id: revision.title
        for revision in SopRevision.objects.in_force(now).filter(sop__in={row.sop_id for row in rows})
    }
    numbers = dict(_shift_choices())
    lines: list[dict[str, Any]] = [
        {"plan": row, "title": titles.get(row.sop_id, ""), "shift": numbers.get(row.shift_number or 0)} for row in rows
    ]
    return render(
        request,
        "observations/plans.html",
        {
            "areas": areas,
            "area": area,
            "in_force": [line for line in lines if _is_in_force(line["plan"], today)],
            "to_come": [line for line in lines if line["plan"].valid_from > today],
            "ended": [line for line in lines if _has_ended(line["plan"], today)],
        },
    )


@require_http_methods(["GET", "POST"])
@login_required
def plan_new(request: HttpRequest) -> HttpResponse:
    """Add a plan to an area, from a date to come."""
    person = person_of(request)
    require_somewhere(person, Capability.EDIT_PLANS)
    area = get_object_or_404(Unit, code=request.GET.get("unit", ""), kind=UnitKind.AREA)
    require(person, Capability.EDIT_PLANS, area)
    today = access_of(person).tree.date
    form = PlanForm(
        request.POST or None,
        instance=ObservationPlan(area=area),
        area=area,
        today=today,
        shifts=_shift_choices(),
        initial={"valid_from": today + dt.timedelta(days=1)},
    )
    if request.method == "POST" and form.is_valid():
        plan_add(plan=form.save(commit=False), actor=person)
        messages.success(request, _("The plan is added. Its rounds come by themselves."))
        return redirect(_plans_url(area))
    return render(request, "observations/plan.html", {"form": form, "area": area, "plan": None})


@require_http_methods(["GET", "POST"])
@login_required
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a plan from a date to come."""
    person = person_of(request)
    plan = get_object_or_404(ObservationPlan.objects.select_related("area", "sop"), pk=pk)
    require(person, Capability.EDIT_PLANS, plan.area)
    today = access_of(person).tree.date
    form = PlanForm(
        request.POST or None,
        instance=plan,
        area=plan.area,
        today=today,
        shifts=_shift_choices(),
        initial={"valid_from": max(plan.valid_from, today + dt.timedelta(days=1))},
    )
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in CHANGEABLE}
        try:
            plan_change(plan=plan, actor=person, valid_from=form.cleaned_data["valid_from"], **changes)
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("The plan is changed from the date you chose."))
            return redirect(_plans_url(plan.area))
    return render(request, "observations/plan.html", {"form": form, "area": plan.area, "plan": plan})


@require_http_methods(["GET", "POST"])
@login_required
def plan_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """End a plan before a date to come."""
    person = person_of(request)
    plan = get_object_or_404(ObservationPlan.objects.select_related("area", "sop"), pk=pk)
    require(person, Capability.EDIT_PLANS, plan.area)
    today = access_of(person).tree.date
    tomorrow = today + dt.timedelta(days=1)
    form = PlanEndForm(
        request.POST or None, plan=plan, today=today, initial={"valid_to": max(tomorrow, plan.valid_from)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            plan_end(plan=plan, actor=person, valid_to=form.cleaned_data["valid_to"])
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("The plan ends before the date you chose."))
            return redirect(_plans_url(plan.area))
    return render(request, "observations/plan_end.html", {"form": form, "area": plan.area, "plan": plan})


def _plans_url(area: Unit) -> str:
    return f"{reverse('observations:plans')}?unit={area.code}"


def _shift_choices() -> list[tuple[int, str]]:
    """The shifts of the newest calendar by number."""
    starts = ShiftStart.objects.order_by("-calendar__valid_from", "number")
    newest = [start for start in starts if start.calendar_id == starts[0].calendar_id]
    return [(start.number, start.name) for start in newest]


def _is_in_force(plan: ObservationPlan, today: dt.date) -> bool:
    return plan.valid_from <= today and not _has_ended(plan, today)


def _has_ended(plan: ObservationPlan, today: dt.date) -> bool:
    return plan.valid_to is not None and plan.valid_to <= today
