"""Inspect a MySQL or MariaDB schema through one connection."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DatabaseError
from django.db.backends.mysql.base import DatabaseWrapper

Column = tuple[str, ...]
"""Type, collation, nullability and generation of values. Equal columns can store the same data."""
Params = Sequence[Any] | None

PROBE = "techlist_probe"
# The relevant part of Extra in SHOW COLUMNS. The rest is about the default, which Django drops after adding a column.
_EXTRA = re.compile("auto_increment|[a-z]+ generated", re.IGNORECASE)


class Schema:
    """The tables of one database."""

    def __init__(self, connection: DatabaseWrapper) -> None:
        self._connection = connection

    def has_table(self, table: str) -> bool:
        return table in self._connection.introspection.table_names()

    def columns(self, table: str) -> dict[str, Column]:
        """Map names to columns. Empty if there is no such table."""
        return self._columns(table) if self.has_table(table) else {}

    def constraints(self, table: str) -> dict[str, Any]:
        """Map the names of keys, indexes and constraints to Django's descriptions. Empty if there is no such table."""
        if not self.has_table(table):
            return {}
        with self._connection.cursor() as cursor:
            return dict(self._connection.introspection.get_constraints(cursor, table))

    def primary_key(self, table: str) -> list[str]:
        keys = (each for each in self.constraints(table).values() if each["primary_key"])
        return next((list(key["columns"]) for key in keys), [])

    def columns_of_definition(self, definition: str, params: Params) -> dict[str, Column]:
        """Return the columns that CREATE TABLE would create. Empty if the server does not allow trying it."""
        return self._try([(f"CREATE TEMPORARY TABLE `{PROBE}` {definition}", params)])

    def column_of_definition(self, table: str, definition: str, params: Params) -> Column | None:
        """Return the column that ADD COLUMN would create. None if the server does not allow trying it."""
        statements: list[tuple[str, Params]] = [
            (f"CREATE TEMPORARY TABLE `{PROBE}` LIKE `{table}`", None),
            (f"ALTER TABLE `{PROBE}` ADD COLUMN `{PROBE}` {definition}", params),
        ]
        return self._try(statements).get(PROBE)

    def _try(self, statements: Sequence[tuple[str, Params]]) -> dict[str, Column]:
        with self._connection.cursor() as cursor:
            try:
                for statement, params in statements:
                    cursor.execute(statement, params)
                return self._columns(PROBE)
            except DatabaseError:
                # The user may not create temporary tables, or only the real table can have such a generated column.
                return {}
            finally:
                cursor.execute(f"DROP TEMPORARY TABLE IF EXISTS `{PROBE}`")

    def _columns(self, table: str) -> dict[str, Column]:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SHOW FULL COLUMNS FROM `{table}`")
            titles = [title[0] for title in cursor.description]
            rows = [dict(zip(titles, row, strict=True)) for row in cursor.fetchall()]
        return {row["Field"]: _column(row) for row in rows}


def _column(row: Mapping[str, Any]) -> Column:
    return (row["Type"], str(row["Collation"]), row["Null"], *_EXTRA.findall(row["Extra"] or ""))
