"""The names of products in each version of the lifecycle data, by which searches find rows that follow later."""

from django.db import migrations, models

from techs.migrations._operations import AddColumn


def name(apps, schema_editor):
    """Record the names of the present products with the newest version."""
    alias = schema_editor.connection.alias
    newest = apps.get_model("techs", "LifecycleDataVersion").objects.using(alias).order_by("-pk")[:1]
    products = apps.get_model("techs", "Product").objects.using(alias).values_list("slug", "title", "aliases")
    for version in newest:
        version.names = {slug: [title, *aliases] for slug, title, aliases in products}
        version.save(update_fields=["names"])


class Migration(migrations.Migration):
    dependencies = [("techs", "0036_filters")]

    operations = [
        AddColumn(
            "lifecycledataversion",
            "names",
            models.JSONField(
                blank=True, help_text="Names of the products by slug, if they differ from the version before.", null=True
            ),
        ),
        migrations.RunPython(name, migrations.RunPython.noop),
    ]
