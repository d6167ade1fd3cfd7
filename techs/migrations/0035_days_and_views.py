"""The list of each day, from this one on, and saved views."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import techs.models.fields

OBJECTS = [
    ("technology", "Technology"),
    ("service", "Service"),
    ("source", "Source"),
    ("submission", "Submission"),
    ("webhook", "Webhook"),
    ("delivery", "Delivery"),
    ("subscription", "Subscription"),
    ("token", "API token"),
    ("user", "User"),
    ("group", "Group"),
    ("product", "Product"),
    ("lifecycle data", "Lifecycle Data"),
    ("view", "View"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("techs", "0034_search_words"),
    ]

    operations = [
        migrations.CreateModel(
            "LevelDay",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(db_index=True)),
                (
                    "owner_key",
                    techs.models.fields.BinaryCharField(blank=True, default="", max_length=300, verbose_name="owner"),
                ),
                (
                    "levels",
                    models.JSONField(default=dict, help_text="Technologies by level, without libraries."),
                ),
            ],
            options={
                "ordering": ["-day", "owner_key"],
                "constraints": [
                    models.UniqueConstraint(fields=["owner_key", "day"], name="one_level_day_per_owner"),
                ],
            },
        ),
        migrations.CreateModel(
            "SavedView",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("name_key", techs.models.fields.BinaryCharField(editable=False, max_length=180, unique=True)),
                (
                    "query",
                    models.CharField(
                        blank=True,
                        help_text="Parameters of the list, such as owner=shop&priority=high.",
                        max_length=2000,
                    ),
                ),
                (
                    "created_by",
                    models.CharField(
                        blank=True, default="", editable=False, help_text="Name of the user.", max_length=150
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={"ordering": ["name_key"]},
        ),
        migrations.CreateModel(
            "StartView",
            [
                (
                    "user",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="start_view",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="starts", to="techs.savedview"
                    ),
                ),
            ],
        ),
        migrations.AlterField("change", "object", models.CharField(choices=OBJECTS, max_length=14)),
    ]
