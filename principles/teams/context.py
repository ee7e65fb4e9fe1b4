"""The person's place in the plant, for views and templates: what they may do, and the unit they look at."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from amps.navigation import UnitMenu, UnitOption
from principles.teams.models import FIGURE_KINDS_VALUES, Unit, User
from principles.teams.permissions import access_of
from principles.teams.unit_pages import units_in_order

SESSION_KEY = "unit"
# Address parts that name the unit of a page; the switcher puts another unit's code there.
_UNIT_ARGUMENTS = ("unit", "unit_code")


def current_unit(request: HttpRequest) -> Unit | None:
    """The unit the person looks at: `?unit=`, else the last one chosen, else where they hold a role, else the top.

    Only units that figures are kept for; a code that is none of them is passed over. Remembers the choice. None
    for people without a login and in a plant without units.
    """
    if not hasattr(request, "_amps_unit"):
        request._amps_unit = _find_unit(request)  # type: ignore[attr-defined]
    found: Unit | None = request._amps_unit  # type: ignore[attr-defined]
    return found


def my_areas(request: HttpRequest) -> list[Unit]:
    """The units that the person holds a role in, in the order held."""
    if not isinstance(request.user, User):
        return []
    ids = access_of(request.user).areas()
    found = Unit.objects.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def figure_units(request: HttpRequest) -> list[tuple[Unit, int]]:
    """Every unit in use that figures are kept for, in the order of the tree, with its level below the top (0…)."""
    if not hasattr(request, "_amps_figure_units"):
        request._amps_figure_units = units_in_order(access_of(request.user).tree, FIGURE_KINDS_VALUES)  # type: ignore[attr-defined]
    found: list[tuple[Unit, int]] = request._amps_figure_units  # type: ignore[attr-defined]
    return found


def teams(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `access`, `current_unit` and `my_areas`, each read only when a template uses it."""
    if not isinstance(getattr(request, "user", None), User):
        return {}
    return {
        "access": SimpleLazyObject(lambda: access_of(request.user)),
        "current_unit": SimpleLazyObject(lambda: current_unit(request)),
        "my_areas": SimpleLazyObject(lambda: my_areas(request)),
    }


def unit_menu(request: HttpRequest) -> UnitMenu | None:
    """The unit switcher of the header; the way back to the same page for another unit."""
    if not isinstance(request.user, User):
        return None
    units = figure_units(request)
    here = current_unit(request)
    if here is None or len(units) < 2:
        return None
    options = [
        UnitOption(name=unit.name, url=_switch_url(request, unit), depth=min(depth, 3), current=unit.pk == here.pk)
        for unit, depth in units
    ]
    return UnitMenu(current=here.name, options=options)


def _find_unit(request: HttpRequest) -> Unit | None:
    if not isinstance(request.user, User):
        return None
    units = {unit.code: unit for unit, _ in figure_units(request)}
    asked = request.GET.get("unit", "")
    if asked in units:
        if request.session.get(SESSION_KEY) != asked:
            request.session[SESSION_KEY] = asked
        return units[asked]
    remembered = request.session.get(SESSION_KEY)
    if remembered in units:
        return units[remembered]
    access = access_of(request.user)
    by_id = {unit.pk: unit for unit in units.values()}
    for place in access.areas():
        area = access.tree.area_of(place)
        if area in by_id:
            return by_id[area]
    return next(iter(units.values()), None)


def _switch_url(request: HttpRequest, unit: Unit) -> str:
    match = request.resolver_match
    if match is not None:
        for argument in _UNIT_ARGUMENTS:
            if argument in match.kwargs:
                try:
                    return reverse(match.view_name, kwargs={**match.kwargs, argument: unit.code})
                except NoReverseMatch:
                    break
    return f"{request.path}?{urlencode({'unit': unit.code})}"
