"""What `manage.py migrate` does around Django's: one at a time, and one that was killed can be run again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from django.db import transaction

Progress: TypeAlias = Callable[[str, object], None]
"""Takes each action that Django reports, such as apply_start, with its migration."""

# Milliseconds that a migrate waits for another one on SQLite, which has no other lock than that for writing.
_SQLITE_TIMEOUT = 600_000


@contextmanager
def migrating(connection: Any) -> Iterator[Progress]:
    """Let this process alone migrate the database, with all the time it needs."""
    if connection.in_atomic_block:
        # Somebody else has set the connection up, and a new one would lose their transaction.
        yield _ignore
    elif connection.vendor == "sqlite":
        with _in_one_transaction(connection):
            yield _ignore
    else:
        with connection.migrating() as journal:
            yield journal.note
            journal.drop()


def _ignore(_action: str, _migration: object) -> None:
    pass


@contextmanager
def _in_one_transaction(connection: Any) -> Iterator[None]:
    """Commit all migrations and what follows them together.

    By itself Django commits a migration that makes indexes before it records it, and one that is killed in between
    can never be run again.
    """
    usual_timeout = _ask(connection, "PRAGMA busy_timeout")
    _ask(connection, f"PRAGMA busy_timeout = {_SQLITE_TIMEOUT}")
    try:
        # SQLite cannot leave out its checks, as the schema editor wants it to, once a transaction has begun.
        with connection.constraint_checks_disabled(), transaction.atomic(using=connection.alias):
            yield
    finally:
        _ask(connection, f"PRAGMA busy_timeout = {usual_timeout}")


def _ask(connection: Any, question: str) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(question).fetchone()[0]
