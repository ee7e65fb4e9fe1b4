"""Which unit, crew, process and dimension a page of figures is about: read from its address.

What the address names wrongly is 404; what it leaves out follows from the person.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from kpis.models import ProcessIndicator
from principles.teams.models import FIGURE_KINDS_VALUES, Crew, Unit, UnitKind, User
from principles.teams.permissions import Access, access_of
from principles.teams.tree import UnitTree
from sops.models import CriticalProcess, Dimension, SopPoint

SESSION_UNIT = "figures_unit"
# HSE first, then what the customer sees, then how much, then at what price.
DIMENSIONS = (Dimension.HSE, Dimension.QUALITY, Dimension.VOLUME, Dimension.COST)


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
    """The unit of the address, else the one looked at last, else the person's own, else the first area.

    A section or a piece of equipment stands for the area above it. Raises Http404 for an unknown unit.
    """
    access = access_of(person_of(request))
    units = {unit.pk: unit for unit in Unit.objects.with_figures()}
    asked = code if code is not None else request.GET.get("unit")
    if asked:
        unit = _asked(asked, units, access.tree)
        if request.session.get(SESSION_UNIT) != unit.code:
            request.session[SESSION_UNIT] = unit.code
    else:
        unit = _usual(request, units, access)
    line = [units[pk] for pk in reversed(access.tree.ancestors(unit.pk)) if pk in units]
    return Place(unit, [*line, unit], _offered(units, access.tree))


def _asked(code: str, units: dict[int, Unit], tree: UnitTree) -> Unit:
    for unit in units.values():
        if unit.code == code:
            return unit
    below = Unit.objects.filter(code=code).first()
    area = tree.area_of(below.pk) if below is not None else None
    if area is None or area not in units:
        raise Http404(code)
    return units[area]


def _usual(request: HttpRequest, units: dict[int, Unit], access: Access) -> Unit:
    last = request.session.get(SESSION_UNIT)
    for unit in units.values():
        if unit.code == last:
            return unit
    for held in access.areas():
        area = access.tree.area_of(held)
        if area in units:
            return units[area]
    areas = [unit for unit in units.values() if unit.kind == UnitKind.AREA]
    for unit in areas or list(units.values()):
        return unit
    raise Http404("no units")


def _offered(units: dict[int, Unit], tree: UnitTree) -> list[tuple[Unit, int]]:
    """Every unit in use that figures are kept for, as the tree stands, with its depth."""
    found: list[tuple[Unit, int]] = []

    def walk(pk: int, depth: int) -> None:
        unit = units.get(pk)
        if unit is not None and (unit.closed is None or unit.closed > tree.date):
            found.append((unit, depth))
        below = [child for child in tree.children(pk) if tree.kinds.get(child) in FIGURE_KINDS_VALUES]
        for child in sorted(below, key=lambda other: (units[other].position, units[other].code)):
            walk(child, depth + 1)

    for pk in sorted(units, key=lambda other: (units[other].position, units[other].code)):
        if tree.parent(pk) is None:
            walk(pk, 0)
    return found


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
