"""An empty database beside that of the tests, and a migrate that is killed in the middle."""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from django.core.management import call_command
from django.db import DatabaseError, connection, connections

_READS = ("BEGIN", "SELECT", "SHOW", "SET", "PRAGMA", "SAVEPOINT", "RELEASE")
_numbers = count()


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def empty_database(directory: Path) -> Generator[str, None, None]:
    """Lead this process's connection to a new database, whose name it yields."""
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


def _lead_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def forget_connection() -> None:
    """Leave it as the end of a process does, and have a new one."""
    if connection.vendor == "sqlite":
        # An error in a deferred statement leaves Django's transaction open.
        connection.connection.rollback()
        connection.connection.close()
    connections["default"] = connections.create_connection("default")


def ask(question: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall() or ())


def migrate(*arguments: str) -> None:
    call_command("migrate", *arguments, verbosity=0, interactive=False)


def killed_at(change: int, work: Callable[[], object], *, when: str) -> bool:
    """Work until just before or after the nth statement that changes something. Returns whether it came so far."""
    passed = count(1)

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        is_due = not sql.lstrip().startswith(_READS) and next(passed) == change
        if is_due and when == "before":
            _die(context["connection"])
        result = execute(sql, params, many, context)
        if is_due:
            _die(context["connection"])
        return result

    with suppress(Killed, DatabaseError), connection.execute_wrapper(run):
        work()
    forget_connection()
    return next(passed) > change


def _die(dying: Any) -> NoReturn:
    if dying.vendor == "mysql":
        # As the end of a process does. SQLite's connections outlive this while a statement refers to them.
        dying.connection.close()
    raise Killed


def schema() -> dict[str, Any]:
    """All tables as the database describes them, the migrations that are recorded, and how many rows there are."""
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
    """All tables as the database describes them."""
    if connection.vendor == "sqlite":
        return sorted(ask("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return [
        (name, re.sub(r" AUTO_INCREMENT=\d+", "", ask(f"SHOW CREATE TABLE {quoted(name)}")[0][1]))
        for name in table_names()
    ]
