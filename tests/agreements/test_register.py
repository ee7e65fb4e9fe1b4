"""The register: who supplies whom, with its gaps, confirmed complete by who leads a unit."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from amps.models import AuditEntry
from principles.agreements import refusals
from principles.agreements.models import ExternalParty, RegisterConfirmation, Relationship
from principles.agreements.services import agreements, register
from tests.agreements.world import NOW, TODAY, make_party, make_relationship, make_signed

DAY = dt.timedelta(days=1)


def audited(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


def test_one_language_is_enough_and_none_is_too_little(world):
    made = make_relationship(supplier=world.plant.el2, customer=world.plant.casthouse, what_en="", what_nb="Metall")
    assert made.what == "Metall"
    with pytest.raises(ValidationError):
        make_relationship(supplier=world.plant.el2, customer=world.plant.casthouse, what_en=" ", what_nb="")
    assert audited("relationship.added") == 2  # the world's own, and this one


def test_two_outsiders_or_a_unit_with_itself_are_refused(world):
    outside = make_party()
    with pytest.raises(refusals.NotBetweenOutsiders):
        make_relationship(supplier=outside, customer=make_party("MILL"))
    with pytest.raises(ValidationError):
        make_relationship(supplier=world.plant.el1, customer=world.plant.el1)
    assert make_relationship(supplier=outside, customer=world.plant.el1).supplier == outside


def test_between_whom_it_is_does_not_change(world):
    edited = register.relationship_edit(relationship=world.relationship, actor=world.leader, criticality="important")
    assert edited.criticality == "important"
    assert audited("relationship.edited") == 1
    with pytest.raises(TypeError):
        register.relationship_edit(relationship=edited, actor=world.leader, customer_unit=world.plant.el2)


def test_a_relationship_ends_after_its_agreement(world):
    signed = make_signed(world)
    with pytest.raises(refusals.AgreementHolds):
        register.relationship_end(relationship=world.relationship, valid_to=TODAY, actor=world.leader, now=NOW)
    agreements.agreement_end(agreement=signed, ended_on=TODAY, actor=world.leader, now=NOW)
    with pytest.raises(refusals.TooEarly):
        register.relationship_end(relationship=world.relationship, valid_to=TODAY - DAY, actor=world.leader, now=NOW)
    ended = register.relationship_end(relationship=world.relationship, valid_to=TODAY, actor=world.leader, now=NOW)
    assert not Relationship.objects.active_on(TODAY).filter(pk=ended.pk).exists()
    with pytest.raises(refusals.RelationshipEnded):
        agreements.agreement_draft(relationship=ended, actor=world.leader, now=NOW, title_en="Again")


def test_needs_come_and_go(world):
    need = register.need_add(
        relationship=world.relationship, text_en="Metal in time", text_nb="", actor=world.technical
    )
    with pytest.raises(refusals.WordsMissing):
        register.need_add(relationship=world.relationship, text_en=" ", text_nb="", actor=world.technical)
    register.need_retire(need=need, actor=world.technical)
    assert not world.relationship.needs.filter(active=True).exists()
    assert (audited("need.added"), audited("need.retired")) == (1, 1)


def test_an_external_party_is_shown_in_both_languages(world):
    party = register.party_save(
        party=None, code="MILL", name_en="", name_nb="Valseverket", active=True, actor=world.technical
    )
    assert party.name_en == "Valseverket"
    register.party_save(
        party=party, code="MILL", name_en="The rolling mill", name_nb="Valseverket", active=False, actor=world.technical
    )
    assert not ExternalParty.objects.get().active
    assert (audited("party.added"), audited("party.edited")) == (1, 1)


def test_a_confirmation_is_kept_with_its_date(world):
    register.register_confirm(unit=world.plant.el1, actor=world.leader, now=NOW)
    register.register_confirm(unit=world.plant.el1, actor=world.leader, now=NOW + DAY)
    assert [one.at for one in RegisterConfirmation.objects.all()] == [NOW + DAY, NOW]
    assert audited("register.confirmed") == 2
