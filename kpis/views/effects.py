"""What an action did to its indicator: figures before and after, and choosing which indicator it should move."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kpis.choice import person_of
from kpis.effect_chart import Day, Mark, Side, effect_svg
from kpis.effects import (
    AgainstTheGood,
    AlreadyEnded,
    AlreadyVerified,
    EffectRefused,
    NotComputed,
    cadence_read,
    effect_drop,
    effect_expect,
    effect_measure,
    windows_of,
)
from kpis.forms_effects import EffectForm, computed_indicators
from kpis.models import Direction, ExpectedEffect, Figure, Indicator
from kpis.rules import Rules, direction_of, limits_of
from kpis.spans import Places
from kpis.verdicts import Suggestion, suggested
from principles.improvement.models import Action, EffectCheck
from principles.improvement.permissions import require_role
from principles.teams.calendars import production_date
from principles.teams.models import FIGURE_KINDS, Unit, User
from principles.teams.permissions import Access, Capability

_AROUND = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Picture:
    """An effect as the page shows it."""

    effect: ExpectedEffect
    check: EffectCheck
    change: Decimal | None
    share: Decimal | None
    suggestion: Suggestion
    figures: list[Figure]
    chart: SafeString
    href: str


@require_GET
@login_required
def action_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """Figures before and after an action, as a fragment for the action's own page."""
    action = get_object_or_404(Action.objects.select_related("unit", "owner"), pk=pk)
    access = require_role(person_of(request))
    effect = ExpectedEffect.objects.select_related("indicator", "unit").filter(action=action).first()
    context = {
        "action": action,
        "picture": _picture(action, effect) if effect is not None else None,
        "can_edit": not action.has_ended and may_link(access, person_of(request), action),
    }
    return render(request, "kpis/action_effect.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def action_effect_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the indicator that an action should move, or take it away again."""
    action = get_object_or_404(Action.objects.select_related("unit", "owner"), pk=pk)
    person, now = person_of(request), timezone.now()
    access = require_role(person)
    if not may_link(access, person, action):
        raise PermissionDenied
    known = ExpectedEffect.objects.select_related("indicator", "unit").filter(action=action).first()
    units = Unit.objects.filter(kind__in=FIGURE_KINDS).open_on(access.tree.date)
    form = EffectForm(request.POST or None, units=units, initial=_initial(action, known, access))
    if request.method == "POST" and "remove" in request.POST:
        try:
            effect_drop(action=action, actor=person)
        except EffectRefused as refusal:
            messages.error(request, _why_not(refusal, None))
            return redirect("kpis:action_effect_edit", pk)
        messages.success(request, _("The indicator is taken away. The effect is told in words."))
        return redirect(_action_page(action))
    if request.method == "POST" and form.is_valid():
        try:
            effect_expect(action=action, actor=person, now=now, **form.cleaned_data)
        except EffectRefused as refusal:
            form.add_error(refusal.field or None, _why_not(refusal, form.cleaned_data["indicator"]))
        else:
            messages.success(request, _("Stored. The figures before and after stand on the action's page."))
            return redirect(_action_page(action))
    context = {
        "action": action,
        "form": form,
        "known": known,
        "indicators": computed_indicators(),
        "back": _action_page(action),
    }
    return render(request, "kpis/action_effect_edit.html", context)


def may_link(access: Access, person: User, action: Action) -> bool:
    """Choose the indicator of an action: its owner, and who manages actions there."""
    return action.owner_id == person.pk or access.can(Capability.MANAGE_ACTIONS, action.unit_id)


def _initial(action: Action, known: ExpectedEffect | None, access: Access) -> dict[str, Any]:
    if known is not None:
        return {
            "indicator": known.indicator,
            "unit": known.unit.code,
            "change": known.change,
            "weeks": known.weeks,
        }
    area = access.tree.area_of(action.unit_id)
    place = Unit.objects.filter(pk=area).first() if area is not None else None
    return {"unit": place.code if place is not None else None, "weeks": 4}


def _why_not(refusal: EffectRefused, indicator: Indicator | None) -> str:
    if isinstance(refusal, AgainstTheGood) and indicator is not None:
        if indicator.direction == Direction.UP:
            return _("Higher is better here. Write the rise you expect, such as 2.")
        if indicator.direction == Direction.DOWN:
            return _("Lower is better here. Write the fall you expect, such as −2.")
        return _("Write how much it should change, such as 2 or −2.")
    if isinstance(refusal, NotComputed):
        return _("This indicator has no figures here yet. Choose another one.")
    if isinstance(refusal, AlreadyVerified):
        return _("The effect of this loop is verified on what was known then. Take the action back to Plan first.")
    if isinstance(refusal, AlreadyEnded):
        return _("This action has ended. Its indicator stays as it is.")
    return _("This can't be stored as it is.")


def _action_page(action: Action) -> str:
    return reverse("improvement:action", args=[action.pk]) + "#effect"


def _picture(action: Action, effect: ExpectedEffect) -> Picture:
    now = timezone.now()
    check = EffectCheck.objects.filter(action=action, loop=action.loop).first()
    if check is None or check.measured_at is None:
        check = effect_measure(action=action, now=now) or EffectCheck(action=action)
    change = check.after_value - check.before_value if check.has_figures else None  # type: ignore[operator]
    figures = _figures(action, effect, now)
    query = urlencode({"unit": effect.unit.code, "cadence": cadence_read(effect.indicator)})
    return Picture(
        effect=effect,
        check=check,
        change=change,
        share=100 * change / effect.change if change is not None and effect.change else None,
        suggestion=_suggestion(effect, check),
        figures=figures[::-1],
        chart=_chart(action, effect, check, figures),
        href=f"{reverse('kpis:indicator', args=[effect.indicator.code])}?{query}",
    )


def _suggestion(effect: ExpectedEffect, check: EffectCheck) -> Suggestion:
    limits = None
    if effect.indicator.direction == Direction.BAND and not effect.change and check.before_to is not None:
        limits = limits_of(Rules(Places()).target(effect.indicator_id, effect.unit_id, check.before_to))
    return suggested(
        check.before_value,
        check.after_value,
        direction=direction_of(effect.indicator),
        expected=effect.change,
        limits=limits,
        places=effect.indicator.decimals,
    )


def _figures(action: Action, effect: ExpectedEffect, now: dt.datetime) -> list[Figure]:
    """The figures around an action, oldest first (one query)."""
    before, after = windows_of(action, effect.weeks, now=now)
    last = (after.last if after is not None else production_date(now)) + _AROUND
    found = Figure.objects.filter(
        indicator=effect.indicator_id,
        unit=effect.unit_id,
        cadence=cadence_read(effect.indicator),
        first__gte=before.first,
        first__lte=last,
    )
    return list(found.order_by("first", "number"))


def _chart(action: Action, effect: ExpectedEffect, check: EffectCheck, figures: list[Figure]) -> SafeString:
    marks = [Mark(production_date(action.started_at), _("started"))] if action.started_at is not None else []
    if action.carried_out_at is not None:
        marks.append(Mark(production_date(action.carried_out_at), _("carried out")))
    sides = [
        Side(first, last, value)
        for first, last, value in (
            (check.before_from, check.before_to, check.before_value),
            (check.after_from, check.after_to, check.after_value),
        )
        if first is not None and last is not None
    ]
    days = [Day(figure.first, figure.value) for figure in figures]
    label = _("%(indicator)s around the action; the numbers stand in the table below") % {
        "indicator": effect.indicator.name
    }
    return effect_svg(days, sides, marks, label=label)
