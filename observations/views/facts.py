"""One observation with everything that is stored with it; its correction and its photos."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from observations.forms import CorrectionForm
from observations.http import is_htmx, person_of
from observations.models import Attachment, Observation, Result
from observations.permissions import is_own_in_time, may_correct, may_undo
from observations.photos import attachment_add
from observations.recording import observation_correct
from observations.refusals import AlreadyCorrected, Refused
from observations.taps import read_id
from principles.teams.models import User
from principles.teams.permissions import Capability, access_of

_LONGEST_CHAIN = 50


def _fact(fact_id: uuid.UUID) -> Observation:
    return get_object_or_404(
        Observation.objects.select_related(
            "point", "sop_point", "sop_point__step", "revision", "revision__sop", "round", "area", "equipment",
            "shift", "crew", "observer", "reason", "batch", "raised__deviation",
        ).prefetch_related("attachments"),
        pk=fact_id,
    )  # fmt: skip


def history_of(fact: Observation) -> list[Observation]:
    """The whole chain of corrections that a fact stands in, the newest first."""
    facts = Observation.objects.select_related("observer", "reason", "equipment", "point")
    first = fact
    while first.supersedes_id is not None:
        first = facts.get(pk=first.supersedes_id)
    chain = [first]
    while (newer := facts.filter(supersedes=chain[-1]).first()) is not None and len(chain) < _LONGEST_CHAIN:
        chain.append(newer)
    return chain[::-1]


@require_GET
@never_cache
@login_required
def observation(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """The fact, what stands now, and how it came to that. Readable in the whole plant, names only where allowed."""
    fact = _fact(fact_id)
    return render(request, "observations/observation.html", _context(fact, person_of(request), timezone.now()))


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def correct(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """Correct a fact with a reason. What was typed stays when something is wrong with it."""
    fact, person, now = _fact(fact_id), person_of(request), timezone.now()
    if not may_correct(person, fact, now=now):
        raise PermissionDenied
    form = CorrectionForm(request.POST or None, fact=fact)
    if request.method == "POST" and form.is_valid():
        try:
            recorded = observation_correct(
                id=read_id(request.POST.get("id", "")),
                supersedes=fact,
                actor=person,
                now=now,
                **form.said(),
            )
        except AlreadyCorrected as refusal:
            messages.warning(request, str(refusal.message))
            return redirect("observations:observation", fact_id=refusal.newer.pk)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("Corrected. The figures follow in a few seconds."))
            return redirect("observations:observation", fact_id=recorded.observation.pk)
    context = _context(fact, person, now) | {"form": form, "tap_id": uuid.uuid4()}
    return render(request, "observations/correct.html", context)


@require_POST
@never_cache
@login_required
def photo(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """Add a photo to one's own fact, or to anybody's with the right to correct. The fact stands either way."""
    fact, person, now = _fact(fact_id), person_of(request), timezone.now()
    if not (may_correct(person, fact, now=now) or is_own_in_time(person, fact, now=now)):
        raise PermissionDenied
    refusal: Refused | None = None
    upload = request.FILES.get("photo")
    try:
        if upload is not None:
            attachment_add(
                id=read_id(request.POST.get("id", "")), observation=fact, photo=upload, added_by=person, now=now
            )
    except Refused as error:
        refusal = error
    if is_htmx(request):
        context = {"fact": _fact(fact_id), "photo_error": refusal, "can_add": True, "tap_id": uuid.uuid4()}
        return render(request, "observations/inc/photos.html", context)
    if refusal is not None:
        messages.error(request, str(refusal.message))
    elif upload is None:
        messages.warning(request, _("Choose a photo first."))
    back = request.POST.get("next", "")
    if back.startswith(f"/shift/round/{fact.round_id}/"):
        return redirect(back)
    return redirect("observations:observation", fact_id=fact.pk)


@require_GET
@login_required
def photo_file(request: HttpRequest, attachment_id: uuid.UUID) -> FileResponse:
    """The photo itself, for people who may log or correct in its area; 404 for everybody else."""
    attachment = get_object_or_404(Attachment.objects.select_related("observation"), pk=attachment_id)
    access = access_of(person_of(request))
    area = attachment.observation.area_id
    if not any(access.can(one, area) for one in (Capability.OBSERVE, Capability.CORRECT, Capability.REVIEW_CLOSINGS)):
        raise Http404
    try:
        content = attachment.image.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    response["Content-Disposition"] = f'inline; filename="{attachment.pk}.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _context(fact: Observation, person: User, now: dt.datetime) -> dict[str, Any]:
    access = access_of(person, now=now)
    history = history_of(fact)
    newest = history[0]
    sees_photos = any(
        access.can(one, fact.area_id) for one in (Capability.OBSERVE, Capability.CORRECT, Capability.REVIEW_CLOSINGS)
    )
    return {
        "fact": fact,
        "newest": newest,
        "is_newest": newest.pk == fact.pk,
        "history": history if len(history) > 1 else [],
        "shows_names": access.can(Capability.SEE_NAMES, fact.area_id),
        "shows_photos": sees_photos,
        "is_own": fact.observer_id == person.pk,
        "person": person,
        "can_correct": newest.pk == fact.pk and fact.result != "void" and may_correct(person, fact, now=now),
        "can_undo": newest.pk == fact.pk and may_undo(person, fact, now=now),
        "raised": getattr(fact, "raised", None),
        "can_raise": newest.pk == fact.pk
        and fact.result == Result.NOT_OK
        and access.can(Capability.REPORT_DEVIATION, fact.area_id),
        "tap_id": uuid.uuid4(),
        "now": now,
    }
