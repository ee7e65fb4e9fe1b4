"""Challenges on HSE, volume, quality and cost: given, passed down from plant to unit to team, ended."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kpis.choice import person_of, place_of, with_units
from principles.dimensions import Dimension
from principles.improvement.forms import refusal_to_form
from principles.improvement.refusals import EditedMeanwhile, Refused
from principles.teams.calendars import production_date
from principles.teams.models import Unit
from principles.teams.permissions import Capability, access_of, require
from roadmap.challenge_tree import boards_of, takers_of
from roadmap.forms_plan import ChallengeForm, PassDownForm, seen_again
from roadmap.models import Challenge
from roadmap.plan_page import year_of
from roadmap.planning import is_level
from roadmap.services.challenges import (
    challenge_edit,
    challenge_end,
    challenge_give,
    challenge_pass_down,
    challenge_seen,
)
from roadmap.services.plan_refusals import ChallengeEnded
from roadmap.views.plan import crumbs_of


@require_GET
@login_required
@with_units
def challenges(request: HttpRequest) -> HttpResponse:
    """The challenges of a year that concern a unit, as chains, with the units that have none."""
    place, now = place_of(request), timezone.now()
    year, access = year_of(request.GET, production_date(now)), access_of(person_of(request))
    ended = request.GET.get("ended") == "1"
    used = Challenge.objects.order_by().values_list("year", flat=True).distinct()
    context = {
        "place": place,
        "unit": place.unit,
        "year": year,
        "years": sorted({access.tree.date.year, access.tree.date.year + 1, year, *used}),
        "ended": ended,
        "boards": boards_of(
            access.tree, place.unit, year, ended=ended, editable=access.units(Capability.EDIT_BUSINESS_PLAN)
        ),
        "can_give": is_level(access.tree, place.unit.pk) and access.can(Capability.EDIT_BUSINESS_PLAN, place.unit),
        "crumbs": [*crumbs_of(place, year), {"label": _("Challenges"), "url": ""}],
    }
    return render(request, "plan/challenges.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@with_units
def challenge_new(request: HttpRequest) -> HttpResponse:
    """Give a unit a challenge."""
    place, now, person = place_of(request), timezone.now(), person_of(request)
    require(person, Capability.EDIT_BUSINESS_PLAN, place.unit)
    year = year_of(request.GET, production_date(now))
    dimension = request.GET.get("dimension", "")
    if dimension and dimension not in Dimension.values:
        raise Http404("dimension")
    form = ChallengeForm(request.POST or None, initial={"dimension": dimension or Dimension.HSE})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            challenge_give(
                unit=place.unit,
                year=year,
                dimension=said["dimension"],
                text=said["text"],
                goal=said["goal"],
                actor=person,
                now=now,
            )
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            messages.success(request, _("The challenge is given."))
            return redirect(challenges_url(place.unit, year))
    title = _("New challenge for %(unit)s, %(year)d") % {"unit": place.unit.name, "year": year}
    return _form_page(request, form, place.unit, year, title)


@require_http_methods(["GET", "POST"])
@login_required
def challenge_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the words of a challenge."""
    challenge = _challenge(pk)
    person = person_of(request)
    require(person, Capability.EDIT_BUSINESS_PLAN, challenge.unit)
    initial = {"text": challenge.text, "goal": challenge.goal, "seen": challenge_seen(challenge)}
    form = ChallengeForm(request.POST or None, initial=initial)
    del form.fields["dimension"]
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            challenge_edit(challenge=challenge, seen=said["seen"], text=said["text"], goal=said["goal"], actor=person)
        except Refused as refusal:
            refusal_to_form(form, refusal)
            if isinstance(refusal, EditedMeanwhile):
                seen_again(form, challenge_seen(challenge))
        else:
            messages.success(request, _("The challenge is stored."))
            return redirect(challenges_url(challenge.unit, challenge.year))
    return _form_page(request, form, challenge.unit, challenge.year, _("Change the challenge"), challenge)


@require_http_methods(["GET", "POST"])
@login_required
def challenge_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Pass a challenge down to units below, in words of their own."""
    challenge = _challenge(pk)
    person, now = person_of(request), timezone.now()
    access = access_of(person)
    takers = takers_of(access.tree, challenge.unit_id, access.units(Capability.EDIT_BUSINESS_PLAN))
    if not takers:
        require(person, Capability.EDIT_BUSINESS_PLAN, challenge.unit)
    initial = {"text": challenge.text, "goal": challenge.goal}
    form = PassDownForm(request.POST or None, units=takers, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            given = challenge_pass_down(
                challenge=challenge,
                units=list(said["units"]),
                text=said["text"],
                goal=said["goal"],
                actor=person,
                now=now,
            )
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            messages.success(
                request,
                ngettext("Passed down to %(count)d unit.", "Passed down to %(count)d units.", len(given))
                % {"count": len(given)},
            )
            return redirect(challenges_url(challenge.unit, challenge.year))
    title = _("Pass the challenge down")
    return _form_page(request, form, challenge.unit, challenge.year, title, challenge)


@require_POST
@login_required
def challenge_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """End a challenge."""
    challenge = _challenge(pk)
    person = person_of(request)
    require(person, Capability.EDIT_BUSINESS_PLAN, challenge.unit)
    challenge_end(challenge=challenge, actor=person, now=timezone.now())
    messages.success(request, _("The challenge has ended. What was passed down of it goes on."))
    return redirect(challenges_url(challenge.unit, challenge.year))


def challenges_url(unit: Unit, year: int) -> str:
    """The address of a unit's challenges."""
    return f"{reverse('roadmap:challenges')}?{urlencode({'unit': unit.code, 'year': year})}"


def _challenge(pk: int) -> Challenge:
    return get_object_or_404(Challenge.objects.select_related("unit", "parent__unit"), pk=pk)


def _form_page(
    request: HttpRequest,
    form: ChallengeForm | PassDownForm,
    unit: Unit,
    year: int,
    title: str,
    challenge: Challenge | None = None,
) -> HttpResponse:
    back = challenges_url(unit, year)
    context = {
        "form": form,
        "unit": unit,
        "year": year,
        "title": title,
        "challenge": challenge,
        "refused": str(ChallengeEnded.default) if challenge is not None and challenge.ended_at is not None else "",
        "back": back,
        "crumbs": [{"label": _("Challenges"), "url": back}, {"label": title, "url": ""}],
    }
    return render(request, "plan/challenge_form.html", context)
