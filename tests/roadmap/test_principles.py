"""The five principle pages: what they mean, and a unit's live state that is counted and never guessed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from principles.flow.services import NewPart, route_create, step_add
from principles.improvement.models import Deviation
from principles.teams.models import Role
from principles.teams.tree import current_tree
from roadmap.loading import standard_load
from roadmap.models import Answer, Evaluation, EvaluationState, FocusItem, Principle
from roadmap.principle_cards import Card, cards_of
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant() -> make.Plant:
    made = make.make_plant()
    make.make_schedule()
    standard_load(now=timezone.now())
    return made


def cards(number: int, plant: make.Plant) -> dict[str, Card]:
    now = timezone.now()
    return {card.label: card for card in cards_of(number, plant.el1, tree=current_tree(now), now=now)}


def test_each_page_tells_its_meaning_and_its_four_rules(plant, client: Client):
    client.force_login(make.make_person(Role.OPERATOR, plant.el1))
    for principle in Principle.objects.all():
        page = client.get(f"{reverse('roadmap:principle', args=[principle.number])}?unit=EL1").content.decode()
        assert principle.description_en[:40] in page
        assert all(rule.code in page for rule in principle.rules.all())
        assert principle.rules.count() == 4
    assert client.get(reverse("roadmap:principle", args=[6])).status_code == 404


def test_an_empty_plant_says_so_and_nothing_is_green(plant):
    for number in (1, 2, 3, 4, 5):
        for card in cards(number, plant).values():
            assert card.status != "green" or card.value == "0", card
    assert cards(3, plant)["Bottleneck"].status == "none"


def test_open_deviations_below_the_unit_are_counted_and_overdue_ones_are_red(plant):
    now = timezone.now()
    for unit, due in ((plant.section1, now.date() - dt.timedelta(days=3)), (plant.el1, None), (plant.el2, None)):
        Deviation.objects.create(title="Open hole", unit=unit, occurred_at=now, reported_at=now, due=due)
    card = cards(1, plant)["Open deviations"]
    assert (card.value, card.status) == ("2", "red")
    assert "1 is overdue" in card.detail


def test_the_bottleneck_of_the_plants_route_is_shown_to_each_unit(plant):
    route = route_create(
        code="metal", name_en="Metal", name_nb="Metall", unit=plant.plant, demand=Decimal(7000), actor=None
    )
    for name, tonnes in (("Electrolysis", 7400), ("Casting", 5865)):
        parts = [NewPart(name, name, Decimal(tonnes))]
        step_add(route=route, name_en=name, name_nb=name, unit=None, parts=parts, actor=None)
    card = cards(3, plant)["Bottleneck on Metal"]
    assert (card.value, card.status) == ("Casting", "red")
    assert "1,135" in card.detail.replace("\N{NO-BREAK SPACE}", ",")


def test_the_marks_are_those_of_the_last_signed_evaluation_only(plant, client: Client):
    leader = make.make_person(Role.AREA_LEADER, plant.el1)
    item = FocusItem.objects.get(code="1.1.1")
    today = timezone.now().date()
    now = timezone.now()
    for days, state, status in ((30, EvaluationState.LOCKED, "yellow"), (1, EvaluationState.OPEN, "red")):
        evaluation = Evaluation.objects.create(
            unit=plant.el1,
            version=item.rule.principle.version,
            held_on=today - dt.timedelta(days=days),
            leader=leader,
            state=state,
            opened_at=now,
            locked_at=now if state == EvaluationState.LOCKED else None,
        )
        Answer.objects.create(evaluation=evaluation, item=item, status=status, decided_at=now)
    client.force_login(leader)
    page = client.get(f"{reverse('roadmap:principle', args=[1])}?unit=EL1")
    rules = {line.rule.code: line.statuses for line in page.context["rules"]}
    assert rules == {"1.1": ["yellow"], "1.2": [], "1.3": [], "1.4": []}


def test_a_page_asks_no_more_of_the_database_when_there_is_more(plant, client: Client, django_assert_max_num_queries):
    client.force_login(make.make_person(Role.PLANT_MANAGER, plant.plant))
    for number in (1, 2, 3, 4, 5):
        with django_assert_max_num_queries(40):
            assert client.get(f"{reverse('roadmap:principle', args=[number])}?unit=VERK").status_code == 200


def test_a_unit_without_its_own_counts_the_marks_of_those_below(plant, client: Client):
    items = list(FocusItem.objects.filter(rule__code="1.1").select_related("rule__principle"))
    now = timezone.now()
    for unit, status in ((plant.el1, "green"), (plant.el2, "red")):
        leader = make.make_person(Role.AREA_LEADER, unit)
        evaluation = Evaluation.objects.create(
            unit=unit,
            version_id=items[0].rule.principle.version_id,
            held_on=now.date(),
            leader=leader,
            opened_at=now,
            locked_at=now,
            state=EvaluationState.LOCKED,
        )
        Answer.objects.bulk_create(
            Answer(evaluation=evaluation, item=item, status=status, decided_at=now) for item in items
        )
    client.force_login(make.make_person(Role.PLANT_MANAGER, plant.plant))
    for name, args in (("roadmap:principles", []), ("roadmap:principle", [1])):
        response = client.get(f"{reverse(name, args=args)}?unit={plant.plant.code}")
        lines = response.context["rules"] if args else response.context["lines"][0][1]
        assert lines[0].counts == [("green", len(items)), ("red", len(items))]
        assert [evaluation.unit.code for evaluation in response.context["below"]] == ["EL1", "EL2"]
        assert "the last signed self-evaluations below" in response.content.decode()
