"""Writing a draft: its texts, its steps and the points bound to them. Every control works without JavaScript, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.teams.models import FIGURE_KINDS, Unit
from principles.teams.permissions import Capability, access_of, require, require_somewhere
from sops import drafting
from sops.comparison import compare, content_of
from sops.forms import BindForm, HeaderForm, NewSopForm, StepForm
from sops.models import RevisionState, SopPoint, SopRevision, SopStep
from sops.register import written_here
from sops.views.access import person_of, revision_or_404, sop_or_404

REFUSALS: dict[type[drafting.DraftError], str | Promise] = {
    drafting.NotADraft: _("This revision is no longer a draft, so it can't be changed."),
    drafting.EditedMeanwhile: _(
        "Someone else has changed this draft since you opened it. Look at what it says now, then try again."
    ),
    drafting.PointBoundAlready: _("That observation point is in this SOP already."),
    drafting.NotWrittenHere: _("This point was there before this draft, so its text is not changed here."),
    drafting.TooManySteps: _("An SOP has a hundred steps at most."),
}
KEPT = _(
    "Someone else has changed this draft since you opened it. What you wrote is kept below. Look at what is stored"
    " now; store again if yours is right."
)


@require_http_methods(["GET", "POST"])
@login_required
def sop_new(request: HttpRequest) -> HttpResponse:
    """A new SOP, by a technical lead in one of their areas; it begins as a draft without steps."""
    person = person_of(request)
    require_somewhere(person, Capability.APPROVE_SOP)
    reach = access_of(person).units(Capability.APPROVE_SOP)
    owners = Unit.objects.filter(pk__in=reach, kind__in=FIGURE_KINDS)
    # A deviation that lacks a standard leads here with its title.
    initial = {"title_nb": request.GET.get("title", "")[:160]}
    form = NewSopForm(request.POST or None, owners=owners, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        revision = drafting.sop_create(
            code=data["code"],
            process=data["process"],
            owner=data["owner"],
            titles={"en": data["title_en"], "nb": data["title_nb"]},
            author=person,
            now=timezone.now(),
        )
        return redirect("sops:edit", data["code"], revision.number)
    return render(request, "sops/new.html", {"form": form})


@require_POST
@login_required
def draft_start(request: HttpRequest, code: str) -> HttpResponse:
    """A draft of the next revision, or the one that somebody has begun already."""
    sop = sop_or_404(code)
    require(person_of(request), Capability.DRAFT_SOP, sop.owner_id)
    try:
        revision = drafting.draft_start(sop=sop, author=person_of(request), now=timezone.now())
    except drafting.DraftExists:
        messages.warning(request, _("A new revision is being written already. Here it is."))
        revision = sop.revisions.open().get()
    if revision.state == RevisionState.REVIEW:
        return redirect("sops:revision", code, revision.number)
    return redirect("sops:edit", code, revision.number)


def draft_of(request: HttpRequest, code: str, number: int) -> SopRevision:
    """The revision of the address, which the person may write in while it is a draft."""
    revision = revision_or_404(code, number)
    require(person_of(request), Capability.DRAFT_SOP, revision.sop.owner_id)
    return revision


def version_of(request: HttpRequest, name: str = "version") -> int:
    """The version that the writer saw; what is no number is a version that never was."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


@require_GET
@login_required
def edit(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The editor: what the draft says, and what is still missing before it can be sent."""
    revision = draft_of(request, code, number)
    if revision.state != RevisionState.DRAFT:
        messages.warning(request, str(REFUSALS[drafting.NotADraft]))
        return redirect("sops:revision", code, number)
    return render(request, "sops/edit.html", editor_context(revision))


def editor_context(revision: SopRevision) -> dict[str, Any]:
    """What templates/sops/edit.html shows."""
    content = content_of(revision)
    before = content_of(revision.based_on) if revision.based_on is not None else None
    return {
        "sop": content.sop,
        "revision": content,
        "comparison": compare(before, content),
        "last_number": len(content.steps.all()),
        "written_here": written_here(content),
        # Once for every step's list of choices, by the reader's language.
        "free_points": sorted(BindForm.free(content), key=lambda point: point.text.lower()),
    }


def show_editor(request: HttpRequest, revision: SopRevision, *, told: str | Promise = "") -> HttpResponse:
    """The editor as it is now: the part of the page for htmx, else the page itself."""
    if told:
        messages.error(request, str(told))
    if request.headers.get("HX-Request") != "true":
        return redirect("sops:edit", revision.sop.code, revision.number)
    fresh = revision_or_404(revision.sop.code, revision.number)
    if fresh.state != RevisionState.DRAFT:
        gone = HttpResponse(status=200)
        gone["HX-Redirect"] = reverse("sops:revision", args=[fresh.sop.code, fresh.number])
        return gone
    response = render(request, "sops/edit.html#editor", editor_context(fresh))
    response["HX-Retarget"], response["HX-Reswap"] = "#editor", "outerHTML"
    return response


def _change(request: HttpRequest, revision: SopRevision, change: Callable[[], object]) -> HttpResponse:
    """Make a change without a form of its own and show the editor, with the refusal if it was refused."""
    try:
        change()
    except drafting.DraftError as refusal:
        return show_editor(request, revision, told=REFUSALS[type(refusal)])
    except (SopStep.DoesNotExist, SopPoint.DoesNotExist):
        return show_editor(request, revision, told=REFUSALS[drafting.EditedMeanwhile])
    return show_editor(request, revision)


@require_http_methods(["GET", "POST"])
@login_required
def header(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Edit title, purpose, expectations, when, hazards, roles and the summary of what is changed."""
    revision = draft_of(request, code, number)
    form = HeaderForm(request.POST or None, instance=revision)
    context: dict[str, Any] = {"revision": revision, "sop": revision.sop, "form": form}
    if request.method == "POST" and form.is_valid():
        texts = {name: form.cleaned_data[name] for name in drafting.HEADER_FIELDS}
        try:
            drafting.draft_edit(
                revision=revision,
                version=version_of(request),
                texts=texts,
                roles=form.cleaned_data["roles"],
                actor=person_of(request),
            )
        except drafting.EditedMeanwhile:
            context |= _conflict(form, revision_or_404(code, number))
        except drafting.NotADraft as refusal:
            return show_editor(request, revision, told=REFUSALS[type(refusal)])
        else:
            return show_editor(request, revision)
    return _form(request, "sops/header_form.html", context)


def _form(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The form alone for htmx, else on a page of its own."""
    part = f"{template}#form" if request.headers.get("HX-Request") == "true" else template
    return render(request, part, context)


def _conflict(form: HeaderForm | StepForm, stored: SopRevision, row: object = None) -> dict[str, Any]:
    """What the page needs after a refused edit: the newest version, and what is stored where it differs."""
    holder = row or stored
    differing = [
        (field.label, getattr(holder, field.name))
        for pair in form.pairs
        for field in pair
        if getattr(holder, field.name) != form.cleaned_data[field.name]
    ]
    return {"revision": stored, "refusal": KEPT, "stored": differing}


def _step_form(request: HttpRequest, revision: SopRevision, step: SopStep | None) -> HttpResponse:
    form = StepForm(request.POST or None, instance=step or SopStep(revision=revision))
    context: dict[str, Any] = {"revision": revision, "sop": revision.sop, "form": form, "step": step}
    if request.method == "POST" and form.is_valid():
        try:
            drafting.step_save(
                revision=revision,
                version=version_of(request),
                step=step,
                values=form.values(),
                assist=list(form.cleaned_data["assist"]),
                actor=person_of(request),
            )
        except drafting.EditedMeanwhile:
            stored = step and SopStep.objects.filter(pk=step.pk).first()
            fresh = revision_or_404(revision.sop.code, revision.number)
            context |= _conflict(form, fresh, stored) if stored else {"revision": fresh, "refusal": KEPT}
        except drafting.DraftError as refusal:
            return show_editor(request, revision, told=REFUSALS[type(refusal)])
        else:
            return show_editor(request, revision)
    return _form(request, "sops/step_form.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def step_add(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Add a step at the end."""
    return _step_form(request, draft_of(request, code, number), None)


@require_http_methods(["GET", "POST"])
@login_required
def step_edit(request: HttpRequest, code: str, number: int, step_id: int) -> HttpResponse:
    """Edit one step, with what is changed in it."""
    revision = draft_of(request, code, number)
    step = SopStep.objects.filter(revision=revision, pk=step_id).prefetch_related("assist").first()
    if step is None:
        return show_editor(request, revision, told=REFUSALS[drafting.EditedMeanwhile])
    return _step_form(request, revision, step)


@require_POST
@login_required
def step_remove(request: HttpRequest, code: str, number: int, step_id: int) -> HttpResponse:
    """Take a step out of the draft."""
    revision = draft_of(request, code, number)
    version, actor = version_of(request), person_of(request)
    return _change(
        request,
        revision,
        lambda: drafting.step_remove(revision=revision, version=version, step=SopStep(pk=step_id), actor=actor),
    )


@require_POST
@login_required
def step_move(request: HttpRequest, code: str, number: int, step_id: int) -> HttpResponse:
    """Move a step one place, by the button named "direction"."""
    revision = draft_of(request, code, number)
    if request.POST.get("direction") not in ("up", "down"):
        return HttpResponseBadRequest()
    direction = cast(Literal["up", "down"], request.POST["direction"])
    version, actor = version_of(request), person_of(request)
    return _change(
        request,
        revision,
        lambda: drafting.step_move(
            revision=revision, version=version, step=SopStep(pk=step_id), direction=direction, actor=actor
        ),
    )


@require_POST
@login_required
def point_bind(request: HttpRequest, code: str, number: int, step_id: int) -> HttpResponse:
    """Watch one more observation point at a step."""
    revision = draft_of(request, code, number)
    form = BindForm(request.POST, revision=revision)
    if not form.is_valid():
        return show_editor(request, revision, told=_("Choose an observation point that the SOP does not have yet."))
    version, actor = version_of(request), person_of(request)
    point = form.cleaned_data["point"]
    return _change(
        request,
        revision,
        lambda: drafting.point_bind(
            revision=revision, version=version, step=SopStep(pk=step_id), point=point, actor=actor
        ),
    )


@require_POST
@login_required
def point_unbind(request: HttpRequest, code: str, number: int, bound_id: int) -> HttpResponse:
    """Stop watching an observation point in the draft."""
    revision = draft_of(request, code, number)
    version, actor = version_of(request), person_of(request)
    return _change(
        request,
        revision,
        lambda: drafting.point_unbind(revision=revision, version=version, bound=SopPoint(pk=bound_id), actor=actor),
    )
