"""On a deviation's page: the standard that it broke, and where the cause leads: a draft, or a new standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.improvement.models import CauseKind, Deviation
from principles.improvement.permissions import may_report, require_role
from principles.teams.permissions import Access, Capability, access_of, require
from sops.deviations import broken_standard_set, draft_for_deviation
from sops.drafting import DraftExists
from sops.models import BrokenStandard, RevisionState, Sop, SopRevision, SopStep
from sops.views.access import person_of

if TYPE_CHECKING:
    _SopField = forms.ModelChoiceField[Sop]
    _StepField = forms.ModelChoiceField[SopStep]
else:
    _SopField = _StepField = forms.ModelChoiceField


class StepField(_StepField):
    """A step of a revision by its number and text."""

    def label_from_instance(self, obj: SopStep) -> str:
        return f"{obj.number}. {obj.text[:100]}"


class StandardForm(forms.Form):
    """The step of an SOP that was broken; the SOP is chosen before."""

    step = StepField(
        label=gettext_lazy("Step"),
        queryset=SopStep.objects.none(),
        required=False,
        empty_label=gettext_lazy("The whole standard"),
    )

    def __init__(self, *args: Any, revision: SopRevision | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if revision is not None:
            cast("_StepField", self.fields["step"]).queryset = revision.steps.all()


def _deviation(pk: int) -> Deviation:
    return get_object_or_404(Deviation.objects.select_related("unit", "equipment"), pk=pk)


def _broken(deviation: Deviation) -> BrokenStandard | None:
    rows = BrokenStandard.objects.select_related("sop__owner", "revision", "step__revision", "point")
    return rows.filter(deviation=deviation).first()


@require_GET
@login_required
def deviation_standard(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the deviation's page: the broken standard, and what the cause leads on to."""
    person = person_of(request)
    access = require_role(person)
    deviation = _deviation(pk)
    broken, now = _broken(deviation), timezone.now()
    in_force = draft = None
    if broken is not None:
        in_force = SopRevision.objects.in_force(now).filter(sop=broken.sop_id).first()
        draft = broken.sop.revisions.open().first()
    context = {
        "deviation": deviation,
        "broken": broken,
        "in_force": in_force,
        "draft": draft,
        "draft_url": _draft_url(draft, access),
        "leads_to_draft": broken is not None and deviation.cause_kind == CauseKind.WRONG,
        "leads_to_new": deviation.cause_kind == CauseKind.MISSING,
        "can_choose": deviation.is_open and may_report(access, deviation.unit_id),
        "can_draft": broken is not None and access.can(Capability.DRAFT_SOP, broken.sop.owner_id),
        "can_make": access.can_somewhere(Capability.APPROVE_SOP),
    }
    return render(request, "sops/deviation_standard.html", context)


def _draft_url(draft: SopRevision | None, access: Access) -> str:
    if draft is None:
        return ""
    name = "sops:revision"
    if draft.state == RevisionState.DRAFT and access.can(Capability.DRAFT_SOP, draft.sop.owner_id):
        name = "sops:edit"
    return reverse(name, args=[draft.sop.code, draft.number])


@require_http_methods(["GET", "POST"])
@login_required
def deviation_standard_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the SOP (`?sop=`), then its step."""
    person = person_of(request)
    deviation = _deviation(pk)
    if not (deviation.is_open and may_report(access_of(person), deviation.unit_id)):
        raise PermissionDenied
    broken, now = _broken(deviation), timezone.now()
    in_force = SopRevision.objects.in_force(now).select_related("sop").order_by("sop__code")
    asked = request.GET.get("sop") or (broken.sop.code if broken is not None else "")
    revision = next((one for one in in_force if one.sop.code == asked), None)
    if request.GET.get("sop") and revision is None:
        raise Http404(asked)
    chosen = broken.step_id if broken is not None and revision is not None and broken.sop == revision.sop else None
    form = StandardForm(request.POST or None, revision=revision, initial={"step": chosen})
    if request.method == "POST" and revision is not None and form.is_valid():
        broken_standard_set(
            deviation=deviation, sop=revision.sop, revision=revision, step=form.cleaned_data["step"], actor=person
        )
        messages.success(request, _("Saved."))
        return redirect(reverse("improvement:deviation", args=[pk]) + "#cause")
    context = {"deviation": deviation, "revisions": in_force, "revision": revision, "form": form}
    return render(request, "sops/deviation_standard_edit.html", context)


@require_POST
@login_required
def deviation_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a draft of the broken standard's next revision, or lead to the one that is being written."""
    person = person_of(request)
    deviation = _deviation(pk)
    broken = _broken(deviation)
    if broken is None:
        raise Http404
    require(person, Capability.DRAFT_SOP, broken.sop.owner_id)
    try:
        draft = draft_for_deviation(deviation=deviation, sop=broken.sop, author=person, now=timezone.now())
    except DraftExists:
        messages.warning(request, _("A new revision is being written already. Here it is."))
        draft = broken.sop.revisions.open().get()
    return redirect(_draft_url(draft, access_of(person)))
