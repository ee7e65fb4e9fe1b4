"""Figures and their versions keep how much of the plan was done, which never exceeds what was planned.

What is stored already gets the nearest that its own row tells; `manage.py rebuild_figures` counts it from the facts.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q
from django.db.models.functions import Least


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """No more done than was planned and seen."""
    for name in ("Figure", "FigureVersion"):
        rows = apps.get_model("kpis", name).objects.filter(n__gt=0, planned__gt=0)
        rows.update(done=Least(F("n"), F("planned")))
    tallies = apps.get_model("kpis", "Tally").objects.filter(Q(done__gt=F("planned")) | Q(done__gt=F("n")))
    tallies.update(done=Least(F("n"), F("planned")))


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0004_key_begins_with_unit"),
    ]

    operations = [
        migrations.AddField(
            model_name="figure",
            name="done",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="figureversion",
            name="done",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
