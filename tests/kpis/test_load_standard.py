"""`manage.py load_standard`: the shipped standard in a plant of one's own."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from kpis.feeding import feed_remove
from kpis.models import Indicator, IndicatorPoint, Target
from principles.teams.calendars import calendars
from sops.models import Sop, SopRevision
from tests import factories as make

FROM = dt.date(2026, 6, 1)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("load_standard", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def plant(db):
    make.make_schedule()
    return make.make_plant()


def test_it_loads_everything_in_force_from_the_start_of_a_production_day(plant):
    told = run("--owner", "ELK", "--sop", "SOP-10=ST1", "--from", FROM.isoformat())
    assert "10 SOPs" in told
    assert dict(Sop.objects.values_list("code", "owner__code")) == {
        **{f"SOP-{number:02d}": "ELK" for number in range(1, 10)},
        "SOP-10": "ST1",
    }
    from amps.periods import day_start

    assert set(SopRevision.objects.values_list("effective_from", flat=True)) == {day_start(calendars(), FROM)}
    assert Indicator.objects.count() == Target.objects.filter(valid_from=FROM).count() > 0


def test_a_second_time_nothing_is_new(plant):
    run("--owner", "ELK", "--from", FROM.isoformat())
    told = run("--owner", "EL1", "--from", FROM.isoformat())
    assert "New: 0 SOPs with 0 points, 0 reasons, 0 series, 0 indicators with 0 targets." in told
    assert not Sop.objects.exclude(owner__code="ELK").exists()


def test_what_the_plant_has_taken_away_does_not_come_back(plant):
    """Not even where it was the only point that fed an indicator."""
    run("--owner", "ELK", "--from", FROM.isoformat())
    feed = IndicatorPoint.objects.get(indicator__code="P12")
    later = dt.datetime.combine(FROM, dt.time(12), dt.UTC)
    feed_remove(indicator=feed.indicator, point=feed.point, actor=make.make_user(), now=later)
    others = IndicatorPoint.objects.count()
    run("--owner", "ELK", "--from", FROM.isoformat())
    assert IndicatorPoint.objects.count() == others
    assert not IndicatorPoint.objects.filter(indicator__code="P12").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--owner", "NOWHERE"], "no unit with the code “NOWHERE”"),
        (["--owner", "ELK", "--sop", "SOP-99=EL1"], "“SOP-99” is no SOP"),
        (["--owner", "ELK", "--sop", "SOP-10=X"], "no unit with the code “X”"),
    ],
)
def test_what_is_unknown_is_refused_and_nothing_is_made(plant, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        run(*arguments)
    assert not Sop.objects.exists()


def test_a_plant_without_a_calendar_is_told_to_make_one(db):
    make.make_plant()
    with pytest.raises(CommandError, match="no shift calendar"):
        run("--owner", "ELK")
    assert not Sop.objects.exists()
