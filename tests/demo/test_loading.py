"""The command itself: the same from the same seed, all or nothing, and never in production."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from amps.demo import loading
from kpis.models import Figure
from kpis.rollup import process_all_marks
from observations.models import EventReport, Mark, Observation
from principles.teams.models import Shift, Unit, User
from tests.demo.fixtures import DEMO_UNTIL, make_demo

pytestmark = pytest.mark.django_db


def one_week(seed):
    """Every fact of a week of the demo, by codes instead of keys."""
    with transaction.atomic():
        make_demo(weeks=1, cells=6, seed=seed)
        facts = list(
            Observation.objects.order_by("id").values_list(
                "id",
                "point__code",
                "area__code",
                "equipment__code",
                "observer__username",
                "competence",
                "result",
                "value",
                "weight",
                "reason__code",
                "observed_at",
                "received_at",
                "supersedes",
            )
        )
        transaction.set_rollback(True)
    return facts


def facts_only(monkeypatch):
    """Leave the figures out: they follow from the facts, and tests/demo/test_demo.py looks at them."""
    monkeypatch.setattr(loading, "process_all_marks", lambda *, now: 0)
    monkeypatch.setattr(loading, "_live_through", lambda *arguments: 0)
    monkeypatch.setattr(loading, "learning_make", lambda *arguments: None)


def test_the_same_seed_makes_the_same_plant_and_another_seed_another_one(monkeypatch):
    facts_only(monkeypatch)
    first = one_week(1)
    assert len(first) > 5000
    assert first == one_week(1)
    assert first != one_week(2)


def keys_and_indexes():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
            "WHERE contype = 'f' ORDER BY 1, 2"
        )
        keys = cursor.fetchall()
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        return keys, cursor.fetchall()


def test_full_weeks_and_the_night_of_nine_hours(monkeypatch):
    facts_only(monkeypatch)
    until = DEMO_UNTIL - dt.timedelta(days=24)
    make_demo(weeks=2, cells=6, until=until)
    night = Shift.objects.get(production_date=dt.date(2026, 10, 24), number=3)
    assert night.hours == 9
    assert Shift.objects.filter(starts_at__lt=until).count() == 2 * 7 * 3 + 1
    area = Unit.objects.get(code="EL1")
    report = EventReport.objects.get(shift=night, area=area, point__code="anode_effects")
    assert report.opportunities == Decimal(6 * 9) / 24
    Mark.objects.exclude(shift=night).delete()
    process_all_marks(now=until)
    figure = Figure.objects.get(
        indicator__code="P01", unit=area, cadence="shift", first=night.production_date, number=3
    )
    assert figure.denominator == report.opportunities


def test_an_interrupted_load_leaves_an_empty_database(monkeypatch):
    before = keys_and_indexes()

    def killed(**kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "process_all_marks", killed)
    with pytest.raises(KeyboardInterrupt):
        make_demo(weeks=1, cells=6)
    assert not Unit.objects.exists()
    assert not User.objects.exists()
    assert not Observation.objects.exists()
    assert keys_and_indexes() == before


def test_the_command_says_what_it_made_and_keeps_every_key_and_index():
    before, out = keys_and_indexes(), io.StringIO()
    call_command("demo", weeks=1, cells=6, until="2026-11-22T11:20:00+01:00", stdout=out)
    assert keys_and_indexes() == before
    lines = out.getvalue().splitlines()
    assert len(lines) == 6
    assert f"{Observation.objects.count()} facts" in lines[-1]


def test_the_page_does_not_exist_without_a_demo(client):
    assert client.get("/demo/").status_code == 404


@pytest.mark.parametrize(
    "options",
    [{"weeks": 0}, {"weeks": 53}, {"cells": 5}, {"cells": 601}, {"until": "tomorrow"}, {"until": "2026-11-22"}],
)
def test_nonsense_is_refused(options):
    with pytest.raises(CommandError):
        call_command("demo", **options)
    assert not Unit.objects.exists()


def test_production_refuses(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("demo")
