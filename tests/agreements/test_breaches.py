"""Breaches: counted one by one, answered by who owes the term, confirmed by the other side only."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from amps.models import AuditEntry
from principles.agreements import refusals
from principles.agreements.models import Breach, BreachState
from principles.agreements.parties import Side
from principles.agreements.services import agreements, breaches
from principles.improvement.services.gate import closing_gate
from principles.teams.models import Role, Unit
from tests import factories as make
from tests.agreements.world import NOW, World, make_breach, make_draft, make_party, make_relationship, make_signed

HOUR = dt.timedelta(hours=1)


def answered(world: World) -> Breach:
    breach = make_breach(make_signed(world), world.caster)
    return breaches.breach_answer(breach=breach, answer="New scale calibrated", actor=world.operator, now=NOW)


def test_a_reported_breach_names_its_shift_and_who_said_so(world):
    breach = make_breach(make_signed(world), world.caster)
    assert breach.state == BreachState.OPEN
    assert (breach.shift.production_date, breach.shift.code) == (dt.date(2026, 3, 10), "M")
    assert (breach.reported_by, breach.value, breach.what) == (world.caster, Decimal(4890), "Too light")
    assert AuditEntry.objects.filter(action="breach.reported", target_id=str(breach.pk)).count() == 1


def test_the_same_thing_twice_counts_twice(world):
    agreement = make_signed(world)
    for _ in range(3):
        make_breach(agreement, world.caster)
    assert Breach.objects.of_agreements([agreement.pk]).count() == 3


def test_a_breach_is_not_in_the_future_and_needs_words_or_a_value(world):
    agreement = make_signed(world)
    with pytest.raises(refusals.InTheFuture):
        make_breach(agreement, world.caster, occurred_at=NOW + HOUR)
    with pytest.raises(refusals.WordsMissing):
        make_breach(agreement, world.caster, what=" ", value=None)
    assert Breach.objects.count() == 0


def test_only_what_was_in_force_then_is_broken(world):
    agreement = make_signed(world, valid_from=dt.date(2026, 3, 9))
    with pytest.raises(refusals.NotInForce):
        make_breach(agreement, world.caster, occurred_at=make.oslo("2026-03-09 05:30"))  # production date 8 March
    make_breach(agreement, world.caster, occurred_at=make.oslo("2026-03-09 06:30"))
    agreements.agreement_end(agreement=agreement, ended_on=dt.date(2026, 3, 11), actor=world.leader, now=NOW)
    agreement.refresh_from_db()
    later = NOW + dt.timedelta(days=2)
    make_breach(agreement, world.caster, now=later, occurred_at=NOW)
    with pytest.raises(refusals.NotInForce):
        make_breach(agreement, world.caster, now=later)


def test_a_draft_is_not_broken(world):
    with pytest.raises(refusals.NotSigned):
        make_breach(make_draft(world.relationship), world.caster)


def test_a_measured_breach_is_stored_once_for_its_period(world):
    term = make_signed(world).terms.get()
    same = {
        "term": term,
        "cadence": "shift",
        "first": dt.date(2026, 3, 10),
        "number": 1,
        "occurred_at": NOW,
        "now": NOW,
    }
    first, made = breaches.breach_record_measured(value=Decimal(4900), **same)
    again, made_again = breaches.breach_record_measured(value=Decimal(4890), **same)
    assert (made, made_again) == (True, False)
    assert first.pk == again.pk
    assert again.value == Decimal(4900)
    assert again.reported_by is None
    assert AuditEntry.objects.filter(action="breach.measured").count() == 1
    _, other = breaches.breach_record_measured(value=Decimal(4890), **{**same, "number": 2})
    assert other
    with pytest.raises(ValueError, match="keeps"):
        breaches.breach_record_measured(value=Decimal(5000), **{**same, "number": 3})


def test_the_customer_confirms_and_the_breach_stays_counted(world):
    breach = answered(world)
    closed = breaches.breach_confirm(breach=breach, words="Weighed again, right", actor=world.customer, now=NOW)
    assert closed.state == BreachState.CLOSED
    assert (closed.confirmed_by, closed.confirmation) == (world.customer, "Weighed again, right")
    assert Breach.objects.count() == 1
    with pytest.raises(refusals.IsClosed):
        breaches.breach_answer(breach=closed, answer="More", actor=world.operator, now=NOW)
    assert AuditEntry.objects.filter(action="breach.confirmed").count() == 1


@pytest.mark.parametrize("who", ["operator", "leader", "technical", "caster", "manager", "stranger"])
def test_nobody_but_the_customer_confirms(world, who):
    breach = answered(world)
    with pytest.raises(refusals.NotYours):
        breaches.breach_confirm(breach=breach, words="Fine", actor=getattr(world, who), now=NOW)
    with pytest.raises(refusals.NotYours):
        breaches.breach_send_back(breach=breach, words="No", actor=getattr(world, who), now=NOW)
    breach.refresh_from_db()
    assert breach.state == BreachState.ANSWERED


@pytest.mark.parametrize(
    ("role", "code", "may"),
    [
        (Role.AREA_LEADER, "ST1", True),  # inside the customer
        (Role.AREA_LEADER, "STO", True),
        (Role.PLANT_MANAGER, "STO", True),
        (Role.OPERATOR, "STO", False),
        (Role.AREA_LEADER, "ELK", False),  # above the supplier only
        (Role.AREA_LEADER, "VERK", False),  # above both
        (Role.ADMINISTRATOR, "DEMO", False),
    ],
)
def test_the_right_counts_where_it_is_held_on_the_customers_side(world, role, code, may):
    breach = answered(world)
    person = make.make_person(role, Unit.objects.get(code=code))
    if may:
        assert breaches.breach_confirm(breach=breach, words="Fine", actor=person, now=NOW).confirmed_by == person
    else:
        with pytest.raises(refusals.NotYours):
            breaches.breach_confirm(breach=breach, words="Fine", actor=person, now=NOW)


def test_what_the_customer_owes_is_confirmed_by_the_supplier(world):
    draft = make_draft(world.relationship)
    agreements.term_save(agreement=draft, term=draft.terms.get(), owed_by_customer=True, actor=world.technical, now=NOW)
    draft.refresh_from_db()
    agreements.agreement_sign(agreement=draft, side=Side.SUPPLIER, actor=world.leader, now=NOW)
    signed = agreements.agreement_sign(agreement=draft, side=Side.CUSTOMER, actor=world.customer, now=NOW)
    breach = make_breach(signed, world.operator)
    breach = breaches.breach_answer(breach=breach, answer="Crucibles are heated now", actor=world.caster, now=NOW)
    with pytest.raises(refusals.NotYours):
        breaches.breach_confirm(breach=breach, words="Fine", actor=world.customer, now=NOW)
    assert breaches.breach_confirm(breach=breach, words="Fine", actor=world.leader, now=NOW).confirmed_at == NOW


def test_an_unanswered_breach_is_not_confirmed(world):
    breach = make_breach(make_signed(world), world.caster)
    with pytest.raises(refusals.NotAnswered):
        breaches.breach_confirm(breach=breach, words="Fine", actor=world.customer, now=NOW)


def test_who_answered_does_not_confirm(world):
    both = make.make_person(Role.AREA_LEADER, world.plant.el1)
    make.give_role(both, Role.CUSTOMER, world.plant.casthouse)
    breach = make_breach(make_signed(world), world.caster)
    breach = breaches.breach_answer(breach=breach, answer="Done", actor=both, now=NOW)
    with pytest.raises(refusals.OwnAnswer):
        breaches.breach_confirm(breach=breach, words="Fine", actor=both, now=NOW)


def test_an_answer_sent_back_opens_the_breach_again(world):
    back = breaches.breach_send_back(breach=answered(world), words="Still too light", actor=world.customer, now=NOW)
    assert (back.state, back.sent_back, back.answer) == (BreachState.OPEN, "Still too light", "New scale calibrated")
    again = breaches.breach_answer(breach=back, answer="Scale replaced", actor=world.operator, now=NOW + HOUR)
    assert again.state == BreachState.ANSWERED


def test_an_external_customers_confirmation_is_noted_from_above_the_supplier(world):
    sale = make_relationship(supplier=world.plant.casthouse, customer=make_party())
    draft = make_draft(sale)
    agreements.agreement_sign(agreement=draft, side=Side.SUPPLIER, actor=world.customer, now=NOW)
    signed = agreements.agreement_sign(
        agreement=draft, side=Side.CUSTOMER, actor=world.customer, now=NOW, name="The harbour master"
    )
    breach = make_breach(signed, world.caster)
    breach = breaches.breach_answer(breach=breach, answer="Repacked", actor=world.caster, now=NOW)
    with pytest.raises(refusals.NotYours):
        breaches.breach_confirm(breach=breach, words="Fine", actor=world.customer, now=NOW, name="The harbour master")
    with pytest.raises(refusals.NameMissing):
        breaches.breach_confirm(breach=breach, words="Fine", actor=world.manager, now=NOW)
    closed = breaches.breach_confirm(
        breach=breach, words="Fine", actor=world.manager, now=NOW, name="The harbour master"
    )
    assert (closed.confirmed_name, closed.confirmed_by) == ("The harbour master", world.manager)


def close_unit(unit: Unit) -> None:
    Unit.objects.filter(pk=unit.pk).update(closed=dt.date(2026, 3, 10))


def test_for_a_closed_customer_the_unit_above_confirms(world):
    breach = answered(world)
    close_unit(world.plant.st1)
    close_unit(world.plant.casthouse)
    closed = breaches.breach_confirm(breach=breach, words="The plant takes it over", actor=world.manager, now=NOW)
    assert closed.confirmed_by == world.manager


def test_for_a_closed_supplier_the_unit_above_answers_and_gets_the_deviation(world):
    breach = make_breach(make_signed(world), world.caster)
    for unit in (*world.plant.cells, world.plant.section1, world.plant.section2, world.plant.el1):
        close_unit(unit)
    deviation = breaches.breach_deviation_open(breach=breach, title="", actor=world.customer, now=NOW)
    assert deviation.unit == world.plant.electrolysis
    answered_breach = breaches.breach_answer(breach=breach, answer="From above", actor=world.technical, now=NOW)
    assert answered_breach.state == BreachState.ANSWERED


def test_a_deviation_on_a_breach_waits_for_the_customer(world):
    breach = make_breach(make_signed(world), world.caster)
    deviation = breaches.breach_deviation_open(
        breach=breach, title="Crucibles too light", actor=world.caster, now=NOW, severity="high"
    )
    assert (deviation.source, deviation.unit, deviation.dimension) == ("agreement", world.plant.el1, "volume")
    assert (deviation.severity, deviation.shift) == ("high", breach.shift)
    assert "breach" in {obstacle.code for obstacle in closing_gate(deviation)}
    with pytest.raises(refusals.HasDeviation):
        breaches.breach_deviation_open(breach=breach, title="Again", actor=world.caster, now=NOW)
    breach = breaches.breach_answer(breach=breach, answer="Done", actor=world.operator, now=NOW)
    assert "breach" in {obstacle.code for obstacle in closing_gate(deviation)}
    breaches.breach_confirm(breach=breach, words="Fine", actor=world.customer, now=NOW)
    assert "breach" not in {obstacle.code for obstacle in closing_gate(deviation)}
