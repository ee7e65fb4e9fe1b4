"""Actions: one's own, a unit's, and the page on which one is taken through its loop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import groupby
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
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.dimensions import Dimension
from principles.improvement import reading
from principles.improvement.forms import (
    ActionForm,
    MoveForm,
    ReasonForm,
    VerifyForm,
    refusal_to_form,
    refuse,
    whole_errors,
)
from principles.improvement.models import Action, ActionSource, ActionState, Deviation
from principles.improvement.models.actions import ENDED
from principles.improvement.names import shown_name
from principles.improvement.permissions import may_move, may_plan, require_role
from principles.improvement.refusals import Refused
from principles.improvement.services import actions as services
from principles.improvement.services.gate import effect_of
from principles.teams.context import current_unit
from principles.teams.http import HttpRequest
from principles.teams.models import FIGURE_KINDS, Unit
from principles.teams.permissions import Access, Capability, require, require_somewhere

_RECENT = dt.timedelta(days=30)
_USUAL_TIME = dt.timedelta(days=14)
# What each move is called on its button, by the state it leads to.
MOVE_WORDS = {
    ActionState.DO: gettext_lazy("Begin"),
    ActionState.CHECK: gettext_lazy("It is carried out"),
    ActionState.ACT: gettext_lazy("It worked: bring the standard in line"),
    ActionState.PLAN: gettext_lazy("Back to plan: a new loop"),
    ActionState.DONE: gettext_lazy("Done"),
}
LOOP = (ActionState.PLAN, ActionState.DO, ActionState.CHECK, ActionState.ACT)


@require_GET
@login_required
def actions(request: HttpRequest) -> HttpResponse:
    """Actions of the unit in view and everything below it; those that have not ended unless asked otherwise."""
    access = require_role(request.user)
    unit, today, now = current_unit(request), access.tree.date, timezone.now()
    chosen = reading.Chosen.of(request.GET.dict(), states=[*ActionState.values, "all"])
    there = reading.actions_in(reading.units_under(access.tree, unit))
    found = reading.actions_chosen(there, chosen, person=request.user, today=today)
    page = Paginator(found, reading.PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "unit": unit,
        "chosen": chosen,
        "counts": reading.action_counts(there.order_by(), today=today, since=now - _RECENT),
        "page_obj": page,
        "rows": [
            {
                "action": one,
                "owner": shown_name(access, one.owner, one.unit_id, reader=request.user),
                "is_overdue": one.is_overdue(today),
            }
            for one in page
        ],
        "states": ActionState.choices,
        "sources": ActionSource.choices,
        "dimensions": Dimension.choices,
        "can_plan": unit is not None and may_plan(access, unit),
    }
    return render(request, "improvement/actions.html", context)


@require_GET
@login_required
def my_actions(request: HttpRequest) -> HttpResponse:
    """What I own: overdue first, each with the next step on a button; and the deviations that I follow up."""
    access, now = require_role(request.user), timezone.now()
    today = access.tree.date
    mine = reading.actions_in(None).filter(owner=request.user).order_by("due", "pk")
    is_open = mine.exclude(state__in=ENDED).prefetch_related("effects")
    followed = reading.deviations_in(None).filter(owner=request.user, closed_at__isnull=True)
    context = {
        "cards": [
            {
                "action": action,
                "is_overdue": action.is_overdue(today),
                "is_today": action.due == today,
                "moves": _moves(action, access),
                "waits_for_check": action.state == ActionState.CHECK and not _is_better(action),
            }
            for action in is_open
        ],
        "overdue": sum(action.is_overdue(today) for action in is_open),
        "deviations": [
            {"deviation": one, "is_overdue": one.due is not None and one.due < today}
            for one in followed.order_by("due", "pk")
        ],
        "ended": mine.filter(state__in=ENDED, ended_at__gte=now - _RECENT).order_by("-ended_at"),
        "can_plan": access.can_somewhere(Capability.MANAGE_ACTIONS),
    }
    return render(request, "improvement/my_actions.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def action_new(request: HttpRequest) -> HttpResponse:
    """Make an action, for a deviation (`?deviation=`) or for the unit in view."""
    require_somewhere(request.user, Capability.MANAGE_ACTIONS)
    access, now = require_role(request.user), timezone.now()
    deviation = _deviation_of(request.GET.get("deviation", ""))
    unit = deviation.unit if deviation is not None else _unit_of(request, access)
    require(request.user, Capability.MANAGE_ACTIONS, unit)
    initial = {
        "title": request.GET.get("title", "")[:200],
        "due": access.tree.date + _USUAL_TIME,
        "dimension": deviation.dimension if deviation is not None else Dimension.QUALITY,
    }
    form = ActionForm(request.POST or None, unit=unit, tree=access.tree, initial=initial)
    if request.method == "POST" and form.is_valid():
        source = ActionSource.DEVIATION if deviation is not None else ActionSource.OTHER
        try:
            made = services.action_add(
                **form.said(),
                unit=unit,
                equipment=deviation.equipment if deviation is not None else None,
                source=source,
                deviation=deviation,
                actor=request.user,
                now=now,
            )
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            messages.success(request, _("%(number)s is in the plan.") % {"number": made.number})
            if deviation is not None:
                return redirect(reverse("improvement:deviation", args=[deviation.pk]) + "#actions")
            return redirect("improvement:action", made.pk)
    back = reverse("improvement:actions")
    if deviation is not None:
        back = reverse("improvement:deviation", args=[deviation.pk]) + "#actions"
    context = {"form": form, "unit": unit, "deviation": deviation, "action": None, "back": back}
    return render(request, "improvement/action_form.html", context)


@require_GET
@login_required
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: where it stands in the loop, what comes next, its effect and its steps."""
    require_role(request.user)
    return _page(request, _action(pk))


@require_http_methods(["GET", "POST"])
@login_required
def action_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an action; moving its date needs a reason."""
    found, access = _action(pk), require_role(request.user)
    require(request.user, Capability.MANAGE_ACTIONS, found.unit_id)
    if found.has_ended:
        messages.warning(request, _("This action has ended and can't be changed. Make a new one."))
        return redirect("improvement:action", pk)
    form = ActionForm(request.POST or None, unit=found.unit, tree=access.tree, action=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.action_edit(action=found, actor=request.user, now=timezone.now(), **form.said())
        except Refused as refusal:
            refuse(form, refusal, version=_action(pk).version)
        else:
            messages.success(request, _("Saved."))
            return redirect("improvement:action", pk)
    back = reverse("improvement:action", args=[pk])
    context = {"form": form, "unit": found.unit, "deviation": found.deviation, "action": found, "back": back}
    return render(request, "improvement/action_form.html", context)


@require_POST
@login_required
def action_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the action one step on; back to the page it was tapped on."""
    found, access = _action(pk), require_role(request.user)
    if not may_move(access, request.user, found):
        raise PermissionDenied

    def change(data: dict[str, Any]) -> None:
        moved = services.action_move(action=found, actor=request.user, now=timezone.now(), **data)
        said = _("%(action)s stands at %(state)s now.")
        messages.success(request, said % {"action": moved.number, "state": moved.get_state_display()})

    return _changed(request, found, "move_form", MoveForm(request.POST), change)


@require_POST
@login_required
def action_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the effect is."""
    found = _action(pk)
    require(request.user, Capability.MANAGE_ACTIONS, found.unit_id)

    def change(data: dict[str, Any]) -> None:
        services.effect_verify(action=found, actor=request.user, now=timezone.now(), **data)
        messages.success(request, _("The effect is stored."))

    return _changed(request, found, "verify_form", VerifyForm(request.POST), change)


@require_POST
@login_required
def action_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call the action off."""
    found = _action(pk)
    require(request.user, Capability.MANAGE_ACTIONS, found.unit_id)

    def change(data: dict[str, Any]) -> None:
        services.action_cancel(action=found, actor=request.user, now=timezone.now(), **data)
        messages.success(request, _("The action is called off."))

    return _changed(request, found, "cancel_form", ReasonForm(request.POST), change)


def _action(pk: int) -> Action:
    rows = Action.objects.select_related("unit", "equipment", "owner", "deviation", "meeting_item__meeting")
    return get_object_or_404(rows.prefetch_related("effects", "steps__by"), pk=pk)


def _deviation_of(text: str) -> Deviation | None:
    if not text:
        return None
    pk = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return get_object_or_404(Deviation.objects.select_related("unit", "equipment"), pk=pk)


def _unit_of(request: HttpRequest, access: Access) -> Unit:
    """The unit in view if the person may plan there, else the first one where they may."""
    here = current_unit(request)
    if here is not None and may_plan(access, here):
        return here
    reach = access.units(Capability.MANAGE_ACTIONS)
    return get_object_or_404(
        Unit.objects.open_on(access.tree.date)
        .filter(pk__in=reach, kind__in=FIGURE_KINDS)
        .order_by("position", "pk")[:1]
    )


def _changed(
    request: HttpRequest, found: Action, name: str, form: forms.Form, change: Callable[[dict[str, Any]], None]
) -> HttpResponse:
    """Make a change from one of the page's forms and lead back; a refusal shows the action's page with the form."""
    if form.is_valid():
        try:
            change(form.cleaned_data)
        except Refused as refusal:
            found = _action(found.pk)
            refuse(form, refusal, version=found.version)
        else:
            after = request.POST.get("next", "")
            if url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()}):
                return redirect(after)
            return redirect("improvement:action", found.pk)
    return _page(request, found, {name: form})


def _is_better(action: Action) -> bool:
    check = effect_of(action)
    return check is not None and check.is_verified and check.verdict == "better"


def _moves(action: Action, access: Access) -> list[dict[str, Any]]:
    """The buttons of an action: where it may go now. On to act only with a verified effect."""
    return [
        {
            "to": to,
            "words": MOVE_WORDS[to],
            "needs_note": to == ActionState.PLAN,
            "is_back": to == ActionState.PLAN,
        }
        for to in services.MOVES[action.state]
        if to != ActionState.ACT or _is_better(action)
    ]


def _page(request: HttpRequest, found: Action, forms_sent: dict[str, Any] | None = None) -> HttpResponse:
    """The action's page; a form that was sent and refused stands in place of a fresh one."""
    access, reader = require_role(request.user), request.user
    today, plans = access.tree.date, may_plan(access, found.unit_id)
    seen: dict[str, Any] = {"version": found.version}
    check = effect_of(found)
    said = {"words": check.words, "verdict": check.verdict} if check is not None and check.verified_at else {}
    moves = may_move(access, reader, found)
    steps = [(step, shown_name(access, step.by, found.unit_id, reader=reader)) for step in found.steps.all()]
    context = {
        "action": found,
        "owner": shown_name(access, found.owner, found.unit_id, reader=reader),
        "is_overdue": found.is_overdue(today),
        "loop": [
            {
                "state": state,
                "label": state.label,
                "is_now": found.state == state,
                "is_past": found.state == ActionState.DONE
                or (found.state in LOOP and LOOP.index(state) < LOOP.index(ActionState(found.state))),
            }
            for state in LOOP
        ],
        "loops": [(number, list(group)) for number, group in groupby(steps, key=lambda one: one[0].loop)],
        "effect": check,
        "earlier_effects": [one for one in found.effects.all() if one.loop < found.loop and one.verified_at],
        "verified_by": shown_name(access, check.verified_by, found.unit_id, reader=reader) if check else "",
        "moves": _moves(found, access) if moves else [],
        "can_verify": plans and found.state == ActionState.CHECK,
        "can_plan": plans and not found.has_ended,
        "move_form": MoveForm(initial=seen),
        "verify_form": VerifyForm(initial=seen | said),
        "cancel_form": ReasonForm(initial=seen),
        "sent": next(iter(forms_sent or {}), ""),
        "refusals": whole_errors(forms_sent),
    }
    return render(request, "improvement/action.html", context | (forms_sent or {}))
