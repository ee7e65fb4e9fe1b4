"""Every metric of the shipped standard is computed, or says in words which data are missing."""

from __future__ import annotations

import pytest
from django.utils import timezone

from roadmap.evidence.book import Book
from roadmap.evidence.facts import AREAS, facts_of_many
from roadmap.evidence.registry import COMPUTED, FLOW_BY_ROUTES, HAD, LACKING, LINKS, UNRECORDED, reason_missing
from roadmap.loading import shipped
from tests.roadmap.evidence_world import NOW

METRICS = {metric.name: metric for metric in shipped()[0].metrics}


def test_the_computed_set_is_exactly_what_the_product_has_the_data_for():
    assert AREAS  # their import registers what is computed
    had = {name for name, metric in METRICS.items() if set(metric.needs) <= HAD}
    assert set(COMPUTED) == (had | FLOW_BY_ROUTES) - set(UNRECORDED)


def test_no_reason_is_given_for_what_is_computed_or_unknown():
    assert set(UNRECORDED) <= {name for name, metric in METRICS.items() if set(metric.needs) <= HAD}
    assert set(LACKING) <= {name for name, metric in METRICS.items() if not set(metric.needs) <= HAD}
    assert not set(LACKING) & set(COMPUTED)
    assert set(LINKS) <= set(COMPUTED)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_each_metric_is_computed_or_has_its_reason(name):
    reason = str(reason_missing(name, METRICS[name].needs))
    assert bool(reason) != (name in COMPUTED)
    assert not reason or (reason.endswith(".") and len(reason) > 15)


def test_a_metric_of_a_newer_standard_is_not_guessed():
    assert "does not compute" in str(reason_missing("brand_new_metric", ["sops"]))
    assert "robots" in str(reason_missing("brand_new_metric", ["robots"]))


def test_an_empty_plant_gives_no_figure_out_of_nothing(world):
    """Where nothing is recorded there is no data: no value without a denominator, and nothing green."""
    items = [world.item(code) for code in ("1.1.1", "1.3.1", "1.3.2", "2.2.1", "2.4.1", "5.3.1", "5.4.1")]
    for found in facts_of_many(items, unit=world.plant.el1, now=NOW).values():
        assert found.suggested != "green"
        for fact in found.facts:
            if fact.value is None:
                assert str(fact.missing)
            else:
                assert fact.denominator, fact.metric


def test_without_a_calendar_every_computed_metric_says_so(db):
    from roadmap.models import FocusItem
    from tests import factories as make

    plant = make.make_plant()
    items = list(FocusItem.objects.filter(local_to=None)[:3])
    for found in facts_of_many(items, unit=plant.el1, now=timezone.now()).values():
        assert all(fact.value is None and str(fact.missing) for fact in found.facts)


def test_queries_do_not_grow_with_items_units_or_crews(world, django_assert_max_num_queries):
    from roadmap.reading import items_of_version

    items = items_of_version(world.version.pk)
    with django_assert_max_num_queries(75):
        facts_of_many(items, unit=world.plant.el1, now=NOW)
    for number in range(8):
        world.deviation()
        revision = world.sop()
        world.bind(world.step(revision))
        agreement = world.agreement(world.relationship(what_en=f"metal {number}"))
        world.breach(world.term(agreement, upper=5))
        world.action(done="2026-08-01 10:00")
        world.matter(world.meeting())
    with django_assert_max_num_queries(75):
        facts_of_many(items, unit=world.plant.plant, now=NOW)


def test_facts_only_read(world):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        facts_of_many([world.item("1.1.1"), world.item("5.4.1")], unit=world.plant.plant, now=NOW)
    assert seen.captured_queries
    assert all(query["sql"].lstrip("( ").upper().startswith(("SELECT", "WITH")) for query in seen.captured_queries)


@pytest.mark.parametrize("name", sorted(COMPUTED))
def test_every_computed_metric_leads_to_where_it_comes_from(name):
    assert name in LINKS


def test_the_pages_behind_the_facts_open(world, client):
    for code in ("S01", "S03"):
        world.indicator(code, kind="coverage", all_points=True, level="coverage")
    client.force_login(world.person)
    for unit in (world.plant.el1, world.plant.plant):
        spot = Book(NOW).spot(unit.pk)
        addresses = {link(spot) for link in LINKS.values()}
        assert "" not in addresses
        assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
