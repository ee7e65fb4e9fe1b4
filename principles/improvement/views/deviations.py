"""Deviations: the list, a new one, and the page on which one is worked from seen to closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.dimensions import Dimension
from principles.improvement import reading
from principles.improvement.forms import (
    CauseForm,
    CloseForm,
    ContainForm,
    DeviationEditForm,
    DeviationForm,
    ReasonForm,
    WhysForm,
    refuse,
    whole_errors,
)
from principles.improvement.models import CauseKind, Deviation, DeviationState, Severity
from principles.improvement.names import reporter_name, shown_name
from principles.improvement.opening import codes_under, open_from_form, units_to_report
from principles.improvement.permissions import may_edit, may_manage, may_plan, may_report, require_role
from principles.improvement.refusals import ClosingRefused, Refused
from principles.improvement.services import deviations as services
from principles.improvement.services.gate import actions_with_effects, conditions, effect_of
from principles.teams.context import current_unit
from principles.teams.http import HttpRequest
from principles.teams.models import Shift, Unit
from principles.teams.permissions import Access, Capability, require, require_somewhere

_RECENT = dt.timedelta(days=30)


@require_GET
@login_required
def deviations(request: HttpRequest) -> HttpResponse:
    """Deviations of the unit in view and everything below it; open ones unless another state is asked for."""
    access = require_role(request.user)
    unit, today, now = current_unit(request), access.tree.date, timezone.now()
    chosen = reading.Chosen.of(request.GET.dict(), states=[*DeviationState.values, "all"])
    there = reading.deviations_in(reading.units_under(access.tree, unit))
    found = reading.deviations_chosen(there, chosen, person=request.user, today=today)
    page = Paginator(found, reading.PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "unit": unit,
        "chosen": chosen,
        "counts": reading.deviation_counts(there.order_by(), today=today, since=now - _RECENT),
        "page_obj": page,
        "rows": [
            {
                "deviation": one,
                "owner": shown_name(access, one.owner, one.unit_id, reader=request.user),
                "is_overdue": one.is_open and one.due is not None and one.due < today,
            }
            for one in page
        ],
        "states": DeviationState.choices,
        "severities": Severity.choices,
        "dimensions": Dimension.choices,
        "can_report": access.can_somewhere(Capability.REPORT_DEVIATION),
    }
    return render(request, "improvement/deviations.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def deviation_new(request: HttpRequest) -> HttpResponse:
    """Open a deviation; `?unit=`, `?equipment=`, `?shift=` and `?title=` prefill it."""
    require_somewhere(request.user, Capability.REPORT_DEVIATION)
    access, now = require_role(request.user), timezone.now()
    unit = current_unit(request)
    form = DeviationForm(request.POST or None, units=units_to_report(access), initial=_prefilled(request, unit, now))
    if request.method == "POST" and form.is_valid():
        require(request.user, Capability.REPORT_DEVIATION, form.cleaned_data["unit"])
        made = open_from_form(form, actor=request.user, now=now)
        if made is not None:
            messages.success(request, _("%(number)s is open.") % {"number": made.number})
            return redirect("improvement:deviation", made.pk)
    return render(request, "improvement/deviation_new.html", new_context(access, form, unit))


def new_context(access: Access, form: DeviationForm, unit: Unit | None) -> dict[str, Any]:
    """What templates/improvement/deviation_new.html shows, for this page and for those that extend it."""
    return {"form": form, "codes": codes_under(access, unit), "back": reverse("improvement:deviations")}


def _prefilled(request: HttpRequest, unit: Unit | None, now: dt.datetime) -> dict[str, Any]:
    at, number = now, request.GET.get("shift", "")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        shift = Shift.objects.filter(pk=int(number)).first()
        if shift is not None and shift.ends_at <= now:
            at = shift.ends_at - dt.timedelta(minutes=1)
    return {
        "unit": unit.code if unit is not None else "",
        "equipment": request.GET.get("equipment", "")[:20],
        "title": request.GET.get("title", "")[:200],
        "occurred_at": at.replace(second=0, microsecond=0),
    }


@require_GET
@login_required
def deviation(request: HttpRequest, pk: int) -> HttpResponse:
    """One deviation: what is wrong, what was done, why, which actions, and what is left before it can be closed."""
    require_role(request.user)
    return _page(request, _deviation(pk))


@require_http_methods(["GET", "POST"])
@login_required
def deviation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is said of a deviation, and who follows it up by when."""
    found, access = _deviation(pk), require_role(request.user)
    if not may_edit(access, request.user, found):
        raise PermissionDenied
    manages = may_manage(access, found)
    form = DeviationEditForm(request.POST or None, deviation=found, tree=access.tree, manages=manages)
    if request.method == "POST" and form.is_valid():
        try:
            services.deviation_edit(deviation=found, actor=request.user, now=timezone.now(), **form.said())
        except Refused as refusal:
            refuse(form, refusal, version=_deviation(pk).version)
        else:
            messages.success(request, _("Saved."))
            return redirect("improvement:deviation", pk)
    context = {
        "form": form,
        "deviation": found,
        "codes": codes_under(access, found.unit),
        "back": reverse("improvement:deviation", args=[pk]),
    }
    return render(request, "improvement/deviation_edit.html", context)


@require_POST
@login_required
def deviation_contain(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was done at once."""
    found = _deviation(pk)
    require(request.user, Capability.REPORT_DEVIATION, found.unit_id)

    def change(data: dict[str, Any]) -> None:
        services.deviation_contain(deviation=found, actor=request.user, now=timezone.now(), **data)

    return _changed(request, found, "contain_form", ContainForm(request.POST), change, part="contained")


@require_POST
@login_required
def deviation_whys(request: HttpRequest, pk: int) -> HttpResponse:
    """Store the chain of whys."""
    found = _deviation(pk)
    require(request.user, Capability.REPORT_DEVIATION, found.unit_id)
    form = WhysForm(request.POST)

    def change(data: dict[str, Any]) -> None:
        services.whys_save(deviation=found, whys=form.chain, actor=request.user, version=data["version"])

    return _changed(request, found, "whys_form", form, change, part="whys")


@require_POST
@login_required
def deviation_cause(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the root cause."""
    found = _deviation(pk)
    require(request.user, Capability.MANAGE_DEVIATION, found.unit_id)

    def change(data: dict[str, Any]) -> None:
        services.cause_record(deviation=found, actor=request.user, now=timezone.now(), **data)

    return _changed(request, found, "cause_form", CauseForm(request.POST), change, part="cause")


@require_POST
@login_required
def deviation_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close it; what is in the way is told, each with the place where it is put right."""
    found = _deviation(pk)
    require(request.user, Capability.MANAGE_DEVIATION, found.unit_id)

    def change(data: dict[str, Any]) -> None:
        services.deviation_close(deviation=found, actor=request.user, now=timezone.now(), **data)

    return _changed(request, found, "close_form", CloseForm(request.POST), change, part="close")


@require_POST
@login_required
def deviation_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed one again."""
    found = _deviation(pk)
    require(request.user, Capability.MANAGE_DEVIATION, found.unit_id)

    def change(data: dict[str, Any]) -> None:
        services.deviation_reopen(deviation=found, actor=request.user, now=timezone.now(), **data)

    return _changed(request, found, "reopen_form", ReasonForm(request.POST), change, part="close")


def _deviation(pk: int) -> Deviation:
    rows = Deviation.objects.select_related(
        "unit", "equipment", "shift", "reported_by", "owner", "contained_by", "cause_by", "closed_by"
    )
    return get_object_or_404(rows, pk=pk)


def _changed(
    request: HttpRequest,
    found: Deviation,
    name: str,
    form: forms.Form,
    change: Callable[[dict[str, Any]], None],
    *,
    part: str,
) -> HttpResponse:
    """Make a change from one of the page's forms and lead back to its part; a refusal shows the page with the form."""
    if form.is_valid():
        try:
            change(form.cleaned_data)
        except ClosingRefused as refusal:
            return _page(request, _deviation(found.pk), {name: form, "obstacles": refusal.reasons})
        except Refused as refusal:
            found = _deviation(found.pk)
            refuse(form, refusal, version=found.version)
        else:
            return redirect(f"{reverse('improvement:deviation', args=[found.pk])}?stored={part}#{part}")
    return _page(request, found, {name: form})


def _page(request: HttpRequest, found: Deviation, forms_sent: dict[str, Any] | None = None) -> HttpResponse:
    """The deviation's page; forms that were sent and refused stand in place of fresh ones."""
    access, reader = require_role(request.user), request.user
    actions, whys = actions_with_effects(found), list(found.whys.all())
    manages, reports = may_manage(access, found), may_report(access, found.unit_id)
    checks = conditions(found, closer=reader if manages else None)
    today = access.tree.date
    seen: dict[str, Any] = {"version": found.version}
    context = {
        "deviation": found,
        "whys": whys,
        "backwards": list(reversed(whys)),
        "actions": [
            {
                "action": action,
                "owner": shown_name(access, action.owner, found.unit_id, reader=reader),
                "effect": effect_of(action),
                "is_overdue": action.is_overdue(today),
            }
            for action in actions
        ],
        "conditions": checks,
        "can_close": manages and found.is_open and all(check.is_met for check in checks),
        "needs_no_action_words": not any(action.state != "cancelled" for action in actions),
        "timeline": reading.timeline(found, actions, access=access, reader=reader),
        "reporter": reporter_name(access, found.reported_by, found.unit_id, reader=reader),
        "contained_by": reporter_name(access, found.contained_by, found.unit_id, reader=reader),
        "owner": shown_name(access, found.owner, found.unit_id, reader=reader),
        "cause_by": shown_name(access, found.cause_by, found.unit_id, reader=reader),
        "closed_by": shown_name(access, found.closed_by, found.unit_id, reader=reader),
        "is_overdue": found.is_open and found.due is not None and found.due < today,
        "unit_closed": found.unit.closed is not None and found.unit.closed <= today,
        "can_manage": manages,
        "can_report": reports,
        "can_edit": may_edit(access, reader, found),
        "can_plan": found.is_open and may_plan(access, found.unit_id),
        "is_about_standard": found.cause_kind in (CauseKind.NOT_FOLLOWED, CauseKind.WRONG, CauseKind.MISSING),
        "contain_form": ContainForm(initial=seen | {"words": found.immediate_action}),
        "whys_form": WhysForm(whys=whys, initial=seen),
        "cause_form": CauseForm(
            initial=seen | {"kind": found.cause_kind, "category": found.cause_category, "root_cause": found.root_cause}
        ),
        "close_form": CloseForm(initial=seen),
        "reopen_form": ReasonForm(initial=seen),
        "stored": request.GET.get("stored", ""),
        "sent": next(iter(forms_sent or {}), ""),
        "refusals": whole_errors(forms_sent),
    }
    return render(request, "improvement/deviation.html", context | (forms_sent or {}))
