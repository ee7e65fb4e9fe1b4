"""What the views of agreements share: finding a row that the person may know of, refusals, the way to a page."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from principles.agreements import refusals
from principles.agreements.models import Agreement, Breach, Relationship, Term
from principles.agreements.parties import can_for_either, closed_units, may_read
from principles.agreements.reading import AGREEMENT_PARTIES, BREACH_PARTIES, PARTIES
from principles.teams.permissions import Access, Capability
from principles.teams.unit_pages import Crumb


def relationship_or_404(pk: int) -> Relationship:
    """A relationship with its parties: the register is open to everybody who has signed in."""
    return get_object_or_404(Relationship.objects.select_related(*PARTIES), pk=pk)


def agreement_or_404(access: Access, pk: int) -> Agreement:
    """An agreement that the person may know of."""
    found = get_object_or_404(Agreement.objects.select_related("relationship", *AGREEMENT_PARTIES), pk=pk)
    return _known(found, access, found.relationship)


def term_or_404(access: Access, pk: int) -> Term:
    """A term of an agreement that the person may know of."""
    parties = (f"agreement__{name}" for name in AGREEMENT_PARTIES)
    found = get_object_or_404(Term.objects.select_related("agreement__relationship", "need", *parties), pk=pk)
    return _known(found, access, found.agreement.relationship)


def breach_or_404(access: Access, pk: int) -> Breach:
    """A breach of an agreement that the person may know of."""
    related = ("shift", "deviation", "reported_by", "answered_by", "confirmed_by", "sent_back_by", *BREACH_PARTIES)
    found = get_object_or_404(Breach.objects.select_related(*related), pk=pk)
    return _known(found, access, found.term.agreement.relationship)


def _known[T](found: T, access: Access, relationship: Relationship) -> T:
    if not may_read(access, relationship):
        raise Http404
    return found


def require_either(access: Access, capability: Capability, relationship: Relationship) -> None:
    """Raise PermissionDenied (403) unless the person may do it in the unit of either party."""
    if not can_for_either(access, capability, relationship):
        raise PermissionDenied(capability)


class refusals_shown:
    """Inside it, what the services refuse stands at its field; the form is then not valid any more."""

    def __init__(self, form: forms.Form) -> None:
        self.form = form

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, refusal: BaseException | None, trace: object) -> bool:
        if isinstance(refusal, refusals.Refused):
            field = refusal.field if refusal.field in self.form.fields else None
            self.form.add_error(field, str(refusal.message))
        elif isinstance(refusal, ValidationError):
            self.form.add_error(None, refusal.messages)
        else:
            return False
        return True


def today_of(access: Access) -> dt.date:
    """The production date that the page is read on."""
    return access.tree.date


def is_open(relationship: Relationship, access: Access) -> bool:
    """Whether something new may still be agreed between the two."""
    ended = relationship.valid_to is not None and relationship.valid_to <= access.tree.date
    return not ended and not closed_units(relationship, access)


def crumbs(*steps: tuple[str, str]) -> list[Crumb]:
    """The way down from the agreements' first page."""
    found = [Crumb(label=_("Agreements"), url=reverse("agreements:agreements"))]
    return found + [Crumb(label=label, url=url) for label, url in steps]


def relationship_step(relationship: Relationship) -> tuple[str, str]:
    """The step of a relationship."""
    label = f"{relationship.supplier.name} → {relationship.customer.name}"
    return label, reverse("agreements:relationship", args=[relationship.pk])
