"""Targets of a unit's indicators, and events on its charts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kpis.board import aim_text, goal_text
from kpis.choice import DIMENSIONS, Place, person_of, place_of, with_units
from kpis.forms import EventForm, TargetForm, scopes_of
from kpis.frame import Frame
from kpis.models import ChartEvent, Indicator, Target
from kpis.services import TargetInThePast, event_add, event_delete, target_set
from kpis.views.dashboard import crumbs_of
from principles.teams.calendars import production_date
from principles.teams.models import Unit
from principles.teams.permissions import Access, Capability, access_of
from sops.models import Dimension


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator's target today, where it comes from, and the next change."""

    indicator: Indicator
    target: Target | None
    goal: str
    source: str
    coming: Target | None
    coming_goal: str

    @property
    def awaits_plant(self) -> bool:
        """Whether the limits that hold are the demo's, though the plant should set its own."""
        return self.indicator.awaits_plant(self.target)


def tops(access: Access, unit: Unit) -> bool:
    """Whether the person may set targets for the whole plant: the right at the top of the unit's line."""
    line = [unit.pk, *access.tree.ancestors(unit.pk)]
    plants = [pk for pk in line if access.tree.kinds.get(pk) in ("plant", "company")] or line[-1:]
    return any(access.can(Capability.EDIT_TARGETS, pk) for pk in plants)


@require_GET
@login_required
@with_units
def targets_page(request: HttpRequest) -> HttpResponse:
    """Every indicator that is computed, with the target that holds in the unit today."""
    place, frame = place_of(request), Frame(timezone.now())
    today = production_date(frame.now)
    access = access_of(person_of(request))
    line = frame.places.line(place.unit.pk, today)
    names = {unit.pk: unit.name for unit in place.path}
    coming: dict[int, Target] = {}
    for target in Target.objects.filter(valid_from__gt=today).order_by("-valid_from"):
        if target.unit_id is None or target.unit_id in line:
            coming[target.indicator_id] = target
    rows = []
    for indicator in frame.rules.indicators.values():
        held = frame.rules.target(indicator.pk, place.unit.pk, today)
        later = coming.get(indicator.pk)
        source = "" if held is None or held.unit_id is None else names.get(held.unit_id, "")
        rows.append(
            Row(
                indicator,
                held,
                goal_text(held, indicator.decimals, indicator.direction),
                source,
                later,
                goal_text(later, indicator.decimals, indicator.direction),
            )
        )
    rows.sort(key=lambda row: row.indicator.position)
    groups = [(Dimension(code).label, [row for row in rows if row.indicator.dimension == code]) for code in DIMENSIONS]
    context = {
        "place": place,
        "unit": place.unit,
        "crumbs": [*crumbs_of(place), {"label": _("Targets"), "url": ""}],
        "groups": [(name, found) for name, found in groups if found],
        "can_edit": access.can(Capability.EDIT_TARGETS, place.unit) or tops(access, place.unit),
    }
    return render(request, "kpis/targets.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def target_page(request: HttpRequest, code: str) -> HttpResponse:
    """A new target for one indicator, with the targets that were and are."""
    place = place_of(request)
    indicator = get_object_or_404(Indicator, code=code)
    person, now = person_of(request), timezone.now()
    access = access_of(person)
    in_unit, plant_wide = access.can(Capability.EDIT_TARGETS, place.unit), tops(access, place.unit)
    if not (in_unit or plant_wide):
        raise PermissionDenied
    today = production_date(now)
    scopes = scopes_of(place.unit, in_unit=in_unit, plant_wide=plant_wide)
    current = Frame(now).rules.target(indicator.pk, place.unit.pk, today)
    form = TargetForm(
        request.POST or None,
        indicator=indicator,
        scopes=scopes,
        today=today,
        initial={
            "valid_from": today,
            "scope": scopes[0][0],
            **({name: getattr(current, name) for name in _LIMITS} if current else {}),
        },
    )
    if request.method == "POST" and form.is_valid():
        unit = place.unit if form.cleaned_data["scope"] == "unit" else None
        try:
            done = target_set(
                indicator=indicator,
                unit=unit,
                limits=form.limits,
                valid_from=form.cleaned_data["valid_from"],
                actor=person,
                now=now,
            )
        except TargetInThePast:  # the production day changed while the page was open
            form.add_error("valid_from", _("Choose today or a later date: figures of the past keep their target."))
        else:
            messages.success(request, _stored(done.changed))
            return redirect(f"{reverse('kpis:targets')}?{urlencode({'unit': place.unit.code})}")
    history = Target.objects.filter(indicator=indicator, unit__in=[step.pk for step in place.path]).select_related(
        "unit"
    ) | Target.objects.filter(indicator=indicator, unit=None).select_related("unit")
    context = {
        "place": place,
        "unit": place.unit,
        "indicator": indicator,
        "awaits_plant": indicator.awaits_plant(current),
        "form": form,
        "crumbs": _target_crumbs(place, indicator),
        "history": [
            (
                target,
                aim_text(target, indicator.decimals),
                goal_text(target, indicator.decimals, indicator.direction),
            )
            for target in history.order_by("-valid_from", "unit_id")
        ],
        "today": today,
    }
    return render(request, "kpis/target.html", context)


_LIMITS = ("target", "yellow", "red", "target_min", "target_max", "red_min", "red_max")


def _stored(changed: int) -> str:
    if not changed:
        return _("The target is stored.")
    return ngettext(
        "The target is stored. %(count)d figure has changed with it.",
        "The target is stored. %(count)d figures have changed with it.",
        changed,
    ) % {"count": changed}


def _target_crumbs(place: Place, indicator: Indicator) -> list[dict[str, str]]:
    targets = f"{reverse('kpis:targets')}?{urlencode({'unit': place.unit.code})}"
    return [*crumbs_of(place), {"label": _("Targets"), "url": targets}, {"label": indicator.name, "url": ""}]


@require_http_methods(["GET", "POST"])
@login_required
def event_add_page(request: HttpRequest, code: str) -> HttpResponse:
    """Put an event on the charts of the unit."""
    place = place_of(request)
    indicator = get_object_or_404(Indicator, code=code)
    person, now = person_of(request), timezone.now()
    if not access_of(person).can(Capability.EDIT_TARGETS, place.unit):
        raise PermissionDenied
    back = f"{reverse('kpis:indicator', args=[indicator.code])}?{urlencode({'unit': place.unit.code})}"
    form = EventForm(request.POST or None, initial={"at": now.replace(second=0, microsecond=0), "only_this": True})
    if request.method == "POST" and form.is_valid():
        at: dt.datetime = form.cleaned_data["at"]
        event_add(
            unit=place.unit,
            indicator=indicator if form.cleaned_data["only_this"] else None,
            at=at,
            title_en=form.cleaned_data["title_en"],
            title_nb=form.cleaned_data["title_nb"],
            actor=person,
        )
        messages.success(request, _("The event is on the chart."))
        return redirect(back)
    context = {
        "place": place,
        "unit": place.unit,
        "indicator": indicator,
        "form": form,
        "back": back,
        "crumbs": [
            *crumbs_of(place),
            {"label": indicator.name, "url": back},
            {"label": _("New event"), "url": ""},
        ],
    }
    return render(request, "kpis/event.html", context)


@require_POST
@login_required
def event_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an event off the charts."""
    event = get_object_or_404(ChartEvent.objects.select_related("unit", "indicator"), pk=pk)
    person = person_of(request)
    if not access_of(person).can(Capability.EDIT_TARGETS, event.unit):
        raise PermissionDenied
    event_delete(event=event, actor=person)
    messages.success(request, _("The event is taken off the chart."))
    after = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()}):
        after = f"{reverse('kpis:dashboard')}?{urlencode({'unit': event.unit.code})}"
    return redirect(after)
