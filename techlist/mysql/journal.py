"""The finished statements of the running migration, kept in the database until the migration is recorded.

The effect of a statement may not be visible later: another one of the same migration may have renamed or dropped it.
A row is written after its statement and committed with or before the next one. So when a migration is killed, only
its last statement is in doubt, and the effect of that one is visible.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass

from django.db.backends.mysql.base import DatabaseWrapper

from techlist.mysql.inspection import Params, Schema

TABLE = "techlist_migration_step"


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of a migration, and the count of equal ones before it."""

    digest: str
    number: int


class Journal:
    """The finished statements of one migration at a time."""

    def __init__(self, connection: DatabaseWrapper) -> None:
        self._connection = connection
        self._migration = ""
        self._done: set[Step] = set()
        self._seen: Counter[str] = Counter()

    def note(self, action: str, migration: object) -> None:
        """Handle an action that Django reports, such as apply_start or unapply_start."""
        if action.endswith("apply_start"):
            self._begin(f"{action} {migration} {self._age_of_records()}")

    def _begin(self, migration: str) -> None:
        self._migration = migration
        self._seen.clear()
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS `{TABLE}`"
                " (migration VARCHAR(400) NOT NULL, digest CHAR(64) NOT NULL, number INT NOT NULL)"
            )
            cursor.execute(f"DELETE FROM `{TABLE}` WHERE BINARY migration <> %s", [self._migration])  # noqa: S608
            cursor.execute(f"SELECT digest, number FROM `{TABLE}`")  # noqa: S608
            self._done = {Step(*row) for row in cursor.fetchall()}

    def drop(self) -> None:
        if Schema(self._connection).has_table(TABLE):
            with self._connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE `{TABLE}`")

    def step(self, sql: str, params: Params) -> Step:
        """Number the next statement of the migration."""
        digest = hashlib.sha256(f"{sql}\n{params!r}".encode()).hexdigest()
        self._seen[digest] += 1
        return Step(digest, self._seen[digest])

    def has(self, step: Step) -> bool:
        return step in self._done

    def add(self, step: Step) -> None:
        if self._migration:
            with self._connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO `{TABLE}` VALUES (%s, %s, %s)",  # noqa: S608
                    [self._migration, step.digest, step.number],
                )

    def _age_of_records(self) -> str:
        """When django_migrations was created: a restored backup predates the steps since."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT create_time FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_name = 'django_migrations'"
            )
            row = cursor.fetchone()
        return str(row[0]) if row else ""
