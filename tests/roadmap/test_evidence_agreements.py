"""Evidence on customers and suppliers: register, agreements, results and breaches."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kpis.models import TermMeasure
from principles.agreements.models import ExternalParty, RegisterConfirmation
from tests import factories as make
from tests.roadmap.evidence_world import NOW, TODAY, is_reading


@pytest.mark.parametrize(
    "metric",
    [
        "relationship_with_criticality",
        "relationship_with_measurable_requirement",
        "support_agreement_coverage",
        "relationship_with_active_agreement",
        "agreement_completeness",
        "external_requirement_traced",
        "agreement_requirement_measured",
        "agreement_fulfilment",
        "deviation_confirmed_by_customer",
        "deviation_supplier_response_hours",
        "agreement_within_review",
        "agreement_terms_tightened",
    ],
)
def test_nothing_there_is_no_data(world, metric):
    assert is_reading(world.fact(metric), None)


def _measured(term, indicator, unit):
    return TermMeasure.objects.create(term=term, indicator=indicator, unit=unit)


def test_units_with_a_confirmed_map(world):
    plant = world.plant
    world.relationship(plant.el1, plant.st1)
    world.relationship(plant.st1, plant.el1)
    world.relationship(plant.el2, plant.st1)  # EL2 has no supplier
    for unit, at in (
        (plant.el1, NOW - dt.timedelta(days=40)),
        (plant.el2, NOW - dt.timedelta(days=40)),
        (plant.st1, NOW - dt.timedelta(days=500)),  # too long ago
    ):
        RegisterConfirmation.objects.create(unit=unit, by=world.person, at=at)
    fact = world.fact("unit_with_relationship_map")
    assert is_reading(fact, 33.333, 1, 3)  # EL1, EL2 and ST1 answer for themselves


def test_relationships_with_a_criticality(world):
    world.relationship()
    world.relationship(criticality="")
    world.relationship(criticality="", valid_to=TODAY - dt.timedelta(days=9))
    world.relationship(world.plant.el2, criticality="")
    assert is_reading(world.fact("relationship_with_criticality"), 50, 1, 2)


def test_critical_relationships_with_a_measurable_requirement(world):
    indicator = world.indicator()
    for limit, measured, need_named in ((5, True, True), (None, True, True), (5, False, True), (5, True, False)):
        relationship = world.relationship()
        need = world.need(relationship)
        term = world.term(world.agreement(relationship), upper=limit, need=need if need_named else None)
        if measured:
            _measured(term, indicator, world.plant.el1)
    world.relationship(criticality="ordinary")
    assert is_reading(world.fact("relationship_with_measurable_requirement"), 25, 1, 4)


def test_support_and_critical_relationships_under_an_agreement(world):
    plant = world.plant
    world.agreement(world.relationship(plant.st1, plant.el1, kind="maintenance"))
    world.agreement(world.relationship(plant.st1, plant.el1, kind="support"), customer_signed_at=None)
    world.agreement(world.relationship(), valid_to=TODAY - dt.timedelta(days=9))
    world.relationship(criticality="ordinary")
    assert is_reading(world.fact("support_agreement_coverage"), 50, 1, 2)
    assert is_reading(world.fact("relationship_with_active_agreement"), 33.333, 1, 3)


def test_the_nine_parts_of_an_agreement(world):
    agreement = world.agreement(
        world.relationship(), supplier_duties="x", customer_duties="y", reaction="z", review_on=TODAY
    )
    for aspect in ("volume", "quality", "timing", "hse"):
        term = world.term(agreement, aspect=aspect)
    _measured(term, world.indicator(), world.plant.el1)
    world.agreement(world.relationship(), information="notice", supplier_duties="only one side")
    assert is_reading(world.fact("agreement_completeness"), 50, 9, 18)


def test_requirements_of_external_customers_traced_inside(world):
    buyer = ExternalParty.objects.create(code="buyer", name_en="Buyer", name_nb="Kjøper")
    outside = world.relationship(world.plant.st1, buyer)
    traced, _loose = world.need(outside), world.need(outside)
    world.need(outside, active=False)
    world.term(world.agreement(world.relationship()), need=traced)
    fact = world.fact("external_requirement_traced")
    assert is_reading(fact, 50, 1, 2)
    assert "unit=VERK" in fact.url


def test_requirements_measured_in_their_last_due_period(world):
    indicator, silent = world.indicator(), world.indicator()
    world.figure(indicator, world.plant.el1, "day", "2026-09-14")
    world.figure(silent, world.plant.el1, "day", "2026-09-14", value=None)
    first = world.relationship()
    agreement = world.agreement(first)
    for measure in (indicator, silent):
        _measured(world.term(agreement, need=world.need(first), cadence="day"), measure, world.plant.el1)
    world.need(first)  # in no agreement
    world.relationship(what_en="sows")  # critical, no requirement at all: one that is not measured
    assert is_reading(world.fact("agreement_requirement_measured"), 25, 1, 4)


def test_fulfilment_is_that_of_the_worst_agreement_breaches_one_by_one(world):
    indicator, other = world.indicator(direction="down"), world.indicator()
    good, bad = world.agreement(world.relationship()), world.agreement(world.relationship(what_en="sows"))
    _measured(world.term(good, upper=5, cadence="day"), indicator, world.plant.el1)
    _measured(world.term(bad, lower=80, cadence="week"), other, world.plant.el1)
    for day in ("2026-07-01", "2026-07-02", "2026-07-03"):
        world.figure(indicator, world.plant.el1, "day", day, value=Decimal(4))
    for week, value in (("2026-07-06", 90), ("2026-07-13", 79), ("2026-07-20", None)):
        world.figure(other, world.plant.el1, "week", week, value=value)
    fact = world.fact("agreement_fulfilment")
    assert is_reading(fact, 50, 1, 2)
    assert str(fact.where).endswith(": sows")
    term = bad.terms.get()
    world.breach(term, "2026-07-10 10:00")  # reported by a person: one more that was not kept
    world.breach(term, "2026-07-13 06:00", cadence="week", first=dt.date(2026, 7, 13))  # the figure's own
    assert is_reading(world.fact("agreement_fulfilment"), 33.333, 1, 3)


def test_results_before_an_agreement_was_valid_do_not_count(world):
    indicator = world.indicator()
    agreement = world.agreement(world.relationship(), valid_from=dt.date(2026, 7, 2))
    _measured(world.term(agreement, upper=5, cadence="day"), indicator, world.plant.el1)
    for day in ("2026-07-01", "2026-07-02"):
        world.figure(indicator, world.plant.el1, "day", day, value=Decimal(9))
    assert is_reading(world.fact("agreement_fulfilment"), 0, 0, 1)


def test_breaches_confirmed_and_answered(world):
    term = world.term(world.agreement(world.relationship()))
    at = make.oslo("2026-08-10 10:00")
    due = {"due": dt.date(2026, 8, 20)}
    for confirmed, answered in ((True, 2), (False, 6), (False, None)):
        world.breach(
            term,
            deviation=world.deviation(**due),
            confirmed_at=at + dt.timedelta(days=2) if confirmed else None,
            confirmed_by=world.person if confirmed else None,
            answered_at=at + dt.timedelta(hours=answered) if answered else None,
        )
    world.breach(term, "2026-05-01 10:00")  # before the window, without a due date
    assert is_reading(world.fact("deviation_confirmed_by_customer"), 33.333, 1, 3)
    assert is_reading(world.fact("deviation_supplier_response_hours"), 6)


def test_reviewed_in_time_with_lapsed_ones_that_nobody_replaced(world):
    world.agreement(world.relationship(), review_on=TODAY)
    world.agreement(world.relationship(), review_on=TODAY - dt.timedelta(days=9))
    lapsed = dt.date(2026, 6, 1)
    world.agreement(world.relationship(), valid_to=lapsed, review_on=TODAY)
    replaced = world.relationship()
    world.agreement(replaced, valid_to=lapsed)
    world.agreement(replaced, version=2, review_on=TODAY)
    assert is_reading(world.fact("agreement_within_review"), 50, 2, 4)


def test_terms_made_stricter(world):
    relationship = world.relationship()
    before = world.agreement(relationship, valid_to=dt.date(2026, 6, 1))
    after = world.agreement(
        relationship, version=2, supplier_signed_at=make.oslo("2026-06-01 10:00"),
        customer_signed_at=make.oslo("2026-06-02 10:00"),
    )  # fmt: skip
    for old, new in (
        ({"upper": 5}, {"upper": 4}),
        ({"lower": 5}, {"lower": 6}),
        ({"upper": 5}, {"upper": 6}),
        ({}, {"upper": 6}),
    ):
        world.term(after, previous=world.term(before, **old), **new)
    world.term(after, upper=1)  # new, not stricter
    assert is_reading(world.fact("agreement_terms_tightened"), 3)
