"""The register: who supplies whom with what. Nothing is deleted; a relationship that is over gets an end."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q

from amps import audit
from principles.agreements import refusals
from principles.agreements.models import Agreement, ExternalParty, Need, RegisterConfirmation, Relationship
from principles.teams.calendars import production_date
from principles.teams.models import Unit, User

type Party = Unit | ExternalParty

EDITABLE = ("what_en", "what_nb", "kind", "criticality")


@transaction.atomic
def relationship_add(
    *,
    supplier: Party,
    customer: Party,
    what_en: str,
    what_nb: str,
    actor: User | None,
    now: dt.datetime,
    kind: str = "delivery",
    criticality: str = "",
    valid_from: dt.date | None = None,
) -> Relationship:
    """Write down who supplies whom with what, from a production date (today's when not given).

    One of the two languages is enough. Raises NotBetweenOutsiders, or ValidationError by the row's own rules.
    """
    if isinstance(supplier, ExternalParty) and isinstance(customer, ExternalParty):
        raise refusals.NotBetweenOutsiders
    relationship = Relationship(
        what_en=what_en.strip(),
        what_nb=what_nb.strip(),
        kind=kind,
        criticality=criticality,
        valid_from=valid_from or production_date(now),
        **_as_columns("supplier", supplier),
        **_as_columns("customer", customer),
    )
    relationship.full_clean()
    relationship.save()
    audit.record(actor=actor, action="relationship.added", target=relationship, after=_snapshot(relationship))
    return relationship


@transaction.atomic
def relationship_edit(*, relationship: Relationship, actor: User, **changes: Any) -> Relationship:
    """Change some of EDITABLE. Between whom it is stays: what is agreed upon it is between these two."""
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"Not changeable: {sorted(unknown)}")
    locked = Relationship.objects.select_for_update().get(pk=relationship.pk)
    before = audit.snapshot(locked)
    for name, value in changes.items():
        setattr(locked, name, value.strip())
    locked.full_clean()
    after = audit.snapshot(locked)
    if after != before:
        locked.save()
        audit.record(actor=actor, action="relationship.edited", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def relationship_end(*, relationship: Relationship, valid_to: dt.date, actor: User, now: dt.datetime) -> Relationship:
    """The two no longer supply each other from a production date on.

    Raises TooEarly (before today, or before it began) or AgreementHolds (an agreement on it still holds then).
    """
    locked = Relationship.objects.select_for_update().get(pk=relationship.pk)
    if valid_to < max(production_date(now), locked.valid_from):
        raise refusals.TooEarly(field="valid_to")
    holding = Agreement.objects.filter(relationship=locked).signed()
    holding = holding.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=valid_to))
    if holding.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=valid_to)).exists():
        raise refusals.AgreementHolds
    before = audit.snapshot(locked, "valid_to")
    locked.valid_to = valid_to
    locked.save(update_fields=["valid_to"])
    after = audit.snapshot(locked, "valid_to")
    audit.record(actor=actor, action="relationship.ended", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def need_add(*, relationship: Relationship, text_en: str, text_nb: str, actor: User | None) -> Need:
    """Write down what the customer needs, in one language or both. Raises WordsMissing."""
    if not (text_en.strip() or text_nb.strip()):
        raise refusals.WordsMissing(field="text_nb")
    need = Need.objects.create(relationship=relationship, text_en=text_en.strip(), text_nb=text_nb.strip())
    audit.record(actor=actor, action="need.added", target=need, after=audit.snapshot(need))
    return need


@transaction.atomic
def need_retire(*, need: Need, actor: User) -> Need:
    """The customer needs it no more; terms that were written for it keep it."""
    locked = Need.objects.select_for_update().get(pk=need.pk)
    if locked.active:
        locked.active = False
        locked.save(update_fields=["active"])
        audit.record(
            actor=actor, action="need.retired", target=locked, before={"active": True}, after={"active": False}
        )
    return locked


@transaction.atomic
def party_save(
    *, party: ExternalParty | None, code: str, name_en: str, name_nb: str, active: bool, actor: User | None
) -> ExternalParty:
    """Add a party outside the plant (`party` None) or change one; its code stays. Raises ValidationError."""
    before = None
    if party is None:
        saved = ExternalParty(code=code)
    else:
        saved = ExternalParty.objects.select_for_update().get(pk=party.pk)
        before = audit.snapshot(saved)
    # One language is enough: the other shows the same name.
    saved.name_en, saved.name_nb = name_en.strip() or name_nb.strip(), name_nb.strip() or name_en.strip()
    saved.active = active
    saved.full_clean()
    saved.save()
    after = audit.snapshot(saved)
    if after != before:
        action = "party.added" if party is None else "party.edited"
        audit.record(actor=actor, action=action, target=saved, before=before, after=after)
    return saved


@transaction.atomic
def register_confirm(*, unit: Unit, actor: User, now: dt.datetime) -> RegisterConfirmation:
    """Who leads a unit says that its part of the register is complete as of now."""
    confirmation = RegisterConfirmation.objects.create(unit=unit, by=actor, at=now)
    audit.record(actor=actor, action="register.confirmed", target=unit, after={"at": now})
    return confirmation


def _as_columns(side: str, party: Party) -> dict[str, Party]:
    return {f"{side}_unit" if isinstance(party, Unit) else f"{side}_external": party}


def _snapshot(relationship: Relationship) -> dict[str, Any]:
    names = {"supplier": str(relationship.supplier), "customer": str(relationship.customer)}
    columns = ("what_en", "what_nb", "kind", "criticality", "valid_from", "valid_to")
    return {**names, **audit.snapshot(relationship, *columns)}
