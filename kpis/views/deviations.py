"""Opening a deviation from a red figure, and the figure behind a deviation."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from amps.periods import Cadence
from kpis.choice import person_of
from kpis.deviations import NotRed, OpenAlready, deviations_of, figure_raise, suggested
from kpis.frame import BadPeriod, Frame, period_key
from kpis.models import Figure, FigureDeviation
from kpis.relatives import moved_by
from observations.models import Observation
from principles.improvement.forms import DeviationForm, refusal_to_form
from principles.improvement.models import Deviation
from principles.improvement.permissions import may_report, require_role
from principles.improvement.refusals import Refused
from principles.teams.models import Unit
from principles.teams.permissions import Capability, require

_FIXED = ("unit", "equipment", "occurred_at", "source")
# A deviation of many observations moves the same figures over and over: the newest ones tell.
_MOST_OBSERVATIONS = 3


def figure_href(figure: Figure) -> str:
    """The page that says why the figure is what it is."""
    query = {
        "unit": figure.unit.code,
        "cadence": figure.cadence,
        "period": period_key(figure.first, figure.number),
    }
    return f"{reverse('kpis:indicator', args=[figure.indicator.code])}?{urlencode(query)}"


def period_name(frame: Frame, figure: Figure) -> str:
    """The figure's period in words; its first date where the calendar knows it no more."""
    try:
        return frame.name(frame.period(Cadence(figure.cadence), figure.first, figure.number))
    except BadPeriod:
        return figure.first.isoformat()


def _figure(pk: int) -> Figure:
    return get_object_or_404(Figure.objects.select_related("indicator", "unit"), pk=pk)


@require_http_methods(["GET", "POST"])
@login_required
def deviation_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a deviation from a red figure, prefilled; leads to the one that is open for it already."""
    person, now = person_of(request), timezone.now()
    figure = _figure(pk)
    require(person, Capability.REPORT_DEVIATION, figure.unit_id)
    form = DeviationForm(request.POST or None, units=Unit.objects.none(), fixed=_FIXED, initial=suggested(figure))
    is_open = deviations_of(figure).filter(deviation__closed_at__isnull=True).first()
    if is_open is not None:
        messages.info(request, str(OpenAlready.default))
        return redirect("improvement:deviation", is_open.deviation_id)
    if figure.status != "red":
        messages.warning(request, str(NotRed.default))
        return redirect(figure_href(figure))
    if request.method == "POST" and form.is_valid():
        try:
            deviation = figure_raise(figure=figure, actor=person, now=now, **form.said())
        except OpenAlready as refusal:
            messages.info(request, str(refusal.message))
            return redirect("improvement:deviation", refusal.deviation.pk)
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            messages.success(request, _("%(number)s is open.") % {"number": deviation.number})
            return redirect("improvement:deviation", deviation.pk)
    context = {
        "form": form,
        "figure": figure,
        "href": figure_href(figure),
        "period": period_name(Frame(now), figure),
        "back": figure_href(figure),
    }
    return render(request, "kpis/deviation_new.html", context)


@require_GET
@login_required
def figure_deviations(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the indicator's page: the deviations of one figure, or the way to open one."""
    person = person_of(request)
    access, figure = require_role(person), _figure(pk)
    found = list(deviations_of(figure))
    context = {
        "figure": figure,
        "links": found,
        "can_open": figure.status == "red"
        and may_report(access, figure.unit_id)
        and all(not link.deviation.is_open for link in found),
    }
    return render(request, "kpis/figure_deviations.html", context)


@require_GET
@login_required
def deviation_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of a deviation's page: the figure it was opened from, or those that its observations move."""
    require_role(person_of(request))
    deviation, frame = get_object_or_404(Deviation.objects.select_related("unit"), pk=pk), Frame(timezone.now())
    links = FigureDeviation.objects.filter(deviation=deviation).select_related("figure__indicator", "figure__unit")
    link = links.first()
    moved = []
    if link is None and frame.calendars:
        facts = Observation.objects.filter(raised__deviation=deviation).select_related("shift", "area", "point")
        known = set()
        for fact in facts.order_by("-observed_at")[:_MOST_OBSERVATIONS]:
            for indicator, cells in moved_by(frame, fact):
                if indicator.pk not in known:
                    known.add(indicator.pk)
                    moved.append((indicator, cells))
    context = {
        "link": link,
        "href": figure_href(link.figure) if link is not None else "",
        "period": period_name(frame, link.figure) if link is not None else "",
        "moved": moved,
        "unit": deviation.unit,
    }
    return render(request, "kpis/deviation_figures.html", context)
