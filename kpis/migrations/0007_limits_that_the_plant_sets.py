"""Which limits are demo values, and which targets came with the standard."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0006_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="indicator",
            name="plant_sets",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="target",
            name="is_shipped",
            field=models.BooleanField(default=False),
        ),
    ]
