"""The agreement on paper: two A4 pages at most for a normal one, with both signatures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from amps.documents import Content, Head, NothingToShow, Params, Progress
from principles.agreements.models import Agreement, AgreementState, Breach, ExternalParty, Relationship, Term
from principles.agreements.parties import Side, may_read, party
from principles.agreements.reading import AGREEMENT_PARTIES, BreachCount, breach_counts
from principles.agreements.wording import LimitChange, limit_change, limit_text
from principles.teams.calendars import production_date
from principles.teams.models import Unit
from principles.teams.permissions import access_of

# The status marks of a state on paper.
MARKS: dict[AgreementState, str] = {
    AgreementState.DRAFT: "grey",
    AgreementState.WAITING: "amber",
    AgreementState.COMING: "amber",
    AgreementState.IN_FORCE: "green",
    AgreementState.LAPSED: "red",
    AgreementState.ENDED: "grey",
}


@dataclass(frozen=True, slots=True)
class PaperTerm:
    """One row of the terms' table."""

    number: int
    term: Term
    limit: str
    before: str
    owing: str
    broken: int


@dataclass(frozen=True, slots=True)
class PaperSide:
    """One of the two signature fields."""

    role: str
    party: Unit | ExternalParty
    contact: str
    name: str
    noted_by: str
    signed_at: dt.datetime | None


def allowed(person: Any, params: Params) -> bool:
    """Whoever may read the agreement may have it on paper."""
    relationship = (
        Relationship.objects.filter(agreements=int(params["agreement"]))
        .select_related("supplier_unit", "customer_unit")
        .first()
    )
    return relationship is not None and may_read(access_of(person), relationship)


def heading(params: Params) -> str:
    """What the document is called in lists."""
    found = Agreement.objects.filter(pk=int(params["agreement"])).first()
    if found is None:
        return _("Agreement")
    return _("Agreement %(number)s %(title)s") % {"number": found.number, "title": found.title}


def build(params: Params, *, reader: Any, language: str, now: dt.datetime, progress: Progress) -> Content:
    """Everything that the agreement's paper shows, in the active language. Raises NothingToShow."""
    found = (
        Agreement.objects.filter(pk=int(params["agreement"]))
        .select_related("relationship", "supplier_signed_by", "customer_signed_by", *AGREEMENT_PARTIES)
        .first()
    )
    if found is None:
        raise NothingToShow
    relationship = found.relationship
    state = found.state_on(production_date(now))
    terms = list(found.terms.select_related("previous"))
    counts = breach_counts("term", Breach.objects.filter(term__in=terms))
    progress(0.7)
    title = _("Customer and supplier agreement: %(title)s") % {"title": found.title}
    context = {
        "agreement": found,
        "relationship": relationship,
        "state": state,
        "state_mark": MARKS[state],
        "terms": [_paper_term(number, term, relationship, counts) for number, term in enumerate(terms, start=1)],
        "sides": [_paper_side(found, side) for side in Side],
        "broken": sum(count.all for count in counts.values()),
        "still_open": sum(count.open for count in counts.values()),
        "facts": _facts(found),
        "words": _words(found),
    }
    edition = _("%(number)s, version %(version)s") % {"number": found.number, "version": found.version}
    head = Head(unit=f"{relationship.supplier.name} → {relationship.customer.name}", edition=edition, title=title)
    return Content("pdf/agreement.html", context, head=head)


def _paper_term(number: int, term: Term, relationship: Relationship, counts: dict[int, BreachCount]) -> PaperTerm:
    is_changed = limit_change(term) in (LimitChange.TIGHTER, LimitChange.LOOSER, LimitChange.OTHER)
    owing = relationship.customer if term.owed_by_customer else relationship.supplier
    return PaperTerm(
        number=number,
        term=term,
        limit=limit_text(term),
        before=limit_text(term.previous) if is_changed and term.previous is not None else "",
        owing=owing.name,
        broken=counts.get(term.pk, BreachCount()).all,
    )


def _paper_side(found: Agreement, side: Side) -> PaperSide:
    signed_by = getattr(found, f"{side}_signed_by")
    written: str = getattr(found, f"{side}_signed_name")
    return PaperSide(
        role=_("Supplier") if side == Side.SUPPLIER else _("Customer"),
        party=party(found.relationship, side),
        contact=getattr(found, f"{side}_contact"),
        name=written or (str(signed_by) if signed_by else ""),
        noted_by=str(signed_by) if written and signed_by else "",
        signed_at=getattr(found, f"{side}_signed_at"),
    )


def _facts(found: Agreement) -> list[tuple[str, str]]:
    relationship = found.relationship
    facts = [
        (_("Supplied"), relationship.what),
        (_("What it covers"), found.scope),
        (_("Kind"), str(relationship.get_kind_display())),
        (_("How critical for the customer"), str(relationship.get_criticality_display() or _("Not judged yet"))),
        (_("Followed up in"), found.arena),
    ]
    return [(name, text) for name, text in facts if text]


def _words(found: Agreement) -> list[list[tuple[str, str]]]:
    """The texts of the agreement that have been written, each with its heading, two side by side."""
    words = [
        (_("The supplier shall"), found.supplier_duties),
        (_("The customer shall"), found.customer_duties),
        (_("Information and notice"), found.information),
        (_("What happens when it is broken"), found.reaction),
    ]
    written = [(name, text) for name, text in words if text]
    return [written[start : start + 2] for start in range(0, len(written), 2)]
