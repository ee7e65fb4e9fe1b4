"""Who speaks for the two sides of an agreement: who may read it, sign, report, answer and confirm.

Pure rules on a person's access and plain parties; no page asks the roles itself.
"""

from __future__ import annotations

from enum import StrEnum

from principles.agreements.models import Agreement, ExternalParty, Relationship, Term
from principles.teams.models import Unit, UnitKind
from principles.teams.permissions import CAPABILITIES, Access, Capability

_TOPS = (UnitKind.COMPANY, UnitKind.PLANT)


class Side(StrEnum):
    """The two sides of a relationship; as the address of a page names them."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"

    @property
    def other(self) -> Side:
        return Side.CUSTOMER if self == Side.SUPPLIER else Side.SUPPLIER


def party(relationship: Relationship, side: Side) -> Unit | ExternalParty:
    """Who stands on a side."""
    return relationship.supplier if side == Side.SUPPLIER else relationship.customer


def unit_of(relationship: Relationship, side: Side) -> Unit | None:
    """The unit on a side; None for an external party."""
    return relationship.supplier_unit if side == Side.SUPPLIER else relationship.customer_unit


def units_of(relationship: Relationship) -> list[Unit]:
    """The units among the two."""
    return [unit for unit in (relationship.supplier_unit, relationship.customer_unit) if unit is not None]


def closed_units(relationship: Relationship, access: Access) -> list[Unit]:
    """Those of the two that are out of use on the access's date."""
    return [unit for unit in units_of(relationship) if _is_closed(unit, access)]


def owing_side(term: Term) -> Side:
    """The side that owes a term: usually the supplier."""
    return Side.CUSTOMER if term.owed_by_customer else Side.SUPPLIER


def can(access: Access, capability: Capability, relationship: Relationship, side: Side) -> bool:
    """Whether the person may do something for one side; for an external one, whoever may for the other side."""
    unit = unit_of(relationship, side) or unit_of(relationship, side.other)
    return unit is not None and access.can(capability, unit)


def can_for_either(access: Access, capability: Capability, relationship: Relationship) -> bool:
    """Whether the person may do something in the unit of either party."""
    return any(access.can(capability, unit) for unit in units_of(relationship))


def may_read(access: Access, relationship: Relationship) -> bool:
    """Whether a role of the person reaches either party: held in it, above it or below it."""
    if access.is_superuser:
        return True
    held = set(access.areas())
    return any(held & _near(access, unit.pk) for unit in units_of(relationship))


def readable_units(access: Access) -> frozenset[int]:
    """Ids of the units whose agreements the person may read."""
    if access.is_superuser:
        return frozenset(access.tree.kinds)
    return frozenset(near for place in access.areas() for near in _near(access, place))


def may_sign(access: Access, agreement: Agreement, side: Side) -> bool:
    """Whether the person may sign for a side, or note the signature of an external one."""
    return can(access, Capability.SIGN_AGREEMENTS, agreement.relationship, side)


def may_report(access: Access, relationship: Relationship) -> bool:
    """Whether the person may say that an agreement was broken: people of either side, also of units inside it."""
    return any(_is_of(access, relationship, side) for side in Side)


def may_answer(access: Access, term: Term) -> bool:
    """Whether the person may answer for the party that owes a term: its people, those inside it and those above it."""
    return _is_of(access, term.agreement.relationship, owing_side(term))


def _is_of(access: Access, relationship: Relationship, side: Side) -> bool:
    """Whether the person may report and answer breaches for a side; for an external one its counterpart does.

    Who works in an area of a unit is of the unit; not where that area is the other side.
    """
    unit, other = unit_of(relationship, side), unit_of(relationship, side.other)
    if unit is None:
        return other is not None and _is_of(access, relationship, side.other)
    if access.can(Capability.REPORT_BREACH, unit):
        return True
    inside = set(access.tree.descendants(unit.pk))
    if other is not None:
        inside -= {other.pk, *access.tree.descendants(other.pk)}
    return bool(inside & _held(access, Capability.REPORT_BREACH))


def may_confirm(access: Access, term: Term) -> bool:
    """Whether the person speaks for the side that a term is owed to, and only for it.

    The right to sign counts where it is held in that side's own unit, inside it, or above it below the plant, and
    not where it also reaches the owing side. For a closed unit the nearest unit in use above it speaks. For an
    external party it is noted by whoever stands above the owing unit: never by that unit itself.
    """
    relationship, owing = term.agreement.relationship, owing_side(term)
    receiving_unit, owing_unit = unit_of(relationship, owing.other), unit_of(relationship, owing)
    places = _held(access, Capability.SIGN_AGREEMENTS)
    if receiving_unit is None:
        return owing_unit is not None and bool(places & _above(access, owing_unit.pk))
    own = _speaking(access, receiving_unit)
    if own in places:
        return True
    foreign = _near(access, owing_unit.pk) if owing_unit is not None else frozenset()
    return any(
        place not in foreign and access.tree.kinds.get(place) not in _TOPS for place in places & _near(access, own)
    )


def _held(access: Access, capability: Capability) -> frozenset[int]:
    """Ids of the units in which a role is held that allows something; not what stands below them."""
    return frozenset(
        place for place in access.areas() if any(capability in CAPABILITIES[role] for role in access.held_in(place))
    )


def _near(access: Access, unit_id: int) -> frozenset[int]:
    """A unit with everything above and below it."""
    return frozenset((unit_id, *access.tree.ancestors(unit_id), *access.tree.descendants(unit_id)))


def _above(access: Access, unit_id: int) -> frozenset[int]:
    """What stands above a unit; of the plant itself, the plant."""
    above = access.tree.ancestors(unit_id)
    return frozenset((unit_id, *above)) if access.tree.kinds.get(unit_id) in _TOPS else frozenset(above)


def _is_closed(unit: Unit, access: Access) -> bool:
    return unit.closed is not None and unit.closed <= access.tree.date


def _speaking(access: Access, unit: Unit) -> int:
    """The unit itself, or the nearest one in use above a closed one."""
    if not _is_closed(unit, access):
        return unit.pk
    above = access.tree.ancestors(unit.pk)
    in_use = set(Unit.objects.open_on(access.tree.date).filter(pk__in=above).values_list("pk", flat=True))
    return next((place for place in above if place in in_use), unit.pk)
