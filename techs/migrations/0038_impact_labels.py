"""Label impacts differently from levels. No database operations."""

from django.db import migrations, models

IMPACTS = [("critical", "Vital"), ("high", "Major"), ("normal", "Normal"), ("low", "Minor")]


class Migration(migrations.Migration):
    dependencies = [
        ("techs", "0037_product_names"),
    ]

    operations = [
        migrations.AlterField(
            model_name="import",
            name="impact",
            field=models.CharField(
                blank=True,
                choices=IMPACTS,
                max_length=8,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="service",
            name="impact",
            field=models.CharField(
                blank=True,
                choices=IMPACTS,
                default="",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="impact",
            field=models.CharField(
                blank=True,
                choices=IMPACTS,
                max_length=8,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="tech",
            name="impact",
            field=models.CharField(
                blank=True,
                choices=IMPACTS,
                default="normal",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="tech",
            name="service_impact",
            field=models.CharField(
                blank=True,
                choices=IMPACTS,
                db_default="",
                default="",
                editable=False,
                help_text="The highest.",
                max_length=8,
            ),
        ),
    ]
