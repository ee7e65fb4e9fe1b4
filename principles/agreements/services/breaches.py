"""Breaches: reported or measured one by one, answered by who owes the term, confirmed by the other side only."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from amps import audit
from principles.agreements import refusals
from principles.agreements.models import Agreement, AgreementState, Aspect, Breach, Term
from principles.agreements.parties import may_confirm, owing_side, party, unit_of
from principles.dimensions import Dimension
from principles.improvement.models import Deviation, DeviationSource, Severity
from principles.improvement.services.deviations import deviation_open
from principles.teams import calendars
from principles.teams.models import Shift, Unit, User
from principles.teams.permissions import access_of
from principles.teams.tree import current_tree

_DIMENSIONS: dict[str, Dimension] = {
    Aspect.VOLUME: Dimension.VOLUME,
    Aspect.QUALITY: Dimension.QUALITY,
    Aspect.TIMING: Dimension.VOLUME,
    Aspect.INFORMATION: Dimension.QUALITY,
    Aspect.HSE: Dimension.HSE,
}
_TITLE_LENGTH = 200


def held_on(agreement: Agreement, date: dt.date) -> bool:
    """Whether a signed agreement held on a production date, also one that has ended or lapsed since."""
    return agreement.state_on(date) == AgreementState.IN_FORCE


@transaction.atomic
def breach_report(
    *,
    term: Term,
    occurred_at: dt.datetime,
    what: str,
    actor: User,
    now: dt.datetime,
    value: Decimal | None = None,
) -> Breach:
    """A person says that a term was not kept, once, at an aware time. Its shift follows from the time.

    Raises InTheFuture, NotSigned, NotInForce, or WordsMissing when neither words nor a value are given.
    """
    # What is signed may be newer than what the caller holds.
    agreement = Agreement.objects.get(pk=term.agreement_id)
    if occurred_at > now:
        raise refusals.InTheFuture
    if not agreement.is_signed:
        raise refusals.NotSigned
    if not what.strip() and value is None:
        raise refusals.WordsMissing(field="what")
    shift = _shift_at(occurred_at)
    date = shift.production_date if shift is not None else calendars.production_date(occurred_at)
    if not held_on(agreement, date):
        raise refusals.NotInForce
    breach = Breach.objects.create(
        term=term,
        occurred_at=occurred_at,
        shift=shift,
        value=value,
        what=what.strip(),
        reported_by=actor,
        reported_at=now,
    )
    after = {"agreement": agreement.number, "term": term.text, "when": occurred_at, "value": value, "what": what}
    audit.record(actor=actor, action="breach.reported", target=breach, after=after)
    return breach


def breach_record_measured(
    *,
    term: Term,
    cadence: str,
    first: dt.date,
    number: int,
    value: Decimal,
    occurred_at: dt.datetime,
    now: dt.datetime,
) -> tuple[Breach, bool]:
    """The figure of a closed period broke a term's limit: stored once for that period, however often it is asked.

    `cadence`, `first` and `number` name the period as kpis.Closing does. Returns the breach and whether it is new.
    A value inside the limits is a ValueError: the caller asks `term.is_kept_by` first.
    """
    if term.is_kept_by(value):
        raise ValueError(f"{value} keeps term {term.pk}")
    with transaction.atomic():
        breach, made = Breach.objects.get_or_create(
            term=term,
            cadence=cadence,
            first=first,
            number=number,
            defaults={
                "value": value,
                "occurred_at": occurred_at,
                "shift": Shift.objects.filter(production_date=first, number=number).first() if number else None,
                "reported_at": now,
                "reported_by": None,
            },
        )
        if made:
            after = {"agreement": term.agreement.number, "term": term.text, "value": value, "first": first}
            audit.record(actor=None, action="breach.measured", target=breach, after=after)
    return breach, made


@transaction.atomic
def breach_answer(*, breach: Breach, answer: str, actor: User, now: dt.datetime) -> Breach:
    """Who owes the term says what was done; a later answer replaces the earlier one until the breach is closed.

    Raises IsClosed or WordsMissing.
    """
    locked = _locked(breach)
    if not answer.strip():
        raise refusals.WordsMissing(field="answer")
    before = {"answer": locked.answer}
    locked.answer, locked.answered_by, locked.answered_at = answer.strip(), actor, now
    locked.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(actor=actor, action="breach.answered", target=locked, before=before, after={"answer": locked.answer})
    return locked


@transaction.atomic
def breach_send_back(*, breach: Breach, words: str, actor: User, now: dt.datetime) -> Breach:
    """The other side does not accept the answer: the breach is open until it is answered anew.

    Raises IsClosed, NotAnswered, NotYours or WordsMissing.
    """
    locked = _answered(breach)
    if not may_confirm(access_of(actor, now=now), locked.term):
        raise refusals.NotYours
    if not words.strip():
        raise refusals.WordsMissing(field="words")
    locked.sent_back, locked.sent_back_by, locked.sent_back_at = words.strip(), actor, now
    locked.answered_at = None
    locked.save(update_fields=["sent_back", "sent_back_by", "sent_back_at", "answered_at"])
    audit.record(actor=actor, action="breach.sent_back", target=locked, after={"words": locked.sent_back})
    return locked


@transaction.atomic
def breach_confirm(*, breach: Breach, words: str, actor: User, now: dt.datetime, name: str = "") -> Breach:
    """The side that the term is owed to confirms that the breach is closed. `name`: who did, for an external side.

    Raises IsClosed, NotAnswered, NotYours (anybody else, also whoever stands above both), OwnAnswer, NameMissing or
    WordsMissing.
    """
    locked = _answered(breach)
    relationship, owing = locked.term.agreement.relationship, owing_side(locked.term)
    if not may_confirm(access_of(actor, now=now), locked.term):
        raise refusals.NotYours
    # An external party's answer is only noted by whoever is here, so the same person may confirm it.
    if locked.answered_by_id == actor.pk and unit_of(relationship, owing) is not None:
        raise refusals.OwnAnswer
    if not words.strip():
        raise refusals.WordsMissing(field="words")
    if unit_of(relationship, owing.other) is None and not name.strip():
        raise refusals.NameMissing
    locked.confirmation, locked.confirmed_by, locked.confirmed_at = words.strip(), actor, now
    locked.confirmed_name = name.strip() if unit_of(relationship, owing.other) is None else ""
    locked.save(update_fields=["confirmation", "confirmed_by", "confirmed_at", "confirmed_name"])
    after = {"words": locked.confirmation, "name": locked.confirmed_name}
    audit.record(actor=actor, action="breach.confirmed", target=locked, after=after)
    return locked


@transaction.atomic
def breach_deviation_open(
    *, breach: Breach, title: str, actor: User, now: dt.datetime, severity: str = Severity.MEDIUM
) -> Deviation:
    """Open a deviation at who owes the term, linked both ways; it can't close before the breach is confirmed.

    For an external party the deviation is the other side's own. Raises IsClosed or HasDeviation.
    """
    locked = _locked(breach)
    if locked.deviation_id is not None:
        raise refusals.HasDeviation
    deviation = deviation_open(
        title=title.strip()[:_TITLE_LENGTH] or locked.term.text[:_TITLE_LENGTH],
        unit=_answering_unit(locked, now),
        occurred_at=locked.occurred_at,
        actor=actor,
        now=now,
        source=DeviationSource.AGREEMENT,
        severity=Severity(severity),
        dimension=_DIMENSIONS[locked.term.aspect],
        shift=locked.shift,
        description=locked.what,
    )
    locked.deviation = deviation
    locked.save(update_fields=["deviation"])
    audit.record(actor=actor, action="breach.deviation_opened", target=locked, after={"deviation": deviation.number})
    return deviation


def deviation_unit(breach: Breach, now: dt.datetime) -> Unit:
    """Where a deviation on this breach is opened: at the unit that owes the term, or the area it stands in.

    For an external party it is the other side's own unit; for a closed unit the one above it.
    """
    return _answering_unit(breach, now)


def _answering_unit(breach: Breach, now: dt.datetime) -> Unit:
    relationship, owing = breach.term.agreement.relationship, owing_side(breach.term)
    unit = unit_of(relationship, owing) or unit_of(relationship, owing.other)
    if unit is None:  # no relationship has two outsiders
        raise ValueError(f"No unit in {party(relationship, owing)}")
    tree = current_tree(now)
    line = [unit.pk, *tree.ancestors(unit.pk)]
    known = Unit.objects.open_on(tree.date).with_figures().in_bulk(line)
    return next((known[pk] for pk in line if pk in known), unit)


def _locked(breach: Breach) -> Breach:
    found = (
        Breach.objects.select_for_update(of=("self",))
        .select_related(
            "shift",
            "term__agreement__relationship__supplier_unit",
            "term__agreement__relationship__customer_unit",
            "term__agreement__relationship__supplier_external",
            "term__agreement__relationship__customer_external",
        )
        .get(pk=breach.pk)
    )
    if found.confirmed_at is not None:
        raise refusals.IsClosed
    return found


def _answered(breach: Breach) -> Breach:
    found = _locked(breach)
    if found.answered_at is None:
        raise refusals.NotAnswered
    return found


def _shift_at(instant: dt.datetime) -> Shift | None:
    """The shift of an instant; None before the plant has a calendar."""
    try:
        return calendars.shift_at(instant)
    except calendars.NoCalendar:
        return None
