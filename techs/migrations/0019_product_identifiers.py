"""Store more details from the lifecycle data, and fetch it again."""

from datetime import timedelta

import django.core.validators
from django.db import migrations, models

import techs.models.lifecycle


def fetch_again(apps, schema_editor):
    """Make the next fetch due, without ETags, so that the server sends the document even if it is unchanged."""
    apps.get_model("techs", "LifecycleDataVersion").objects.exclude(etag="").update(etag="")
    for run in apps.get_model("techs", "PeriodicRun").objects.filter(name="sync", finished_at__isnull=False):
        run.started_at, run.finished_at = None, run.finished_at - timedelta(days=1)
        run.save(update_fields=["started_at", "finished_at"])


class Migration(migrations.Migration):
    dependencies = [("techs", "0018_reword_labels")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="identifiers",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text='Package URLs and CPEs, such as ["pkg:npm/express"].',
                validators=[techs.models.lifecycle._validate_identifiers],
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="release_policy",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=300,
                validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="version_command",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="How to look up the installed version.", max_length=1000
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="is_lts",
            field=models.BooleanField(db_default=False, default=False, verbose_name="long-term release"),
        ),
        migrations.AddField(
            model_name="release",
            name="lts_from",
            field=models.DateField(blank=True, null=True, verbose_name="long-term release from"),
        ),
        migrations.RunPython(fetch_again, migrations.RunPython.noop),
    ]
