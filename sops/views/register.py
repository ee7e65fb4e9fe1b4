"""Changing an observation point: its limits, whether it is critical, how many are watched, whether it is in use."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from principles.teams.permissions import access_of
from sops.forms import PointForm
from sops.models import ObservationPoint
from sops.register import PointEditedMeanwhile, may_edit_point, point_edit
from sops.views.access import person_of


@require_http_methods(["GET", "POST"])
@login_required
def point_change(request: HttpRequest, code: str) -> HttpResponse:
    """Edit a point's row in the register; it applies to what is observed from now on."""
    point = get_object_or_404(ObservationPoint, code=code)
    person = person_of(request)
    if not may_edit_point(access_of(person), point):
        raise PermissionDenied
    form = PointForm(request.POST or None, instance=point, initial={"version": point.version})
    if request.method == "POST" and form.is_valid():
        try:
            point_edit(point=point, version=form.cleaned_data["version"], values=form.values(), actor=person)
        except PointEditedMeanwhile:
            form.add_error(
                None,
                _("Someone else has changed this point since you opened it. Load the page again to see what it says."),
            )
        else:
            messages.success(request, _("Stored. It applies to what is observed from now on."))
            return redirect("sops:point", code)
    return render(request, "sops/point_form.html", {"form": form, "point": point})
