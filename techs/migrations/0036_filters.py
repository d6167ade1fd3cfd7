"""Indexes to sort by services, owner and product, and counts of tags, owners, products and days by level."""

from collections import Counter

from django.db import migrations, models, transaction
from django.db.models.functions import Coalesce, NullIf

from techs.migrations._operations import AddColumn
from techs.models.fields import BinaryCharField

AT_ONCE = 5_000  # technologies
COLUMNS = ("pk", "kind", "level", "owner_key", "end_of_life", "product")
BY_LEVEL = ("tag", "owned", "end", "prod")


def order(column, max_length):
    value = Coalesce(NullIf(column, models.Value("")), models.Value("\U0010ffff"))
    return models.GeneratedField(
        expression=value, output_field=BinaryCharField(max_length=max_length), db_persist=False
    )


def count(apps, schema_editor):
    """Count all technologies by level.

    Processes of the previous version may write meanwhile. A worker of this version compares the counts with the list
    at its start, and then every ten minutes.
    """
    alias = schema_editor.connection.alias
    techs = apps.get_model("techs", "Tech").objects.using(alias).order_by("pk")
    tags = apps.get_model("techs", "TechTag").objects.using(alias).order_by()
    counts, last = Counter(), 0
    while some := list(techs.filter(pk__gt=last).values_list(*COLUMNS)[:AT_ONCE]):
        for _, kind, level, owner, end, product in some:
            keys = (("owned", owner), ("end", end and end.isoformat()), ("prod", product))
            counts.update((dimension, kind, key, level) for dimension, key in keys if key)
        first, last = some[0][0], some[-1][0]
        places = tags.filter(tech__gte=first, tech__lte=last).values_list("tech__kind", "tag", "tech__level")
        counts.update(("tag", *place) for place in places)
    _store(apps.get_model("techs", "ListCount"), alias, counts)


def _store(model, alias, counts):
    # An interrupted migration is repeated. Processes of this version may have counted their writes meanwhile.
    with transaction.atomic(using=alias):
        model.objects.using(alias).filter(dimension__in=BY_LEVEL).delete()
        model.objects.using(alias).bulk_create(
            (
                model(dimension=dimension, kind=kind, key=key, label=level, amount=amount)
                for (dimension, kind, key, level), amount in sorted(counts.items())
            ),
            batch_size=500,
        )


class Migration(migrations.Migration):
    dependencies = [("techs", "0035_days_and_views")]

    operations = [
        AddColumn("tech", "owner_order", order("owner_key", 300)),
        AddColumn("tech", "product_order", order("product", 100)),
        migrations.AddIndex(
            "tech", models.Index(fields=["kind", "services", "id"], name="tech_kind_services")
        ),
        migrations.AddIndex(
            "tech", models.Index(fields=["kind", "owner_order", "id"], name="tech_kind_owner")
        ),
        migrations.AddIndex(
            "tech", models.Index(fields=["kind", "product_order", "id"], name="tech_kind_product")
        ),
        migrations.AddIndex(
            "tech", models.Index(fields=["level_override", "override_review_on"], name="tech_accepted")
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
