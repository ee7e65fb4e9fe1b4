"""Agreements: drafted, signed once by each side, locked, replaced by a new version, ended."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from amps.models import AuditEntry
from principles.agreements import refusals
from principles.agreements.models import Agreement, AgreementState, Term
from principles.agreements.parties import Side
from principles.agreements.reading import LinkState, state_of
from principles.agreements.services import agreements
from principles.agreements.wording import LimitChange, completeness, limit_change, limit_text, value_text
from principles.teams.models import Unit
from tests.agreements.world import (
    NOW,
    TODAY,
    World,
    make_draft,
    make_party,
    make_relationship,
    make_signed,
    make_term,
)

DAY = dt.timedelta(days=1)


def sign(agreement: Agreement, world: World, side: Side, **options) -> Agreement:
    actor = world.leader if side == Side.SUPPLIER else world.customer
    return agreements.agreement_sign(agreement=agreement, side=side, actor=actor, now=NOW, **options)


def actions_of(agreement: Agreement) -> list[str]:
    entries = AuditEntry.objects.filter(target_type="agreements.agreement", target_id=str(agreement.pk))
    return list(entries.order_by("pk").values_list("action", flat=True))


def test_a_draft_becomes_an_agreement_with_both_signatures(world):
    draft = make_draft(world.relationship)
    assert draft.state_on(TODAY) == AgreementState.DRAFT
    half = sign(draft, world, Side.SUPPLIER)
    assert half.state_on(TODAY) == AgreementState.WAITING
    whole = sign(draft, world, Side.CUSTOMER)
    assert whole.state_on(TODAY) == AgreementState.IN_FORCE
    assert (whole.supplier_signed_by, whole.customer_signed_by) == (world.leader, world.customer)
    assert actions_of(draft).count("agreement.signed") == 2


def test_a_side_signs_once(world):
    draft = make_draft(world.relationship)
    sign(draft, world, Side.SUPPLIER)
    with pytest.raises(refusals.AlreadySigned):
        sign(draft, world, Side.SUPPLIER)
    with pytest.raises(refusals.AlreadySigned):
        agreements.agreement_sign(agreement=draft, side=Side.SUPPLIER, actor=world.manager, now=NOW)


def test_one_person_does_not_sign_for_both(world):
    draft = make_draft(world.relationship)
    agreements.agreement_sign(agreement=draft, side=Side.SUPPLIER, actor=world.manager, now=NOW)
    with pytest.raises(refusals.SameSigner):
        agreements.agreement_sign(agreement=draft, side=Side.CUSTOMER, actor=world.manager, now=NOW)


@pytest.mark.parametrize(
    ("side", "who"),
    [("supplier", "customer"), ("customer", "leader"), ("supplier", "technical"), ("supplier", "stranger")],
)
def test_only_who_speaks_for_a_side_signs(world, side, who):
    draft = make_draft(world.relationship)
    with pytest.raises(refusals.NotYours):
        agreements.agreement_sign(agreement=draft, side=side, actor=getattr(world, who), now=NOW)


def test_what_was_changed_since_it_was_read_is_not_signed(world):
    draft = make_draft(world.relationship)
    draft.refresh_from_db()
    read = draft.edit
    make_term(draft, text_en="Bath in the crucible", lower=None, upper=Decimal(10))
    with pytest.raises(refusals.Changed):
        sign(draft, world, Side.SUPPLIER, edit=read)
    draft.refresh_from_db()
    assert sign(draft, world, Side.SUPPLIER, edit=draft.edit).supplier_signed_at == NOW


def test_a_change_takes_the_signature_back(world):
    draft = make_draft(world.relationship)
    sign(draft, world, Side.SUPPLIER)
    changed = agreements.agreement_edit(agreement=draft, actor=world.technical, now=NOW, arena="Morning meeting")
    assert changed.state_on(TODAY) == AgreementState.DRAFT
    assert changed.supplier_signed_by is None
    assert "agreement.unsigned" in actions_of(draft)


def test_a_draft_saved_over_somebody_elses_change_is_refused(world):
    draft = make_draft(world.relationship)
    draft.refresh_from_db()
    agreements.agreement_edit(agreement=draft, actor=world.leader, now=NOW, edit=draft.edit, arena="Weekly meeting")
    with pytest.raises(refusals.Changed):
        agreements.agreement_edit(agreement=draft, actor=world.technical, now=NOW, edit=draft.edit, arena="None")
    with pytest.raises(refusals.Changed):
        agreements.term_remove(term=draft.terms.get(), actor=world.technical, now=NOW, edit=draft.edit)
    draft.refresh_from_db()
    assert draft.arena == "Weekly meeting"


def test_a_signed_agreement_is_locked(world):
    signed = make_signed(world)
    with pytest.raises(refusals.NotADraft):
        agreements.agreement_edit(agreement=signed, actor=world.leader, now=NOW, arena="Other")
    with pytest.raises(refusals.NotADraft):
        make_term(signed)
    with pytest.raises(refusals.NotADraft):
        agreements.term_remove(term=signed.terms.get(), actor=world.leader, now=NOW)


def test_an_agreement_without_terms_or_past_its_end_is_not_signed(world):
    draft = make_draft(world.relationship, valid_to=TODAY)
    with pytest.raises(refusals.HasPassed):
        sign(draft, world, Side.SUPPLIER)
    agreements.agreement_edit(agreement=draft, actor=world.leader, now=NOW, valid_to=TODAY + DAY)
    agreements.term_remove(term=draft.terms.get(), actor=world.leader, now=NOW)
    with pytest.raises(refusals.NoTerms):
        sign(draft, world, Side.SUPPLIER)


def test_dates_in_order(world):
    with pytest.raises(ValidationError):
        make_draft(world.relationship, valid_from=TODAY, valid_to=TODAY)


def test_one_living_agreement_on_a_relationship(world):
    make_draft(world.relationship)
    with pytest.raises(refusals.AlreadyThere):
        make_draft(world.relationship)


def test_an_external_party_signs_by_name(world):
    sale = make_relationship(supplier=world.plant.casthouse, customer=make_party())
    draft = make_draft(sale)
    with pytest.raises(refusals.NameMissing):
        agreements.agreement_sign(agreement=draft, side="customer", actor=world.customer, now=NOW)
    with pytest.raises(refusals.NotYours):
        agreements.agreement_sign(agreement=draft, side="customer", actor=world.leader, now=NOW, name="Kari")
    noted = agreements.agreement_sign(agreement=draft, side="customer", actor=world.manager, now=NOW, name="Kari")
    assert (noted.customer_signed_name, noted.customer_signed_by) == ("Kari", world.manager)


def test_a_new_version_holds_from_the_second_signature(world):
    signed = make_signed(world)
    draft = agreements.agreement_new_version(agreement=signed, actor=world.technical, now=NOW)
    old, new = signed.terms.get(), draft.terms.get()
    assert (draft.version, new.previous, new.upper, draft.title_en) == (2, old, old.upper, signed.title_en)
    agreements.term_save(agreement=draft, term=new, actor=world.technical, now=NOW, upper=Decimal(5020))
    assert limit_change(Term.objects.select_related("previous").get(pk=new.pk)) == LimitChange.TIGHTER
    sign(draft, world, Side.SUPPLIER)
    signed.refresh_from_db()
    assert signed.state_on(TODAY + DAY) == AgreementState.IN_FORCE
    sign(draft, world, Side.CUSTOMER)
    signed.refresh_from_db()
    draft.refresh_from_db()
    assert signed.state_on(draft.valid_from) == AgreementState.ENDED
    assert draft.state_on(draft.valid_from) == AgreementState.IN_FORCE
    assert "agreement.replaced" in actions_of(signed)
    assert [one.pk for one in Agreement.objects.in_force(draft.valid_from)] == [draft.pk]
    assert [one.pk for one in Agreement.objects.in_force(draft.valid_from - DAY)] == [signed.pk]


def test_a_new_version_waits_for_the_one_before(world):
    signed = make_signed(world)
    draft = agreements.agreement_new_version(agreement=signed, actor=world.technical, now=NOW)
    with pytest.raises(refusals.NotSigned):
        agreements.agreement_new_version(agreement=signed, actor=world.technical, now=NOW)
    with pytest.raises(refusals.TooEarly):
        agreements.agreement_edit(agreement=draft, actor=world.technical, now=NOW, valid_from=signed.valid_from)


def test_an_ended_agreement_makes_room_for_another(world):
    signed = make_signed(world)
    with pytest.raises(refusals.TooEarly):
        agreements.agreement_end(agreement=signed, ended_on=TODAY - DAY, actor=world.leader, now=NOW)
    ended = agreements.agreement_end(agreement=signed, ended_on=TODAY, actor=world.leader, now=NOW)
    assert ended.state_on(TODAY) == AgreementState.ENDED
    with pytest.raises(refusals.NotADraft):
        agreements.agreement_end(agreement=ended, ended_on=TODAY, actor=world.leader, now=NOW)
    assert make_draft(world.relationship).version == 2


@pytest.mark.parametrize("code", ["EL1", "STO"])
def test_with_a_closed_unit_nothing_is_signed_changed_or_extended(world, code):
    signed = make_signed(world)
    other = make_draft(make_relationship(supplier=world.plant.casthouse, customer=world.plant.el1))
    Unit.objects.filter(code=code).update(closed=TODAY)
    for agreement in (signed, other):
        agreement.refresh_from_db()
    with pytest.raises(refusals.PartyClosed):
        agreements.agreement_new_version(agreement=signed, actor=world.manager, now=NOW)
    with pytest.raises(refusals.PartyClosed):
        agreements.agreement_sign(agreement=other, side="supplier", actor=world.manager, now=NOW)
    with pytest.raises(refusals.PartyClosed):
        agreements.agreement_edit(agreement=other, actor=world.manager, now=NOW, arena="X")
    with pytest.raises(refusals.PartyClosed):
        make_draft(make_relationship(supplier=world.plant.el1, customer=world.plant.casthouse))
    assert agreements.agreement_end(agreement=signed, ended_on=TODAY, actor=world.manager, now=NOW).ended_on == TODAY


def test_completeness_names_what_is_missing(world):
    draft = make_draft(world.relationship)
    there = {str(part.label) for part in completeness(draft, draft.terms.all()) if part.is_there}
    assert there == {"Volume", "A limit that can be measured in every term"}
    for aspect in ("quality", "timing", "information", "hse"):
        make_term(draft, aspect=aspect)
    make_term(draft, aspect="quality", owed_by_customer=True)
    draft.reaction, draft.arena, draft.review_on = "Call", "Morning meeting", TODAY
    assert all(part.is_there for part in completeness(draft, draft.terms.all()))


@pytest.mark.parametrize(
    ("lower", "upper", "text"),
    [
        (Decimal("92.000000"), None, "at least 92 %"),
        (None, Decimal("0.150000"), "at most 0.15 %"),
        (Decimal(-50), Decimal(50), "−50 to 50 %"),
        (Decimal(5), Decimal(5), "5 %"),
        (None, None, ""),
    ],
)
def test_limits_in_words(lower, upper, text):
    term = Term(lower=lower, upper=upper, unit="%", decimals=0)
    assert limit_text(term).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_value_is_never_rounded_onto_its_limit():
    term = Term(upper=Decimal(10), unit="kg", decimals=0)
    assert value_text(term, Decimal("10.0400")).startswith("10.04")
    assert value_text(term, Decimal("64.5")).startswith("64.5")
    assert value_text(term, Decimal("10.65")).startswith("11")
    assert value_text(term, None) == ""


numbers = st.decimals(-1000, 1000, places=3)


@given(low=st.none() | numbers, high=st.none() | numbers, value=numbers)
def test_a_value_is_kept_exactly_between_the_limits(low, high, value):
    term = Term(lower=low, upper=high)
    inside = (low is None or low <= value) and (high is None or value <= high)
    assert term.is_kept_by(value) == inside


dates = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 20))


@given(
    start=dates,
    end=st.none() | dates,
    ended=st.none() | dates,
    supplier=st.booleans(),
    customer=st.booleans(),
    day=dates,
)
def test_in_force_means_signed_by_both_and_inside_every_date(start, end, ended, supplier, customer, day):
    agreement = Agreement(
        valid_from=start,
        valid_to=end,
        ended_on=ended,
        supplier_signed_at=NOW if supplier else None,
        customer_signed_at=NOW if customer else None,
    )
    inside = start <= day and (end is None or day < end) and (ended is None or day < ended)
    assert (agreement.state_on(day) == AgreementState.IN_FORCE) == (supplier and customer and inside)
    link, shown = state_of([agreement], day)
    assert (link == LinkState.IN_FORCE) == (supplier and customer and inside)
    assert (shown is None) == (link == LinkState.NONE)
