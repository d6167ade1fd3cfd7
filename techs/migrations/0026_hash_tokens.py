"""Replace the API tokens of Django REST framework, stored as plain text, by digests. They stay valid.

Plain text cannot be computed from a digest. So when this is reversed, the tokens are gone for older versions of Techlist,
and have to be created again. Permissions are copied, so reversing loses none.
"""

import hashlib

from django.db import migrations, models

OLD_TABLE = "authtoken_token"
OLD_MODELS = ("token", "tokenproxy")
NEW_MODEL = "apitoken"
TOKEN_KEY_LENGTH = 15
SHOWN = 8


def hash_tokens(apps, schema_editor):
    connection = schema_editor.connection
    if OLD_TABLE not in connection.introspection.table_names():
        return
    plain = apps.get_model("techs", "PlainToken").objects.using(connection.alias)
    tokens = apps.get_model("techs", "APIToken").objects.using(connection.alias)
    for old in plain.all():
        digest = hashlib.sha512(old.key.encode()).hexdigest()
        token, _ = tokens.get_or_create(
            digest=digest,
            defaults={"token_key": old.key[:TOKEN_KEY_LENGTH], "user_id": old.user_id, "scope": "write"},
        )
        tokens.filter(pk=token.pk).update(created=old.created)
    plain.all().delete()


def shorten_log_entries(apps, schema_editor):
    """Shorten the tokens that the admin of 0.2.0 logged in full."""
    entries = apps.get_model("admin", "LogEntry").objects.using(schema_editor.connection.alias)
    logged = entries.filter(content_type__app_label="authtoken", content_type__model__in=OLD_MODELS)
    for entry in logged:
        if len(entry.object_repr) > SHOWN + 1:
            entry.object_repr = f"{entry.object_repr[:SHOWN]}…"
            entry.save(update_fields=["object_repr"])


def copy_permissions(apps, schema_editor):
    """Let groups and users who may manage tokens manage the new ones."""
    alias = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    old = permissions.filter(content_type__app_label="authtoken", content_type__model__in=OLD_MODELS)
    for permission in old.prefetch_related("group_set", "user_set"):
        holders = [*permission.group_set.all()], [*permission.user_set.all()]
        if any(holders):
            new = _new_permission(apps, alias, action=permission.codename.partition("_")[0])
            new.group_set.add(*holders[0])
            new.user_set.add(*holders[1])


def _new_permission(apps, alias, *, action):
    # Django creates it only after all migrations.
    content_type, _ = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(alias)
        .get_or_create(app_label="techs", model=NEW_MODEL)
    )
    permission, _ = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .get_or_create(
            content_type=content_type,
            codename=f"{action}_{NEW_MODEL}",
            defaults={"name": f"Can {action} API token"},
        )
    )
    return permission


def move_tokens(apps, schema_editor):
    hash_tokens(apps, schema_editor)
    shorten_log_entries(apps, schema_editor)
    copy_permissions(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("techs", "0025_api_tokens"),
    ]

    # The model of the old table exists only here. The table stays, empty, for older versions.
    operations = [
        migrations.CreateModel(
            name="PlainToken",
            fields=[
                ("key", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("user_id", models.IntegerField()),
                ("created", models.DateTimeField()),
            ],
            options={"managed": False, "db_table": OLD_TABLE},
        ),
        migrations.RunPython(move_tokens, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel("PlainToken"),
    ]
