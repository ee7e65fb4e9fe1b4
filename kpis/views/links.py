"""The indicator behind something else: what measures a term of an agreement, what a matter of a meeting is about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kpis.breaches import (
    EachTime,
    Fulfilment,
    MeasureRefused,
    NoLimits,
    NotComputed,
    NotFollowed,
    SignedAlready,
    fulfilment,
    measure_of,
    term_measure_set,
)
from kpis.choice import person_of
from kpis.forms_effects import AboutForm, MeasureForm, computed_indicators
from kpis.links import item_indicator_set
from kpis.models import Figure, Indicator, ItemIndicator, TermMeasure
from principles.agreements.models import Term, TermCadence
from principles.agreements.parties import can_for_either, may_read
from principles.improvement.meeting_pages import Room
from principles.improvement.meeting_refusals import MeetingEnded
from principles.improvement.models import Arena, MeetingItem
from principles.improvement.permissions import require_role
from principles.teams.models import FIGURE_KINDS, Unit
from principles.teams.permissions import Access, Capability, access_of

# Figures of the small line beside an indicator.
_SPARK = 14
# Which cadence a meeting looks at.
_CADENCES = {Arena.SHIFT: "shift", Arena.MORNING: "day", Arena.WEEKLY: "week", Arena.MONTHLY: "month"}


@dataclass(frozen=True, slots=True)
class Now:
    """An indicator's newest figure in a unit, with the line up to it."""

    indicator: Indicator
    unit: Unit
    figure: Figure | None
    spark: list[Decimal | None]
    href: str


@require_http_methods(["GET", "POST"])
@login_required
def term_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """A term's indicator against its limit, period by period; a POST chooses the indicator."""
    terms = Term.objects.select_related(
        "agreement__relationship__supplier_unit", "agreement__relationship__customer_unit", "previous"
    )
    term = get_object_or_404(terms, pk=pk)
    person, now = person_of(request), timezone.now()
    access = access_of(person)
    if not may_read(access, term.agreement.relationship):
        raise Http404
    measure = measure_of(term)
    may_edit = can_for_either(access, Capability.EDIT_AGREEMENTS, term.agreement.relationship)
    units = Unit.objects.filter(kind__in=FIGURE_KINDS).open_on(access.tree.date)
    form = MeasureForm(request.POST or None, units=units, initial=_measure_initial(term, measure, access))
    list_id = _list_of(form, f"indicators-term-{term.pk}")
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        if "remove" in request.POST or form.is_valid():
            said = {"indicator": None, "unit": units.first()} if "remove" in request.POST else form.cleaned_data
            try:
                term_measure_set(term=term, actor=person, now=now, **said)
            except MeasureRefused as refusal:
                form.is_valid()
                form.add_error(refusal.field or None, _why_not(refusal))
            else:
                messages.success(request, _("Stored."))
                return redirect(reverse("agreements:agreement", args=[term.agreement_id]))
    can_choose = (
        may_edit and term.has_limits and term.cadence != TermCadence.EACH
        and not (term.agreement.is_signed and measure is not None)
    )  # fmt: skip
    context: dict[str, Any] = {
        "term": term,
        "measure": measure,
        "now": _now_of(measure.indicator, measure.unit, term.cadence) if measure is not None else None,
        "kept": fulfilment(term, measure, now=now) if measure is not None else Fulfilment([]),
        "can_choose": can_choose,
        **_chooser(request, form, list_id, may_choose=can_choose),
    }
    return _fragment(request, "term_measure", context)


@require_http_methods(["GET", "POST"])
@login_required
def item_indicator(request: HttpRequest, pk: int) -> HttpResponse:
    """The indicator that a matter of a meeting is about; a POST chooses it."""
    items = MeetingItem.objects.select_related("meeting__unit", "deviation__unit", "action__unit")
    item = get_object_or_404(items, pk=pk)
    person = person_of(request)
    access = require_role(person)
    room = Room.of(item.meeting, access=access, reader=person)
    known = ItemIndicator.objects.select_related("indicator").filter(item=item).first()
    form = AboutForm(request.POST or None, initial={"indicator": known.indicator if known else None})
    list_id = _list_of(form, f"indicators-matter-{item.pk}")
    if request.method == "POST":
        if not (room.holds_lead or room.is_there):
            raise PermissionDenied
        if form.is_valid():
            try:
                known = item_indicator_set(item=item, indicator=form.cleaned_data["indicator"], actor=person)
            except MeetingEnded as refusal:
                form.add_error(None, str(refusal.message))
            else:
                if not request.headers.get("HX-Request"):
                    return redirect(reverse("improvement:meeting", args=[item.meeting_id]) + f"#item-{item.pk}")
                form = AboutForm()
    unit = _unit_of(item, access)
    cadence = _CADENCES[Arena(item.meeting.arena)]
    context = {
        "item": item,
        "now": _now_of(known.indicator, unit, cadence) if known is not None and unit is not None else None,
        "can_choose": room.may_speak,
        **_chooser(request, form, list_id, may_choose=room.may_speak),
    }
    return _fragment(request, "item_indicator", context)


def _list_of(form: forms.Form, list_id: str) -> str:
    """Let the indicator's field find its offers under an id of its own: a page holds several such parts."""
    form.fields["indicator"].widget.attrs["list"] = list_id
    form.auto_id = f"{list_id}-%s"
    return list_id


def _chooser(request: HttpRequest, form: forms.Form, list_id: str, *, may_choose: bool) -> dict[str, Any]:
    """The form and what it offers, where it is asked for (`?choose=1`) or was sent and can't be stored."""
    is_shown = form.is_bound or (may_choose and request.GET.get("choose") == "1")
    return {
        "form": form if is_shown else None,
        "indicators": computed_indicators() if is_shown else [],
        "list_id": list_id,
    }


def _fragment(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A part of another app's page; asked for by itself, or a form that can't be stored, it is a page."""
    is_part = bool(request.headers.get("HX-Request"))
    if is_part:
        return render(request, f"kpis/{name}.html", context)
    return render(request, "kpis/part_page.html", context | {"part": f"kpis/{name}.html"})


def _now_of(indicator: Indicator, unit: Unit, cadence: str) -> Now:
    """The newest figures of an indicator at a cadence, or at the first one that it is followed at (one query)."""
    read = cadence if cadence in indicator.cadences else next(iter(indicator.cadences), cadence)
    found = Figure.objects.filter(indicator=indicator, unit=unit, cadence=read, ends_at__lte=timezone.now())
    figures = list(found.order_by("-starts_at")[:_SPARK])
    query = urlencode({"unit": unit.code, "cadence": read})
    return Now(
        indicator=indicator,
        unit=unit,
        figure=next((figure for figure in figures if figure.value is not None), None),
        spark=[figure.value for figure in reversed(figures)],
        href=f"{reverse('kpis:indicator', args=[indicator.code])}?{query}",
    )


def _unit_of(item: MeetingItem, access: Access) -> Unit | None:
    """Where a matter's indicator is read: at its deviation's or action's place, else at the meeting's."""
    unit: Unit = item.deviation.unit if item.deviation is not None else item.meeting.unit
    if item.deviation is None and item.action is not None:
        unit = item.action.unit
    area = access.tree.area_of(unit.pk)
    return unit if area is None or area == unit.pk else Unit.objects.filter(pk=area).first()


def _measure_initial(term: Term, measure: TermMeasure | None, access: Access) -> dict[str, Any]:
    if measure is not None:
        return {"indicator": measure.indicator, "unit": measure.unit.code}
    owing = term.agreement.relationship
    unit = owing.customer_unit if term.owed_by_customer else owing.supplier_unit
    unit = unit or owing.supplier_unit or owing.customer_unit
    area = access.tree.area_of(unit.pk) if unit is not None else None
    place = Unit.objects.filter(pk=area).first() if area is not None else None
    return {"unit": place.code if place is not None else None}


def _why_not(refusal: MeasureRefused) -> str:
    words = {
        NotComputed: _("This indicator has no figures here yet. Choose another one."),
        NotFollowed: _("This indicator is not followed as often as the term. Choose another one."),
        NoLimits: _("This term has no limit that a figure could break."),
        EachTime: _("This term is followed up each time; no period's figure can measure it."),
        SignedAlready: _("Both have signed what measures this term. Make a new version to change it."),
    }
    return words.get(type(refusal), _("This can't be stored as it is."))
