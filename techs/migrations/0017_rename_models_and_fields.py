"""Rename models and fields in the code, in permissions and in stored undo data. No table or column changes."""

import json

from django.db import migrations, models

MODELS = {"listchange": "pendinginvalidation", "notice": "webhookevent", "factsload": "lifecycledataversion"}
NAMES = {"listchange": "list change", "notice": "notice", "factsload": "facts load"}
NEW_NAMES = {
    "pendinginvalidation": "pending invalidation",
    "webhookevent": "webhook event",
    "lifecycledataversion": "lifecycle data version",
}
FIELDS = {
    "evergreen": "unversioned",
    "hand_level": "level_override",
    "hand_review_on": "override_review_on",
}


def rename_permissions(apps, schema_editor, renamed=MODELS, names=NEW_NAMES):
    """Rename the permissions, so that groups and users keep them. Django would create new ones that nobody has."""
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="techs")
    for old, new in renamed.items():
        for action in ("add", "change", "delete", "view"):
            permissions.filter(codename=f"{action}_{old}").update(
                codename=f"{action}_{new}", name=f"Can {action} {names[new]}"
            )


def restore_permissions(apps, schema_editor):
    rename_permissions(apps, schema_editor, {new: old for old, new in MODELS.items()}, NAMES)


def rename_kept_fields(apps, schema_editor, fields=FIELDS):
    """Rename the fields in the edits and removals that are stored for undo."""
    for edit in apps.get_model("techs", "Edit").objects.all():
        edit.before = {fields.get(name, name): value for name, value in edit.before.items()}
        edit.after = {fields.get(name, name): value for name, value in edit.after.items()}
        edit.save(update_fields=["before", "after"])
    for removal in apps.get_model("techs", "Removal").objects.all():
        rows = json.loads(removal.row)
        for row in rows:
            row["fields"] = {fields.get(name, name): value for name, value in row["fields"].items()}
        removal.row = json.dumps(rows)
        removal.save(update_fields=["row"])


def restore_kept_fields(apps, schema_editor):
    rename_kept_fields(apps, schema_editor, {new: old for old, new in FIELDS.items()})


LEVELS = [(level, level) for level in ("critical", "high", "medium", "unknown", "low")]

STATE_OPERATIONS = [
    migrations.AlterField(
        "tech",
        "evergreen",
        models.BooleanField(
            db_column="evergreen", default=False, help_text="It has no versions, so there is nothing to watch."
        ),
    ),
    migrations.RenameField("tech", "evergreen", "unversioned"),
    migrations.AlterField(
        "tech",
        "hand_level",
        models.CharField(
            blank=True, choices=LEVELS, db_column="hand_level", default="", help_text="Set by hand.", max_length=8
        ),
    ),
    migrations.RenameField("tech", "hand_level", "level_override"),
    migrations.AlterField(
        "tech",
        "hand_review_on",
        models.DateField(
            blank=True,
            db_column="hand_review_on",
            help_text="The level override holds before this day.",
            null=True,
            verbose_name="review on",
        ),
    ),
    migrations.RenameField("tech", "hand_review_on", "override_review_on"),
    migrations.AlterModelOptions(
        "lifecycledataversion", {"ordering": ["-id"], "verbose_name": "lifecycle data version"}
    ),
    migrations.AlterField(
        "webhookevent",
        "delivery",
        models.ForeignKey(
            null=True, on_delete=models.deletion.CASCADE, related_name="events", to="techs.delivery"
        ),
    ),
    migrations.AlterField(
        "webhookevent",
        "webhook",
        models.ForeignKey(on_delete=models.deletion.CASCADE, related_name="events", to="techs.webhook"),
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("techs", "0016_earlier_edits"),
    ]

    # First set each model's table name, so that renaming the model does not change it.
    operations = [
        migrations.AlterModelTable("listchange", "techs_listchange"),
        migrations.RenameModel("ListChange", "PendingInvalidation"),
        migrations.AlterModelTable("notice", "techs_notice"),
        migrations.RenameModel("Notice", "WebhookEvent"),
        migrations.AlterModelTable("factsload", "techs_factsload"),
        migrations.RenameModel("FactsLoad", "LifecycleDataVersion"),
        migrations.RunPython(rename_permissions, restore_permissions, elidable=True),
        migrations.RunPython(rename_kept_fields, restore_kept_fields, elidable=True),
        migrations.SeparateDatabaseAndState(state_operations=STATE_OPERATIONS),
    ]
