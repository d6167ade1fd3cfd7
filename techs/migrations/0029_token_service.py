"""API tokens that are limited to uploads of one service, and resolved technologies by service."""

import django.db.models.deletion
from django.db import migrations, models

from techs.models.fields import BinaryCharField

CHUNK = 500


def set_slugs(apps, schema_editor):
    """Set the slugs of technologies that left the list before this version. May be repeated."""
    resolved = apps.get_model("techs", "Resolved").objects.using(schema_editor.connection.alias)
    last = 0
    while some := list(resolved.filter(pk__gt=last).order_by("pk").only("pk", "moves", "slug")[:CHUNK]):
        last = some[-1].pk
        for row in some:
            row.slug = row.moves[0].get("slug", "") if row.moves else ""
        resolved.bulk_update(some, ["slug"])


class Migration(migrations.Migration):
    dependencies = [
        ("techs", "0028_undo_from_activity"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="service",
            field=models.ForeignKey(
                blank=True,
                help_text="For a token that is limited to uploads of one service.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tokens",
                to="techs.service",
            ),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="scope",
            field=models.CharField(
                choices=[("read", "Read only"), ("write", "Read and write"), ("upload", "Uploads of one service")],
                default="write",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="resolved",
            name="slug",
            field=BinaryCharField(
                blank=True,
                db_default="",
                db_index=True,
                default="",
                help_text="The last service that used it; empty if somebody changed its version.",
                max_length=100,
            ),
        ),
        migrations.AlterModelOptions(
            name="resolved",
            options={
                "ordering": ["-id"],
                "verbose_name": "resolved technology",
                "verbose_name_plural": "resolved technologies",
            },
        ),
        migrations.RunPython(set_slugs, migrations.RunPython.noop, elidable=True),
    ]
