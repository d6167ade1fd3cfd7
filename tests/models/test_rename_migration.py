"""The migration that renames models and fields loses no data and no permission."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from techs.inventory import editing, undo
from techs.models import Edit, LifecycleDataVersion, PendingInvalidation, Removal, Tech
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE, AFTER = "0016_earlier_edits", "0017_rename_models_and_fields"


@pytest.fixture
def migrate() -> Iterator[Any]:
    """Migrate back and forth; the test ends with the current tables."""

    def to(name: str) -> None:
        call_command("migrate", "techs", name, verbosity=0)

    yield to
    call_command("migrate", "techs", verbosity=0)


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
    kept = add("Django 3.2")
    gone = editing.edit(add("Vue 2.7"), unversioned=True)
    editing.edit(kept, level_override="low", override_review_on=date(2999, 1, 1), note="Isolated.")
    removal = editing.remove(gone)
    assert removal
    migrate(BEFORE)
    state = MigrationLoader(connection).project_state(("techs", BEFORE)).apps
    edit = state.get_model("techs", "Edit").objects.get(tech_id=kept.pk)
    assert {*edit.after} == {"hand_level", "hand_review_on", "note"}
    row = json.loads(state.get_model("techs", "Removal").objects.get().row)[0]
    assert row["fields"]["evergreen"] is True
    call_command("migrate", "techs", verbosity=0)
    assert undo.restore(removal.uuid).unversioned
    last = undo.last_edit(Tech.objects.get(pk=kept.pk))
    assert last
    undo.revert(last.uuid)
    tech = Tech.objects.get(pk=kept.pk)
    assert (tech.level_override, tech.override_review_on, tech.note) == ("", None, "")


def test_rows_of_a_process_that_is_not_updated_yet_do_no_harm(client: Client) -> None:
    """During a rolling update, an old process may still write the old names."""
    tech = editing.edit(add("Vue 2.7"), unversioned=True)
    Edit.objects.update(before={"evergreen": False}, after={"evergreen": True})
    assert client.get(f"/techs/{tech.pk}/").status_code == 200
    assert undo.last_edit(tech) is None
    removal = editing.remove(tech)
    assert removal
    Removal.objects.update(row=removal.row.replace('"unversioned"', '"evergreen"'))
    assert undo.restore(removal.uuid).name == "Vue 2.7"
