"""Services, their uploads, and the technologies they use. Rows of the list so far count as added by hand."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from techs.migrations._operations import AddColumn
from techs.models.fields import BinaryCharField


class Migration(migrations.Migration):
    dependencies = [
        ("techs", "0023_submitted_note"),
    ]

    operations = [
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", BinaryCharField(max_length=100, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("name_key", BinaryCharField(editable=False, max_length=300, unique=True)),
                ("owner", models.CharField(blank=True, default="", max_length=100)),
                ("owner_key", BinaryCharField(blank=True, default="", editable=False, max_length=300)),
                (
                    "impact",
                    models.CharField(
                        blank=True,
                        choices=[("critical", "critical"), ("high", "high"), ("normal", "normal"), ("low", "low")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("tags", models.JSONField(blank=True, default=list)),
                ("repository", models.CharField(blank=True, default="", max_length=300)),
                ("note", models.TextField(blank=True, default="", max_length=2000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "purge_at",
                    models.DateTimeField(blank=True, db_index=True, help_text="When to delete it for good.", null=True),
                ),
                ("recounted_to", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("publish_again_at", models.DateTimeField(blank=True, db_index=True, editable=False, null=True)),
            ],
            options={
                "ordering": ["name_key"],
            },
        ),
        AddColumn(
            model_name="submission",
            name="kept_owner",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="The owner on the list, which the one of the import did not replace.",
                max_length=100,
            ),
        ),
        AddColumn(
            model_name="tech",
            name="by_hand",
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
        AddColumn(
            model_name="tech",
            name="lowest_version",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=200),
        ),
        AddColumn(
            model_name="tech",
            name="service_impact",
            field=models.CharField(
                blank=True,
                choices=[("critical", "critical"), ("high", "high"), ("normal", "normal"), ("low", "low")],
                db_default="",
                default="",
                editable=False,
                help_text="The highest.",
                max_length=8,
            ),
        ),
        AddColumn(
            model_name="tech",
            name="services",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="tech",
            name="versions",
            field=models.JSONField(blank=True, editable=False, help_text="Versions in use.", null=True),
        ),
        migrations.AlterField(
            model_name="tech",
            name="impact",
            field=models.CharField(
                blank=True,
                choices=[("critical", "critical"), ("high", "high"), ("normal", "normal"), ("low", "low")],
                default="normal",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="ServiceSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", BinaryCharField(max_length=200)),
                ("origin", BinaryCharField(max_length=200)),
                (
                    "seen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="The last upload, changed or not, to the day."
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sources", to="techs.service"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source_name", BinaryCharField(max_length=200)),
                ("digest", models.CharField(editable=False, max_length=64)),
                (
                    "basis",
                    models.CharField(
                        editable=False, help_text="Code and lifecycle data that read the file.", max_length=120
                    ),
                ),
                ("format", models.CharField(blank=True, default="", max_length=32)),
                ("ref", models.CharField(blank=True, default="", help_text="Commit, branch or tag.", max_length=200)),
                ("removes_source", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("saved", "Saved"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("superseded", "Superseded"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, editable=False)),
                ("error", models.TextField(blank=True, default="")),
                ("errors", models.JSONField(default=list, help_text="Technologies that could not be stored.")),
                ("total", models.PositiveIntegerField(default=0, help_text="Technologies in the file.")),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("skipped_rows", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("publications", models.PositiveIntegerField(default=0, editable=False)),
                ("publish_again_at", models.DateTimeField(editable=False)),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="uploads",
                        to="techs.service",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="uploads",
                        to="techs.servicesource",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="servicesource",
            name="accepted",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="techs.upload"
            ),
        ),
        migrations.AddField(
            model_name="servicesource",
            name="current",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="techs.upload"
            ),
        ),
        migrations.CreateModel(
            name="Resolved",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("name_key", BinaryCharField(db_index=True, max_length=600)),
                ("product", BinaryCharField(blank=True, default="", max_length=100)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("critical", "critical"),
                            ("high", "high"),
                            ("medium", "medium"),
                            ("unknown", "unknown"),
                            ("low", "low"),
                        ],
                        max_length=8,
                    ),
                ),
                ("attributes", models.JSONField(help_text="Values that people had set.")),
                ("moves", models.JSONField(default=list, help_text="A list of {service, slug, from, to}.")),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "returned_at",
                    models.DateTimeField(blank=True, help_text="When the technology came back.", null=True),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="resolved",
                        to="techs.upload",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "resolved",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="UploadLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", BinaryCharField(max_length=600)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[("tracked", "tracked"), ("library", "library")], default="tracked", max_length=8
                    ),
                ),
                ("product", BinaryCharField(blank=True, default="", max_length=100)),
                ("cycle", BinaryCharField(blank=True, default="", max_length=100)),
                ("package", models.CharField(blank=True, default="", max_length=300)),
                ("as_read", models.CharField(max_length=200)),
                ("versions", models.JSONField(default=list)),
                ("line", models.PositiveIntegerField(default=0)),
                ("is_range", models.BooleanField(default=False)),
                ("is_exact", models.BooleanField(default=False)),
                ("is_applied", models.BooleanField(default=False)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True, default="")),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="techs.upload"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", BinaryCharField(max_length=600)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[("tracked", "tracked"), ("library", "library")], default="tracked", max_length=8
                    ),
                ),
                ("product", BinaryCharField(blank=True, default="", max_length=100)),
                ("cycle", BinaryCharField(blank=True, default="", max_length=100)),
                ("package", models.CharField(blank=True, default="", max_length=300)),
                ("as_read", models.CharField(max_length=200)),
                ("versions", models.JSONField(default=list)),
                ("line", models.PositiveIntegerField(default=0)),
                ("is_range", models.BooleanField(default=False)),
                ("is_exact", models.BooleanField(default=False)),
                ("first_seen", models.DateTimeField(default=django.utils.timezone.now)),
                ("announced", models.JSONField(null=True)),
                ("basis", models.CharField(db_index=True, editable=False, max_length=120)),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="usages", to="techs.service"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="usages", to="techs.servicesource"
                    ),
                ),
                (
                    "tech",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="usages", to="techs.tech"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="UsageChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service_name", models.CharField(max_length=100)),
                ("source_name", BinaryCharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[("entered", "Entered"), ("left", "Left"), ("changed", "Changed")], max_length=7
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("product", BinaryCharField(blank=True, default="", max_length=100)),
                ("before", models.JSONField(default=list)),
                ("after", models.JSONField(default=list)),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("critical", "critical"),
                            ("high", "high"),
                            ("medium", "medium"),
                            ("unknown", "unknown"),
                            ("low", "low"),
                        ],
                        default="",
                        help_text="At the time.",
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="changes",
                        to="techs.service",
                    ),
                ),
                (
                    "tech",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="usage_changes",
                        to="techs.tech",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="changes",
                        to="techs.upload",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="TechOwner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner_key", BinaryCharField(max_length=300)),
                (
                    "tech",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="owner_rows", to="techs.tech"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("owner_key", "tech"), name="one_owner_per_tech")],
            },
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["state", "publish_again_at"], name="upload_sweep"),
        ),
        migrations.AddConstraint(
            model_name="servicesource",
            constraint=models.UniqueConstraint(fields=("service", "name"), name="one_source_per_name"),
        ),
        migrations.AddIndex(
            model_name="uploadline",
            index=models.Index(fields=["upload", "is_applied", "attempts"], name="upload_line_left"),
        ),
        migrations.AddIndex(
            model_name="usage",
            index=models.Index(fields=["service", "product"], name="usage_service_product"),
        ),
        migrations.AddIndex(
            model_name="usage",
            index=models.Index(fields=["tech", "service"], name="usage_tech_service"),
        ),
        migrations.AddConstraint(
            model_name="usage",
            constraint=models.UniqueConstraint(fields=("source", "key"), name="one_usage_per_source"),
        ),
    ]
