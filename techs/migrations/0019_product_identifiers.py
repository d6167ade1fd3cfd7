"""Store all that the lifecycle data says of products, and have it fetched once more."""

import django.core.validators
from django.db import migrations, models

import techs.models.lifecycle


def forget_etags(apps, schema_editor):
    """The published document may be unchanged, so the server must not answer that it is."""
    apps.get_model("techs", "LifecycleDataVersion").objects.exclude(etag="").update(etag="")


class Migration(migrations.Migration):
    dependencies = [("techs", "0018_reword_labels")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="identifiers",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='Such as ["pkg:npm/express"].',
                validators=[techs.models.lifecycle._validate_identifiers],
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="release_policy",
            field=models.CharField(
                blank=True,
                default="",
                max_length=300,
                validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="version_command",
            field=models.TextField(
                blank=True, default="", help_text="How to look up the installed version.", max_length=1000
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="is_lts",
            field=models.BooleanField(default=False, verbose_name="long-term release"),
        ),
        migrations.AddField(
            model_name="release",
            name="lts_from",
            field=models.DateField(blank=True, null=True, verbose_name="long-term release from"),
        ),
        migrations.RunPython(forget_etags, migrations.RunPython.noop),
    ]
