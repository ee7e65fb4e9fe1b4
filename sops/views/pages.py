"""Reading a standard: the revision in force, any other one at its own address, what it changes, one step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from principles.teams.permissions import access_of
from sops.comparison import compare, content_of
from sops.forms import ApproveForm, SendBackForm
from sops.history import History, HistoryLine, Standing, history_of
from sops.lifecycle import may_approve
from sops.models import ObservationPoint, Sop, SopPoint, SopRevision, SopStep
from sops.register import may_edit_point
from sops.views.access import may, person_of, revision_or_404, sop_or_404


@require_GET
@login_required
def sop_page(request: HttpRequest, code: str) -> HttpResponse:
    """The revision in force; before the first one is, the one on its way."""
    sop = sop_or_404(code)
    history = history_of(sop, now=timezone.now())
    line = history.in_force or history.coming or history.open
    if line is None:
        return render(request, "sops/nothing.html", {"sop": sop, "may": may(request, sop)})
    return _show(request, sop, line, history)


@require_GET
@login_required
def revision_page(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One revision at its own address, with a banner that says whether it is the one to work by."""
    revision = revision_or_404(code, number)
    history = history_of(revision.sop, now=timezone.now())
    return _show(request, revision.sop, history.line(number), history)


def _show(request: HttpRequest, sop: Sop, line: HistoryLine, history: History) -> HttpResponse:
    return render(request, "sops/sop.html", show_context(request, sop, line, history))


def show_context(
    request: HttpRequest,
    sop: Sop,
    line: HistoryLine,
    history: History,
    *,
    approve_form: ApproveForm | None = None,
    send_back_form: SendBackForm | None = None,
) -> dict[str, Any]:
    """What templates/sops/sop.html shows; the two forms are those refused, if any."""
    person, rights = person_of(request), may(request, sop)
    revision = content_of(line.revision)
    in_review = line.standing == Standing.REVIEW
    can_approve = in_review and rights.approve and may_approve(revision, person)
    if can_approve:
        approve_form = approve_form or ApproveForm(now=timezone.now())
        send_back_form = send_back_form or SendBackForm()
    is_author = revision.author_id == person.pk
    return {
        "sop": sop,
        "revision": revision,
        "line": line,
        "history": history,
        "total_minutes": sum((step.minutes or Decimal(0) for step in revision.steps.all()), Decimal(0)),
        "may": rights,
        "can_start": rights.draft and history.open is None,
        "can_edit": rights.draft and line.standing == Standing.DRAFT,
        "can_withdraw": is_author and line.standing in (Standing.DRAFT, Standing.REVIEW),
        "can_approve": can_approve,
        "is_own_work": in_review and rights.approve and not can_approve,
        "approve_form": approve_form,
        "send_back_form": send_back_form,
    }


@require_GET
@login_required
def changes_page(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What a revision changes against the one it was copied from."""
    revision = content_of(revision_or_404(code, number))
    before = content_of(revision.based_on) if revision.based_on is not None else None
    history = history_of(revision.sop, now=timezone.now())
    context = {
        "sop": revision.sop,
        "revision": revision,
        "before": before,
        "line": history.line(number),
        "comparison": compare(before, revision),
    }
    return render(request, "sops/changes.html", context)


@require_GET
@login_required
def step_card(request: HttpRequest, code: str, number: int, step: int) -> HttpResponse:
    """One step with its expected result and safety point, as a fragment for a round's card."""
    revision = revision_or_404(code, number)
    steps = SopStep.objects.select_related("role").prefetch_related("assist")
    found = get_object_or_404(steps, revision=revision, number=step)
    return render(request, "sops/step_card.html", {"revision": revision, "step": found})


@require_GET
@login_required
def point_list(request: HttpRequest) -> HttpResponse:
    """The register of observation points and series, with where each is used."""
    points = ObservationPoint.objects.order_by("code")
    uses: dict[int, list[SopPoint]] = {}
    for use in _uses_in_force():
        uses.setdefault(use.point_id, []).append(use)
    coming = {use.point_id for use in _uses_to_come()}
    words = request.GET.get("q", "").lower().split()
    rows = [
        (point, uses.get(point.pk, []), point.pk in coming)
        for point in points
        if all(word in f"{point.code} {point.text_en} {point.text_nb}".lower() for word in words)
    ]
    return render(request, "sops/points.html", {"rows": rows, "q": request.GET.get("q", "")})


@require_GET
@login_required
def point_page(request: HttpRequest, code: str) -> HttpResponse:
    """One observation point: its text, how to see it, its limits, where it is used; its indicators come by URL."""
    point = get_object_or_404(ObservationPoint, code=code)
    context = {
        "point": point,
        "uses": _uses_in_force(point),
        "coming": _uses_to_come(point),
        "can_edit": may_edit_point(access_of(person_of(request)), point),
    }
    return render(request, "sops/point.html", context)


def _uses_in_force(point: ObservationPoint | None = None) -> list[SopPoint]:
    """Where points are bound in revisions in force (one query)."""
    in_force = SopRevision.objects.filter(sop__active=True).in_force(timezone.now())
    uses = SopPoint.objects.filter(revision__in=in_force).select_related("revision__sop", "step", "point")
    return _in_order(uses, point)


def _uses_to_come(point: ObservationPoint | None = None) -> list[SopPoint]:
    """Where points are bound in what is being written, waits for approval, or is in force later (one query)."""
    on_the_way = SopRevision.objects.open() | SopRevision.objects.coming(timezone.now())
    uses = SopPoint.objects.filter(revision__in=on_the_way.filter(sop__active=True))
    return _in_order(uses.select_related("revision__sop", "step", "point"), point)


def _in_order(uses: QuerySet[SopPoint], point: ObservationPoint | None) -> list[SopPoint]:
    if point is not None:
        uses = uses.filter(point=point)
    return list(uses.order_by("revision__sop__code", "position"))
