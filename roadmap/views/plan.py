"""The business plan of a unit and year: list, timeline, load per owner, effect, gaps; and the plan's year."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kpis.choice import Place, person_of, place_of, with_units
from principles.improvement.forms import refusal_to_form
from principles.improvement.refusals import EditedMeanwhile, Refused
from principles.teams.calendars import production_date
from principles.teams.models import Unit
from principles.teams.permissions import Capability, access_of
from roadmap.forms_plan import PlanYearForm, seen_again
from roadmap.models import PlanYear
from roadmap.plan_page import PER_PAGE, VIEWS, PlanPage, options_of, page_of, year_of
from roadmap.plan_sums import bars_of, lane_of, place_in_year
from roadmap.planning import places_under, plan_years, plant_of
from roadmap.services.plan import plan_year_seen, plan_year_set


@require_GET
@login_required
@with_units
def plan(request: HttpRequest) -> HttpResponse:
    """The plan as the address asks for it; the head counts all of it, the lists show what the filters leave."""
    page = page_of(request)
    sheet, unit, access = page.sheet, page.place.unit, access_of(person_of(request))
    paged = Paginator(_listed(page), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "place": page.place,
        "unit": unit,
        "sheet": sheet,
        "year": sheet.year,
        "years": plan_years(places_under(access.tree, unit), sheet.today),
        "summary": sheet.summary(),
        "shown": len(page.rows),
        "options": options_of(page),
        "page_obj": paged,
        "views": [(name, _view_words(name)) for name in VIEWS],
        "crumbs": crumbs_of(page.place, sheet.year),
        "can_edit": access.can(Capability.EDIT_BUSINESS_PLAN, unit),
        "can_act": access.can(Capability.MANAGE_ACTIONS, unit),
        "can_set_year": sheet.plant is not None and access.can(Capability.EDIT_BUSINESS_PLAN, sheet.plant),
        **_MORE[page.view](page, list(paged.object_list)),
    }
    return render(request, "plan/plan.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@with_units
def plan_year(request: HttpRequest) -> HttpResponse:
    """Tonnes per year and NOK per USD that the plant's plan is reckoned with."""
    place, now, person = place_of(request), timezone.now(), person_of(request)
    access = access_of(person)
    plant = plant_of(access.tree, place.unit)
    if plant is None:
        raise Http404("plant")
    if not access.can(Capability.EDIT_BUSINESS_PLAN, plant):
        raise PermissionDenied(Capability.EDIT_BUSINESS_PLAN)
    year = year_of(request.GET, production_date(now))
    known = PlanYear.objects.filter(plant=plant, year=year).first()
    form = PlanYearForm(request.POST or None, initial=_initial(known, year))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        # A year typed other than the one of the address is a new row: what was read was that there is none.
        seen = said["seen"] if said["year"] == year else plan_year_seen(_year_row(plant, said["year"]))
        try:
            plan_year_set(
                plant=plant,
                year=said["year"],
                tonnes=said["tonnes"],
                nok_per_usd=said["nok_per_usd"],
                actor=person,
                seen=seen,
            )
        except Refused as refusal:
            _put_back(form, refusal, known)
        else:
            messages.success(request, _("Tonnes and exchange rate are stored. The amounts are reckoned with them."))
            return redirect(plan_url(place.unit, said["year"]))
    context = {
        "form": form,
        "plant": plant,
        "unit": place.unit,
        "year": year,
        "known": known,
        "history": PlanYear.objects.filter(plant=plant).exclude(year=year).order_by("-year"),
        "back": plan_url(place.unit, year),
        "crumbs": [*crumbs_of(place, year), {"label": _("Tonnes and exchange rate"), "url": ""}],
    }
    return render(request, "plan/year.html", context)


def plan_url(unit: Unit, year: int) -> str:
    """The address of a plan."""
    return f"{reverse('roadmap:plan')}?{urlencode({'unit': unit.code, 'year': year})}"


def crumbs_of(place: Place, year: int) -> list[dict[str, str]]:
    """The way through the unit tree, each step leading to that unit's plan of the year."""
    return [{"label": unit.name, "url": plan_url(unit, year)} for unit in place.path]


def _year_row(plant: Unit, year: int) -> PlanYear | None:
    return PlanYear.objects.filter(plant=plant, year=year).first()


def _initial(known: PlanYear | None, year: int) -> dict[str, Any]:
    numbers = {"tonnes": known.tonnes, "nok_per_usd": known.nok_per_usd} if known is not None else {}
    return {"year": year, "seen": plan_year_seen(known), **numbers}


def _put_back(form: PlanYearForm, refusal: Refused, known: PlanYear | None) -> None:
    """Show the form again with what was typed; the next try has seen what is stored now."""
    refusal_to_form(form, refusal)
    if isinstance(refusal, EditedMeanwhile):
        seen_again(form, plan_year_seen(known))


def _view_words(name: str) -> str:
    return {
        "list": _("List"),
        "timeline": _("Timeline"),
        "load": _("Load"),
        "effect": _("Effect"),
        "gaps": _("Gaps"),
    }[name]


def _listed(page: PlanPage) -> list[Any]:
    """What the page's view goes through page by page."""
    if page.view == "effect":
        return page.sheet.effects(page.rows)
    if page.view == "gaps":
        return page.sheet.gaps
    if page.view == "list" and not page.sort:
        return [row for group in page.sheet.groups(page.rows) for row in group.rows]
    return page.rows


def _list(page: PlanPage, rows: list[Any]) -> dict[str, Any]:
    if page.sort:
        return {"groups": []}
    whole = {group.number: group for group in page.sheet.groups(page.rows)}
    shown = page.sheet.groups(rows)
    return {"groups": [(whole[group.number], group.rows) for group in shown]}


def _timeline(page: PlanPage, rows: list[Any]) -> dict[str, Any]:
    year = page.sheet.year
    today = page.sheet.today
    return {
        "lanes": [lane_of(row, year) for row in rows],
        "months": [(MONTHS[number], str(MONTHS_3[number])) for number in range(1, 13)],
        "today": place_in_year(today, year) if today.year == year else None,
    }


def _load(page: PlanPage, rows: list[Any]) -> dict[str, Any]:
    loads = page.sheet.load(page.rows)
    most = max((max(load.months) for load in loads), default=0) or 1
    names = [str(MONTHS[number]) for number in range(1, 13)]
    return {"loads": [(load, bars_of(load, most, names)) for load in loads]}


def _effect(page: PlanPage, rows: list[Any]) -> dict[str, Any]:
    return {"effect_summary": page.sheet.summary(page.sheet.effects(page.rows))}


def _gaps(page: PlanPage, rows: list[Any]) -> dict[str, Any]:
    return {}


_MORE = {"list": _list, "timeline": _timeline, "load": _load, "effect": _effect, "gaps": _gaps}
