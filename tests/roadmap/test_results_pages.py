"""Results of an evaluation, its targets, all of a plant side by side, and the fragment of live facts."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from amps.models import AuditEntry
from principles.teams.models import Role
from roadmap.models import PlanEntry, RoadmapTarget
from tests import factories as make
from tests.roadmap.evidence_world import NOW


@pytest.fixture
def leader(world, client):
    client.force_login(world.person)
    return client


@pytest.fixture
def pair(world):
    """Two signed evaluations of EL1: one item went up, one down, one is new and red."""
    before, last = world.evaluation("2026-02-01"), world.evaluation("2026-08-01")
    for code, status in (("1.1.1", "red"), ("1.1.2", "green")):
        world.answer(before, code, status)
    world.answer(last, "1.1.1", "yellow", reason="two crews are missing")
    world.answer(last, "1.1.2", "yellow")
    world.answer(last, "1.1.3", "red")
    return before, last


def _results(client, evaluation, **query):
    return client.get(reverse("roadmap:results", args=[evaluation.pk]), query)


def test_results_of_an_evaluation(leader, world, pair):
    page = _results(leader, pair[1])
    text = page.content.decode()
    assert page.context["result"].counts.red == 1
    assert (page.context["up"], page.context["down"]) == (1, 1)
    assert "two crews are missing" in text
    assert "58 items are not assessed and are left out" in text
    assert reverse("roadmap:results", args=[pair[0].pk]) in text
    assert "style=" not in text
    assert text.count('class="heat-') >= 61


def test_results_of_one_that_nobody_has_answered(leader, world):
    page = _results(leader, world.evaluation("2026-08-01", state="open"))
    assert page.status_code == 200
    assert "the results so far" in page.content.decode()
    assert page.context["result"].counts.index is None


def test_results_of_one_that_was_called_off(leader, world):
    page = _results(leader, world.evaluation("2026-08-01", state="cancelled"))
    assert "called off" in page.content.decode()
    assert "Make a PDF" not in page.content.decode()


def test_gaps_show_their_actions_and_nobody_elses(leader, world, pair):
    gap = pair[1].answers.get(item__code="1.1.3")
    mine, other, local = world.action(), world.action(unit=world.plant.st1), world.action()
    PlanEntry.objects.create(action=mine, year=2026, item_code="1.1.3", answer=gap, added_at=NOW)
    PlanEntry.objects.create(action=other, year=2026, item_code="1.1.3", added_at=NOW)
    PlanEntry.objects.create(action=local, year=2026, item_code="1.1.3", added_at=NOW)
    found = {item.code: actions for item, actions in _results(leader, pair[1]).context["gaps"]}
    assert {action.pk for action in found["1.1.3"]} == {mine.pk, local.pk}
    assert found["1.1.1"] == []


def test_claims_against_the_facts_stand_with_their_reason(leader, world):
    last = world.evaluation("2026-08-01")
    fact = {"metric": "m", "label": {"en": "SOPs", "nb": "SOP-er"}, "value": "50", "unit": "%", "numerator": "1",
            "denominator": "2", "yellow_at": "60", "green_at": "100", "status": "red"}  # fmt: skip
    world.answer(
        last, "1.1.1", "green", suggested="red", binding="m", facts=[fact], against_facts="<b>the file is late</b>"
    )
    world.answer(last, "1.1.2", "red", suggested="green")
    page = _results(leader, last)
    (claim,) = page.context["sheet"].claims
    assert claim.item.code == "1.1.1"
    text = page.content.decode()
    assert "&lt;b&gt;the file is late&lt;/b&gt;" in text
    assert "1/2" in text


def test_the_radar_can_show_rules(leader, world, pair):
    assert len(_results(leader, pair[1], web="rules").context["axes"]) == 20
    assert len(_results(leader, pair[1], web="nonsense").context["axes"]) == 5


def test_results_need_a_bounded_number_of_queries(leader, world, pair, django_assert_max_num_queries):
    from roadmap.reading import items_of_version

    with django_assert_max_num_queries(32):
        _results(leader, pair[1])
    for item in items_of_version(world.version.pk)[5:]:
        answer = world.answer(pair[1], item.code, "red")
        PlanEntry.objects.create(action=world.action(), year=2026, item_code=item.code, answer=answer, added_at=NOW)
    with django_assert_max_num_queries(32):
        _results(leader, pair[1])


# --- targets ---


def _targets_url(evaluation) -> str:
    return reverse("roadmap:targets", args=["EL1", 2026]) + f"?evaluation={evaluation.pk}"


def test_targets_are_set_shown_and_on_the_audit_trail(leader, world, pair):
    url = _targets_url(pair[1])
    seen = leader.get(url).context["seen"]
    answer = leader.post(url, {"seen": seen, "rule-1.1": "green", "rule-1.2": "yellow", "rule-1.3": "purple"})
    assert answer.url == reverse("roadmap:results", args=[pair[1].pk])
    kept = dict(RoadmapTarget.objects.values_list("rule_code", "status"))
    assert kept == {"1.1": "green", "1.2": "yellow"}
    entry = AuditEntry.objects.get(action="roadmap.targets_set")
    assert entry.after == {"2026 1.1": "green", "2026 1.2": "yellow"}
    assert [rule.code for rule in _results(leader, pair[1]).context["result"].behind_target] == ["1.1", "1.2"]
    # Taken away again.
    leader.post(url, {"seen": json.dumps(kept), "rule-1.2": "yellow"})
    assert dict(RoadmapTarget.objects.values_list("rule_code", "status")) == {"1.2": "yellow"}


@pytest.mark.parametrize("seen", ['{"1.1": "yellow"}', "", "no json", "[]", "[" * 5000])
def test_targets_that_somebody_else_changed_are_shown_again(leader, world, pair, seen):
    RoadmapTarget.objects.create(unit=world.plant.el1, year=2026, rule_code="1.1", status="green")
    page = leader.post(_targets_url(pair[1]), {"seen": seen, "rule-1.2": "green"})
    assert page.status_code == 200
    assert "Somebody else" in page.content.decode()
    rows = {rule.code: chosen for _principle, rows in page.context["principles"] for rule, chosen, _new in rows}
    assert rows["1.2"] == "green"  # nothing typed is lost
    assert not RoadmapTarget.objects.filter(rule_code="1.2").exists()


def test_storing_the_same_targets_again_leaves_no_trace(leader, world, pair):
    leader.post(_targets_url(pair[1]), {"seen": "{}"})
    assert not AuditEntry.objects.filter(action="roadmap.targets_set").exists()


def test_targets_of_an_impossible_year(leader, world):
    assert leader.get(reverse("roadmap:targets", args=["EL1", 9999])).status_code == 404


# --- side by side ---


def test_lines_are_sorted_by_change_the_largest_fall_first(leader, world, pair):
    up = world.plant.el2
    for held_on, status in (("2026-01-01", "red"), ("2026-08-01", "green")):
        world.answer(world.evaluation(held_on, up), "1.1.1", status)
    world.answer(world.evaluation("2026-08-01", world.plant.st1), "1.1.1", "green")  # its first one
    world.evaluation("2026-09-01", world.plant.casthouse, state="open")
    page = leader.get(reverse("roadmap:compare"))
    assert [title for _line, title in page.context["lines"]][:2] == ["Potline 1", "Potline 2"]
    changes = [line.change for line, _title in page.context["lines"]]
    assert changes == [Decimal("-16.7"), Decimal(100), None, None]
    by_level = leader.get(reverse("roadmap:compare"), {"sort": "-level"}).context["lines"]
    levels = [line.level for line, _title in by_level if line.level is not None]
    assert levels == sorted(levels, reverse=True)


def test_a_crew_stands_beside_its_area(leader, world, pair):
    crew = world.crews["B"]
    world.answer(world.evaluation("2026-08-01", crew=crew), "1.1.1", "green")
    titles = {title for _line, title in leader.get(reverse("roadmap:compare")).context["lines"]}
    assert titles == {"Potline 1", "Potline 1, Crew B"}


def test_one_principle_alone(leader, world, pair):
    world.answer(pair[1], "2.1.1", "green")
    page = leader.get(reverse("roadmap:compare"), {"principle": 2})
    (line, _title) = page.context["lines"][0]
    assert line.last.counts.total == 1
    assert line.level == 100


def test_only_a_unit_and_what_is_below_it(leader, world, pair):
    world.evaluation("2026-08-01", world.plant.st1)
    page = leader.get(reverse("roadmap:compare"), {"unit": "ELK"})
    assert [title for _line, title in page.context["lines"]] == ["Potline 1"]
    assert leader.get(reverse("roadmap:compare"), {"unit": "NOWHERE"}).status_code == 404


def test_nothing_to_compare_yet(leader, world):
    assert "No self-evaluation here yet" in leader.get(reverse("roadmap:compare")).content.decode()


def test_side_by_side_needs_the_same_queries_for_one_or_many(leader, world, pair, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        leader.get(reverse("roadmap:compare"))
    for unit in (world.plant.el2, world.plant.st1, world.plant.electrolysis):
        for month in range(1, 8):
            world.answer(world.evaluation(f"2026-0{month}-01", unit), "1.1.1", "green")
    with django_assert_num_queries(len(few)):
        leader.get(reverse("roadmap:compare"))


def test_the_export_holds_every_signed_evaluation(leader, world, pair):
    page = leader.get(reverse("roadmap:compare_export", args=["xlsx"]))
    sheet = load_workbook(io.BytesIO(page.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:5] == ("Unit", "Crew", "Date", "Version of the roadmap", "Index")
    assert [(row[0], row[2].date(), row[5], row[6], row[7]) for row in rows[1:]] == [
        ("Potline 1", dt.date(2026, 2, 1), 1, 0, 1),
        ("Potline 1", dt.date(2026, 8, 1), 1, 2, 0),
    ]
    assert leader.get(reverse("roadmap:compare_export", args=["csv"])).status_code == 200
    assert leader.get(reverse("roadmap:compare_export", args=["pdf"])).status_code == 404


# --- the fragment ---


def _facts(client, world, code: str, *, htmx: bool = True, **query):
    address = reverse("roadmap:item_facts", args=[world.item(code).pk])
    return client.get(address, {"unit": "EL1", **query}, headers={"HX-Request": "true"} if htmx else {})


def test_the_fragment_shows_value_limits_and_what_is_missing(leader, world):
    world.sop(world.process())
    world.process()
    text = _facts(leader, world, "1.1.1").content.decode()
    assert "<html" not in text
    assert "The facts suggest red" in text
    assert "1/2" in text
    assert "green from 100, yellow from 60" in text
    assert "green from 100, else yellow" in text
    assert "binding" in text
    assert "No data." in text
    assert "Not measured yet." in _facts(leader, world, "1.2.1").content.decode()
    assert reverse("sops:list") + "?unit=EL1" in text
    assert "style=" not in text


def test_the_fragment_as_a_page_of_its_own(leader, world):
    text = _facts(leader, world, "1.1.1", htmx=False).content.decode()
    assert "<html" in text
    assert "The facts suggest nothing" in text


def test_the_fragment_for_one_team(leader, world):
    assert _facts(leader, world, "1.3.1", crew="B").context["crew"] == world.crews["B"]
    assert _facts(leader, world, "1.3.1", crew="X").status_code == 404
    assert _facts(leader, world, "1.3.1", unit="NOWHERE").status_code == 404


def test_everything_stands_in_norwegian_too(client, world, pair):
    person = make.make_person(Role.OPERATOR, world.plant.st1, language="nb")
    client.force_login(person)
    for address in (reverse("roadmap:compare"), reverse("roadmap:results", args=[pair[1].pk])):
        assert client.get(address).status_code == 200
    assert "Kritiske prosesser" in _facts(client, world, "1.1.1").content.decode()
