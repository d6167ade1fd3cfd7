"""The action of an import, so that it can be undone as a whole. Null for imports of before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("techs", "0038_impact_labels")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="action",
            field=models.BigIntegerField(
                editable=False, help_text="The action that its lines are recorded in.", null=True
            ),
        ),
    ]
