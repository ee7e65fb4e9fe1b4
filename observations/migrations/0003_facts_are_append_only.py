"""Facts are only ever added: the database itself refuses to change or delete them."""

from django.db import migrations

from observations.migrations._append_only import BACKWARD, FORWARD


class Migration(migrations.Migration):
    dependencies = [("observations", "0002_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
