"""Writing an observation point at a step of a draft, and writing it anew as long as it stands in no standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from sops import drafting
from sops.forms_points import NewPointForm
from sops.models import PointKind, RevisionState, SopPoint, SopRevision, SopStep
from sops.register import PointExists, written_here
from sops.views.access import person_of, revision_or_404
from sops.views.drafting import KEPT, REFUSALS, draft_of, show_editor, version_of


@require_http_methods(["GET", "POST"])
@login_required
def point_add(request: HttpRequest, code: str, number: int, step_id: int) -> HttpResponse:
    """Write a new observation point and watch it at a step; then back to that step in the editor."""
    revision = draft_of(request, code, number)
    if revision.state != RevisionState.DRAFT:
        return redirect("sops:edit", code, number)  # which says why and leads on
    step = SopStep.objects.filter(revision=revision, pk=step_id).first()
    if step is None:
        return show_editor(request, revision, told=REFUSALS[drafting.EditedMeanwhile])
    form = NewPointForm(request.POST or None)

    def store() -> SopPoint:
        return drafting.point_add(
            revision=revision,
            version=version_of(request),
            step=step,
            values=form.values(),
            actor=person_of(request),
        )

    said = _("%(code)s is new here. No round asks for it before this revision is in force.")
    return _answer(request, revision, step, form, None, store, said)


@require_http_methods(["GET", "POST"])
@login_required
def point_rewrite(request: HttpRequest, code: str, number: int, bound_id: int) -> HttpResponse:
    """Write a point anew that was added in this draft; then back to its step in the editor."""
    revision = draft_of(request, code, number)
    if revision.state != RevisionState.DRAFT:
        return redirect("sops:edit", code, number)
    bound = revision.points.filter(pk=bound_id).select_related("point", "step").first()
    if bound is None:
        return show_editor(request, revision, told=REFUSALS[drafting.EditedMeanwhile])
    if bound.point_id not in written_here(revision):
        return show_editor(request, revision, told=REFUSALS[drafting.NotWrittenHere])
    form = NewPointForm(request.POST or None, instance=bound.point)

    def store() -> SopPoint:
        return drafting.point_rewrite(
            revision=revision,
            version=version_of(request),
            bound=bound,
            point_version=version_of(request, "point_version"),
            values=form.values(),
            actor=person_of(request),
        )

    return _answer(request, revision, bound.step, form, bound, store, _("%(code)s is written anew."))


def _answer(
    request: HttpRequest,
    revision: SopRevision,
    step: SopStep,
    form: NewPointForm,
    bound: SopPoint | None,
    store: Callable[[], SopPoint],
    said: Any,
) -> HttpResponse:
    """The page, what was refused on it, or the step of the editor when it is stored."""
    code, number = revision.sop.code, revision.number
    context: dict[str, Any] = {
        "revision": revision,
        "sop": revision.sop,
        "step": step,
        "form": form,
        "bound": bound,
        "units": form.known_units(),
    }
    if request.method == "POST" and form.is_valid():
        try:
            stored = store()
        except PointExists as known:
            context |= _known_point(known, revision)
        except drafting.EditedMeanwhile:
            context |= {"revision": revision_or_404(code, number), "refusal": KEPT}
        except drafting.NotADraft:
            return redirect("sops:edit", code, number)
        except drafting.DraftError as refusal:
            return show_editor(request, revision, told=REFUSALS[type(refusal)])
        except (SopStep.DoesNotExist, SopPoint.DoesNotExist):
            return show_editor(request, revision, told=REFUSALS[drafting.EditedMeanwhile])
        else:
            messages.success(request, said % {"code": stored.code})
            return redirect(f"{reverse('sops:edit', args=[code, number])}#step-{step.pk}")
    return render(request, "sops/new_point.html", context)


def _known_point(known: PointExists, revision: SopRevision) -> dict[str, Any]:
    """The point that has the text already, and what to do instead of writing it once more."""
    if known.point.kind == PointKind.EVENT:
        advice = _("It is a series of events, which no step watches. Write the text so that one can tell them apart.")
    elif revision.points.filter(point=known.point).exists():
        advice = _("This SOP watches it already.")
    else:
        advice = _("Choose it from the list at the step, so that it is one point wherever it is watched.")
    return {"known": known.point, "advice": advice}
