"""The index of searches. Reassessing the list after the update fills it."""

import django.db.models.deletion
from django.db import migrations, models

from techs.migrations._operations import AddColumn
from techs.models.fields import BinaryCharField


class Migration(migrations.Migration):
    dependencies = [("techs", "0033_composite_indexes")]

    operations = [
        migrations.CreateModel(
            "TechWord",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tech_id", "word", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("word", BinaryCharField(max_length=40)),
                (
                    "tech",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="word_rows",
                        to="techs.tech",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["word", "tech"], name="tech_word")]},
        ),
        AddColumn("tech", "words_key", BinaryCharField(blank=True, db_default="", default="", editable=False, max_length=12)),
        migrations.AddIndex("tech", models.Index(fields=["words_key", "id"], name="tech_words_key")),
        migrations.AddIndex("tech", models.Index(fields=["product", "name_key"], name="tech_product_name")),
        migrations.AddIndex("tech", models.Index(fields=["product", "ends_on", "id"], name="tech_product_ends_on")),
    ]
