"""The team of an area as a picture, and the list of areas to choose from."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from principles.teams.context import current_unit
from principles.teams.http import HttpRequest
from principles.teams.models import Unit, UnitKind
from principles.teams.people import people_visible_to
from principles.teams.permissions import access_of
from principles.teams.team_picture import STEPS, picture_of, pictures_of
from principles.teams.unit_pages import crumbs_of


@require_GET
@login_required
def team_start(request: HttpRequest) -> HttpResponse:
    """The team of the area that the person looks at, or else the areas to choose from."""
    here = current_unit(request)
    if here is not None and here.kind == UnitKind.AREA:
        return redirect("teams:team", unit=here.code)
    tree = access_of(request.user).tree
    inside = tree.descendants(here.pk) if here is not None else list(tree.kinds)
    areas = Unit.objects.open_on(tree.date).filter(pk__in=inside, kind=UnitKind.AREA)
    context = {"unit": here, "pictures": pictures_of(areas, tree=tree, date=tree.date)}
    return render(request, "teams/team_list.html", context)


@require_GET
@login_required
def team(request: HttpRequest, unit: str) -> HttpResponse:
    """One area's team. Who works there is named to whoever may see names there; the roles to all who work there."""
    area = get_object_or_404(Unit, code=unit)
    if area.kind != UnitKind.AREA:
        return redirect("teams:team_start")
    access = access_of(request.user)
    context = {
        "area": area,
        "picture": picture_of(area, tree=access.tree, date=access.tree.date),
        "crumbs": [*crumbs_of(access.tree, area)],
        "sees_roles": bool(access.roles_in(area)),
        "seen": set(people_visible_to(request.user, access).values_list("pk", flat=True)),
        "steps": STEPS,
        "person": request.user,
    }
    return render(request, "teams/team.html", context)
