"""Restores the tables of a new database after each test."""

from typing import Any

from django.db import connection, transaction

Rows = list[tuple[Any, ...]]

# Deleting more rows one by one may take longer than a statement may.
_LONG = 10_000


class Tables:
    """The content of a new database: the starter table and Django's permissions. All other tables are empty."""

    def __init__(self) -> None:
        """Read the content to restore."""
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self._new = {name: _read(name) for name in sorted(names)}

    def restore(self) -> None:
        """Restore it row by row, no matter which process has written since."""
        found = {name: _read(name) for name in self._new}
        changed = [name for name, rows in self._new.items() if found[name] != rows]
        if changed:
            # SQLite can disable its checks only outside a transaction.
            with connection.constraint_checks_disabled(), transaction.atomic():
                for name in changed:
                    _empty(name, is_long=len(found[name]) > _LONG)
                    _insert(name, self._new[name])


def _read(table: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608  our own tables
        return list(cursor.fetchall())


def _empty(table: str, *, is_long: bool) -> None:
    verb = "TRUNCATE TABLE" if is_long and connection.vendor == "mysql" else "DELETE FROM"
    with connection.cursor() as cursor:
        cursor.execute(f"{verb} {connection.ops.quote_name(table)}")


def _insert(table: str, rows: Rows) -> None:
    if rows:
        places = ", ".join(["%s"] * len(rows[0]))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {connection.ops.quote_name(table)} VALUES ({places})", rows)  # noqa: S608
