"""Rows of the permission table: agreements."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from tests.permission_rows import Kwargs, Row, World, everybody, only

# Who reaches EL1 or STO: held there, above or below. The outsider's ST1 lies inside STO.
WRITES = ("technical_lead", "area_leader", "plant_manager", "administrator")
REPORTS = ("operator", "shift_lead", "technical_lead", "area_leader", "maintenance", "plant_manager", "administrator")


def objects(world: World) -> dict[str, Any]:
    """What the addresses point at, made in the small plant; found again as `world.more[...]`."""
    from principles.agreements.services import agreements, breaches, register
    from tests.agreements.world import make_draft, make_party, make_relationship

    now, people, plant = timezone.now(), world.people, world.plant
    relationship = make_relationship(supplier=plant.el1, customer=plant.casthouse, now=now)
    signed = make_draft(relationship, now=now)
    agreements.agreement_sign(agreement=signed, side="supplier", actor=people["area_leader"], now=now)
    signed = agreements.agreement_sign(agreement=signed, side="customer", actor=people["customer"], now=now)
    back = make_relationship(supplier=plant.casthouse, customer=plant.el1, what_en="Clean crucibles", now=now)
    draft = make_draft(back, now=now)
    breach = breaches.breach_report(
        term=signed.terms.get(),
        occurred_at=now - dt.timedelta(minutes=5),
        what="Too light",
        actor=people["customer"],
        now=now,
    )
    return {
        "relationship": relationship,
        "need": register.need_add(relationship=relationship, text_en="Metal in time", text_nb="", actor=None),
        "party": make_party(),
        "agreement": signed,
        "draft": draft,
        "term": draft.terms.get(),
        "breach": breaches.breach_answer(breach=breach, answer="Done", actor=people["operator"], now=now),
        "open_relationship": make_relationship(supplier=plant.el2, customer=plant.casthouse, now=now),
    }


def _pk(name: str) -> Any:
    def args(world: World) -> Kwargs:
        return {"pk": world.more[name].pk}

    return args


def _sides(world: World) -> list[Kwargs]:
    return [{"pk": world.more["draft"].pk, "side": "customer"}]


def _confirm(world: World) -> Kwargs:
    return {"unit": "EL1"}


TABLE: dict[str, Row] = {
    "agreements:agreements": Row(get=everybody()),
    "agreements:register": Row(get=everybody()),
    "agreements:picture": Row(get=everybody()),
    "agreements:parties": Row(get=everybody()),
    "agreements:register_confirm": Row(post=only("area_leader", "plant_manager", status=302), data=_confirm),
    "agreements:relationship_new": Row(get=only(*WRITES), post=only(*WRITES)),
    "agreements:relationship": Row(get=everybody(), args=_pk("relationship")),
    "agreements:relationship_edit": Row(get=only(*WRITES), post=only(*WRITES), args=_pk("relationship")),
    "agreements:relationship_end": Row(get=only(*WRITES), post=only(*WRITES), args=_pk("relationship")),
    "agreements:need_add": Row(post=only(*WRITES), args=_pk("relationship")),
    "agreements:need_retire": Row(post=only(*WRITES, status=302), args=_pk("need")),
    "agreements:party_new": Row(get=only(*WRITES), post=only(*WRITES)),
    "agreements:party_edit": Row(get=only(*WRITES), post=only(*WRITES), args=_pk("party")),
    "agreements:agreement_new": Row(get=only(*WRITES), post=only(*WRITES), args=_pk("relationship")),
    "agreements:agreement": Row(get=everybody(), args=_pk("agreement")),
    "agreements:agreement_edit": Row(get=only(*WRITES), post=only(*WRITES), args=_pk("draft")),
    "agreements:term_new": Row(get=only(*WRITES), post=only(*WRITES), args=_pk("draft")),
    "agreements:term_edit": Row(get=only(*WRITES), post=only(*WRITES), args=_pk("term")),
    "agreements:term_remove": Row(post=only(*WRITES, status=302), args=_pk("term")),
    # Sent with nothing in it, the agreement is shown again; EL1 is the customer of this one.
    "agreements:sign": Row(post=only("area_leader", "plant_manager"), args=_sides),
    "agreements:new_version": Row(post=only(*WRITES, status=302), args=_pk("agreement")),
    "agreements:agreement_end": Row(
        get=only("area_leader", "plant_manager", "customer"),
        post=only("area_leader", "plant_manager", "customer"),
        args=_pk("agreement"),
    ),
    "agreements:breach_new": Row(
        get=only(*REPORTS, "customer", "outsider"), post=only(*REPORTS, "customer", "outsider"), args=_pk("agreement")
    ),
    "agreements:breach": Row(get=everybody(), args=_pk("breach")),
    # EL1 owes the term, STO is owed it: the one side answers, the other confirms.
    "agreements:breach_answer": Row(post=only(*REPORTS), args=_pk("breach")),
    "agreements:breach_confirm": Row(post=only("customer"), args=_pk("breach")),
    "agreements:breach_send_back": Row(post=only("customer"), args=_pk("breach")),
    "agreements:breach_deviation": Row(post=only(*REPORTS, "customer", "outsider"), args=_pk("breach")),
    "agreements:deviation_breach": Row(get=everybody(), args=lambda world: {"pk": 1}),
}
