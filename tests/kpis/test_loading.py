"""The shipped indicators, counted against their files; every one of them hangs together with the standard."""

import datetime as dt
from decimal import Decimal

import pytest

from kpis.chain import EDGES, LinkKind, NodeKind, chain_load
from kpis.loading import indicators_data, indicators_load, series_data
from kpis.models import Edge, Indicator, IndicatorPoint, ProcessIndicator, Target
from sops.loading import standard_data, standard_load
from sops.models import ObservationPoint, PointKind
from tests.factories import make_unit

NOW = dt.datetime(2026, 9, 15, 10, tzinfo=dt.UTC)
VALID = dt.date(2026, 6, 1)
MODELS = (Indicator, Target, Edge, IndicatorPoint, ProcessIndicator, ObservationPoint)


@pytest.fixture
def loaded(db):
    unit = make_unit("EL1")
    owners = {sop["code"]: unit for sop in standard_data()["sops"]}
    standard_load(owners=owners, author=None, approver=None, effective_from=NOW - dt.timedelta(days=90), now=NOW)
    return indicators_load(valid_from=VALID)


def test_it_makes_what_the_files_say(loaded):
    data, standard = indicators_data(), standard_data()
    assert loaded.indicators == loaded.targets == len(data["indicators"]) == 83
    assert loaded.edges == len(data["edges"])
    assert loaded.series == len(series_data()) == 9
    assert loaded.feeds == sum(len(point["feeds"]) for point in standard["points"]) + 9
    expected = sum(len(p["kpis"]) + len(p["process_indicators"]) for p in standard["processes"])
    expected += sum(len(item["indicators"]) for item in standard["critical_equipment"])
    assert loaded.decided_by == expected


def test_each_indicator_is_as_its_line_says(loaded):
    targets = {target.indicator.code: target for target in Target.objects.select_related("indicator")}
    for item in indicators_data()["indicators"]:
        indicator = Indicator.objects.get(code=item["code"])
        assert (indicator.name_en, indicator.name_nb) == (item["name"]["en"], item["name"]["nb"])
        assert (indicator.level, indicator.direction) == (item["level"], item["direction"])
        assert indicator.cadences == item["cadences"]
        assert bool(indicator.skip_reason_nb) == bool(item.get("not_followed_because"))
        target = targets[item["code"]]
        assert target.target == Decimal(str(item["target"]))
        assert (target.yellow is None) == (item["direction"] == "band")
        assert (target.target_min is not None) == (item["direction"] == "band")
        assert (target.valid_from, target.unit, target.is_shipped) == (VALID, None, True)
        assert indicator.plant_sets is bool(item.get("plant_sets"))


def test_factors_follow_the_kind(loaded):
    factors = dict(Indicator.objects.values_list("code", "factor"))
    assert (factors["O03"], factors["O22"], factors["S01"]) == (100, 100, 100)
    assert (factors["P01"], factors["K10"], factors["K24"], factors["S03"]) == (1, 1000, 1_000_000, 1000)
    assert factors["K05"] == 1
    over_all = set(Indicator.objects.filter(all_points=True).values_list("code", "kind"))
    assert over_all == {("S01", "coverage"), ("S03", "not_ok_rate")}


def test_series_feed_their_indicator_and_events_name_their_denominator(loaded):
    for item in series_data():
        point = ObservationPoint.objects.get(code=item["id"])
        assert list(point.indicators.values_list("code", flat=True)) == [item["feeds"]]
        assert bool(point.opportunity) == (point.kind == PointKind.EVENT)


def test_a_second_time_nothing_is_made_and_nothing_set_back(loaded):
    Target.objects.filter(indicator__code="O03").update(yellow=97)
    Edge.objects.filter(parent__code="O20", child__code="O17").update(valid_to=dt.date(2026, 9, 1))
    IndicatorPoint.objects.filter(indicator__code="O03", point__code="first_line_maintenance").delete()
    before = [model.objects.count() for model in MODELS]
    again = indicators_load(valid_from=dt.date(2026, 8, 1))
    assert {getattr(again, name) for name in again.__slots__} == {0}
    assert [model.objects.count() for model in MODELS] == before
    assert Target.objects.get(indicator__code="O03").yellow == 97


def test_every_execution_indicator_reaches_a_kpi(loaded):
    chain = chain_load(now=NOW, date=NOW.date())
    execution = [node for node in chain.nodes.values() if node.kind == NodeKind.EXECUTION]
    assert len(execution) == 20
    for node in execution:
        above = chain.above([node.key], *EDGES)
        assert any(chain.nodes[key].kind == NodeKind.KPI for key in above), node.key


def test_every_sop_and_every_active_point_reaches_a_kpi(loaded):
    chain = chain_load(now=NOW, date=NOW.date())
    watched = {link.lower for link in chain.links if link.kind == LinkKind.WATCHED_AT}
    starts = [key for key, node in chain.nodes.items() if node.kind == NodeKind.SOP] + sorted(watched)
    assert len(starts) == 75
    for key in starts:
        assert any(chain.nodes[other].kind == NodeKind.KPI for other in chain.line(key).above), key


def test_what_an_sop_says_it_drives_is_reached_from_its_points(loaded):
    chain = chain_load(now=NOW, date=NOW.date())
    for sop in standard_data()["sops"]:
        assert set(sop["drives"]) <= chain.line(sop["code"]).above, sop["code"]


def test_weights_of_a_sum_add_up_to_one(loaded):
    for parent in ("O20", "O21", "O22"):
        weights = Edge.objects.filter(parent__code=parent, kind="summed_from").values_list("weight", flat=True)
        assert sum(weight or 0 for weight in weights) == 1
