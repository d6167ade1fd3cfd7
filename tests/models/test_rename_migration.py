"""The migration that renames models and fields loses no data and no permission."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from techs.inventory import editing, undo
from techs.models import Action, Change, LifecycleDataVersion, PendingInvalidation, Tech
from tests.support.factories import add
from tests.support.migrating import delete_old_edits

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE, AFTER = "0016_earlier_edits", "0017_rename_models_and_fields"


@pytest.fixture
def migrate() -> Iterator[Any]:
    """Migrate back and forth; the test ends with the current tables."""

    def to(name: str) -> None:
        call_command("migrate", "techs", name, verbosity=0)

    yield to
    call_command("migrate", "techs", verbosity=0)
    delete_old_edits()


def tables() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if name.startswith("techs_")]
        described = {name: connection.introspection.get_table_description(cursor, name) for name in names}
    return {name: sorted(column.name for column in columns) for name, columns in described.items()}


def codenames(group: Group) -> set[str]:
    return set(group.permissions.values_list("codename", flat=True))


def test_no_table_changes(migrate: Any) -> None:
    migrate(BEFORE)
    before = tables()
    migrate(AFTER)
    assert tables() == before
    assert {"techs_listchange", "techs_notice", "techs_factsload"} <= before.keys()
    assert {"evergreen", "hand_level", "hand_review_on"} <= {*before["techs_tech"]}


def test_permissions_and_rows_come_along(migrate: Any) -> None:
    group = Group.objects.create(name="Readers")
    PendingInvalidation.objects.all().delete()
    PendingInvalidation.objects.create()
    loads = LifecycleDataVersion.objects.count()
    wanted = ["view_lifecycledataversion", "view_webhookevent", "delete_pendinginvalidation"]
    group.permissions.set(Permission.objects.filter(codename__in=wanted))
    migrate(BEFORE)
    assert codenames(group) == {"view_factsload", "view_notice", "delete_listchange"}
    migrate(AFTER)
    assert codenames(group) == {*wanted}
    models = {permission.content_type.model_class() for permission in group.permissions.all()}
    assert models == {apps.get_model("techs", name.partition("_")[2]) for name in wanted}
    assert (PendingInvalidation.objects.count(), LifecycleDataVersion.objects.count()) == (1, loads)


def test_what_was_changed_before_the_update_can_be_undone_after_it(client: Client, migrate: Any) -> None:
    kept, gone = add("Django 3.2"), add("Vue 2.7")
    migrate(BEFORE)
    state = MigrationLoader(connection).project_state(("techs", BEFORE)).apps
    row = state.get_model("techs", "Tech").objects.get(pk=kept.pk)
    row.hand_level, row.hand_review_on, row.note = "low", date(2999, 1, 1), "Isolated."
    row.save(update_fields=["hand_level", "hand_review_on", "note"])
    before, after = {"hand_level": "", "hand_review_on": None, "note": ""}, {"hand_level": "low", "note": "Isolated."}
    after["hand_review_on"] = "2999-01-01"
    state.get_model("techs", "Edit").objects.create(tech=row, before=before, after=after)
    left = state.get_model("techs", "Tech").objects.get(pk=gone.pk)
    left.evergreen = True
    stored = serializers.serialize("json", [left])
    state.get_model("techs", "Removal").objects.create(name=left.name, row=stored)
    left.delete()
    call_command("migrate", "techs", verbosity=0)
    assert undo.undo(Action.objects.get(kind="removed").pk).restored[0].unversioned
    last = undo.last_edit(Tech.objects.get(pk=kept.pk))
    assert last
    undo.undo(last.action_id)
    tech = Tech.objects.get(pk=kept.pk)
    assert (tech.level_override, tech.override_review_on, tech.note) == ("", None, "")


def test_rows_of_a_process_that_is_not_updated_yet_do_no_harm(client: Client) -> None:
    """During a rolling update, an old process may still write the old names."""
    tech = editing.edit(add("Vue 2.7"), unversioned=True)
    Change.objects.filter(action__kind="changed").update(fields={"evergreen": [False, True]})
    assert client.get(f"/techs/{tech.pk}/").status_code == 200
    assert undo.last_edit(tech) is None
    removal = editing.remove(tech)
    assert removal
    change = removal.changes.get()
    assert change.undo
    change.undo["row"] = change.undo["row"].replace('"unversioned"', '"evergreen"')
    change.save()
    assert undo.undo(removal.pk).restored[0].name == "Vue 2.7"
