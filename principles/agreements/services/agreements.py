"""Agreements: drafted, signed by both sides, locked; changed only by a new version, ended by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max

from amps import audit
from principles.agreements import refusals
from principles.agreements.models import Agreement, AgreementState, Relationship, Term
from principles.agreements.parties import Side, may_sign, unit_of
from principles.teams.calendars import production_date
from principles.teams.models import User
from principles.teams.permissions import Access, access_of

COPIED = (
    "title_en",
    "title_nb",
    "scope",
    "supplier_duties",
    "customer_duties",
    "information",
    "reaction",
    "supplier_contact",
    "customer_contact",
    "arena",
)
EDITABLE = (*COPIED, "valid_from", "valid_to", "review_on")
TERM_FIELDS = (
    "aspect",
    "text_en",
    "text_nb",
    "owed_by_customer",
    "lower",
    "upper",
    "unit",
    "decimals",
    "cadence",
    "need",
)
_LIVING = (AgreementState.DRAFT, AgreementState.WAITING, AgreementState.COMING, AgreementState.IN_FORCE)


@transaction.atomic
def agreement_draft(*, relationship: Relationship, actor: User | None, now: dt.datetime, **fields: Any) -> Agreement:
    """Begin the first agreement of a relationship (or a fresh one after the last was ended); `fields` of EDITABLE.

    Raises AlreadyThere, RelationshipEnded or PartyClosed, or ValidationError by the row's own rules.
    """
    _known(fields, EDITABLE)
    locked = _relationship(relationship)
    today = production_date(now)
    _open_check(locked, today)
    versions = list(Agreement.objects.filter(relationship=locked))
    if any(one.state_on(today) in _LIVING for one in versions):
        raise refusals.AlreadyThere
    agreement = Agreement(
        relationship=locked,
        version=max((one.version for one in versions), default=0) + 1,
        created_by=actor,
        created_at=now,
        **{"valid_from": today, **fields},
    )
    agreement.full_clean(exclude=["supplier_signed_by", "customer_signed_by", "created_by"])
    agreement.save()
    audit.record(actor=actor, action="agreement.drafted", target=agreement, after=_snapshot(agreement))
    return agreement


@transaction.atomic
def agreement_edit(
    *, agreement: Agreement, actor: User, now: dt.datetime, edit: int | None = None, **changes: Any
) -> Agreement:
    """Change some of EDITABLE of a draft. `edit`: the counter it was read at.

    A signature given before is taken back: nobody has signed what they have not seen. Raises NotADraft, Changed,
    TooEarly, or ValidationError by the row's own rules.
    """
    _known(changes, EDITABLE)
    locked = _draft(agreement, now=now, edit=edit)
    before = _snapshot(locked)
    for name, value in changes.items():
        setattr(locked, name, value.strip() if isinstance(value, str) else value)
    _starts_after_the_one_before(locked)
    locked.full_clean(exclude=["supplier_signed_by", "customer_signed_by", "created_by"])
    after = _snapshot(locked)
    if after != before:
        _changed(locked, actor)
        audit.record(actor=actor, action="agreement.edited", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def term_save(
    *,
    agreement: Agreement,
    actor: User | None,
    now: dt.datetime,
    term: Term | None = None,
    edit: int | None = None,
    **fields: Any,
) -> Term:
    """Add a term to a draft (`term` None), or change one; `fields` of TERM_FIELDS.

    Raises NotADraft, Changed, or ValidationError by the row's own rules.
    """
    _known(fields, TERM_FIELDS)
    locked = _draft(agreement, now=now, edit=edit)
    if term is None:
        last = locked.terms.aggregate(last=Max("position"))["last"]
        saved, before = Term(agreement=locked, position=(last or 0) + 1), None
    else:
        saved = Term.objects.select_for_update().get(pk=term.pk, agreement=locked)
        before = audit.snapshot(saved)
    for name, value in fields.items():
        setattr(saved, name, value.strip() if isinstance(value, str) else value)
    saved.full_clean()
    saved.save()
    after = audit.snapshot(saved)
    if after != before:
        _changed(locked, actor)
        action = "term.added" if term is None else "term.edited"
        audit.record(actor=actor, action=action, target=saved, before=before, after=after)
    return saved


@transaction.atomic
def term_remove(*, term: Term, actor: User, now: dt.datetime, edit: int | None = None) -> Agreement:
    """Take a term off a draft. Raises NotADraft or Changed."""
    locked = _draft(term.agreement, now=now, edit=edit)
    found = Term.objects.get(pk=term.pk)
    audit.record(actor=actor, action="term.removed", target=found, before=audit.snapshot(found))
    found.delete()
    _changed(locked, actor)
    return locked


@transaction.atomic
def agreement_sign(
    *,
    agreement: Agreement,
    side: Side | str,
    actor: User,
    now: dt.datetime,
    name: str = "",
    edit: int | None = None,
) -> Agreement:
    """Sign for one side, once. `name`: who signed for an external party, noted by the actor; `edit`: as it was read.

    With the second signature the agreement is locked, and the version before it ends where this one begins. Raises
    NotADraft, Changed, AlreadySigned, SameSigner, NotYours, NameMissing, NoTerms, HasPassed, PartyClosed or
    RelationshipEnded.
    """
    side = Side(side)
    _relationship(agreement.relationship)
    locked = _locked(agreement)
    today = production_date(now)
    if getattr(locked, f"{side}_signed_at") is not None:
        raise refusals.AlreadySigned
    if locked.is_signed or locked.state_on(today) == AgreementState.ENDED:
        raise refusals.NotADraft
    if edit is not None and locked.edit != edit:
        raise refusals.Changed
    access = access_of(actor, now=now)
    _signable(locked, access, side)
    is_external = unit_of(locked.relationship, side) is None
    if is_external and not name.strip():
        raise refusals.NameMissing
    other_is_external = unit_of(locked.relationship, side.other) is None
    if getattr(locked, f"{side.other}_signed_by_id") == actor.pk and not is_external and not other_is_external:
        raise refusals.SameSigner
    setattr(locked, f"{side}_signed_by", actor)
    setattr(locked, f"{side}_signed_at", now)
    setattr(locked, f"{side}_signed_name", name.strip() if is_external else "")
    locked.save()
    after = {"side": side.value, "name": name.strip() if is_external else str(actor), "edit": locked.edit}
    audit.record(actor=actor, action="agreement.signed", target=locked, after=after)
    _replace_earlier(locked, actor)
    return locked


@transaction.atomic
def agreement_new_version(*, agreement: Agreement, actor: User, now: dt.datetime) -> Agreement:
    """A draft of the next version with everything copied, each term tied to the one it follows.

    Raises NotSigned (the newest is still a draft), PartyClosed or RelationshipEnded.
    """
    relationship = _relationship(agreement.relationship)
    today = production_date(now)
    _open_check(relationship, today)
    newest = Agreement.objects.select_for_update().filter(relationship=relationship).order_by("-version")[0]
    if newest.state_on(today) in (AgreementState.DRAFT, AgreementState.WAITING):
        raise refusals.NotSigned
    made = Agreement.objects.create(
        relationship=relationship,
        version=newest.version + 1,
        valid_from=max(today, newest.valid_from + dt.timedelta(days=1)),
        created_by=actor,
        created_at=now,
        **{name: getattr(newest, name) for name in COPIED},
    )
    copies = [
        Term(
            agreement=made,
            position=term.position,
            previous=term,
            **{name: getattr(term, name) for name in TERM_FIELDS},
        )
        for term in newest.terms.select_related("need")
    ]
    Term.objects.bulk_create(copies)
    audit.record(actor=actor, action="agreement.new_version", target=made, after={"after": newest.number})
    return made


@transaction.atomic
def agreement_end(*, agreement: Agreement, ended_on: dt.date, actor: User, now: dt.datetime) -> Agreement:
    """End an agreement from a production date on, or call off a draft. Its breaches can still be answered and closed.

    Raises NotADraft (it has ended) or TooEarly.
    """
    locked = _locked(agreement)
    today = production_date(now)
    if locked.state_on(today) in (AgreementState.ENDED, AgreementState.LAPSED):
        raise refusals.NotADraft
    if ended_on < today:
        raise refusals.TooEarly(field="ended_on")
    before = audit.snapshot(locked, "ended_on")
    locked.ended_on = ended_on
    locked.save(update_fields=["ended_on"])
    after = audit.snapshot(locked, "ended_on")
    audit.record(actor=actor, action="agreement.ended", target=locked, before=before, after=after)
    return locked


def _signable(agreement: Agreement, access: Access, side: Side) -> None:
    today = access.tree.date
    if not may_sign(access, agreement, side):
        raise refusals.NotYours
    _open_check(agreement.relationship, today)
    if agreement.valid_to is not None and agreement.valid_to <= today:
        raise refusals.HasPassed
    if not agreement.terms.exists():
        raise refusals.NoTerms


def _replace_earlier(agreement: Agreement, actor: User) -> None:
    """Once this one is signed by both, the versions before end where it begins, if they last that long."""
    if not agreement.is_signed:
        return
    earlier = Agreement.objects.filter(relationship=agreement.relationship, version__lt=agreement.version)
    for one in earlier.signed().select_for_update():
        if one.ended_on is None or one.ended_on > agreement.valid_from:
            before = audit.snapshot(one, "ended_on")
            one.ended_on = agreement.valid_from
            one.save(update_fields=["ended_on"])
            after = {"ended_on": one.ended_on, "replaced_by": agreement.number}
            audit.record(actor=actor, action="agreement.replaced", target=one, before=before, after=after)


def _starts_after_the_one_before(agreement: Agreement) -> None:
    earlier = Agreement.objects.filter(relationship=agreement.relationship, version__lt=agreement.version).signed()
    last = earlier.aggregate(last=Max("valid_from"))["last"]
    if last is not None and agreement.valid_from <= last:
        raise refusals.TooEarly(field="valid_from")


def _changed(agreement: Agreement, actor: User | None) -> None:
    """Count the draft's edit up and take back a signature that was given on what it was."""
    for side in Side:
        if getattr(agreement, f"{side}_signed_at") is not None:
            setattr(agreement, f"{side}_signed_at", None)
            setattr(agreement, f"{side}_signed_by", None)
            setattr(agreement, f"{side}_signed_name", "")
            audit.record(actor=actor, action="agreement.unsigned", target=agreement, after={"side": side.value})
    agreement.edit += 1
    agreement.save()


def _draft(agreement: Agreement, *, now: dt.datetime, edit: int | None) -> Agreement:
    locked = _locked(agreement)
    if locked.is_signed or locked.ended_on is not None:
        raise refusals.NotADraft
    if edit is not None and locked.edit != edit:
        raise refusals.Changed
    _open_check(locked.relationship, production_date(now))
    return locked


def _locked(agreement: Agreement) -> Agreement:
    return (
        Agreement.objects.select_for_update(of=("self",))
        .select_related(
            "relationship__supplier_unit",
            "relationship__customer_unit",
            "relationship__supplier_external",
            "relationship__customer_external",
        )
        .get(pk=agreement.pk)
    )


def _relationship(relationship: Relationship) -> Relationship:
    """The relationship locked: its versions are made and replaced one at a time."""
    return (
        Relationship.objects.select_for_update(of=("self",))
        .select_related("supplier_unit", "customer_unit")
        .get(pk=relationship.pk)
    )


def _open_check(relationship: Relationship, today: dt.date) -> None:
    if relationship.valid_to is not None and relationship.valid_to <= today:
        raise refusals.RelationshipEnded
    units = (relationship.supplier_unit, relationship.customer_unit)
    if any(unit is not None and unit.closed is not None and unit.closed <= today for unit in units):
        raise refusals.PartyClosed


def _known(fields: dict[str, Any], known: tuple[str, ...]) -> None:
    unknown = fields.keys() - set(known)
    if unknown:
        raise TypeError(f"Not a field of it: {sorted(unknown)}")


def _snapshot(agreement: Agreement) -> dict[str, Any]:
    return audit.snapshot(agreement, *EDITABLE)
