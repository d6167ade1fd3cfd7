"""Make `manage.py migrate` run in one process at a time, and safe to rerun after it was killed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from django.db import transaction

Progress: TypeAlias = Callable[[str, object], None]
"""Called for each action that Django reports, such as apply_start, with the migration."""

# Milliseconds that migrate waits for another one on SQLite, whose only lock is the write lock.
_SQLITE_TIMEOUT = 600_000


@contextmanager
def migrating(connection: Any) -> Iterator[Progress]:
    """Lock the database for one run of migrate, and disable statement timeouts."""
    if connection.in_atomic_block:
        # A new connection would lose the caller's transaction.
        yield _ignore
    elif connection.vendor == "sqlite":
        with _in_one_transaction(connection):
            yield _ignore
    else:
        with connection.migrating() as journal:
            yield journal.on_progress
            journal.drop()


def _ignore(_action: str, _migration: object) -> None:
    pass


@contextmanager
def _in_one_transaction(connection: Any) -> Iterator[None]:
    """Commit all migrations and their records together.

    Django commits a migration that creates indexes before it records it. If killed in between, it could never be rerun.
    """
    previous_timeout = _execute(connection, "PRAGMA busy_timeout")
    _execute(connection, f"PRAGMA busy_timeout = {_SQLITE_TIMEOUT}")
    try:
        # The schema editor requires that constraint checks are off, and SQLite cannot turn them off in a transaction.
        with connection.constraint_checks_disabled(), transaction.atomic(using=connection.alias):
            yield
    finally:
        _execute(connection, f"PRAGMA busy_timeout = {previous_timeout}")


def _execute(connection: Any, pragma: str) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(pragma).fetchone()[0]
