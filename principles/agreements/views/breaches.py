"""Breaches: reported, answered by who owes the term, confirmed by the other side; and the deviation they raise."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.agreements.forms.agreements import (
    AnswerForm,
    BreachForm,
    ConfirmForm,
    DeviationForm,
    SendBackForm,
)
from principles.agreements.models import Breach
from principles.agreements.parties import (
    closed_units,
    may_answer,
    may_confirm,
    may_read,
    may_report,
    owing_side,
    party,
    unit_of,
    units_of,
)
from principles.agreements.reading import BREACH_PARTIES
from principles.agreements.refusals import Refused
from principles.agreements.services import breaches as services
from principles.agreements.views.agreements import breach_line
from principles.agreements.views.frame import (
    agreement_or_404,
    breach_or_404,
    crumbs,
    refusals_shown,
    relationship_step,
)
from principles.improvement.refusals import Refused as DeviationRefused
from principles.teams.http import HttpRequest
from principles.teams.models import User
from principles.teams.permissions import Access, Capability, access_of


@require_http_methods(["GET", "POST"])
@login_required
def breach_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a term was not kept; `?term=` is chosen."""
    access, now = access_of(request.user), timezone.now()
    found = agreement_or_404(access, pk)
    if not may_report(access, found.relationship):
        raise PermissionDenied(_("A breach is reported by one of the two parties."))
    initial = {"occurred_at": now.replace(second=0, microsecond=0), "term": request.GET.get("term", "")}
    form = BreachForm(request.POST or None, agreement=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with refusals_shown(form):
            breach = services.breach_report(
                term=form.chosen,
                occurred_at=data["occurred_at"],
                what=data["what"],
                value=data["value"],
                actor=request.user,
                now=now,
            )
            messages.success(request, _("The breach is noted. The other party has been given it to answer."))
            if data["open_deviation"]:
                _open_deviation(request, breach, title=form.chosen.text)
            return redirect("agreements:breach", pk=breach.pk)
    steps = crumbs(
        relationship_step(found.relationship),
        (found.number, reverse("agreements:agreement", args=[pk])),
        (_("Report a breach"), ""),
    )
    context = {"form": form, "agreement": found, "relationship": found.relationship, "crumbs": steps}
    return render(request, "agreements/breach_form.html", context)


@require_GET
@login_required
def breach(request: HttpRequest, pk: int) -> HttpResponse:
    """One breach: what happened, the answer, the confirmation, the deviation."""
    return _page(request, breach_or_404(access_of(request.user), pk))


def _page(request: HttpRequest, found: Breach, **given: forms.Form) -> HttpResponse:
    """The page of a breach; `given` are forms with what was wrong, by their name in the context."""
    access = access_of(request.user)
    relationship, owing = found.term.agreement.relationship, owing_side(found.term)
    is_closed = found.confirmed_at is not None
    answers = not is_closed and may_answer(access, found.term)
    waits_for_confirmation = not is_closed and found.answered_at is not None
    confirms = waits_for_confirmation and _may_confirm_now(access, found, request.user)
    receiving_is_external = unit_of(relationship, owing.other) is None
    context = {
        "breach": found,
        "line": breach_line(access, found),
        "agreement": found.term.agreement,
        "relationship": relationship,
        "owing": party(relationship, owing),
        "receiving": party(relationship, owing.other),
        "receiving_is_external": receiving_is_external,
        "count": Breach.objects.filter(term=found.term).count(),
        "closed_units": closed_units(relationship, access),
        "reporter": _reporter(access, found, request.user),
        "can_answer": answers,
        "can_confirm": confirms,
        "can_open_deviation": not is_closed and found.deviation_id is None and _may_open(access, found),
        "answer_form": AnswerForm(initial={"answer": found.answer}),
        "confirm_form": ConfirmForm(auto_id="confirm_%s"),
        "send_back_form": SendBackForm(auto_id="back_%s"),
        "deviation_form": DeviationForm(initial={"title": found.term.text[:200]}, auto_id="deviation_%s"),
        "crumbs": crumbs(
            relationship_step(relationship),
            (found.term.agreement.number, reverse("agreements:agreement", args=[found.term.agreement_id])),
            (found.number_text, ""),
        ),
        **given,
    }
    confirm_form = context["confirm_form"]
    if not receiving_is_external and isinstance(confirm_form, ConfirmForm):
        confirm_form.fields.pop("name", None)
    return render(request, "agreements/breach.html", context)


def _may_confirm_now(access: Access, found: Breach, person: User) -> bool:
    owing_unit = unit_of(found.term.agreement.relationship, owing_side(found.term))
    is_own = found.answered_by_id == person.pk and owing_unit is not None
    return may_confirm(access, found.term) and not is_own


def _may_open(access: Access, found: Breach) -> bool:
    """Who may report a breach may also have a deviation opened on it: that is what the agreement is for."""
    return may_report(access, found.term.agreement.relationship)


def _reporter(access: Access, found: Breach, reader: User) -> str:
    """Who reported it, where names may be seen; "" for one that was measured."""
    if found.reported_by is None:
        return ""
    units = units_of(found.term.agreement.relationship)
    if found.reported_by == reader or any(access.can(Capability.SEE_NAMES, unit) for unit in units):
        return str(found.reported_by)
    return _("name hidden")


@require_POST
@login_required
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The party that owes the term says what was done."""
    access = access_of(request.user)
    found = breach_or_404(access, pk)
    if not may_answer(access, found.term):
        raise PermissionDenied(_("A breach is answered by the party that owes the term."))
    form = AnswerForm(request.POST)
    if form.is_valid():
        with refusals_shown(form):
            services.breach_answer(
                breach=found, answer=form.cleaned_data["answer"], actor=request.user, now=timezone.now()
            )
            messages.success(request, _("Answered. The other side confirms when it is in order."))
            return redirect("agreements:breach", pk=pk)
    return _page(request, breach_or_404(access, pk), answer_form=form)


@require_POST
@login_required
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The other side, and only it, confirms that the breach is closed."""
    access = access_of(request.user)
    found = breach_or_404(access, pk)
    if not may_confirm(access, found.term):
        raise PermissionDenied(_only_the_other_side(found))
    form = ConfirmForm(request.POST, auto_id="confirm_%s")
    if form.is_valid():
        with refusals_shown(form):
            services.breach_confirm(breach=found, actor=request.user, now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("Confirmed. The breach is closed; it stays counted."))
            return redirect("agreements:breach", pk=pk)
    return _page(request, breach_or_404(access, pk), confirm_form=form)


@require_POST
@login_required
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The other side does not accept the answer."""
    access = access_of(request.user)
    found = breach_or_404(access, pk)
    if not may_confirm(access, found.term):
        raise PermissionDenied(_only_the_other_side(found))
    form = SendBackForm(request.POST, auto_id="back_%s")
    if form.is_valid():
        with refusals_shown(form):
            services.breach_send_back(
                breach=found, words=form.cleaned_data["words"], actor=request.user, now=timezone.now()
            )
            messages.success(request, _("Sent back. The breach waits for a new answer."))
            return redirect("agreements:breach", pk=pk)
    return _page(request, breach_or_404(access, pk), send_back_form=form)


def _only_the_other_side(found: Breach) -> str:
    who = party(found.term.agreement.relationship, owing_side(found.term).other)
    return _("Only %(party)s confirms that this breach is closed.") % {"party": who}


@require_POST
@login_required
def deviation_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a deviation on a breach, at the party that owes the term."""
    access = access_of(request.user)
    found = breach_or_404(access, pk)
    if not _may_open(access, found):
        raise PermissionDenied(Capability.REPORT_BREACH)
    form = DeviationForm(request.POST, auto_id="deviation_%s")
    if form.is_valid() and _open_deviation(request, found, **form.cleaned_data):
        return redirect("agreements:breach", pk=pk)
    return _page(request, breach_or_404(access, pk), deviation_form=form)


def _open_deviation(request: HttpRequest, found: Breach, **fields: str) -> bool:
    try:
        deviation = services.breach_deviation_open(breach=found, actor=request.user, now=timezone.now(), **fields)
    except (Refused, DeviationRefused) as refusal:
        messages.error(request, str(refusal.message))
        return False
    messages.success(
        request, _("%(number)s is open at %(unit)s.") % {"number": deviation.number, "unit": deviation.unit}
    )
    return True


@require_GET
@login_required
def deviation_breach(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of a deviation's page: the breach that raised it; nothing where there is none to know of."""
    access = access_of(request.user)
    found = Breach.objects.filter(deviation=pk).select_related("confirmed_by", *BREACH_PARTIES).first()
    line = None
    if found is not None:
        relationship = found.term.agreement.relationship
        line = breach_line(access, found) if may_read(access, relationship) else None
    context: dict[str, object] = {"line": line}
    if found is not None and line is not None:
        receiving = party(found.term.agreement.relationship, owing_side(found.term).other)
        context |= {"receiving": receiving, "count": Breach.objects.filter(term=found.term).count()}
    return render(request, "agreements/inc/deviation_breach.html", context)
