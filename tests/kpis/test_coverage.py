"""Done of planned: what a plan asked for and got, kept apart from what was seen besides."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amps.periods import Cadence
from kpis.frame import Frame
from kpis.models import Figure, FigureVersion, Tally
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_marks
from kpis.series import crew_readings, figure_readings, plain
from principles.teams.models import Crew
from tests.factories import make_shifts
from tests.kpis.world import LATER, World, corrected, fact, figure, make_round, measured, pure_tallies, reported

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 10)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def shifts(world):
    return make_shifts(DAY, DAY)


def counted(found: Any) -> tuple[int, int, int, int]:
    """(n, done, planned, outside) of a figure, version, reading or tally."""
    return found.n, found.done, found.planned, found.outside


def test_what_was_seen_besides_is_told_apart(world, shifts):
    el1, cells = world.plant.el1, world.plant.cells
    round_ = world.owe(shifts[0], a=2)
    for cell in cells[:2]:
        fact(world.a, el1, shifts[0], round=round_, equipment=cell)
    extra = make_round(world.revision, shifts[0], el1)
    for cell in cells:
        fact(world.a, el1, shifts[0], round=extra, equipment=cell)
    process_marks(now=LATER)
    for cadence in ("shift", "day", "week", "month"):
        assert counted(figure(world.tending, el1, shifts[0], cadence)) == (8, 2, 2, 6)
        assert counted(figure(world.execution, el1, shifts[0], cadence)) == (8, 2, 2, 6)
        assert counted(figure(world.wrong, el1, shifts[0], cadence)) == (8, 2, 2, 6)
        covered = figure(world.planned, el1, shifts[0], cadence)
        assert counted(covered) == (2, 2, 2, 0)
        assert covered.value == 100


def test_two_facts_on_one_card_are_one_card_done(world, shifts):
    round_ = world.owe(shifts[0], a=2)
    for _ in range(3):
        fact(world.a, world.plant.el1, shifts[0], round=round_, equipment=world.plant.cells[0])
    process_marks(now=LATER)
    assert counted(figure(world.tending, world.plant.el1, shifts[0])) == (3, 1, 2, 2)
    assert figure(world.planned, world.plant.el1, shifts[0]).value == 50


def test_not_applicable_is_done_and_withdrawn_is_not(world, shifts):
    el1, cells = world.plant.el1, world.plant.cells
    round_ = world.owe(shifts[0], a=3)
    fact(world.a, el1, shifts[0], "na", round=round_, equipment=cells[0])
    corrected(fact(world.a, el1, shifts[0], round=round_, equipment=cells[1]), "void", equipment=cells[1])
    corrected(fact(world.a, el1, shifts[0], round=round_, equipment=cells[2]), "not_ok", equipment=cells[2])
    process_marks(now=LATER)
    assert counted(figure(world.tending, world.plant.el1, shifts[0])) == (2, 2, 3, 0)
    assert counted(figure(world.wrong, world.plant.el1, shifts[0])) == (2, 2, 3, 0)


def test_a_card_seen_after_its_shift_or_by_another_crew_is_outside_the_plan(world, shifts):
    el1, cells = world.plant.el1, world.plant.cells
    round_ = world.owe(shifts[0], a=2)
    fact(world.a, el1, shifts[1], round=round_, equipment=cells[0])
    fact(world.a, el1, shifts[0], round=round_, equipment=cells[1], crew_id=shifts[1].crew_id)
    process_marks(now=LATER)
    assert counted(figure(world.tending, el1, shifts[0])) == (1, 0, 2, 1)
    assert counted(figure(world.tending, el1, shifts[1])) == (1, 0, 0, 1)
    assert counted(figure(world.tending, el1, shifts[1], "day")) == (2, 0, 2, 2)


def test_the_share_that_was_wrong_leaves_out_what_nobody_judges(world, shifts):
    fact(world.a, world.plant.el1, shifts[0], "not_ok")
    measured(world.fe, world.plant.el1, shifts[0], "0.1")
    reported(world.ae, world.plant.el1, shifts[0], "40")
    process_marks(now=LATER)
    assert counted(figure(world.wrong, world.plant.el1, shifts[0])) == (1, 0, 0, 1)


def test_a_version_keeps_what_was_done_then(world, shifts):
    round_ = world.owe(shifts[0], a=2)
    process_marks(now=LATER)
    Figure.objects.update(state="final")
    fact(world.a, world.plant.el1, shifts[0], round=round_, equipment=world.plant.cells[0])
    fact(world.a, world.plant.el1, shifts[0])
    process_marks(now=LATER)
    version = FigureVersion.objects.get(figure=figure(world.tending, world.plant.el1, shifts[0]))
    assert (version.reason, *counted(version)) == ("late", 2, 1, 2, 1)


# One thing that happens: (what, shift, point, round, cell, crew, answer, which earlier fact).
acts = st.tuples(
    st.sampled_from(["see", "see", "see", "see", "owe", "correct", "report"]),
    st.integers(0, 2),
    st.sampled_from(["a", "b", "fe", "ae"]),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(0, 2)),
    st.sampled_from(["own", "own", "none", "other"]),
    st.sampled_from(["ok", "not_ok", "na", "void"]),
    st.integers(0, 20),
)


def happen(world: World, shifts: Any, history: list[Any]) -> None:
    """Facts inside and outside rounds, twice on a card, late, by other crews, corrected and withdrawn."""
    rounds = [world.owe(shifts[0], a=2, b=1, fe=1), make_round(world.revision, shifts[0], world.plant.el1)]
    facts: list[Any] = []
    told = set()
    for what, at, code, which, cell, crew, answer, earlier in history:
        shift, point = shifts[at], getattr(world, code)
        round_ = rounds[which] if which < len(rounds) else None
        equipment = None if cell is None else world.plant.cells[cell]
        crew_id = {"own": shift.crew_id, "none": None, "other": shifts[at - 1].crew_id}[crew]
        if what == "owe":
            rounds.append(world.owe(shift, **{code: which}))
        elif what == "report" and at not in told:
            told.add(at)
            reported(world.ae, world.plant.el1, shift, "8")
        elif what == "correct" and facts:
            old = facts.pop(earlier % len(facts))
            result = answer if old.result != "value" or answer in ("na", "void") else "value"
            value = old.value if result == "value" else None
            facts.append(corrected(old, result, value=value, equipment=equipment))
        elif code in ("fe", "ae"):
            facts.append(
                measured(point, world.plant.el1, shift, "2", round=round_, equipment=equipment, crew_id=crew_id)
            )
        elif answer != "void":
            facts.append(
                fact(point, world.plant.el1, shift, answer, round=round_, equipment=equipment, crew_id=crew_id)
            )


def holds(found: Any) -> bool:
    return bool(found.done <= found.planned and found.outside >= 0 and found.done + found.outside == found.n)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, max_size=16), st.integers(1, 9))
def test_done_never_exceeds_planned_and_with_what_is_outside_makes_n(world, shifts, history, step):
    with transaction.atomic():
        happen(world, shifts, history)
        while process_marks(now=LATER, limit=step):
            pass
        stored = {
            (row.unit_id, shifts[row.number - 1].pk, row.point_id, row.crew_id): plain(row)
            for row in Tally.objects.filter(unit=world.plant.el1, cadence="shift").exclude(point=world.ae)
        }
        pure = {
            key: tally for key, tally in pure_tallies().items() if key[2] != world.ae.pk and (tally.n or tally.planned)
        }
        assert {key: tally for key, tally in stored.items() if tally.n or tally.planned} == pure
        for row in Tally.objects.all():
            assert holds(plain(row))
        figures = list(Figure.objects.all())
        assert all(holds(found) for found in figures)
        for indicator in (world.tending, world.covering, world.execution):
            for found in (one for one in figures if one.indicator_id == indicator.pk):
                crews = Tally.objects.filter(
                    unit=found.unit, cadence=found.cadence, first=found.first, number=found.number
                )
                weight = {"O03": {"a": 1, "b": 1}, "O05": {"b": 1}, "O20": {"a": 1, "b": 2}}[indicator.code]
                rows = crews.filter(point__code__in=weight).select_related("point")
                for name in ("n", "planned", "done"):
                    assert getattr(found, name) == sum(getattr(row, name) * weight[row.point.code] for row in rows)
        frame = Frame(LATER)
        lines = [[frame.period(Cadence.DAY, DAY, 0)]]
        everybody = figure_readings(world.plant.el1.pk, lines)
        for crew in Crew.objects.all():
            alone = crew_readings(frame.rules, everybody, unit_id=world.plant.el1.pk, crew_id=crew.pk, lines=lines)
            assert all(holds(reading) for found in alone.values() for reading in found.values())
        report = rebuild_figures(now=LATER)
        assert (report.tallies_changed, report.figures_changed) == (0, 0)
        transaction.set_rollback(True)
