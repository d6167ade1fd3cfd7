"""Services that lines of an import name. Null, as in the rows of the previous version, means that there are none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("techs", "0030_service_summary")]

    operations = [
        migrations.AddField(
            "submission",
            "services",
            models.JSONField(
                blank=True,
                editable=False,
                help_text="Primary keys of the services to add it to, if the line names any.",
                null=True,
            ),
        ),
        migrations.AddField(
            "import",
            "new_services",
            models.JSONField(
                blank=True,
                editable=False,
                help_text="The first services that it created, as {slug, name}.",
                null=True,
            ),
        ),
    ]
