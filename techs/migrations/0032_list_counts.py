"""Counts of the list, with those of the technologies so far, and an index to count level changes."""

from collections import Counter

from django.db import migrations, models, transaction

import techs.models.fields

AT_ONCE = 5_000  # technologies
COLUMNS = ("pk", "kind", "level", "owner_key", "owner", "end_of_life")


def count(apps, schema_editor):
    """Count all technologies.

    Processes of the previous version may write meanwhile. A worker of this version compares the counts with the list
    at its start, and then every ten minutes.
    """
    alias = schema_editor.connection.alias
    techs = apps.get_model("techs", "Tech").objects.using(alias).order_by("pk")
    tags = apps.get_model("techs", "TechTag").objects.using(alias).order_by()
    counts, last = Counter(), 0
    while some := list(techs.filter(pk__gt=last).values_list(*COLUMNS)[:AT_ONCE]):
        for _, kind, level, owner_key, owner, end in some:
            counts["level", kind, level, ""] += 1
            if owner_key:
                counts["owner", kind, owner_key, owner] += 1
            if end:
                counts["end", kind, end.isoformat(), ""] += 1
        first, last = some[0][0], some[-1][0]
        for kind, tag in tags.filter(tech__gte=first, tech__lte=last).values_list("tech__kind", "tag"):
            counts["tag", kind, tag, ""] += 1
    _store(apps.get_model("techs", "ListCount"), alias, counts)


def _store(model, alias, counts):
    # An interrupted migration is repeated. Processes of this version may have counted their writes meanwhile.
    with transaction.atomic(using=alias):
        model.objects.using(alias).all().delete()
        model.objects.using(alias).bulk_create(
            (
                model(dimension=dimension, kind=kind, key=key, label=label, amount=amount)
                for (dimension, kind, key, label), amount in sorted(counts.items())
            ),
            batch_size=500,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("techs", "0031_services_of_lines"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dimension", techs.models.fields.BinaryCharField(max_length=5)),
                ("kind", techs.models.fields.BinaryCharField(max_length=8)),
                ("key", techs.models.fields.BinaryCharField(max_length=300)),
                ("label", techs.models.fields.BinaryCharField(blank=True, default="", max_length=100)),
                ("amount", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["dimension", "kind", "key", "label", "amount"], name="list_count"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="levelchange",
            index=models.Index(fields=["at", "from_level", "to_level"], name="level_change_at"),
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
