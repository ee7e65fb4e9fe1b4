"""The results of one evaluation, its targets, and all evaluations of the plant side by side."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from amps.exports import Cell, UnknownFormat, tabular_response
from principles.teams.models import Unit
from principles.teams.permissions import Access, Capability, require
from roadmap.drawings import principle_axes, radar, rule_axes
from roadmap.models import EvaluationState, Principle, Rule
from roadmap.reading import version_in_use
from roadmap.result_reading import Line, lines_of, sheet_of, sorted_lines, targets_of
from roadmap.services.targets import TARGETS, TargetsChanged, targets_set
from roadmap.units import units_of_evaluations
from roadmap.views.access import evaluation_or_404, reader_of
from roadmap.views.crumbs import crumbs_to, title_of

WEBS = ("principles", "rules")
FIRST_YEAR, LAST_YEAR = 2000, 2100


@require_GET
@login_required
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation rolled up: rules and principles, heat map, radar, the time before, targets, gaps, claims."""
    _person, access = reader_of(request)
    evaluation = evaluation_or_404(pk)
    sheet = sheet_of(evaluation, tree=access.tree)
    web = request.GET.get("web", "")
    web = web if web in WEBS else "principles"
    axes = principle_axes(sheet.result) if web == "principles" else rule_axes(sheet.result)
    up, down = sheet.result.moved
    context = {
        "evaluation": evaluation,
        "title": title_of(evaluation),
        "crumbs": [*crumbs_to(evaluation), {"label": _("Results"), "url": ""}],
        "sheet": sheet,
        "result": sheet.result,
        "widest": max((len(rule.items) for rule in sheet.result.rules), default=1),
        "up": up,
        "down": down,
        "gaps": [(item, sheet.actions.get(item.code, [])) for item in sheet.result.gaps],
        "covered": sum(1 for item in sheet.result.gaps if sheet.actions.get(item.code)),
        "web": web,
        "radar": radar(axes, short=web == "rules"),
        "axes": axes,
        "year": evaluation.held_on.year,
        "has_targets": any(rule.target for rule in sheet.result.rules),
        "can_aim": access.can(Capability.EDIT_ROADMAP, evaluation.unit_id),
        "can_plan": access.can(Capability.EDIT_BUSINESS_PLAN, evaluation.unit_id),
        "is_signed": evaluation.state == EvaluationState.LOCKED,
        "is_cancelled": evaluation.state == EvaluationState.CANCELLED,
        "pdf_params": json.dumps({"evaluation": evaluation.pk}),
    }
    return render(request, "roadmap/results.html", context)


# --- targets ---


@require_http_methods(["GET", "POST"])
@login_required
def targets(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """Where the unit wants each practice rule to stand by the end of a year."""
    person, _access = reader_of(request)
    unit = get_object_or_404(Unit, code=code)
    require(person, Capability.EDIT_ROADMAP, unit)
    version = version_in_use()
    if version is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    principles = list(version.principles.prefetch_related("rules"))
    now_set = targets_of(unit.pk, year)
    chosen, problem = now_set, ""
    if request.method == "POST":
        rules = [rule for principle in principles for rule in principle.rules.all()]
        chosen = {rule.code: _aim(request, rule) for rule in rules}
        try:
            changed = targets_set(unit=unit, year=year, targets=chosen, seen=_seen(request), actor=person)
        except TargetsChanged:
            problem = _("Somebody else has changed these targets meanwhile. Look at yours once more, then store.")
        else:
            messages.success(request, _stored(changed))
            return redirect(_after(request))
    context = {
        "unit": unit,
        "year": year,
        "principles": [(principle, _rows(principle, chosen, now_set)) for principle in principles],
        "choices": [("", _("No target")), *((status.value, status.label) for status in TARGETS)],
        "seen": json.dumps(now_set),
        "problem": problem,
        "back": _after(request),
        "crumbs": [
            {"label": _("Results"), "url": reverse("roadmap:compare")},
            {"label": _("Targets %(year)d") % {"year": year}, "url": ""},
        ],
    }
    return render(request, "roadmap/targets.html", context)


def _rows(principle: Principle, chosen: dict[str, str], now_set: dict[str, str]) -> list[tuple[Rule, str, bool]]:
    """Each rule, what is chosen for it, and whether that differs from what is stored."""
    return [
        (rule, chosen.get(rule.code, ""), chosen.get(rule.code, "") != now_set.get(rule.code, ""))
        for rule in principle.rules.all()
    ]


def _aim(request: HttpRequest, rule: Rule) -> str:
    aim = request.POST.get(f"rule-{rule.code}", "")
    return aim if aim in {status.value for status in TARGETS} else ""


def _seen(request: HttpRequest) -> dict[str, str]:
    """What the form was filled in from; what is not a form's own answer counts as never seen."""
    try:
        found = json.loads(request.POST.get("seen", ""))
    except (ValueError, RecursionError):
        return {"": ""}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {"": ""}


def _after(request: HttpRequest) -> str:
    """Back to the results that the targets were set from."""
    pk = request.GET.get("evaluation", "")
    return reverse("roadmap:results", args=[pk]) if pk.isdecimal() and len(pk) < 10 else reverse("roadmap:compare")


def _stored(changed: int) -> str:
    if not changed:
        return _("The targets were like that already.")
    return ngettext("%(count)d target is stored.", "%(count)d targets are stored.", changed) % {"count": changed}


# --- side by side ---


@require_GET
@login_required
def compare(request: HttpRequest) -> HttpResponse:
    """Every unit and team that has evaluated itself: how it moves first, then where it stands."""
    _person, access = reader_of(request)
    unit, principle, lines, units = _asked(request, access)
    sort = request.GET.get("sort", "change")
    version = version_in_use()
    context = {
        "unit": unit,
        "units": units,
        "principle": principle,
        "principles": list(version.principles.all()) if version else [],
        "lines": [(line, title_of(line.evaluation)) for line in sorted_lines(lines, sort)],
        "sort": sort,
        "export": urlencode({"unit": unit.code if unit else "", "principle": principle or ""}),
        "can_open": access.can_somewhere(Capability.OPEN_EVALUATION),
    }
    return render(request, "roadmap/compare.html", context)


@require_GET
@login_required
def compare_export(request: HttpRequest, format: str) -> HttpResponse:
    """Every signed evaluation of the choice as a row, with the counts, and the index of each principle."""
    _person, access = reader_of(request)
    _unit, _principle, lines, _units = _asked(request, access)
    points = [point for line in sorted_lines(lines, "unit") for point in line.points]
    numbers = sorted({number for point in points for number in point.by_principle})
    headings = [
        _("Unit"), _("Crew"), _("Date"), _("Version of the roadmap"), _("Index"), _("Red"), _("Yellow"), _("Green"),
        _("Not assessed"), *(_("Index, principle %(number)d") % {"number": number} for number in numbers),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for point in points:
        of, counts = point.evaluation, point.counts
        indexes = [point.by_principle[number].index if number in point.by_principle else None for number in numbers]
        rows.append(
            [
                of.unit.name, of.crew.name if of.crew else "", of.held_on, of.version.version, counts.index, counts.red,
                counts.yellow, counts.green, counts.none, *indexes,
            ]
        )  # fmt: skip
    try:
        return tabular_response(rows, headings, format, _("self-evaluations"))
    except UnknownFormat as error:
        raise Http404(format) from error


type Choice = tuple[Unit | None, int | None, list[Line], list[tuple[Unit, int]]]


def _asked(request: HttpRequest, access: Access) -> Choice:
    """What the address asks for: unit (and all below it), principle, and their lines."""
    units = units_of_evaluations(access, None)
    code = request.GET.get("unit", "")
    unit = next((one for one, _depth in units if one.code == code), None)
    if code and unit is None:
        unit = get_object_or_404(Unit, code=code)
    number = request.GET.get("principle", "")
    principle = int(number) if number in {"1", "2", "3", "4", "5"} else None
    places: Any = access.tree.kinds if unit is None else access.tree.areas_under(unit.pk)
    lines: list[Line] = lines_of(places, principle=principle)
    return unit, principle, lines, units
