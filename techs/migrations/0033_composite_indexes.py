"""An index for each filter and ordering of the list. New ones come first, because the previous version still reads."""

from django.db import migrations, models

import techs.models.fields


class Migration(migrations.Migration):
    dependencies = [("techs", "0032_list_counts")]

    operations = [
        migrations.AddIndex("tech", models.Index(fields=["rank", "product"], name="tech_rank_product")),
        migrations.AddIndex("tech", models.Index(fields=["kind", "name_key"], name="tech_kind_name")),
        migrations.AddIndex("tech", models.Index(fields=["kind", "level", "name_key"], name="tech_kind_level_name")),
        migrations.AddIndex(
            "tech", models.Index(fields=["kind", "level", "submitted_at", "id"], name="tech_kind_level_submitted")
        ),
        migrations.AddIndex(
            "tech", models.Index(fields=["kind", "level", "ends_on", "id"], name="tech_kind_level_ends_on")
        ),
        migrations.AlterField("tech", "rank", techs.models.fields.BinaryCharField(editable=False, max_length=617)),
        migrations.RemoveIndex("tech", "tech_kind_level"),
    ]
