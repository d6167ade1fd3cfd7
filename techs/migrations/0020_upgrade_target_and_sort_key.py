"""Where to go from each technology, and room in the sort key for impact and end of life.

Rows get both when they are assessed again, which the new version of the rule causes. No step copies the table.
"""

from django.db import migrations, models

from techs.models.fields import BinaryCharField


class LengthenField(migrations.AlterField):
    """SQLite ignores the length of text, but would copy the table to change it."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self.database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [("techs", "0019_product_identifiers")]

    operations = [
        migrations.AddField(
            "tech",
            "upgrade_to",
            models.JSONField(
                blank=True,
                editable=False,
                help_text="Where to go: {text, release, name, end_of_life}, or null if nothing is better.",
                null=True,
            ),
        ),
        LengthenField("tech", "rank", BinaryCharField(db_index=True, editable=False, max_length=617)),
    ]
