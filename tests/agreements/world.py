"""The small plant with the potroom and the casthouse, who supply each other, and the people of both."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from principles.agreements.models import Agreement, Breach, ExternalParty, Relationship, Term
from principles.agreements.parties import Side
from principles.agreements.services import agreements, breaches, register
from principles.teams.models import Role, User
from tests import factories as make

NOW = make.oslo("2026-03-10 10:00")
TODAY = dt.date(2026, 3, 10)


@dataclass(frozen=True)
class World:
    """EL1 supplies STO with metal; people of both sides, and above and beside them."""

    plant: make.Plant
    relationship: Relationship
    operator: User  # EL1
    leader: User  # area leader of EL1
    technical: User  # technical lead of ELK
    customer: User  # represents STO
    caster: User  # operator of ST1, inside the customer
    manager: User  # plant manager
    stranger: User  # area leader of EL2


def make_world(now: dt.datetime = NOW) -> World:
    """The plant and its people, with nothing agreed yet."""
    plant = make.make_plant()
    make.make_schedule()
    people = {
        "operator": make.make_person(Role.OPERATOR, plant.el1, "operator"),
        "leader": make.make_person(Role.AREA_LEADER, plant.el1, "leader"),
        "technical": make.make_person(Role.TECHNICAL_LEAD, plant.electrolysis, "technical"),
        "customer": make.make_person(Role.CUSTOMER, plant.casthouse, "customer"),
        "caster": make.make_person(Role.OPERATOR, plant.st1, "caster"),
        "manager": make.make_person(Role.PLANT_MANAGER, plant.plant, "manager"),
        "stranger": make.make_person(Role.AREA_LEADER, plant.el2, "stranger"),
    }
    relationship = make_relationship(supplier=plant.el1, customer=plant.casthouse, now=now)
    return World(plant=plant, relationship=relationship, **people)


def make_relationship(*, supplier: Any, customer: Any, now: dt.datetime = NOW, **fields: Any) -> Relationship:
    """One line of the register."""
    named = {"what_en": "Liquid metal", "what_nb": "Flytende metall", "criticality": "critical", **fields}
    named.setdefault("valid_from", make.START)
    return register.relationship_add(supplier=supplier, customer=customer, actor=None, now=now, **named)


def make_party(code: str = "HARBOUR") -> ExternalParty:
    """A party outside the plant."""
    return ExternalParty.objects.create(code=code, name_en="The harbour", name_nb="Havna")


def make_draft(relationship: Relationship, *, now: dt.datetime = NOW, **fields: Any) -> Agreement:
    """A draft with one term: the mass of a crucible, 4950 to 5050 kg."""
    named = {
        "title_en": "Metal to the casthouse",
        "title_nb": "Metall til støperiet",
        "valid_from": make.START,
        **fields,
    }
    draft = agreements.agreement_draft(relationship=relationship, actor=None, now=now, **named)
    make_term(draft, now=now)
    return draft


def make_term(agreement: Agreement, *, now: dt.datetime = NOW, **fields: Any) -> Term:
    """A term on a draft."""
    values = {
        "text_en": "Mass of each crucible",
        "text_nb": "Masse i hver digel",
        "aspect": "volume",
        "lower": Decimal(4950),
        "upper": Decimal(5050),
        "unit": "kg",
        "decimals": 0,
        **fields,
    }
    return agreements.term_save(agreement=agreement, actor=None, now=now, **values)


def make_signed(world: World, *, now: dt.datetime = NOW, **fields: Any) -> Agreement:
    """An agreement in force between EL1 and STO, signed by both."""
    draft = make_draft(world.relationship, now=now, **fields)
    agreements.agreement_sign(agreement=draft, side=Side.SUPPLIER, actor=world.leader, now=now)
    return agreements.agreement_sign(agreement=draft, side=Side.CUSTOMER, actor=world.customer, now=now)


def make_breach(agreement: Agreement, actor: User, *, now: dt.datetime = NOW, **fields: Any) -> Breach:
    """One breach of the agreement's first term, an hour ago."""
    values = {"what": "Too light", "value": Decimal(4890), "occurred_at": now - dt.timedelta(hours=1), **fields}
    term = values.pop("term", None) or agreement.terms.first()
    assert term is not None
    return breaches.breach_report(term=term, actor=actor, now=now, **values)
