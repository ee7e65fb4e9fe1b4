"""The list of standards: what is in force, by process, and above it what waits for the person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from principles.teams.models import User
from principles.teams.permissions import Access, Capability, access_of
from sops.forms import ListFilter
from sops.lifecycle import may_approve
from sops.models import CriticalProcess, RevisionState, Sop, SopRevision
from sops.views.access import person_of


@dataclass(frozen=True, slots=True)
class Row:
    """An SOP with the revision in force (None before the first) and the one that is on its way, if any."""

    sop: Sop
    revision: SopRevision | None
    coming: SopRevision | None
    open: SopRevision | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A revision that waits for this person; `why` is "approve", "sent_back", "write" or "approval"."""

    revision: SopRevision
    why: str


@require_GET
@login_required
def sop_list(request: HttpRequest) -> HttpResponse:
    """Every standard in use; ?q=, ?process= and ?role= narrow it."""
    now, person = timezone.now(), person_of(request)
    access = access_of(person)
    form = ListFilter(request.GET)
    form.is_valid()
    rows = _rows(form, now=now)
    groups = [(process, list(found)) for process, found in groupby(rows, key=lambda row: row.sop.process)]
    context = {
        "form": form,
        "groups": groups,
        "count": len(rows),
        "is_narrowed": any(form.cleaned_data.get(name) for name in ("q", "process", "role")),
        "waiting": _waiting(person, access),
        "can_create": access.can_somewhere(Capability.APPROVE_SOP),
    }
    return render(request, "sops/list.html", context)


def _rows(form: ListFilter, *, now: dt.datetime) -> Sequence[Row]:
    """Four queries, however many standards there are."""
    sops = Sop.objects.filter(active=True).select_related("process", "owner").order_by("process__code", "code")
    process: CriticalProcess | None = form.cleaned_data.get("process")
    if process is not None:
        sops = sops.filter(process=process)
    revisions = SopRevision.objects.filter(sop__active=True)
    in_force = {r.sop_id: r for r in _matching(revisions.in_force(now), form)}
    coming = {r.sop_id: r for r in revisions.coming(now).order_by("-effective_from")}
    drafts = {r.sop_id: r for r in revisions.open()}
    found = [Row(sop, in_force.get(sop.pk), coming.get(sop.pk), drafts.get(sop.pk)) for sop in sops]
    if form.cleaned_data.get("q") or form.cleaned_data.get("role"):
        return [row for row in found if row.revision is not None]
    return found


def _matching(revisions: QuerySet[SopRevision], form: ListFilter) -> QuerySet[SopRevision]:
    words: str = form.cleaned_data.get("q", "")
    for word in words.split():
        revisions = revisions.filter(
            Q(sop__code__icontains=word)
            | Q(title_en__icontains=word)
            | Q(title_nb__icontains=word)
            | Q(purpose_en__icontains=word)
            | Q(purpose_nb__icontains=word)
        )
    if form.cleaned_data.get("role") is not None:
        revisions = revisions.filter(roles=form.cleaned_data["role"])
    return revisions


def _waiting(person: User, access: Access) -> list[Waiting]:
    """Reviews that the person may approve, then their own drafts, those sent back first."""
    approvable = access.units(Capability.APPROVE_SOP)
    found = (
        SopRevision.objects.open()
        .filter(Q(author=person) | Q(state=RevisionState.REVIEW, sop__owner__in=approvable))
        .select_related("sop__process", "sop__owner", "author")
        .prefetch_related("editors")
        .order_by("created_at")
    )
    waiting = [Waiting(revision, _why(revision, person)) for revision in found]
    order = ["approve", "sent_back", "write", "approval"]
    return sorted((w for w in waiting if w.why), key=lambda w: order.index(w.why))


def _why(revision: SopRevision, person: User) -> str:
    if revision.author_id == person.pk:
        if revision.state == RevisionState.REVIEW:
            return "approval"
        return "sent_back" if revision.review_note else "write"
    return "approve" if may_approve(revision, person) else ""
