"""Notes of submissions and imports. Null leaves the note on the list unchanged."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("techs", "0022_date_changes")]

    operations = [
        migrations.AddField("import", "note", models.TextField(blank=True, max_length=2000, null=True)),
        migrations.AddField("submission", "note", models.TextField(blank=True, max_length=2000, null=True)),
    ]
