"""Keep a history of the ends of support, and of the technologies that a change concerned."""

import django.db.models.deletion
import django.utils.timezone
from django.core.validators import MaxValueValidator
from django.db import migrations, models

from techs.models.fields import BinaryCharField

END_HELP = 'A date, "ended" without a known day, or "none" if none was announced.'


class Migration(migrations.Migration):
    dependencies = [("techs", "0021_libraries")]

    operations = [
        # Rows get it when they are assessed again, which every new version causes.
        migrations.AddField(
            "tech",
            "cycle_key",
            BinaryCharField(
                blank=True,
                db_index=True,
                editable=False,
                help_text='Slug and release cycle behind the level, even if it is only assumed, such as "django 5.2".',
                max_length=201,
                null=True,
            ),
        ),
        migrations.AddField(
            "removal",
            "date_changes",
            models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AlterField(
            "webhook",
            "days_ahead",
            models.PositiveSmallIntegerField(
                default=30,
                help_text="Days before an end of life to send a message. 0: do not send any.",
                validators=[MaxValueValidator(3650)],
            ),
        ),
        migrations.CreateModel(
            "DateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product", BinaryCharField(max_length=100)),
                ("cycle", BinaryCharField(max_length=100, verbose_name="release")),
                ("title", models.CharField(help_text="Product and release, such as Django 5.2.", max_length=401)),
                (
                    "field",
                    models.CharField(
                        choices=[
                            ("end_of_life", "end of life"),
                            ("active_support", "active support"),
                            ("extended_support", "extended support"),
                        ],
                        max_length=16,
                    ),
                ),
                ("before", models.CharField(help_text=END_HELP, max_length=10)),
                ("after", models.CharField(help_text=END_HELP, max_length=10)),
                (
                    "seen_on",
                    models.DateField(help_text="When the lifecycle data with this change was activated."),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="date_changes",
                        to="techs.lifecycledataversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "product", "cycle", "field"), name="one_date_change_per_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            "TechDateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="concerned", to="techs.datechange"
                    ),
                ),
                (
                    "tech",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="date_changes",
                        to="techs.tech",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("tech", "change"), name="one_tech_per_date_change")
                ],
            },
        ),
    ]
