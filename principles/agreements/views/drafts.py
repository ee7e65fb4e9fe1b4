"""Writing a draft: the agreement itself and its terms, until both sides have signed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from principles.agreements import refusals
from principles.agreements.forms.agreements import AgreementForm, TermForm
from principles.agreements.models import Agreement, Term
from principles.agreements.services import agreements as services
from principles.agreements.views.frame import (
    agreement_or_404,
    crumbs,
    refusals_shown,
    relationship_or_404,
    relationship_step,
    require_either,
    term_or_404,
)
from principles.teams.http import HttpRequest
from principles.teams.permissions import Capability, access_of


@require_http_methods(["GET", "POST"])
@login_required
def agreement_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin an agreement on a relationship."""
    access = access_of(request.user)
    relationship = relationship_or_404(pk)
    require_either(access, Capability.EDIT_AGREEMENTS, relationship)
    initial = {"title_nb": relationship.what_nb, "title_en": relationship.what_en, "valid_from": access.tree.date}
    form = AgreementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_shown(form):
            made = services.agreement_draft(
                relationship=relationship, actor=request.user, now=timezone.now(), **_values(form)
            )
            messages.success(request, _("The draft is begun. Add its terms: few, and what matters most."))
            return redirect("agreements:agreement", pk=made.pk)
    steps = crumbs(relationship_step(relationship), (_("New agreement"), ""))
    context = {
        "form": form,
        "relationship": relationship,
        "agreement": None,
        "crumbs": steps,
        "back": reverse("agreements:relationship", args=[pk]),
    }
    return render(request, "agreements/agreement_form.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def agreement_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    access = access_of(request.user)
    found = agreement_or_404(access, pk)
    require_either(access, Capability.EDIT_AGREEMENTS, found.relationship)
    initial = {name: getattr(found, name) for name in (*services.EDITABLE, "edit")}
    form = AgreementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_shown(form):
            services.agreement_edit(
                agreement=found,
                actor=request.user,
                now=timezone.now(),
                edit=form.cleaned_data["edit"],
                **_values(form),
            )
            messages.success(request, _("Saved."))
            return redirect("agreements:agreement", pk=pk)
        form = _with_newest_edit(form, found)
    steps = crumbs(
        relationship_step(found.relationship),
        (found.number, reverse("agreements:agreement", args=[pk])),
        (_("Change"), ""),
    )
    context = {
        "form": form,
        "relationship": found.relationship,
        "agreement": found,
        "crumbs": steps,
        "back": reverse("agreements:agreement", args=[pk]),
    }
    return render(request, "agreements/agreement_form.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def term_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a term to a draft."""
    access = access_of(request.user)
    found = agreement_or_404(access, pk)
    require_either(access, Capability.EDIT_AGREEMENTS, found.relationship)
    return _term_page(request, found, None)


@require_http_methods(["GET", "POST"])
@login_required
def term_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a term of a draft."""
    access = access_of(request.user)
    term = term_or_404(access, pk)
    require_either(access, Capability.EDIT_AGREEMENTS, term.agreement.relationship)
    return _term_page(request, term.agreement, term)


def _term_page(request: HttpRequest, found: Agreement, term: Term | None) -> HttpResponse:
    initial: dict[str, Any] = {"edit": found.edit}
    if term is not None:
        initial |= {name: getattr(term, name) for name in services.TERM_FIELDS}
        initial["owed_by_customer"] = "1" if term.owed_by_customer else "0"
    form = TermForm(request.POST or None, relationship=found.relationship, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in services.TERM_FIELDS}
        with refusals_shown(form):
            services.term_save(
                agreement=found,
                term=term,
                actor=request.user,
                now=timezone.now(),
                edit=form.cleaned_data["edit"],
                **values,
            )
            messages.success(request, _("Saved."))
            if "again" in request.POST:
                return redirect("agreements:term_new", pk=found.pk)
            return redirect(f"{reverse('agreements:agreement', args=[found.pk])}#terms")
        form = _with_newest_edit(form, found)
    title = _("Change the term") if term is not None else _("New term")
    steps = crumbs(
        relationship_step(found.relationship),
        (found.number, reverse("agreements:agreement", args=[found.pk])),
        (title, ""),
    )
    context = {"form": form, "agreement": found, "term": term, "title": title, "crumbs": steps}
    return render(request, "agreements/term_form.html", context)


@require_POST
@login_required
def term_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a term off a draft."""
    access = access_of(request.user)
    term = term_or_404(access, pk)
    require_either(access, Capability.EDIT_AGREEMENTS, term.agreement.relationship)
    try:
        services.term_remove(term=term, actor=request.user, now=timezone.now())
    except refusals.Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("The term is taken off the draft."))
    return redirect(f"{reverse('agreements:agreement', args=[term.agreement_id])}#terms")


def _values(form: AgreementForm) -> dict[str, object]:
    return {name: form.cleaned_data[name] for name in services.EDITABLE}


def _with_newest_edit[F: (AgreementForm, TermForm)](form: F, found: Agreement) -> F:
    """After a refusal the form knows the newest counter: the person has now been told, and may save theirs."""
    found.refresh_from_db(fields=["edit"])
    form.data = {**form.data.dict(), "edit": str(found.edit)}  # type: ignore[attr-defined] # a request's own data
    return form
