"""Kill each migration operation at each of its statements, and rerun it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations import operations as op
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.db.models.functions import Coalesce, Upper

from techlist.migrating import migrating
from tests.faults.conftest import IS_FULL
from tests.support.migrating import empty_database, killed_at, tables

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = partial(models.CharField, max_length=50)
BEFORE = [
    op.CreateModel("Author", [("id", models.BigAutoField(primary_key=True)), ("name", TEXT(unique=True))]),
    op.CreateModel(
        "Book",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", TEXT()),
            ("pages", models.PositiveIntegerField(default=1, db_index=True)),
            ("published", models.DateField(null=True)),
            ("author", models.ForeignKey("sample.author", models.CASCADE)),
            ("readers", models.ManyToManyField("sample.author", related_name="read")),
        ],
        options={
            "indexes": [models.Index(fields=["title", "pages"], name="title_pages")],
            "constraints": [
                models.UniqueConstraint(fields=["author", "title"], name="one_title"),
                models.CheckConstraint(condition=models.Q(pages__gt=0), name="has_pages"),
            ],
            "unique_together": {("title", "published")},
        },
    ),
]
EVERYTHING: dict[str, Sequence[Operation]] = {
    "create models": [],
    "add a field": [op.AddField("book", "isbn", TEXT(default="x"))],
    "add a unique field": [op.AddField("book", "isbn", TEXT(null=True, unique=True))],
    "add a JSON field": [op.AddField("book", "tags", models.JSONField(default=list))],
    "add a text": [op.AddField("book", "note", models.TextField(default="", db_default=""))],
    "add a generated field": [
        op.AddField(
            "book",
            "day",
            models.GeneratedField(
                expression=Coalesce("published", models.Value("9999-12-31")),
                output_field=models.DateField(),
                db_persist=True,
            ),
        )
    ],
    "add a foreign key": [
        op.AddField("book", "editor", models.ForeignKey("sample.author", models.CASCADE, null=True, related_name="+"))
    ],
    "add a many-to-many field": [
        op.AddField("book", "fans", models.ManyToManyField("sample.author", related_name="+"))
    ],
    "remove a field": [
        op.RemoveIndex("book", "title_pages"),
        op.RemoveConstraint("book", "has_pages"),
        op.RemoveField("book", "pages"),
    ],
    "remove a foreign key": [op.RemoveConstraint("book", "one_title"), op.RemoveField("book", "author")],
    "remove a many-to-many field": [op.RemoveField("book", "readers")],
    "rename a field": [op.RenameField("author", "name", "full_name")],
    "rename a foreign key": [op.RemoveConstraint("book", "one_title"), op.RenameField("book", "author", "writer")],
    "change a type": [op.AlterField("author", "name", models.CharField(max_length=90, unique=True))],
    "take NULL away": [op.AlterField("book", "published", models.DateField(default="2026-01-01"))],
    "make unique": [op.AlterField("book", "title", TEXT(unique=True))],
    "make not unique": [op.AlterField("author", "name", TEXT())],
    "index and no more": [
        op.AlterField("book", "pages", models.PositiveIntegerField(default=1)),
        op.AlterField("book", "title", TEXT(db_index=True)),
    ],
    "add an index": [op.AddIndex("book", models.Index(fields=["-pages", "title"], name="pages_title"))],
    "add an index of an expression": [op.AddIndex("book", models.Index(Upper("title"), name="upper_title"))],
    "rename an index": [op.RenameIndex("book", new_name="pages_of_title", old_name="title_pages")],
    "remove an index": [op.RemoveIndex("book", "title_pages")],
    "add constraints": [
        op.AddConstraint("book", models.UniqueConstraint(fields=["pages", "author"], name="pages_author")),
        op.AddConstraint("book", models.CheckConstraint(condition=models.Q(pages__lt=9999), name="not_long")),
    ],
    "remove constraints": [op.RemoveConstraint("book", "one_title"), op.RemoveConstraint("book", "has_pages")],
    "change unique together": [op.AlterUniqueTogether("book", {("title", "pages")})],
    "remove unique together": [op.AlterUniqueTogether("book", set())],
    "rename a model": [op.RenameModel("Author", "Writer")],
    "rename a table": [op.AlterModelTable("book", "library")],
    "delete models": [op.DeleteModel("Book"), op.DeleteModel("Author")],
    "add, fill, rename": [
        op.AddField("book", "isbn", TEXT(default="")),
        op.RunPython(lambda apps, editor: apps.get_model("sample", "Book").objects.update(isbn="x")),
        op.RenameField("book", "isbn", "number"),
        op.AlterField("book", "number", TEXT(null=True)),
    ],
    "create, rename, delete": [
        op.CreateModel(
            "Shelf", [("id", models.BigAutoField(primary_key=True)), ("row", models.IntegerField(db_index=True))]
        ),
        op.RenameModel("Shelf", "Rack"),
        op.AddField("book", "rack", models.ForeignKey("sample.rack", models.CASCADE, null=True)),
        op.RemoveField("book", "rack"),
        op.DeleteModel("Rack"),
    ],
    "change, then remove": [
        op.AlterField("book", "published", models.DateTimeField(null=True)),
        op.AlterUniqueTogether("book", set()),
        op.RemoveField("book", "published"),
    ],
    "index twice": [
        op.AddIndex("book", models.Index(fields=["pages"], name="twice")),
        op.RemoveIndex("book", "twice"),
        op.AddIndex("book", models.Index(fields=["title"], name="twice")),
    ],
}


def apply(number: str, operations: Sequence[Operation], state: ProjectState) -> ProjectState:
    """Apply a migration like manage.py migrate, unless it is recorded. Return the state after it."""
    migration: Any = Migration(number, "sample")
    migration.operations = list(operations)
    recorder = MigrationRecorder(connection)
    with migrating(connection) as note:
        recorder.ensure_schema()
        if ("sample", number) in recorder.applied_migrations():
            return state
        note("apply_start", migration)
        with connection.schema_editor() as editor:
            after: ProjectState = migration.apply(state.clone(), editor)
        recorder.record_applied("sample", number)
    return after


def seen(operations: Sequence[Operation], at: int, directory: Path, *, when: str) -> Any:
    """Describe the tables after a migration was killed at a statement and rerun; None if it has fewer statements."""
    first, tried = (BEFORE, operations) if operations else ([], BEFORE)
    with empty_database(directory):
        state = apply("0001", first, ProjectState())
        again = partial(apply, "0002", tried, state)
        if not killed_at(at, again, when=when):
            return None
        again()
        return tables()


# A short run kills at every third statement.
FIRST, STEP = (1, 1) if IS_FULL else (2, 3)
# The operations that can fail in the most ways.
OFTEN = {"rename a foreign key", "add, fill, rename", "create, rename, delete"}
CASES = [pytest.param(name, marks=[] if name in OFTEN else pytest.mark.nightly) for name in EVERYTHING]


@pytest.mark.parametrize("name", CASES)
def test_operation(name: str, tmp_path: Path) -> None:
    operations = EVERYTHING[name]
    with empty_database(tmp_path):
        state = apply("0001", BEFORE, ProjectState())
        apply("0002", operations, state)
        expected = tables()
    kills = 0
    for when in ("before", "after"):
        at = FIRST
        while found := seen(operations, at, tmp_path, when=when):
            assert found == expected, f"killed {when} statement {at}"
            at, kills = at + STEP, kills + 1
    assert kills > 1, "nothing was killed"
