"""Principle 2: the register of who supplies whom, the agreements on it, and every breach of them."""

from principles.agreements.models.agreements import Agreement, AgreementState, Aspect, Term, TermCadence
from principles.agreements.models.breaches import Breach, BreachState
from principles.agreements.models.register import (
    Criticality,
    ExternalParty,
    Need,
    RegisterConfirmation,
    Relationship,
    RelationshipKind,
)

__all__ = [
    "Agreement",
    "AgreementState",
    "Aspect",
    "Breach",
    "BreachState",
    "Criticality",
    "ExternalParty",
    "Need",
    "RegisterConfirmation",
    "Relationship",
    "RelationshipKind",
    "Term",
    "TermCadence",
]
