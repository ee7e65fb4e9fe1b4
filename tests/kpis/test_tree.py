"""The process tree's page, and the fragment of what a point adds up to."""

import datetime as dt
import json
import re

import pytest
import time_machine
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kpis.chain import Chain, Link, LinkKind, Node, NodeKind, chain_load
from kpis.loading import indicators_load
from kpis.models import Edge, Figure, Indicator
from principles.teams.models import Role
from sops.loading import standard_data, standard_load
from sops.models import SopRevision
from tests import factories

NOW = dt.datetime(2026, 9, 15, 10, tzinfo=dt.UTC)
URL = "/standards/tree/"


@pytest.fixture
def plant(db):
    with time_machine.travel(NOW, tick=False):
        plant = factories.make_plant()
        factories.make_calendar()
        owners = {sop["code"]: plant.el1 for sop in standard_data()["sops"]}
        standard_load(owners=owners, author=None, approver=None, effective_from=NOW - dt.timedelta(days=90), now=NOW)
        indicators_load(valid_from=dt.date(2026, 6, 1))
        yield plant


@pytest.fixture
def reader(client, plant):
    """The browser of an operator of EL1."""
    client.force_login(factories.make_person(Role.OPERATOR, plant.el1))
    return client


def shown(text: str) -> set[str]:
    return set(re.findall(r'data-key="([^"]+)"', text))


def figure(code: str, unit, *, value: str, status: str, day: dt.date, cadence: str = "day") -> Figure:
    start = dt.datetime.combine(day, dt.time(4), dt.UTC)
    return Figure.objects.create(
        indicator=Indicator.objects.get(code=code),
        unit=unit,
        cadence=cadence,
        first=day,
        starts_at=start,
        ends_at=start + dt.timedelta(days=1),
        updated_at=NOW,
        value=value,
        status=status,
    )


def test_the_overview_shows_every_process_equipment_and_indicator(reader):
    text = reader.get(URL).content.decode()
    for code in [*(f"CP-0{n}" for n in range(1, 9)), *(f"CE-{n:02}" for n in range(1, 11))]:
        assert f"?focus={code}&amp;" in text
    for code in Indicator.objects.values_list("code", flat=True):
        assert f"?focus={code}&amp;" in text, code


def test_from_a_kpi_down_to_the_points_that_decide_it(reader):
    keys = shown(reader.get(URL, {"focus": "K05"}).content.decode())
    assert {"K05", "P24", "O03", "O05", "CP-03", "SOP-02", "point:visible_anode", "point:fe_in_metal"} <= keys
    assert not keys & {"SOP-10", "CP-08", "point:hf_after_filter", "K06", "O16"}


def test_from_a_point_up_to_the_kpis_that_it_moves(reader):
    keys = shown(reader.get(URL, {"focus": "point:visible_anode"}).content.decode())
    assert {"point:visible_anode", "SOP-02", "CP-03", "O03", "O05", "K05", "K03", "O20", "O22"} <= keys
    assert not keys & {"point:hf_after_filter", "K09", "SOP-08"}


def test_critical_equipment_is_a_branch_of_its_own(reader):
    keys = shown(reader.get(URL, {"focus": "CE-05"}).content.decode())
    assert {"CE-05", "SOP-08", "P16", "P17", "P18", "O14", "point:insulation_reading"} <= keys


def test_sums_and_causes_are_told_apart(reader):
    text = reader.get(URL, {"focus": "O20"}).content.decode()
    assert "Summed from" in text
    assert '<span class="quiet">18 %</span>' in text
    links = re.search(r'id="chain-links" type="application/json">(.*?)</script>', text)
    assert links is not None
    kinds = {(link["upper"], link["lower"]): link["kind"] for link in json.loads(links[1])}
    assert kinds["O20", "O03"] == "summed_from"
    assert "Driven by" in reader.get(URL, {"focus": "P01"}).content.decode()


def test_the_newest_figure_of_the_chosen_unit_is_shown(reader, plant):
    figure("O03", plant.el1, value="71.2", status="red", day=dt.date(2026, 9, 14))
    figure("O03", plant.el1, value="93.3", status="green", day=dt.date(2026, 9, 13))
    figure("O03", plant.el2, value="55.5", status="red", day=dt.date(2026, 9, 14))
    text = reader.get(URL, {"focus": "O03"}).content.decode()
    assert "71.2" in text
    assert "93.3" not in text
    assert "st-red" in text
    other = reader.get(URL, {"focus": "O03", "unit": "EL2"}).content.decode()
    assert "55.5" in other
    assert "71.2" not in other


def test_what_is_not_measured_says_what_is_missing(reader):
    text = reader.get(URL, {"focus": "K01"}).content.decode()
    assert "Comes from another system, which is not connected yet." in text
    assert "Nothing observed here yet." in text


def test_an_edge_that_has_ended_is_gone(reader):
    Edge.objects.filter(parent__code="K05", child__code="O03").update(valid_to=dt.date(2026, 9, 1))
    Edge.objects.filter(parent__code="K05", child__code="P24").update(valid_to=dt.date(2026, 9, 1))
    assert "O03" not in shown(reader.get(URL, {"focus": "K05"}).content.decode())


@pytest.mark.parametrize("query", [{"focus": "K99"}, {"focus": "<script>"}, {"unit": "MOON"}, {"focus": "x" * 5000}])
def test_what_does_not_exist_is_told_and_the_tree_is_shown(reader, query):
    response = reader.get(URL, query)
    text = response.content.decode()
    assert response.status_code == 200
    assert "There is no" in text or "There is nothing called" in text
    assert "CP-01" in text
    assert "<script>;" not in text


def test_without_a_standard_the_page_says_what_will_be_here(client, db):
    client.force_login(factories.make_user())
    assert "No goal breakdown yet" in client.get(URL).content.decode()


def test_it_needs_a_login_and_is_only_read(client, plant):
    for url in (URL, reverse("kpis:point_indicators", args=["visible_anode"])):
        assert client.get(url)["Location"].startswith(reverse("account_login"))
        client.force_login(factories.make_person(Role.CUSTOMER, plant.st1))
        assert client.get(url).status_code == 200
        assert client.post(url).status_code == 405
        client.logout()


def test_the_page_costs_the_same_with_many_figures(reader, plant, django_assert_max_num_queries):
    figure("O03", plant.el1, value="90", status="green", day=dt.date(2026, 8, 31))
    reader.get(URL)
    with django_assert_max_num_queries(32) as few:
        reader.get(URL, {"focus": "K01"})
    count = len(few)
    for code in ("O01", "O02", "O03"):
        for day in range(1, 15):
            figure(code, plant.el1, value="90", status="green", day=dt.date(2026, 9, day))
    with django_assert_max_num_queries(count):
        reader.get(URL, {"focus": "K01"})


def test_a_points_indicators_are_a_fragment(reader, plant):
    figure("O05", plant.el1, value="88.8", status="yellow", day=dt.date(2026, 9, 14))
    text = reader.get(reverse("kpis:point_indicators", args=["visible_anode"])).content.decode()
    assert "<html" not in text
    assert "O03" in text
    assert "88.8" in text
    assert reader.get(reverse("kpis:point_indicators", args=["nothing"])).status_code == 404


def test_the_tree_follows_the_revision_in_force(plant):
    chain = chain_load(now=NOW, date=NOW.date())
    assert chain.lower("SOP-02", LinkKind.WATCHED_AT)
    SopRevision.objects.filter(sop__code="SOP-02").update(effective_from=NOW + dt.timedelta(days=1))
    assert not chain_load(now=NOW, date=NOW.date()).lower("SOP-02", LinkKind.WATCHED_AT)


PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=25)


@given(PAIRS)
def test_walking_ends_and_both_directions_agree(pairs):
    """Even in a tree with loops, which the loader does not make but a plant might."""
    subject = Indicator(code="X")
    nodes = {str(n): Node(str(n), NodeKind.KPI, subject, str(n)) for n in range(9)}
    chain = Chain(nodes, [Link(str(a), str(b), LinkKind.DRIVEN_BY) for a, b in pairs])
    for a in nodes:
        for b in chain.below([a], LinkKind.DRIVEN_BY):
            assert a in chain.above([b], LinkKind.DRIVEN_BY)
        line = chain.line(a)
        assert a not in line.above | line.below
