"""Signing an evaluation, taking signatures back, opening a locked one again, calling one off."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from roadmap.forms import ReasonForm
from roadmap.item_page import LEVELS, PAY_ITEMS
from roadmap.models import Evaluation, EvaluationState, ItemStatus
from roadmap.reading import answers_of, missing_items
from roadmap.services.evaluations import NotInGroup, NotOpen, OpenAlready
from roadmap.services.signing import (
    NotAllAnswered,
    SignedAlready,
    evaluation_cancel,
    evaluation_reopen,
    evaluation_sign,
    signatures_withdraw,
)
from roadmap.views.access import evaluation_or_404, group_of, may_of, reader_of
from roadmap.views.crumbs import crumbs_to, title_of


@require_http_methods(["GET", "POST"])
@login_required
def evaluation_sign_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What one signs, who has signed, and the signature itself."""
    person, access = reader_of(request)
    found = evaluation_or_404(pk)
    group = group_of(found)
    may = may_of(person, access, found, group)
    if request.method == "POST":
        if not may.is_member:
            raise PermissionDenied(_("Only the group of this evaluation signs it."))
        _sign(request, found)
        return redirect("roadmap:evaluation", pk)
    signed = {one.person_id: one for one in found.signatures.filter(round=found.round)}
    answers = list(answers_of(found).values())
    context = {
        "evaluation": found,
        "title": title_of(found),
        "crumbs": [*crumbs_to(found), {"label": _("Sign"), "url": ""}],
        "may": may,
        "missing": missing_items(found) if found.state == EvaluationState.OPEN else [],
        "counts": [
            (status, ItemStatus(status).label, sum(one.status == status for one in answers))
            for status in (*LEVELS, ItemStatus.NONE)
        ],
        "against": sum(bool(one.against_facts) for one in answers),
        "group": [(one, signed.get(one.person_id)) for one in group if one.left_at is None],
        "has_signed": person.pk in signed,
        "pay": found.answers.filter(item__code__in=PAY_ITEMS).select_related("item"),
    }
    return render(request, "roadmap/sign.html", context)


def _sign(request: HttpRequest, found: Evaluation) -> None:
    try:
        person, _access = reader_of(request)
        done = evaluation_sign(evaluation=found, actor=person, now=timezone.now())
    except NotAllAnswered as refusal:
        codes = ", ".join(item.code for item in refusal.missing[:6])
        values = {"number": len(refusal.missing), "codes": codes}
        messages.error(
            request,
            _("It can't be signed yet: %(number)d items are neither agreed on nor left grey (%(codes)s …).") % values,
        )
    except SignedAlready:
        messages.info(request, _("You have signed already."))
    except (NotOpen, NotInGroup):
        messages.error(request, _("The evaluation has changed meanwhile. Look at how it stands now."))
    else:
        if done.state == EvaluationState.LOCKED:
            messages.success(request, _("Everybody has signed. The evaluation is locked."))
        else:
            messages.success(request, _("Your signature is stored. The answers stand still now."))


@require_http_methods(["GET", "POST"])
@login_required
def evaluation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the signatures before the last one, so that answers can be changed."""
    person, access = reader_of(request)
    found = evaluation_or_404(pk)
    may = may_of(person, access, found, group_of(found))
    if not (may.is_member or may.manage):
        raise PermissionDenied(_("Only the group of this evaluation takes its signatures back."))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            signatures_withdraw(evaluation=found, reason=form.cleaned_data["reason"], actor=person, now=timezone.now())
        except NotOpen:
            messages.error(request, _("The evaluation has changed meanwhile. Look at how it stands now."))
        else:
            messages.success(request, _("The signatures are taken back. The answers can be changed again."))
        return redirect("roadmap:evaluation", pk)
    return _ask(request, found, form, "withdraw", _("Take the signatures back"))


@require_http_methods(["GET", "POST"])
@login_required
def evaluation_reopen_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a locked evaluation again, for a written reason."""
    person, access = reader_of(request)
    found = evaluation_or_404(pk)
    may = may_of(person, access, found, group_of(found))
    if not may.opens:
        raise PermissionDenied(_("A locked evaluation is opened again by who may open evaluations here."))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            evaluation_reopen(evaluation=found, reason=form.cleaned_data["reason"], actor=person, now=timezone.now())
        except NotOpen:
            messages.error(request, _("The evaluation is not locked."))
        except OpenAlready as refusal:
            messages.error(request, _("A newer one is under way here. It has to be signed or called off first."))
            return redirect("roadmap:evaluation", refusal.evaluation.pk)
        else:
            messages.success(request, _("The evaluation is open again. Everybody signs anew."))
        return redirect("roadmap:evaluation", pk)
    return _ask(request, found, form, "reopen", _("Open it again"))


@require_http_methods(["GET", "POST"])
@login_required
def evaluation_cancel_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Call an evaluation off."""
    person, access = reader_of(request)
    found = evaluation_or_404(pk)
    if not may_of(person, access, found, group_of(found)).opens:
        raise PermissionDenied(_("An evaluation is called off by who may open evaluations here."))
    if request.method == "POST":
        try:
            evaluation_cancel(evaluation=found, actor=person, now=timezone.now())
        except NotOpen:
            messages.error(request, _("The evaluation is no longer under way."))
        else:
            messages.success(request, _("The evaluation is called off. What was answered can still be read."))
        return redirect("roadmap:evaluation", pk)
    return _ask(request, found, None, "cancel", _("Call it off"))


def _ask(request: HttpRequest, found: Evaluation, form: ReasonForm | None, kind: str, heading: str) -> HttpResponse:
    context = {
        "evaluation": found,
        "title": title_of(found),
        "crumbs": [*crumbs_to(found), {"label": heading, "url": ""}],
        "form": form,
        "kind": kind,
        "heading": heading,
    }
    return render(request, "roadmap/ask.html", context)
