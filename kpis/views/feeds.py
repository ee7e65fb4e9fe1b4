"""Which indicators count a point: chosen by those who may edit the point."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from amps.display import format_number
from kpis.choice import person_of
from kpis.feeding import BadWeight, FedAlready, FeedGone, FeedRefused, WrongKind, feed_add, feed_remove, takes
from kpis.forms_feeds import BAD_WEIGHT, COUNTED_ALREADY, NOT_THIS_ONE, FeedForm
from kpis.models import Indicator, IndicatorPoint
from principles.teams.models import User
from principles.teams.permissions import access_of
from sops.models import ObservationPoint, PointKind
from sops.register import may_edit_point

REFUSALS: dict[type[FeedRefused], tuple[str, str | Promise]] = {
    FedAlready: ("indicator", COUNTED_ALREADY),
    WrongKind: ("indicator", NOT_THIS_ONE),
    BadWeight: ("weight", BAD_WEIGHT),
}


def _point(request: HttpRequest, code: str) -> tuple[ObservationPoint, User]:
    """The point of the address, and the person, who may edit it."""
    point, person = get_object_or_404(ObservationPoint, code=code), person_of(request)
    if not may_edit_point(access_of(person), point):
        raise PermissionDenied
    return point, person


@require_http_methods(["GET", "POST"])
@login_required
def point_feeds(request: HttpRequest, code: str) -> HttpResponse:
    """The indicators that count a point, each with its weight; a POST adds one."""
    point, person = _point(request, code)
    feeds = list(IndicatorPoint.objects.filter(point=point).select_related("indicator").order_by("indicator__position"))
    fed = [feed.indicator for feed in feeds]
    offered = [one for one in Indicator.objects.filter(active=True) if one not in fed and takes(one, point)]
    form = FeedForm(request.POST or None, offered=offered, fed=fed)
    if request.method == "POST" and form.is_valid():
        indicator: Indicator = form.cleaned_data["indicator"]
        try:
            done = feed_add(
                indicator=indicator,
                point=point,
                weight=form.cleaned_data["weight"],
                actor=person,
                now=timezone.now(),
            )
        except FeedRefused as refusal:
            field, why = REFUSALS[type(refusal)]
            form.add_error(field, str(why))
        else:
            said = _("%(indicator)s counts this point now.") % {"indicator": _named(indicator)}
            messages.success(request, _with_figures(said, done.changed))
            return redirect("kpis:point_feeds", code)
    context = {
        "point": point,
        "feeds": feeds,
        "form": form,
        "lacks_limits": point.is_numeric and not point.has_limits,
        "is_event": point.kind == PointKind.EVENT,
    }
    return render(request, "kpis/point_feeds.html", context)


@require_POST
@login_required
def point_feed_remove(request: HttpRequest, code: str, indicator: str) -> HttpResponse:
    """Let an indicator count the point no longer."""
    point, person = _point(request, code)
    row = get_object_or_404(Indicator, code=indicator)
    try:
        done = feed_remove(indicator=row, point=point, actor=person, now=timezone.now())
    except FeedGone:
        messages.warning(request, _("%(indicator)s does not count this point any more.") % {"indicator": _named(row)})
    else:
        said = _("%(indicator)s does not count this point any more.") % {"indicator": _named(row)}
        messages.success(request, _with_figures(said, done.changed))
    page = reverse("kpis:point_feeds", args=[code])
    if request.headers.get("HX-Request"):  # which has asked whether that is meant
        return HttpResponse(headers={"HX-Redirect": page})
    return redirect(page)


def _named(indicator: Indicator) -> str:
    return f"{indicator.code} {indicator.name}"


def _with_figures(said: str, changed: int) -> str:
    """What was done, and how many figures followed."""
    if not changed:
        return said
    figures = ngettext("%(count)s figure is worked out anew.", "%(count)s figures are worked out anew.", changed)
    return f"{said} {figures % {'count': format_number(changed, 0)}}"
