"""Signatures, new versions, the end of an agreement, and its PDF."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from principles.agreements import refusals
from principles.agreements.forms.agreements import EndAgreementForm, SignForm
from principles.agreements.parties import Side, may_sign
from principles.agreements.services import agreements as services
from principles.agreements.views.agreements import agreement_page
from principles.agreements.views.frame import (
    agreement_or_404,
    crumbs,
    refusals_shown,
    relationship_step,
    require_either,
)
from principles.teams.http import HttpRequest
from principles.teams.permissions import Capability, access_of


@require_POST
@login_required
def sign(request: HttpRequest, pk: int, side: str) -> HttpResponse:
    """Sign for one side; what is refused is said on the agreement, shown as it is now."""
    if side not in list(Side):
        raise Http404
    where, access = Side(side), access_of(request.user)
    found = agreement_or_404(access, pk)
    if not may_sign(access, found, where):
        raise PermissionDenied(_("This side is signed for by whoever leads its unit or represents it."))
    form = SignForm(request.POST, auto_id=f"{where}_%s")
    if form.is_valid():
        with refusals_shown(form):
            signed = services.agreement_sign(
                agreement=found, side=where, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _signed_text(signed.is_signed))
            return redirect("agreements:agreement", pk=pk)
    found = agreement_or_404(access, pk)
    shown = SignForm({"edit": found.edit, "name": request.POST.get("name", "")}, auto_id=f"{where}_%s")
    shown.full_clean()
    for error in form.non_field_errors():
        messages.error(request, str(error))
    for name in form.errors:
        if name in shown.fields:
            for error in form.errors[name]:
                shown.add_error(name, str(error))
    return agreement_page(request, found, refused=shown, refused_side=where)


def _signed_text(by_both: bool) -> str:
    if by_both:
        return _("Signed by both sides. The agreement is locked; a change is a new version.")
    return _("Signed. The other side signs next.")


@require_POST
@login_required
def new_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy an agreement into a draft of its next version."""
    access = access_of(request.user)
    found = agreement_or_404(access, pk)
    require_either(access, Capability.EDIT_AGREEMENTS, found.relationship)
    try:
        made = services.agreement_new_version(agreement=found, actor=request.user, now=timezone.now())
    except refusals.Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect("agreements:agreement", pk=pk)
    messages.success(request, _("A draft of the next version is made. The present one holds until both have signed."))
    return redirect("agreements:agreement", pk=made.pk)


@require_http_methods(["GET", "POST"])
@login_required
def agreement_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an agreement, or call off a draft."""
    access = access_of(request.user)
    found = agreement_or_404(access, pk)
    needed = Capability.SIGN_AGREEMENTS if found.is_signed else Capability.EDIT_AGREEMENTS
    require_either(access, needed, found.relationship)
    form = EndAgreementForm(request.POST or None, today=access.tree.date, initial={"ended_on": access.tree.date})
    if request.method == "POST" and form.is_valid():
        with refusals_shown(form):
            services.agreement_end(
                agreement=found, ended_on=form.cleaned_data["ended_on"], actor=request.user, now=timezone.now()
            )
            messages.success(request, _("The agreement ends on that date. It stays readable."))
            return redirect("agreements:agreement", pk=pk)
    steps = crumbs(
        relationship_step(found.relationship),
        (found.number, reverse("agreements:agreement", args=[pk])),
        (_("End"), ""),
    )
    return render(request, "agreements/agreement_end.html", {"form": form, "agreement": found, "crumbs": steps})
