"""API tokens that are limited to uploads of one service."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("techs", "0026_hash_tokens"),
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
    ]
