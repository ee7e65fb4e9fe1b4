"""From draft to standard: send to review, send back, withdraw, approve with a date."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from principles.teams.permissions import Capability, require
from sops import lifecycle
from sops.forms import ApproveForm, SendBackForm
from sops.history import history_of
from sops.models import SopRevision
from sops.views.access import person_of, revision_or_404
from sops.views.pages import show_context

REFUSALS: dict[type[lifecycle.LifecycleError], str | Promise] = {
    lifecycle.WrongState: gettext_lazy("Somebody was quicker: this revision is at another stage now."),
    lifecycle.NoSteps: gettext_lazy("Write the steps first: an SOP without steps is no standard."),
    lifecycle.NothingChanged: gettext_lazy("This draft says the same as the revision before. Change something first."),
    lifecycle.OwnWork: gettext_lazy("Nobody approves what they have written themselves."),
    lifecycle.NotTheAuthor: gettext_lazy("Only the one who began this revision can withdraw it."),
    lifecycle.EffectiveInPast: gettext_lazy("That day's first shift has begun already. Choose a later day."),
}


def _refused(refusal: lifecycle.LifecycleError) -> str:
    if isinstance(refusal, lifecycle.SummaryMissing):
        return _missing(refusal.steps)
    if isinstance(refusal, lifecycle.EffectiveTooEarly):
        return _("Revision %(number)d is approved for that time or later. Choose a day after it.") % {
            "number": refusal.other.number
        }
    return str(REFUSALS[type(refusal)])


def _missing(steps: list[int]) -> str:
    """Which words are missing: step numbers, 0 for the summary of the whole."""
    numbers = [number for number in steps if number]
    if not numbers:
        return _("Say in a few words what is changed and why, under Texts.")
    listed = ", ".join(str(number) for number in numbers)
    if len(numbers) < len(steps):
        text = ngettext(
            "Say what is changed: in the summary under Texts, and in step %(steps)s.",
            "Say what is changed: in the summary under Texts, and in steps %(steps)s.",
            len(numbers),
        )
    else:
        text = ngettext(
            "Say in step %(steps)s what is changed in it.",
            "Say in steps %(steps)s what is changed in them.",
            len(numbers),
        )
    return text % {"steps": listed}


def _back(revision: SopRevision) -> HttpResponse:
    return redirect("sops:revision", revision.sop.code, revision.number)


@require_POST
@login_required
def send(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Send a draft to review."""
    revision = revision_or_404(code, number)
    require(person_of(request), Capability.DRAFT_SOP, revision.sop.owner_id)
    try:
        lifecycle.revision_send(revision=revision, actor=person_of(request), now=timezone.now())
    except lifecycle.WrongState as refusal:
        messages.error(request, _refused(refusal))
    except lifecycle.LifecycleError as refusal:
        messages.error(request, _refused(refusal))
        return redirect("sops:edit", code, number)
    else:
        messages.success(request, _("Sent to review. A technical lead approves it or sends it back."))
    return _back(revision)


@require_POST
@login_required
def withdraw(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Give up a draft, or one in review: only who began it."""
    revision = revision_or_404(code, number)
    if revision.author_id != person_of(request).pk:
        raise PermissionDenied
    try:
        lifecycle.revision_withdraw(revision=revision, actor=person_of(request), now=timezone.now())
    except lifecycle.LifecycleError as refusal:
        messages.error(request, _refused(refusal))
    else:
        messages.success(request, _("Withdrawn. The revision in force stays as it is."))
    return _back(revision)


@require_POST
@login_required
def send_back(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Give a revision in review back to its writers, with a reason."""
    revision = revision_or_404(code, number)
    require(person_of(request), Capability.APPROVE_SOP, revision.sop.owner_id)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return _again(request, revision, send_back_form=form)
    try:
        lifecycle.revision_send_back(
            revision=revision, actor=person_of(request), note=form.cleaned_data["note"], now=timezone.now()
        )
    except lifecycle.LifecycleError as refusal:
        messages.error(request, _refused(refusal))
    else:
        messages.success(request, _("Sent back with your words."))
    return _back(revision)


@require_POST
@login_required
def approve(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Approve a revision in review from the first shift of a day."""
    now = timezone.now()
    revision = revision_or_404(code, number)
    person = person_of(request)
    require(person, Capability.APPROVE_SOP, revision.sop.owner_id)
    form = ApproveForm(request.POST, now=now)
    if not form.is_valid():
        return _again(request, revision, approve_form=form)
    try:
        lifecycle.revision_approve(revision=revision, approver=person, effective_from=form.effective_from, now=now)
    except lifecycle.EffectiveTooEarly as refusal:
        form.add_error("date", _refused(refusal))
        return _again(request, revision, approve_form=form)
    except lifecycle.OwnWork as refusal:
        raise PermissionDenied(_refused(refusal)) from refusal
    except lifecycle.LifecycleError as refusal:
        messages.error(request, _refused(refusal))
    else:
        messages.success(request, _("Approved. It comes into force at the start of that day's first shift."))
    return _back(revision)


def _again(
    request: HttpRequest,
    revision: SopRevision,
    *,
    approve_form: ApproveForm | None = None,
    send_back_form: SendBackForm | None = None,
) -> HttpResponse:
    """The revision's page with the form that was refused and what was typed in it."""
    history = history_of(revision.sop, now=timezone.now())
    line = history.line(revision.number)
    context = show_context(
        request, revision.sop, line, history, approve_form=approve_form, send_back_form=send_back_form
    )
    return render(request, "sops/sop.html", context)
