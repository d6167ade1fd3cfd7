"""API tokens as digests, with a name, a scope and an expiry."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import techs.models.fields


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("techs", "0024_services"),
    ]

    operations = [
        migrations.CreateModel(
            name="APIToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expiry", models.DateTimeField(blank=True, null=True)),
                ("digest", techs.models.fields.BinaryCharField(editable=False, max_length=128, unique=True)),
                ("token_key", techs.models.fields.BinaryCharField(db_index=True, editable=False, max_length=25)),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Its purpose, such as the program that uses it.",
                        max_length=100,
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "Read only"), ("write", "Read and write")], default="write", max_length=8
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="auth_token_set",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "API token", "ordering": ["-id"]},
        ),
    ]
