"""The tables of a new database, and the way back to them after each test."""

from typing import Any

from django.db import connection, transaction

Rows = list[tuple[Any, ...]]


class Tables:
    """What a new database holds: the starter table and Django's permissions; all other tables are empty."""

    def __init__(self) -> None:
        """Remember it."""
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self._new = {name: _read(name) for name in sorted(names)}

    def restore(self) -> None:
        """Bring it back, row for row, whoever has written since: this process or another one."""
        changed = [name for name, rows in self._new.items() if _read(name) != rows]
        if changed:
            # SQLite can leave its checks out only before a transaction begins.
            with connection.constraint_checks_disabled(), transaction.atomic():
                for name in changed:
                    _write(name, self._new[name])


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
