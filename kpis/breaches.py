"""Terms of agreements that an indicator measures: each closed period that breaks the limit is one breach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from amps import audit
from kpis.models import Closing, Figure, Indicator, TermMeasure
from kpis.rules import COMPUTED
from principles.agreements.models import Breach, Term, TermCadence
from principles.agreements.services.breaches import breach_record_measured, held_on
from principles.teams.models import Unit, User

# How many closed periods the fulfilment of a term looks back over.
PERIODS = 13
# How many versions of an agreement a term is followed back over, to the one whose measure it inherits.
_VERSIONS = 50


class MeasureRefused(Exception):
    """The indicator can't measure the term; `field` names the input it belongs to."""

    field = "indicator"


class NotComputed(MeasureRefused):
    """The indicator has no figures here."""


class NotFollowed(MeasureRefused):
    """The indicator is not followed at the term's cadence."""


class NoLimits(MeasureRefused):
    """The term has no limit that a figure could break."""

    field = ""


class EachTime(MeasureRefused):
    """A term that is followed up delivery by delivery has no period."""

    field = ""


class SignedAlready(MeasureRefused):
    """What both have signed is changed by a new version."""

    field = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One closed period of a term: whether it was kept (None: no data), and the breach that counts it."""

    figure: Figure
    is_kept: bool | None
    breach: Breach | None


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """The last periods of a term, newest first."""

    periods: list[Kept]

    @property
    def kept(self) -> int:
        return sum(one.is_kept is True for one in self.periods)

    @property
    def known(self) -> int:
        return sum(one.is_kept is not None for one in self.periods)

    @property
    def broken(self) -> list[Kept]:
        return [one for one in self.periods if one.is_kept is False]


@transaction.atomic
def term_measure_set(
    *, term: Term, indicator: Indicator | None, unit: Unit, actor: User, now: dt.datetime
) -> TermMeasure | None:
    """Choose the indicator that measures a term, and where it is read; None takes the choice back.

    Counted are the periods that close from now on. Raises EachTime, NoLimits, NotComputed, NotFollowed, or
    SignedAlready when the agreement is signed and measured already.
    """
    locked = Term.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=term.pk)
    known = measure_of(locked)
    if locked.agreement.is_signed and known is not None:
        raise SignedAlready
    own = TermMeasure.objects.filter(term=locked).select_related("indicator", "unit").first()
    before = {"indicator": own.indicator.code, "unit": own.unit.code} if own is not None else None
    if indicator is None:
        if own is not None:
            own.delete()
            audit.record(actor=actor, action="term.measured", target=locked, before=before, after={"indicator": ""})
        return None
    if locked.cadence == TermCadence.EACH:
        raise EachTime
    if not locked.has_limits:
        raise NoLimits
    if not indicator.active or indicator.kind not in COMPUTED:
        raise NotComputed
    if locked.cadence not in indicator.cadences:
        raise NotFollowed
    measure, _made = TermMeasure.objects.update_or_create(term=locked, defaults={"indicator": indicator, "unit": unit})
    after = {"indicator": indicator.code, "unit": unit.code}
    if before != after:
        audit.record(actor=actor, action="term.measured", target=locked, before=before, after=after)
    return measure


def measure_of(term: Term) -> TermMeasure | None:
    """The measure of a term: its own, else that of the same term in the version before, and so on back."""
    at: Term | None = term
    for _ in range(_VERSIONS):
        if at is None:
            break
        found = TermMeasure.objects.select_related("indicator", "unit").filter(term=at).first()
        if found is not None:
            return found
        at = at.previous
    return None


def breaches_detect(closing_ids: Iterable[int], *, now: dt.datetime) -> int:
    """Record a breach for every new closing whose figure broke the limit of a term that was in force then.

    To be called in the transaction of the closings. Returns how many were new; a closing asked again gives none. One
    query where nothing is measured.
    """
    measures = list(TermMeasure.objects.values_list("term_id", "indicator_id", "unit_id"))
    if not measures:
        return 0
    by_term = {term: (indicator, unit) for term, indicator, unit in measures}
    terms = _measured_terms(by_term)
    if not terms:
        return 0
    found = 0
    for closing, figure in _figures(list(closing_ids), set(by_term.values())):
        for term in terms.get((figure.indicator_id, figure.unit_id, figure.cadence), ()):
            value = figure.value
            if value is None or term.is_kept_by(value) or not held_on(term.agreement, closing.first):
                continue
            _breach, made = breach_record_measured(
                term=term,
                cadence=closing.cadence,
                first=closing.first,
                number=closing.number,
                value=value,
                occurred_at=closing.ends_at,
                now=max(closing.closed_at, closing.ends_at),
            )
            found += made
    return found


def fulfilment(term: Term, measure: TermMeasure, *, now: dt.datetime) -> Fulfilment:
    """How a term was kept in the last closed periods of its agreement's validity (two queries)."""
    agreement = term.agreement
    ends = [date for date in (agreement.valid_to, agreement.ended_on) if date is not None]
    found = Figure.objects.filter(
        indicator=measure.indicator_id,
        unit=measure.unit_id,
        cadence=term.cadence,
        ends_at__lte=now,
        first__gte=agreement.valid_from,
    )
    if ends:
        found = found.filter(first__lt=min(ends))
    figures = list(found.order_by("-starts_at")[:PERIODS])
    breaches = {
        (breach.first, breach.number): breach
        for breach in Breach.objects.filter(term=term, first__in=[figure.first for figure in figures])
    }
    return Fulfilment(
        [
            Kept(
                figure,
                None if figure.value is None else term.is_kept_by(figure.value),
                breaches.get((figure.first, figure.number)),
            )
            for figure in figures
        ]
    )


def _measured_terms(by_term: dict[int, tuple[int, int]]) -> dict[tuple[int, int, str], list[Term]]:
    """Terms of signed agreements that are measured, by (indicator, unit, cadence); a newer version inherits."""
    terms = list(
        Term.objects.filter(
            Q(lower__isnull=False) | Q(upper__isnull=False),
            agreement__supplier_signed_at__isnull=False,
            agreement__customer_signed_at__isnull=False,
        )
        .exclude(cadence=TermCadence.EACH)
        .select_related("agreement")
    )
    before = dict(Term.objects.filter(previous__isnull=False).values_list("pk", "previous_id"))
    grouped: dict[tuple[int, int, str], list[Term]] = {}
    for term in terms:
        at: int | None = term.pk
        for _ in range(_VERSIONS):
            if at is None or at in by_term:
                break
            at = before.get(at)
        if at is not None and at in by_term:
            indicator, unit = by_term[at]
            grouped.setdefault((indicator, unit, term.cadence), []).append(term)
    return grouped


def _figures(closing_ids: list[int], places: set[tuple[int, int]]) -> list[tuple[Closing, Figure]]:
    """The figures of some closings in the (indicator, unit) given, oldest period first (two queries)."""
    units, indicators = {unit for _, unit in places}, {indicator for indicator, _ in places}
    closings = {
        (closing.unit_id, closing.cadence, closing.first, closing.number): closing
        for closing in Closing.objects.filter(pk__in=closing_ids, unit__in=units)
    }
    if not closings:
        return []
    figures = Figure.objects.filter(
        unit__in=units,
        indicator__in=indicators,
        value__isnull=False,
        first__gte=min(key[2] for key in closings),
        first__lte=max(key[2] for key in closings),
    )
    found = []
    for figure in figures.order_by("ends_at", "pk"):
        closing = closings.get((figure.unit_id, figure.cadence, figure.first, figure.number))
        if closing is not None:
            found.append((closing, figure))
    return found
