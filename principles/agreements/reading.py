"""What the pages of agreements show, read with a fixed number of queries however long the lists are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Count, Model, Q, QuerySet

from principles.agreements.models import Agreement, AgreementState, Breach, Relationship, Term
from principles.agreements.parties import readable_units
from principles.teams.permissions import Access

PARTIES = ("supplier_unit", "supplier_external", "customer_unit", "customer_external")
AGREEMENT_PARTIES = tuple(f"relationship__{name}" for name in PARTIES)
BREACH_PARTIES = tuple(f"term__agreement__relationship__{name}" for name in PARTIES)


class LinkState(StrEnum):
    """What a relationship has in the way of an agreement: the gap is a state, too."""

    IN_FORCE = "in_force"
    WAITING = "waiting"  # a draft, a signature missing, or signed and not in force yet
    LAPSED = "lapsed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class BreachCount:
    """How many times something was broken, and how many of those are not closed."""

    all: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One relationship of the register. `agreement` and `breaches` are only for those who may read them."""

    relationship: Relationship
    state: LinkState
    agreement: Agreement | None
    breaches: BreachCount
    is_open: bool = field(default=False)  # whether its agreement may be read


def state_of(versions: Iterable[Agreement], date: dt.date) -> tuple[LinkState, Agreement | None]:
    """What a relationship's agreements amount to on a date, and the one that says so.

    One in force counts before a newer draft; a lapsed one is shown as lapsed until a new one waits.
    """
    by_state: dict[AgreementState, Agreement] = {}
    for agreement in sorted(versions, key=lambda one: one.version):
        by_state[agreement.state_on(date)] = agreement
    for state, link in _ORDER:
        if state in by_state:
            return link, by_state[state]
    return LinkState.NONE, None


_ORDER = (
    (AgreementState.IN_FORCE, LinkState.IN_FORCE),
    (AgreementState.COMING, LinkState.WAITING),
    (AgreementState.WAITING, LinkState.WAITING),
    (AgreementState.DRAFT, LinkState.WAITING),
    (AgreementState.LAPSED, LinkState.LAPSED),
)


def register_lines(relationships: QuerySet[Relationship], access: Access) -> list[Line]:
    """The lines of the register (three queries)."""
    known = list(relationships.select_related(*PARTIES))
    ids = [one.pk for one in known]
    versions: defaultdict[int, list[Agreement]] = defaultdict(list)
    for version in Agreement.objects.filter(relationship__in=ids):
        versions[version.relationship_id].append(version)
    counts = breach_counts(
        "term__agreement__relationship", Breach.objects.filter(term__agreement__relationship__in=ids)
    )
    mine = readable_units(access)
    lines = []
    for one in known:
        state, agreement = state_of(versions[one.pk], access.tree.date)
        is_open = bool({one.supplier_unit_id, one.customer_unit_id} & mine)
        lines.append(
            Line(
                relationship=one,
                state=state,
                agreement=agreement if is_open else None,
                breaches=counts.get(one.pk, BreachCount()) if is_open else BreachCount(),
                is_open=is_open,
            )
        )
    return lines


def breach_counts(by: str, breaches: QuerySet[Breach]) -> dict[int, BreachCount]:
    """Counts of breaches by a column (one query)."""
    rows = breaches.order_by().values(by).annotate(n=Count("pk"), n_open=Count("pk", filter=Q(confirmed_at=None)))
    return {row[by]: BreachCount(row["n"], row["n_open"]) for row in rows}


def readable_agreements(access: Access) -> QuerySet[Agreement]:
    """The agreements that the person may read, with their parties."""
    found = Agreement.objects.select_related("relationship", *AGREEMENT_PARTIES)
    if access.is_superuser:
        return found
    units = readable_units(access)
    return found.filter(Q(relationship__supplier_unit__in=units) | Q(relationship__customer_unit__in=units))


def _of_units(model: type[Model], path: str) -> Callable[[frozenset[int]], QuerySet[Any, Any]]:
    def found(units: frozenset[int]) -> QuerySet[Any, Any]:
        either = Q(**{f"{path}supplier_unit__in": units}) | Q(**{f"{path}customer_unit__in": units})
        return model._default_manager.filter(either)

    return found


# Rows that readers of the audit trail of some units may know of, by kind.
ON_THE_TRAIL: dict[str, Callable[[frozenset[int]], QuerySet[Any, Any]]] = {
    "agreements.agreement": _of_units(Agreement, "relationship__"),
    "agreements.term": _of_units(Term, "agreement__relationship__"),
    "agreements.breach": _of_units(Breach, "term__agreement__relationship__"),
}


def readable_breaches(access: Access) -> QuerySet[Breach]:
    """The breaches that the person may read, with their term and parties."""
    found = Breach.objects.select_related("term__agreement__relationship", "shift", "deviation", *BREACH_PARTIES)
    if access.is_superuser:
        return found
    units = readable_units(access)
    return found.filter(
        Q(term__agreement__relationship__supplier_unit__in=units)
        | Q(term__agreement__relationship__customer_unit__in=units)
    )
