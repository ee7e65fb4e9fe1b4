"""Which unit, crew, process and dimension a page of figures is about: read from its address.

What the address names wrongly is 404; what it leaves out follows from the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kpis.models import ProcessIndicator
from principles.teams.context import SESSION_KEY, current_unit, figure_units
from principles.teams.models import Crew, Unit, User
from principles.teams.permissions import access_of
from principles.teams.tree import UnitTree
from sops.models import CriticalProcess, Dimension, SopPoint

# HSE first, then what the customer sees, then how much, then at what price.
DIMENSIONS = (Dimension.HSE, Dimension.QUALITY, Dimension.VOLUME, Dimension.COST)


class NoUnits(Http404):
    """The plant has no unit yet that figures could be kept for."""


def with_units[**P](view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Show how a plant begins, in place of a page of figures, as long as it has no units."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NoUnits:
            return render(request, "kpis/no_units.html")

    return answer


@dataclass(frozen=True, slots=True)
class Place:
    """A unit with what surrounds it today: `path` from the top down to it, `depth` of every unit offered."""

    unit: Unit
    path: list[Unit]
    offered: list[tuple[Unit, int]]


def person_of(request: HttpRequest) -> User:
    """The signed-in person. Raises Http404 for nobody, whom the login page should have met before."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def place_of(request: HttpRequest, code: str | None = None) -> Place:
    """The unit of the address, else the one that the person looks at (see `principles.teams.context`).

    A section or a piece of equipment stands for the area above it. Raises Http404 for an unknown unit.
    """
    tree = access_of(person_of(request)).tree
    offered = figure_units(request)
    units = {unit.pk: unit for unit, _depth in offered}
    asked = code if code is not None else request.GET.get("unit")
    if asked:
        unit = _asked(asked, units, tree)
        if request.session.get(SESSION_KEY) != unit.code:
            request.session[SESSION_KEY] = unit.code
        request._amps_unit = unit  # type: ignore[attr-defined]
    else:
        usual = current_unit(request)
        if usual is None:
            raise NoUnits
        unit = usual
    line = [units[pk] for pk in reversed(tree.ancestors(unit.pk)) if pk in units]
    return Place(unit, [*line, unit], offered)


def _asked(code: str, units: dict[int, Unit], tree: UnitTree) -> Unit:
    for unit in units.values():
        if unit.code == code:
            return unit
    # A unit out of use keeps its figures; what stands below an area has none of its own.
    other = Unit.objects.filter(code=code).first()
    area = tree.area_of(other.pk) if other is not None else None
    if other is None or area is None:
        raise Http404(code)
    return other if area == other.pk else units.get(area) or Unit.objects.get(pk=area)


def crew_of(request: HttpRequest, crews: list[Crew]) -> Crew | None:
    """The crew of the address; None for all together. Raises Http404 for an unknown one."""
    code = request.GET.get("crew", "")
    if not code:
        return None
    for crew in crews:
        if crew.code == code:
            return crew
    raise Http404(code)


def process_of(request: HttpRequest, processes: list[CriticalProcess]) -> CriticalProcess | None:
    """The critical work process of the address. Raises Http404 for an unknown one."""
    code = request.GET.get("process", "")
    if not code:
        return None
    for process in processes:
        if process.code == code:
            return process
    raise Http404(code)


def dimension_of(request: HttpRequest) -> str:
    """The dimension of the address, "" for all. Raises Http404 for an unknown one."""
    code = request.GET.get("dimension", "")
    if code and code not in Dimension.values:
        raise Http404(code)
    return code


def indicators_of(process: CriticalProcess, by_point: dict[int, list[int]]) -> set[int]:
    """Indicators that a process decides, or that the points of its SOPs feed (two queries)."""
    decided = set(ProcessIndicator.objects.filter(process=process).values_list("indicator_id", flat=True))
    points = SopPoint.objects.filter(revision__sop__process=process).values_list("point_id", flat=True).distinct()
    return decided | {indicator for point in points for indicator in by_point.get(point, ())}
