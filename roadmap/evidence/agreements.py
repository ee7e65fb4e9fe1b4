"""Evidence on customers and suppliers: the register, what is agreed upon, and whether it is kept."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Q
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from amps.periods import Cadence
from kpis.models import Figure, TermMeasure
from principles.agreements.models import (
    Agreement,
    Aspect,
    Breach,
    Criticality,
    Need,
    RegisterConfirmation,
    Relationship,
    RelationshipKind,
    Term,
    TermCadence,
)
from roadmap.evidence.book import Book
from roadmap.evidence.plain import Reading, median, worst_of
from roadmap.evidence.registry import Asked, metric, share, to

_REGISTER = to("agreements:register")
_AGREEMENTS = to("agreements:agreements")
_NO_CRITICAL = _("No critical relationship stands in the register.")
_NO_AGREEMENT = _("No agreement is in force here.")
_YEAR = dt.timedelta(days=365)


def _relationships(asked: Asked) -> list[Relationship]:
    """Active relationships that the place is a party to (one query, shared)."""
    date = asked.window.last
    rows: list[Relationship] = asked.book.keep(
        ("relationships", date), lambda: list(Relationship.objects.active_on(date))
    )
    units = asked.spot.units
    return [row for row in rows if row.supplier_unit_id in units or row.customer_unit_id in units]


def _critical(asked: Asked) -> list[Relationship]:
    return [row for row in _relationships(asked) if row.criticality == Criticality.CRITICAL]


def _agreements(asked: Asked) -> list[Agreement]:
    """Every agreement, whatever its state, of the place's relationships (one query, shared)."""
    rows: list[Agreement] = asked.book.keep(
        "agreements",
        lambda: list(
            Agreement.objects.select_related(
                "relationship__supplier_unit",
                "relationship__customer_unit",
                "relationship__supplier_external",
                "relationship__customer_external",
            ).order_by("pk")
        ),
    )
    units = asked.spot.units
    return [
        row for row in rows if row.relationship.supplier_unit_id in units or row.relationship.customer_unit_id in units
    ]


def _valid(asked: Asked) -> list[Agreement]:
    date = asked.window.last
    return [row for row in _agreements(asked) if row.state_on(date) == "in_force"]


def _terms(book: Book) -> dict[int, list[Term]]:
    """Every term by agreement (one query, shared)."""

    def read() -> dict[int, list[Term]]:
        found: defaultdict[int, list[Term]] = defaultdict(list)
        for term in Term.objects.select_related("previous"):
            found[term.agreement_id].append(term)
        return dict(found)

    return book.keep("terms", read)


def _measures(book: Book) -> dict[int, TermMeasure]:
    """The measure of each term that has one (one query, shared)."""
    return book.keep("measures", lambda: {row.term_id: row for row in TermMeasure.objects.all()})


def _needs(book: Book) -> dict[int, list[int]]:
    """Needs in use by relationship (one query, shared)."""

    def read() -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for relationship, pk in Need.objects.filter(active=True).values_list("relationship", "pk"):
            found[relationship].append(pk)
        return dict(found)

    return book.keep("needs", read)


# --- the register ---


@metric("unit_with_relationship_map", _REGISTER)
def unit_with_relationship_map(asked: Asked) -> Reading:
    """Areas, and units without areas: a supplier and a customer of its own or of a unit above it, confirmed in a year.

    What a unit above has in the register, and has confirmed, holds for its areas; the plant's does not.
    """
    book, date = asked.book, asked.window.last
    units = book.answering_units(asked.spot)
    confirmed: set[int] = book.keep(
        ("confirmed", date),
        lambda: set(
            RegisterConfirmation.objects.filter(at__gte=asked.window.end - _YEAR, at__lt=asked.window.end).values_list(
                "unit", flat=True
            )
        ),
    )
    rows = _relationships(asked)
    has_supplier = {row.customer_unit_id for row in rows}
    has_customer = {row.supplier_unit_id for row in rows}
    mapped = 0
    for unit in units:
        line = {unit, *(at for at in book.tree.ancestors(unit) if book.tree.kinds.get(at) == "unit")}
        mapped += bool(line & has_supplier and line & has_customer and line & confirmed)
    return share(mapped, len(units), _("No unit is in use."))


@metric("relationship_with_criticality", _REGISTER)
def relationship_with_criticality(asked: Asked) -> Reading:
    rows = _relationships(asked)
    return share(sum(1 for row in rows if row.criticality), len(rows), _("The register holds no relationship."))


@metric("relationship_with_measurable_requirement", _REGISTER)
def relationship_with_measurable_requirement(asked: Asked) -> Reading:
    """A requirement is measurable when a term made of it has a limit and an indicator, in force or still in draft."""
    book, rows = asked.book, _critical(asked)
    needs, measures = _needs(book), _measures(book)
    measurable = {
        term.need_id
        for agreement in _agreements(asked)
        if agreement.ended_on is None or agreement.ended_on > asked.window.last
        for term in _terms(book).get(agreement.pk, ())
        if term.need_id is not None and term.has_limits and term.pk in measures
    }
    right = sum(1 for row in rows if measurable & set(needs.get(row.pk, ())))
    return share(right, len(rows), _NO_CRITICAL)


@metric("support_agreement_coverage", _REGISTER)
def support_agreement_coverage(asked: Asked) -> Reading:
    kinds = (RelationshipKind.MAINTENANCE, RelationshipKind.SUPPORT)
    rows = [row for row in _relationships(asked) if row.kind in kinds]
    covered = {row.relationship_id for row in _valid(asked)}
    none = _("No maintenance or support stands in the register as supplier.")
    return share(sum(1 for row in rows if row.pk in covered), len(rows), none)


@metric("relationship_with_active_agreement", _REGISTER)
def relationship_with_active_agreement(asked: Asked) -> Reading:
    rows = _critical(asked)
    covered = {row.relationship_id for row in _valid(asked)}
    return share(sum(1 for row in rows if row.pk in covered), len(rows), _NO_CRITICAL)


@metric("external_requirement_traced", _REGISTER)
def external_requirement_traced(asked: Asked) -> Reading:
    """A requirement of a customer outside the plant that a term of a valid agreement inside it was made of."""
    book = asked.book
    needs = _needs(book)
    wanted = {pk for row in _relationships(asked) if row.customer_external_id for pk in needs.get(row.pk, ())}
    inside = [row for row in _valid(asked) if row.relationship.supplier_unit_id and row.relationship.customer_unit_id]
    traced = {term.need_id for row in inside for term in _terms(book).get(row.pk, ())}
    return share(len(wanted & traced), len(wanted), _("The register holds no requirement of an external customer."))


# --- the agreements ---


@metric("agreement_completeness", _AGREEMENTS)
def agreement_completeness(asked: Asked) -> Reading:
    """Nine parts: five that terms are about, obligations both ways, measurement, reaction, review date."""
    rows = _valid(asked)
    filled = sum(sum(_parts(row, asked.book)) for row in rows)
    return share(filled, len(_PARTS) * len(rows), _NO_AGREEMENT)


_PARTS = ("volume", "quality", "timing", "information", "hse", "duties", "measurement", "reaction", "review")


def _parts(row: Agreement, book: Book) -> list[bool]:
    terms = _terms(book).get(row.pk, [])
    about = {term.aspect for term in terms}
    return [
        Aspect.VOLUME in about,
        Aspect.QUALITY in about,
        Aspect.TIMING in about,
        Aspect.INFORMATION in about or bool(row.information.strip()),
        Aspect.HSE in about,
        bool(row.supplier_duties.strip() and row.customer_duties.strip()),
        any(term.pk in _measures(book) for term in terms),
        bool(row.reaction.strip()),
        row.review_on is not None,
    ]


@metric("agreement_within_review", _AGREEMENTS)
def agreement_within_review(asked: Asked) -> Reading:
    """Lapsed ones count until another version of the same relationship is in force. No review date is not reviewed."""
    date = asked.window.last
    valid = _valid(asked)
    covered = {row.relationship_id for row in valid}
    lapsed = {
        row.relationship_id
        for row in _agreements(asked)
        if row.state_on(date) == "lapsed" and row.relationship_id not in covered
    }
    right = sum(1 for row in valid if row.review_on is not None and row.review_on >= date)
    return share(right, len(valid) + len(lapsed), _NO_AGREEMENT)


@metric("agreement_terms_tightened", _AGREEMENTS)
def agreement_terms_tightened(asked: Asked) -> Reading:
    """Terms whose lowest value rose or whose highest fell, in a version that both signed in the period."""
    rows = _agreements(asked)
    if not any(row.is_signed for row in rows):
        return Reading(missing=_NO_AGREEMENT)
    tightened = 0
    for row in rows:
        signed = [at for at in (row.supplier_signed_at, row.customer_signed_at) if at is not None]
        if len(signed) == 2 and asked.window.holds(max(signed)):
            tightened += sum(1 for term in _terms(asked.book).get(row.pk, ()) if _tighter(term))
    return Reading(value=Fraction(tightened))


def _tighter(term: Term) -> bool:
    before = term.previous
    if before is None:
        return False
    low = term.lower is not None and (before.lower is None or term.lower > before.lower)
    high = term.upper is not None and (before.upper is None or term.upper < before.upper)
    return low or high


# --- measuring and keeping ---


@metric("agreement_requirement_measured", _AGREEMENTS)
def agreement_requirement_measured(asked: Asked) -> Reading:
    """Measured: the indicator of the term had a value in the last closed period of the term's cadence."""
    book = asked.book
    needs, valid = _needs(book), {row.pk for row in _valid(asked)}
    terms = [term for pk in valid for term in _terms(book).get(pk, ()) if term.need_id is not None]
    known = _with_value(asked, [term for term in terms if term.pk in _measures(book)])
    measured = {term.need_id for term in terms if term.pk in known}
    whole = right = 0
    for row in _critical(asked):
        own = needs.get(row.pk, [])
        whole += len(own) or 1  # none noted at all is one that is not measured
        right += len(measured & set(own))
    return share(right, whole, _NO_CRITICAL)


def _with_value(asked: Asked, terms: list[Term]) -> set[int]:
    """Terms whose indicator has a value in its last due period (one query)."""
    wanted, of_key = Q(pk__in=[]), defaultdict(set)
    for term in terms:
        measure = _measures(asked.book)[term.pk]
        cadence = Cadence.DAY if term.cadence == TermCadence.EACH else Cadence(term.cadence)
        window = asked.book.window(cadence.value, 1)
        if window is not None:
            period = window.periods[0]
            key = (measure.indicator_id, measure.unit_id, cadence.value, period.first, period.number)
            of_key[key].add(term.pk)
            wanted |= Q(indicator=key[0], unit=key[1], cadence=key[2], first=key[3], number=key[4], value__isnull=False)
    rows = Figure.objects.filter(wanted).values_list("indicator", "unit", "cadence", "first", "number")
    return {pk for row in rows for pk in of_key[row]} if of_key else set()


class Result(NamedTuple):
    """What one agreement was due and kept."""

    inside: int
    due: int


@metric("agreement_fulfilment", _AGREEMENTS)
def agreement_fulfilment(asked: Asked) -> Reading:
    """Each period's result of each term is one; so is each breach that a person reported. The worst agreement is it."""
    results: dict[int, Result] = asked.book.keep(
        ("results", asked.window.start, asked.window.end, asked.spot.root), lambda: _results(asked)
    )
    readings = [
        Reading(
            value=Fraction(100 * found.inside, found.due),
            numerator=found.inside,
            denominator=found.due,
            # Who supplies whom is read in the whole plant; what they agreed on is the parties' own.
            where=lazystr(agreement.relationship),
        )
        for agreement in _agreements(asked)
        if (found := results.get(agreement.pk)) and found.due
    ]
    return worst_of(readings, "up") or Reading(missing=_("No result of an agreement was due in the period."))


def _results(asked: Asked) -> dict[int, Result]:
    window, measures = asked.window, _measures(asked.book)
    by_measure: defaultdict[tuple[int, int, str], list[tuple[Agreement, Term]]] = defaultdict(list)
    for agreement in _agreements(asked):
        for term in _terms(asked.book).get(agreement.pk, ()) if agreement.is_signed else ():
            measure = measures.get(term.pk)
            if measure is not None and term.has_limits and term.cadence != TermCadence.EACH:
                by_measure[measure.indicator_id, measure.unit_id, term.cadence].append((agreement, term))
    inside: defaultdict[int, int] = defaultdict(int)
    due: defaultdict[int, int] = defaultdict(int)
    figures = Figure.objects.filter(
        indicator__in={key[0] for key in by_measure},
        unit__in={key[1] for key in by_measure},
        starts_at__gte=window.start,
        ends_at__lte=window.end,
        value__isnull=False,
    )
    for indicator, unit, cadence, first, value in figures.values_list("indicator", "unit", "cadence", "first", "value"):
        for agreement, term in by_measure.get((indicator, unit, cadence), ()):
            if value is not None and _held_on(agreement, first):
                due[agreement.pk] += 1
                inside[agreement.pk] += term.is_kept_by(value)
    for breach in _reported_breaches(asked):
        due[breach.term.agreement_id] += 1
    return {pk: Result(inside[pk], due[pk]) for pk in due}


def _held_on(agreement: Agreement, date: dt.date) -> bool:
    ends = [at for at in (agreement.valid_to, agreement.ended_on) if at is not None]
    return agreement.valid_from <= date and all(date < at for at in ends)


def _breaches(asked: Asked) -> list[Breach]:
    """Breaches of the place's agreements (one query, shared)."""
    since = asked.book.now - dt.timedelta(days=430)
    rows: list[Breach] = asked.book.keep(
        "breaches",
        lambda: list(Breach.objects.filter(reported_at__gte=since).select_related("term", "deviation")),
    )
    mine = {row.pk for row in _agreements(asked)}
    return [row for row in rows if row.term.agreement_id in mine]


def _reported_breaches(asked: Asked) -> list[Breach]:
    """Those that a person reported; measured ones are already results of a period."""
    return [row for row in _breaches(asked) if row.first is None and asked.window.holds(row.occurred_at)]


@metric("deviation_supplier_response_hours", _AGREEMENTS)
def deviation_supplier_response_hours(asked: Asked) -> Reading:
    """From when a breach was reported to the first answer; one without an answer counts with its age."""
    end = asked.window.end
    hours = [
        Fraction(int((min(row.answered_at or end, end) - row.reported_at).total_seconds()), 3600)
        for row in _breaches(asked)
        if asked.window.holds(row.reported_at)
    ]
    return Reading(value=median(hours), denominator=len(hours) or None, missing="" if hours else _NO_BREACH)


_NO_BREACH = _("No agreement was broken in the period.")


@metric("deviation_confirmed_by_customer", _AGREEMENTS)
def deviation_confirmed_by_customer(asked: Asked) -> Reading:
    """Due: breaches whose deviation was due in the period; confirmed: the other side said that it is closed."""
    window = asked.window
    due = [
        row
        for row in _breaches(asked)
        if row.deviation is not None and row.deviation.due and window.first <= row.deviation.due <= window.last
    ]
    right = sum(1 for row in due if row.confirmed_at is not None and row.confirmed_at < window.end)
    return share(right, len(due), _("No broken agreement was due in the period."))
