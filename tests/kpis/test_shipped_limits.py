"""Plants that loaded the standard before limits were marked: what the migration makes of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from kpis.loading import indicators_data, indicators_load
from kpis.models import Indicator, Target
from kpis.services import limits_plain, target_set
from tests import factories as make
from tests.factories import oslo

pytestmark = pytest.mark.django_db
migration = import_module("kpis.migrations.0008_mark_shipped_limits")
NOW = oslo("2026-03-11 10:00")


def test_it_marks_what_a_new_plant_would_have_marked_and_nothing_that_was_set_here():
    make.make_schedule()
    plant = make.make_plant()
    indicators_load(valid_from=dt.date(2026, 1, 1))
    changed = Target.objects.get(indicator__code="P08", unit=None)
    target_set(
        indicator=changed.indicator,
        unit=None,
        limits=limits_plain(
            {name: getattr(changed, name) for name in ("target", "target_min", "target_max", "red_min", "red_max")}
        ),
        valid_from=dt.date(2026, 3, 11),
        actor=make.make_person("plant_manager", plant.plant, "manager"),
        now=NOW,
    )
    own = Target.objects.create(
        indicator=changed.indicator, unit=plant.el1, valid_from=dt.date(2026, 1, 1), target=Decimal(4)
    )
    Indicator.objects.update(plant_sets=False)
    Target.objects.update(is_shipped=False)
    with connection.schema_editor() as editor:
        migration.mark(apps, editor)
    marked = set(Indicator.objects.filter(plant_sets=True).values_list("code", flat=True))
    assert marked == {item["code"] for item in indicators_data()["indicators"] if item.get("plant_sets")}
    unmarked = Target.objects.filter(is_shipped=False)
    assert {target.pk for target in unmarked} == {own.pk, Target.objects.get(valid_from="2026-03-11").pk}
