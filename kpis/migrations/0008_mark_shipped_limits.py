"""Plants that loaded the standard before: their indicators and targets are marked as a new plant's would be."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CharField
from django.db.models.functions import Cast

# What the catalogue marks with plant_sets.
PLANT_SETS = (
    *("K12", "K13", "K14", "K15", "K16", "K17", "K19", "K20", "K21"),
    *("P08", "P16", "P17", "P19", "P20", "P30", "P32"),
)


def mark(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Targets of the whole plant that nobody has set, as the audit trail tells, are those of the standard."""
    indicator, target = apps.get_model("kpis", "Indicator"), apps.get_model("kpis", "Target")
    entry = apps.get_model("amps", "AuditEntry")
    indicator._default_manager.filter(code__in=PLANT_SETS).update(plant_sets=True)
    set_here = entry._default_manager.filter(target_type="kpis.target").values("target_id")
    shipped = target._default_manager.filter(unit=None).annotate(key=Cast("pk", CharField())).exclude(key__in=set_here)
    target._default_manager.filter(pk__in=shipped.values("pk")).update(is_shipped=True)


class Migration(migrations.Migration):
    dependencies = [
        ("amps", "0001_initial"),
        ("kpis", "0007_limits_that_the_plant_sets"),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
