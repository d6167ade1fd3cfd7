"""A separate empty database, and a migrate that is killed midway."""

import re
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from django.core.management import call_command
from django.db import DatabaseError, connection, connections

READS = ("BEGIN", "SELECT", "SHOW", "SET", "PRAGMA", "SAVEPOINT", "RELEASE")
# MariaDB has NULL for other columns, and MySQL an empty text.
_STORED = "COALESCE(generation_expression, '') = ''"
_WIDE = {"techs_import", "techs_submission", "techs_tech", "techs_upload"}
_numbers = count()


class Killed(BaseException):
    """Simulates the end of the process."""


@contextmanager
def empty_database(directory: Path) -> Generator[str, None, None]:
    """Connect this process to a new database, and yield its name."""
    usual = connection.settings_dict["NAME"]
    number = next(_numbers)
    name = str(directory / f"scratch-{number}.sqlite3") if connection.vendor == "sqlite" else f"scratch_{number}"
    if connection.vendor == "mysql":
        ask(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    _lead_to(name)
    try:
        yield name
    finally:
        _lead_to(usual)
        if connection.vendor == "mysql":
            ask(f"DROP DATABASE {name}")


@contextmanager
def copied_database(directory: Path) -> Generator[str, None, None]:
    """Connect this process to a copy of its database, and yield the name of the copy."""
    original = connection.settings_dict["NAME"]
    with empty_database(directory) as name:
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(name)) as copy:
                source.backup(copy)
        else:
            _copy_tables(original)
        yield name


def _copy_tables(original: str) -> None:
    in_original = f"FROM information_schema.{{}} WHERE table_schema = '{original}'"
    names = [name for (name,) in ask(f"SELECT table_name {in_original.format('tables')}")]
    ask("SET foreign_key_checks = 0")
    for name in names:
        ask(ask(f"SHOW CREATE TABLE {original}.{quoted(name)}")[0][1])
        # Generated columns cannot be copied.
        stored = f"{in_original.format('columns')} AND table_name = '{name}' AND {_STORED}"
        columns = ", ".join(quoted(column) for (column,) in ask(f"SELECT column_name {stored}"))
        ask(f"INSERT INTO {quoted(name)} ({columns}) SELECT {columns} FROM {original}.{quoted(name)}")  # noqa: S608
    ask("SET foreign_key_checks = 1")


def _lead_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def drop_connection() -> None:
    """Drop the connection like an ended process, and open a new one."""
    if connection.vendor == "sqlite":
        # An error in a deferred statement leaves Django's transaction open.
        connection.connection.rollback()
        connection.close()
    connections["default"] = connections.create_connection("default")


def ask(question: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall() or ())


def delete_old_edits() -> None:
    """Empty the tables that have no models any more. A later test that migrates would make actions of their rows."""
    for table in ("techs_edit", "techs_removal"):
        ask(f"DELETE FROM {table}")  # noqa: S608


def migrate(*arguments: str) -> None:
    """Migrate, by default to the current tables."""
    call_command("migrate", *arguments, verbosity=0, interactive=False)
    if not arguments:
        _forget_dropped_columns()


def _forget_dropped_columns() -> None:
    """Rebuild tables. In MariaDB, dropped columns count towards the size of a row until then."""
    if connection.vendor == "mysql":
        for name in _WIDE & set(table_names()):
            ask(f"ALTER TABLE {name} FORCE")


def killed_at(change: int, work: Callable[[], object], *, when: str) -> bool:
    """Run work until just before or after its nth changing statement. Return whether it got that far."""
    passed = count(1)

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        is_due = not sql.lstrip().startswith(READS) and next(passed) == change
        if is_due and when == "before":
            _die(context["connection"])
        result = execute(sql, params, many, context)
        if is_due:
            _die(context["connection"])
        return result

    with suppress(Killed, DatabaseError), connection.execute_wrapper(run):
        work()
    drop_connection()
    return next(passed) > change


def _die(dying: Any) -> NoReturn:
    if dying.vendor == "mysql":
        # Like the end of a process. SQLite's connections outlive it while a statement refers to them.
        dying.connection.close()
    raise Killed


def schema() -> dict[str, Any]:
    """Return the structure of all tables, the recorded migrations, and the number of rows per table."""
    names = table_names()
    rows = {name: ask(f"SELECT COUNT(*) FROM {quoted(name)}") for name in names}  # noqa: S608  our own tables
    return {
        "tables": tables(),
        "migrations": sorted(ask("SELECT app, name FROM django_migrations")),
        "rows": rows,
    }


def table_names() -> list[str]:
    return sorted(connection.introspection.table_names())


def quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def tables() -> list[tuple[Any, ...]]:
    """Return the structure of all tables."""
    if connection.vendor == "sqlite":
        return sorted(ask("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return [
        (name, re.sub(r" AUTO_INCREMENT=\d+", "", ask(f"SHOW CREATE TABLE {quoted(name)}")[0][1]))
        for name in table_names()
    ]
