"""A journal of the finished steps of the running migration, stored in the database until the migration is recorded.

The effect of a statement may be invisible later, if another statement of the same migration has renamed or dropped the
object. Each step is recorded after it is done, and the record is committed with or before the next statement. So if a
migration is killed, only its last statement is in doubt, and the effect of that one is still visible.

The journal also contains the constraint names that the schema editor has looked up. Its next statements depend on them,
and constraints that it has dropped cannot be looked up again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.backends.mysql.base import DatabaseWrapper
from django.db.migrations.operations import RunPython, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation

from techlist.mysql.inspection import Schema

TABLE = "techlist_migration_step"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a migration, with a number that distinguishes it from equal steps."""

    digest: str
    number: int


class Journal:
    """The finished steps of one migration at a time."""

    def __init__(self, connection: DatabaseWrapper) -> None:
        self._connection = connection
        self._migration = ""
        self._done: dict[Step, Any] = {}
        self._seen: Counter[str] = Counter()

    def on_progress(self, action: str, migration: Any) -> None:
        """Begin a migration if Django reports apply_start or unapply_start."""
        if action.endswith("apply_start"):
            self._begin(f"{action} {migration} {self._age_of_records()}")
            _run_once(migration.operations)

    def drop(self) -> None:
        if Schema(self._connection).has_table(TABLE):
            with self._connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE `{TABLE}`")

    def step(self, *parts: object) -> Step:
        """Number the next statement of the migration."""
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()
        self._seen[digest] += 1
        return Step(digest, self._seen[digest])

    def has(self, step: Step) -> bool:
        return step in self._done

    def result(self, step: Step) -> Any:
        return self._done[step]

    def add(self, step: Step, result: Any = None) -> None:
        """Record a finished step with its result, which must be JSON serialisable."""
        if self._migration:
            with self._connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO `{TABLE}` VALUES (%s, %s, %s, %s)",  # noqa: S608
                    [self._migration, step.digest, step.number, json.dumps(result)],
                )

    def _begin(self, migration: str) -> None:
        self._migration = migration
        self._seen.clear()
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS `{TABLE}` (migration VARCHAR(400) NOT NULL,"
                " digest CHAR(64) NOT NULL, number INT NOT NULL, result TEXT NOT NULL)"
            )
            cursor.execute(f"DELETE FROM `{TABLE}` WHERE BINARY migration <> %s", [migration])  # noqa: S608
            cursor.execute(f"SELECT digest, number, result FROM `{TABLE}`")  # noqa: S608
            self._done = {Step(digest, number): json.loads(result) for digest, number, result in cursor.fetchall()}

    def _age_of_records(self) -> str:
        # The creation time of django_migrations. If a backup is restored, steps recorded before no longer count.
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT create_time FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_name = 'django_migrations'"
            )
            row = cursor.fetchone()
        return str(row[0]) if row else ""


def _run_once(operations: Iterable[Operation]) -> None:
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            _run_once(operation.database_operations)
        if isinstance(operation, RunPython):
            operation.code = _Once.of(operation.code)
            operation.reverse_code = _Once.of(operation.reverse_code)


@dataclass(frozen=True)
class _Once:
    """A data migration that records its end in the transaction in which Django runs it."""

    function: Any

    @classmethod
    def of(cls, function: Callable[..., Any] | None) -> Any:
        """Wrap a function unless it is None or already wrapped."""
        return function if function is None or isinstance(function, cls) else cls(function)

    def __call__(self, apps: Any, schema_editor: Any) -> None:
        journal: Journal | None = getattr(schema_editor.connection, "journal", None)
        if journal is None:
            self.function(apps, schema_editor)
            return
        step = journal.step("data")
        if not journal.has(step):
            self.function(apps, schema_editor)
            journal.add(step)
