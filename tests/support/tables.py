"""Restores the tables of a new database after each test."""

from typing import Any

from django.db import connection, transaction

Rows = list[tuple[Any, ...]]


class Tables:
    """The content of a new database: the starter table and Django's permissions. All other tables are empty."""

    def __init__(self) -> None:
        """Read the content to restore."""
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self._new = {name: _read(name) for name in sorted(names)}

    def restore(self) -> None:
        """Restore it row by row, no matter which process has written since."""
        changed = [name for name, rows in self._new.items() if _read(name) != rows]
        if changed:
            # SQLite can disable its checks only outside a transaction.
            with connection.constraint_checks_disabled(), transaction.atomic():
                for name in changed:
                    _write(name, self._new[name])


def allow_long_statements() -> None:
    """Connect again, without a limit for the time of a statement. For tables that a test has filled."""
    options = connection.settings_dict["OPTIONS"]
    limits = {name: options.pop(name) for name in ("read_timeout", "write_timeout") if name in options}
    connection.close()
    connection.ensure_connection()
    options.update(limits)


def _read(table: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608  our own tables
        return list(cursor.fetchall())


def _write(table: str, rows: Rows) -> None:
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {name}")  # noqa: S608
        if rows:
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608
