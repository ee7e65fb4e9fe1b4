"""Agreements to read: all that one may know of, and one with its terms, signatures and breaches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from principles.agreements.forms.agreements import SignForm
from principles.agreements.models import Agreement, AgreementState, Breach, ExternalParty, Term
from principles.agreements.parties import (
    Side,
    can_for_either,
    closed_units,
    may_answer,
    may_confirm,
    may_report,
    may_sign,
    owing_side,
    party,
)
from principles.agreements.reading import BreachCount, breach_counts, readable_agreements, readable_breaches
from principles.agreements.views.frame import agreement_or_404, crumbs, is_open, relationship_step
from principles.agreements.wording import LimitChange, completeness, limit_change, limit_text, value_text
from principles.teams.http import HttpRequest
from principles.teams.models import Unit
from principles.teams.permissions import Access, Capability, access_of

_PER_PAGE = 30
_MOST_WAITING = 12
_DRAFTS = (AgreementState.DRAFT, AgreementState.WAITING)
_PAST = (AgreementState.LAPSED, AgreementState.ENDED)


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """One agreement of the list."""

    agreement: Agreement
    state: AgreementState
    breaches: BreachCount
    is_review_due: bool
    closed: list[Unit]


@dataclass(frozen=True, slots=True)
class Signature:
    """One side with its signature, or the form for it."""

    side: Side
    party: Unit | ExternalParty
    is_external: bool
    contact: str
    signed_at: dt.datetime | None
    name: str
    noted_by: str
    form: SignForm | None


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term with its words and how often it was broken."""

    term: Term
    limit: str
    before: str
    change: LimitChange
    breaches: BreachCount
    measure_url: str


@dataclass(frozen=True, slots=True)
class BreachLine:
    """One breach with what the person can do about it next ("answer", "confirm" or "")."""

    breach: Breach
    value: str
    limit: str
    number: str
    owing: Unit | ExternalParty
    waits_for: str


@require_GET
@login_required
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that one may know of, and what waits for oneself."""
    access = access_of(request.user)
    today = access.tree.date
    wanted = request.GET.get("show", "")
    found = list(readable_agreements(access).order_by("relationship", "-version"))
    counts = breach_counts("term__agreement", Breach.objects.of_agreements(one.pk for one in found))
    lines = [_line(one, counts.get(one.pk, BreachCount()), access) for one in found]
    living = [line for line in lines if line.state not in _PAST or line.breaches.open]
    shown = {
        "waiting": [line for line in lines if line.state in _DRAFTS],
        "broken": [line for line in lines if line.breaches.all],
        "review": [line for line in lines if line.is_review_due],
        "past": [line for line in lines if line.state in _PAST],
    }
    to_sign = [line for line in shown["waiting"] if _signs_next(access, line)]
    open_breaches = list(readable_breaches(access).filter(confirmed_at=None).order_by("occurred_at"))
    context = {
        "page_obj": Paginator(shown.get(wanted, living), _PER_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted if wanted in shown else "",
        "counts": {name: len(some) for name, some in shown.items()},
        "number": len(lines),
        "to_sign": to_sign[:_MOST_WAITING],
        "to_answer": _lines(access, [one for one in open_breaches if _answers_next(access, one)])[:_MOST_WAITING],
        "to_confirm": _lines(access, [one for one in open_breaches if _confirms_next(access, one)])[:_MOST_WAITING],
        "today": today,
    }
    return render(request, "agreements/agreements.html", context)


def _line(agreement: Agreement, count: BreachCount, access: Access) -> AgreementLine:
    today = access.tree.date
    state = agreement.state_on(today)
    is_due = agreement.review_on is not None and agreement.review_on < today
    return AgreementLine(
        agreement=agreement,
        state=state,
        breaches=count,
        is_review_due=is_due and state == AgreementState.IN_FORCE,
        closed=closed_units(agreement.relationship, access),
    )


def _signs_next(access: Access, line: AgreementLine) -> bool:
    agreement = line.agreement
    if not is_open(agreement.relationship, access):
        return False
    if agreement.supplier_signed_at is None and agreement.customer_signed_at is None:
        return False  # nobody has signed yet: it may still be written on
    missing = Side.SUPPLIER if agreement.supplier_signed_at is None else Side.CUSTOMER
    return may_sign(access, agreement, missing)


def _answers_next(access: Access, breach: Breach) -> bool:
    return breach.answered_at is None and may_answer(access, breach.term)


def _confirms_next(access: Access, breach: Breach) -> bool:
    return breach.answered_at is not None and may_confirm(access, breach.term)


def _lines(access: Access, breaches: list[Breach]) -> list[BreachLine]:
    return [breach_line(access, breach) for breach in breaches]


def breach_line(access: Access, breach: Breach) -> BreachLine:
    """A breach in words."""
    relationship = breach.term.agreement.relationship
    owing = owing_side(breach.term)
    waits = "" if breach.confirmed_at else "confirm" if breach.answered_at else "answer"
    return BreachLine(
        breach=breach,
        value=value_text(breach.term, breach.value),
        limit=limit_text(breach.term),
        number=breach.term.agreement.number,
        owing=party(relationship, owing),
        waits_for=waits,
    )


@require_GET
@login_required
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """One agreement."""
    access = access_of(request.user)
    return agreement_page(request, agreement_or_404(access, pk))


def agreement_page(
    request: HttpRequest, found: Agreement, *, refused: SignForm | None = None, refused_side: Side | None = None
) -> HttpResponse:
    """The page of an agreement; `refused` is a signature's form with what was wrong, for one side."""
    access = access_of(request.user)
    today, relationship = access.tree.date, found.relationship
    state = found.state_on(today)
    can_be_changed = is_open(relationship, access)
    versions = list(relationship.agreements.order_by("-version"))
    terms = list(found.terms.select_related("previous", "need"))
    counts = breach_counts("term", Breach.objects.filter(term__in=terms))
    breaches = readable_breaches(access).filter(term__agreement__relationship=relationship)
    total = breach_counts("term__agreement__relationship", breaches).get(relationship.pk, BreachCount())
    page = Paginator(breaches, _PER_PAGE).get_page(request.GET.get("page"))
    can_edit = can_for_either(access, Capability.EDIT_AGREEMENTS, relationship)
    context = {
        "agreement": found,
        "relationship": relationship,
        "state": state,
        "is_draft": state in _DRAFTS,
        "is_one_signed": state == AgreementState.WAITING,
        "is_review_due": _line(found, BreachCount(), access).is_review_due,
        "closed_units": closed_units(relationship, access),
        "versions": [(one, one.state_on(today)) for one in versions if one.pk != found.pk],
        "terms": [_term_line(term, counts.get(term.pk, BreachCount())) for term in terms],
        "has_previous": any(term.previous_id for term in terms),
        "parts": completeness(found, terms),
        "signatures": [_signature(found, side, request, refused, refused_side) for side in Side],
        "total": total,
        "page_obj": page,
        "breaches": _lines(access, list(page)),
        "can_edit": can_edit and state in _DRAFTS and can_be_changed,
        "can_version": can_edit and versions[0].pk == found.pk and state not in _DRAFTS and can_be_changed,
        "can_end": _may_end(access, found, state),
        "can_report": found.is_signed and may_report(access, relationship),
        "crumbs": crumbs(relationship_step(relationship), (found.number, "")),
        "today": today,
    }
    return render(request, "agreements/agreement.html", context)


def _may_end(access: Access, found: Agreement, state: AgreementState) -> bool:
    if state in _PAST or (found.ended_on is not None and found.is_signed):
        return False
    needed = Capability.SIGN_AGREEMENTS if found.is_signed else Capability.EDIT_AGREEMENTS
    return can_for_either(access, needed, found.relationship)


def _term_line(term: Term, count: BreachCount) -> TermLine:
    change = limit_change(term)
    try:
        measure_url = reverse("kpis:term_measure", args=[term.pk])
    except NoReverseMatch:
        measure_url = ""
    before = limit_text(term.previous) if term.previous is not None and change != LimitChange.SAME else ""
    return TermLine(term, limit_text(term), before, change, count, measure_url)


def _signature(
    found: Agreement, side: Side, request: HttpRequest, refused: SignForm | None, refused_side: Side | None
) -> Signature:
    access = access_of(request.user)
    who = party(found.relationship, side)
    is_external = isinstance(who, ExternalParty)
    signed_by = getattr(found, f"{side}_signed_by")
    written: str = getattr(found, f"{side}_signed_name")
    form = None
    if getattr(found, f"{side}_signed_at") is None and _may_sign_now(access, found, side):
        form = refused if refused_side == side else SignForm(initial={"edit": found.edit}, auto_id=f"{side}_%s")
        if not is_external and form is not None:
            form.fields.pop("name", None)
    return Signature(
        side=side,
        party=who,
        is_external=is_external,
        contact=getattr(found, f"{side}_contact"),
        signed_at=getattr(found, f"{side}_signed_at"),
        name=written or (str(signed_by) if signed_by else ""),
        noted_by=str(signed_by) if written and signed_by else "",
        form=form,
    )


def _may_sign_now(access: Access, found: Agreement, side: Side) -> bool:
    state = found.state_on(access.tree.date)
    return state in _DRAFTS and is_open(found.relationship, access) and may_sign(access, found, side)
