"""The tick does everything that is due, and one part that fails stops none of the others."""

import datetime as dt
import logging

import pytest
import time_machine
from django.core.management import call_command

from kpis import tasks
from kpis.models import Closing, Figure
from observations.models import Mark
from principles.teams.models import Shift
from tests.factories import make_shifts
from tests.kpis.world import World, fact

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 12, 12, tzinfo=dt.UTC)


def test_a_plant_without_a_calendar_has_nothing_due():
    tasks.tick()
    assert not Shift.objects.exists()


def test_a_tick_makes_shifts_counts_closes_and_finalises():
    world = World()
    shift = make_shifts(dt.date(2026, 3, 9), dt.date(2026, 3, 9))[0]
    fact(world.a, world.plant.el1, shift)
    with time_machine.travel(NOW, tick=False):
        tasks.tick()
    assert not Mark.objects.exists()
    assert Shift.objects.latest("starts_at").starts_at > NOW + dt.timedelta(hours=40)
    # The three days between were made too, so that they close in order.
    assert Closing.objects.filter(unit=world.plant.el1, cadence="day").count() == 3
    assert Figure.objects.get(indicator=world.tending, unit=world.plant.el1, cadence="shift").state == "final"


def test_a_part_that_fails_is_logged_and_stops_no_other(monkeypatch, caplog):
    world = World()
    fact(world.a, world.plant.el1, make_shifts(dt.date(2026, 3, 9), dt.date(2026, 3, 9))[0])

    def fail(**kwargs):
        raise RuntimeError("no rounds today")

    monkeypatch.setattr(tasks, "rounds_ensure", fail)
    with time_machine.travel(NOW, tick=False), caplog.at_level(logging.ERROR):
        tasks.tick()
    assert "part of the tick failed" in caplog.text
    assert Closing.objects.exists()


def test_a_nudge_counts_what_was_marked():
    world = World()
    fact(world.a, world.plant.el1, make_shifts(dt.date(2026, 3, 9), dt.date(2026, 3, 9))[0])
    with time_machine.travel(NOW, tick=False):
        assert tasks.process_marks() == 1


def test_the_command_says_in_a_sentence_how_many_figures_changed(capsys):
    world = World()
    fact(world.a, world.plant.el1, make_shifts(dt.date(2026, 3, 9), dt.date(2026, 3, 9))[0])
    with time_machine.travel(NOW, tick=False):
        call_command("rebuild_figures", "--language=en")
        assert "No figure changed." in capsys.readouterr().out
        Figure.objects.filter(indicator=world.tending, cadence="shift", unit=world.plant.el1).update(value=3)
        call_command("rebuild_figures", "--dry-run", "--language=en")
        assert "1 figure would change." in capsys.readouterr().out
        call_command("rebuild_figures", "--from=2026-03-01", "--until=2026-03-31", "--language=en")
        assert "1 figure changed." in capsys.readouterr().out
    assert Figure.objects.get(indicator=world.tending, cadence="shift", unit=world.plant.el1).value == 100
