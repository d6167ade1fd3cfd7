"""Summaries of services, with those of the services so far, and since when a change is reaching their technologies."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Count, Min

import techs.models.fields

AT_ONCE = 50  # services
LIBRARY = "library"


def summarise(apps, schema_editor):
    alias = schema_editor.connection.alias
    services = apps.get_model("techs", "Service").objects.using(alias)
    last = 0
    while some := list(services.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        _summarise(apps, alias, some)
        last = some[-1]


def _summarise(apps, alias, services):
    model = apps.get_model("techs", "ServiceSummary")
    summaries = {pk: model(service_id=pk, levels={}) for pk in services}
    usages = apps.get_model("techs", "Usage").objects.using(alias).filter(service__in=services, tech__isnull=False)
    groups = usages.order_by().values_list("service", "tech__level", "tech__kind")
    for service, level, kind, count, rank in groups.annotate(Count("tech", distinct=True), Min("tech__rank")):
        summary = summaries[service]
        if kind == LIBRARY:
            summary.libraries += count
        else:
            summary.levels[level] = count
            summary.worst_rank = min(rank, summary.worst_rank or rank)
    stored = model.objects.using(alias)
    # An interrupted migration is repeated.
    stored.filter(pk__in=services).delete()
    stored.bulk_create(summaries.values())


class Migration(migrations.Migration):
    dependencies = [
        ("techs", "0029_token_service"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceSummary",
            fields=[
                (
                    "service",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="summary",
                        serialize=False,
                        to="techs.service",
                    ),
                ),
                ("worst_rank", techs.models.fields.BinaryCharField(editable=False, max_length=617, null=True)),
                ("levels", models.JSONField(default=dict, help_text="Technologies by level, without libraries.")),
                ("libraries", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "service summaries",
            },
        ),
        migrations.AddField(
            model_name="service",
            name="recounting_since",
            field=models.DateTimeField(blank=True, db_index=True, editable=False, null=True),
        ),
        migrations.RunPython(summarise, migrations.RunPython.noop, elidable=True),
    ]
