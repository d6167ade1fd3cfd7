"""Stored edits and removals become actions, whose undo works, while old processes still write their tables."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from techs.inventory import editing, undo
from techs.models import Action, Change, LevelChange, Resolved, Tech
from tests.faults.conftest import IS_FULL
from tests.support.factories import add
from tests.support.migrating import READS, delete_old_edits, killed_at, migrate

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE, AFTER = "0027_activity", "0028_undo_from_activity"


@pytest.fixture(autouse=True)
def _current_tables() -> Iterator[None]:
    yield
    migrate()
    delete_old_edits()


def back() -> Any:
    """Return to the tables of the previous version, without edits and removals, and return its models."""
    migrate("techs", BEFORE)
    old = MigrationLoader(connection).project_state(("techs", BEFORE)).apps
    for name in ("Edit", "Removal"):
        model(old, name).objects.all().delete()
    return old


def model(old: Any, name: str) -> Any:
    return old.get_model("techs", name)


def store_removal(old: Any, tech: Any, *, gave_way_to: Any = None, **ids: Any) -> None:
    """Remove a technology as the previous version did."""
    stored = serializers.serialize("json", [tech])
    made = model(old, "Removal")(name=tech.name, row=stored, gave_way_to=gave_way_to, **ids)
    made.save()
    tech.delete()


def store_edit(old: Any, tech: Any, **changes: Any) -> None:
    before = {field: getattr(tech, field) for field in changes}
    for field, value in changes.items():
        setattr(tech, field, value)
    tech.save()
    model(old, "Edit").objects.create(tech=tech, before=before, after=changes)


def of(old: Any, tech: Tech) -> Any:
    return model(old, "Tech").objects.get(pk=tech.pk)


def test_edits_and_removals_can_still_be_undone() -> None:
    edited, removed = add("Django 3.2"), add("React 17", owner="Web")
    change = LevelChange.objects.create(
        tech=removed, name="React 17", at=timezone.now(), from_level="low", to_level="high", why="So."
    )
    Action.objects.all().delete()
    old = back()
    store_edit(old, of(old, edited), owner="Shop", tags=["web"])
    store_removal(old, of(old, removed), level_changes=[change.pk])
    migrate()
    first, second = Action.objects.order_by("pk")
    assert (first.kind, first.changes.get().fields) == ("changed", {"owner": ["", "Shop"], "tags": [[], ["web"]]})
    assert (second.kind, second.changes.get().fields["owner"]) == ("removed", ["Web", None])
    assert (first.actor_kind, first.actor) == ("", "")
    edit = undo.last_edit(Tech.objects.get(pk=edited.pk))
    assert edit
    undo.undo(edit.action_id)
    undo.undo(second.pk)
    rows = {row.name: (row.pk, row.owner) for row in Tech.objects.all()}
    assert rows == {"Django 3.2": (edited.pk, ""), "React 17": (removed.pk, "Web")}
    change.refresh_from_db()
    assert change.tech_id == removed.pk


def test_two_rows_that_had_become_one_are_one_action() -> None:
    gone, twin = add("Django 3.2", owner="Shop"), add("Django 5.2")
    Action.objects.all().delete()
    move = {"service": "", "slug": "", "from": ["3.2"], "to": ["Django 5.2"], "by": "ada"}
    entry = Resolved.objects.create(name="Django 3.2", name_key="django 3.2", level="high", attributes={}, moves=[move])
    old = back()
    row = of(old, twin)
    store_removal(old, of(old, gone), gave_way_to=row)
    store_edit(old, row, owner="Shop")
    store_edit(old, row, impact="high")
    model(old, "Edit").objects.filter(after={"impact": "high"}).update(made_at=timezone.now() + timedelta(minutes=1))
    migrate()
    merge, edit = Action.objects.order_by("pk")
    assert (merge.kind, merge.count, edit.kind) == ("resolved", 2, "changed")
    undo.undo(merge.pk)
    rows = {row.name: (row.owner, row.impact) for row in Tech.objects.all()}
    assert rows == {"Django 3.2": ("Shop", "normal"), "Django 5.2": ("", "high")}
    assert not Resolved.objects.filter(pk=entry.pk).exists()


def test_killed_on_the_way() -> None:
    """A rerun ends with one action for each edit and removal, and with the same tables."""
    techs = add("Django 3.2"), add("React 17")
    structure = None
    for moment in (None, *moments()):
        Action.objects.all().delete()
        old = back()
        store_edit(old, of(old, techs[0]), owner=f"Shop {moment}")
        store_removal(old, of(old, techs[1]))
        if moment:
            assert killed_at(moment, lambda: migrate("techs", AFTER), when="before")
        migrate()
        assert sorted(Action.objects.values_list("kind", flat=True)) == ["changed", "removed"], moment
        assert Change.objects.count() == 2
        structure = structure or constraints()
        assert constraints() == structure, moment
        undo.undo(Action.objects.get(kind="removed").pk)


def moments() -> list[int]:
    """Return the statements to kill before: all, or one in the middle and the record of the migration."""
    back()
    statements: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        statements.extend([] if sql.lstrip().startswith(READS) else [sql])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        migrate("techs", AFTER)
    is_last = [number for number, sql in enumerate(statements, start=1) if "django_migrations" in sql][-1]
    return list(range(1, is_last + 1)) if IS_FULL else [is_last // 2, is_last]


def constraints() -> dict[str, Any]:
    tables = ("techs_edit", "techs_removal", "techs_action")
    with connection.cursor() as cursor:
        return {table: sorted(connection.introspection.get_constraints(cursor, table)) for table in tables}


def test_old_processes_write_their_tables_meanwhile() -> None:
    edited, removed, twin = add("Django 3.2"), add("React 17"), add("React 19")
    old = back()
    migrate()
    store_edit(old, of(old, edited), owner="Shop")
    store_removal(old, of(old, removed), gave_way_to=of(old, twin))
    for tech in (edited, twin):
        assert editing.remove(tech), "a new process does not look at the old tables"
    of_old = model(old, "Edit").objects.get()
    assert not model(old, "Tech").objects.filter(pk=of_old.tech_id).exists()
    migrate("techs", BEFORE)
    assert not model(old, "Edit").objects.exists()
    assert model(old, "Removal").objects.get().gave_way_to_id is None
