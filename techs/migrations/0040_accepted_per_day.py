"""The accepted risks of each day. Null on the days of before, which were counted without them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("techs", "0039_import_action")]

    operations = [
        migrations.AddField(
            model_name="levelday",
            name="accepted",
            field=models.PositiveIntegerField(help_text="Accepted risks, which are among those that are low.", null=True),
        ),
    ]
