"""Self-evaluations of the plant: the list, a new one, one as a whole, and its group."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.teams.models import Crew, User
from principles.teams.permissions import Capability, require_somewhere
from roadmap.evaluation_list import as_rows, evaluations_for
from roadmap.forms import EvaluationForm, MembersForm
from roadmap.models import Evaluation
from roadmap.overview import SHOWN, overview_of
from roadmap.people import candidates
from roadmap.reading import version_in_use
from roadmap.services.evaluations import NotInGroup, NotOpen, OpenAlready, evaluation_open
from roadmap.services.group import LeaderStays, leader_change, participant_leave, participants_add
from roadmap.units import units_of_evaluations
from roadmap.views.access import evaluation_or_404, group_of, is_unchanged, may_of, reader_of
from roadmap.views.crumbs import crumbs_to, title_of

PER_PAGE = 25
STATES = ("running", "locked", "all")


@require_GET
@login_required
def evaluations(request: HttpRequest) -> HttpResponse:
    """Every evaluation of the plant, those under way first."""
    _person, access = reader_of(request)
    units = units_of_evaluations(access, None)
    unit = next((one for one, _depth in units if one.code == request.GET.get("unit")), None)
    shown = request.GET.get("state", "")
    shown = shown if shown in STATES else "all"
    under = access.tree.areas_under(unit.pk) if unit is not None else None
    page = Paginator(evaluations_for(under, shown), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": as_rows(page.object_list, tree=access.tree),
        "page_obj": page,
        "units": units,
        "unit": unit,
        "shown": shown,
        "can_open": access.can_somewhere(Capability.OPEN_EVALUATION),
        "version": version_in_use(),
    }
    return render(request, "roadmap/evaluations.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def evaluation_new(request: HttpRequest) -> HttpResponse:
    """Open an evaluation: where (in the address), then when, who leads and who takes part."""
    person, access = reader_of(request)
    require_somewhere(person, Capability.OPEN_EVALUATION)
    units = units_of_evaluations(access, Capability.OPEN_EVALUATION)
    codes = {unit.code: unit for unit, _depth in units}
    unit = codes.get(request.GET.get("unit", "")) or (units[0][0] if len(units) == 1 else None)
    crews = list(Crew.objects.filter(active=True))
    crew = next((one for one in crews if one.code == request.GET.get("crew")), None)
    version = version_in_use()
    today = access.tree.date
    people = candidates(unit, crew, tree=access.tree, date=today) if unit is not None else []
    initial: dict[str, Any] = {"held_on": today}
    if any(one.person == person for one in people):
        initial["leader"] = person.pk
    form = EvaluationForm(
        request.POST if request.method == "POST" else None, people=people, today=today, initial=initial
    )
    if request.method == "POST" and unit is not None and version is not None and form.is_valid():
        try:
            made = evaluation_open(
                unit=unit, crew=crew, version=version, actor=person, now=timezone.now(), **form.cleaned_data
            )
        except OpenAlready as refusal:
            messages.warning(request, _("One is under way here already. It has to be signed or called off first."))
            return redirect("roadmap:evaluation", refusal.evaluation.pk)
        messages.success(request, _("The evaluation is open. Everybody in the group can begin on their own device."))
        return redirect("roadmap:evaluation", made.pk)
    context = {
        "units": units,
        "unit": unit,
        "crews": crews,
        "crew": crew,
        "people": people,
        "chosen": set(request.POST.getlist("participants")),
        "leader": request.POST.get("leader") or str(initial.get("leader", "")),
        "form": form,
        "version": version,
    }
    return render(request, "roadmap/evaluation_new.html", context)


@require_GET
@login_required
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation: how far it is, its items, its group, its signatures and what was opened again."""
    found = evaluation_or_404(pk)
    return render(request, "roadmap/evaluation.html", _overview(request, found))


@require_GET
@login_required
def evaluation_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of items anew; 204 while nothing has changed since `?seen=`."""
    if is_unchanged(request, pk):
        return HttpResponse(status=204)
    context = _overview(request, evaluation_or_404(pk))
    response = render(request, "roadmap/evaluation.html#progress", context)
    if request.GET.get("stage", context["stage"]) != context["stage"]:
        response["HX-Refresh"] = "true"  # group, signatures and what one can do next stand outside this part
    return response


def _overview(request: HttpRequest, found: Evaluation) -> dict[str, Any]:
    person, access = reader_of(request)
    group = group_of(found)
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else "all"
    overview = overview_of(found, group, reader_id=person.pk, tree=access.tree, shown=shown)
    signatures = list(found.signatures.select_related("person").order_by("round", "at"))
    signed = {one.person_id: one for one in signatures if one.round == found.round}
    rounds = sorted({one.round for one in signatures if one.round < found.round})
    here = [one.person_id for one in group if one.left_at is None]
    ready = "ready" if overview.next_item is None else "answering"
    return {
        "evaluation": found,
        "title": title_of(found),
        "crumbs": crumbs_to(found),
        "may": may_of(person, access, found, group),
        "group": [(one, signed.get(one.person_id)) for one in group],
        "here": len(here),
        "stage": f"{found.state}-{ready}-{len(signed)}-{found.leader_id}-{'.'.join(map(str, here))}",
        "signed": len(signed),
        "has_signed": person.pk in signed,
        "old_rounds": [(number, [one for one in signatures if one.round == number]) for number in rounds],
        "reopenings": list(found.reopenings.select_related("by")),
        "overview": overview,
        "shown": shown,
    }


# --- the group ---


@require_http_methods(["GET", "POST"])
@login_required
def evaluation_group(request: HttpRequest, pk: int) -> HttpResponse:
    """Take more people into the group."""
    person, access = reader_of(request)
    found = evaluation_or_404(pk)
    group = group_of(found)
    if not may_of(person, access, found, group).manage:
        raise PermissionDenied(_("The group is chosen by its leader, or by who may open evaluations here."))
    inside = {one.person_id for one in group if one.left_at is None}
    offered = candidates(found.unit, found.crew, tree=access.tree, date=access.tree.date)
    people = [one for one in offered if one.person.pk not in inside]
    form = MembersForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            added = participants_add(
                evaluation=found, people=form.cleaned_data["participants"], actor=person, now=timezone.now()
            )
        except NotOpen:
            form.add_error(None, _("The group is signing. Withdraw the signatures first, then take in more people."))
        else:
            words = ngettext(
                "%(count)d person has come into the group.", "%(count)d people have come into the group.", added
            )
            messages.success(request, words % {"count": added})
            return redirect("roadmap:evaluation", pk)
    context = {
        "evaluation": found,
        "title": title_of(found),
        "crumbs": [*crumbs_to(found), {"label": _("The group"), "url": ""}],
        "people": people,
        "chosen": set(request.POST.getlist("participants")),
        "form": form,
        "members": [one for one in group if one.left_at is None],
    }
    return render(request, "roadmap/group.html", context)


def _named(request: HttpRequest, person: User) -> User:
    """Whom the form is about: the person named in it, else oneself."""
    asked = request.POST.get("person", "")
    if not asked:
        return person
    pk = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    return get_object_or_404(User, pk=pk)


@require_POST
@login_required
def evaluation_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """A member leaves, by themselves or because the leader says so."""
    person, access = reader_of(request)
    found = evaluation_or_404(pk)
    may = may_of(person, access, found, group_of(found))
    who = _named(request, person)
    if not (may.manage or (may.is_member and who == person)):
        raise PermissionDenied(_("Only the leader of the group can let somebody else leave it."))
    try:
        participant_leave(evaluation=found, person=who, actor=person, now=timezone.now())
    except LeaderStays:
        messages.error(request, _("Choose another leader first; then the leader can leave."))
    except NotInGroup:
        messages.error(request, _("This person is not in the group any more."))
    except NotOpen:
        messages.error(request, _("The evaluation is no longer under way."))
    else:
        messages.success(request, _("%(person)s has left the group. The marks given stay.") % {"person": who})
    return redirect("roadmap:evaluation", pk)


@require_POST
@login_required
def evaluation_leader(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose another member as leader."""
    person, access = reader_of(request)
    found = evaluation_or_404(pk)
    if not may_of(person, access, found, group_of(found)).manage:
        raise PermissionDenied(_("The leader is chosen by the one before, or by who may open evaluations here."))
    who = _named(request, person)
    try:
        leader_change(evaluation=found, person=who, actor=person)
    except NotInGroup:
        messages.error(request, _("This person is not in the group any more."))
    except NotOpen:
        messages.error(request, _("The group is signing. Withdraw the signatures first."))
    else:
        messages.success(request, _("%(person)s leads the group now.") % {"person": who})
    return redirect("roadmap:evaluation", pk)
