"""Retry transactions that collide with concurrent writers, split long ones, and write many rows."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Manager, Model

Result = TypeVar("Result")
Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)
Totals: TypeAlias = dict[Callable[[Counter[Any]], None], Counter[Any]]

# Deadlocks and lock waits end in an error for one of the writers, which then retries.
_TRIES = 4
_TIMEOUT = 1.0  # seconds


class Pending(threading.local):
    """Totals that in_transaction() has yet to write, as its last step. None outside of it."""

    totals: Totals | None = None


pending = Pending()


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run work in one transaction. Retry it if a concurrent writer made it fail.

    If two submissions insert the same new name, one of them violates the unique key, and its second try updates the
    row. Inside an outer transaction, such as the admin's, there is only one try, because an error breaks that
    transaction. A slow try is not repeated either: it waited for a lock or a server, so the caller has waited enough.
    """
    tries = 1 if connection.in_atomic_block else _TRIES
    started = time.monotonic()
    for left in reversed(range(tries)):
        try:
            with transaction.atomic():
                return _run(work)
        except (IntegrityError, OperationalError, InterfaceError):
            if not left or time.monotonic() - started > _TIMEOUT:
                raise
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  spreads retries, not a secret
    raise AssertionError("unreachable")


def reconnecting(work: Callable[[], Result]) -> Result:
    """Run statements outside a transaction. Repeat them if the server had closed the connection.

    They may run twice, because only the reply may have been lost.
    """
    started = time.monotonic()
    try:
        return work()
    except (OperationalError, InterfaceError):
        if not is_connection_lost(since=started):
            raise
        return work()


def is_connection_lost(*, since: float) -> bool:
    """Return True if the server closed the connection and a new one is worth trying. Forget the lost one.

    A server that took long to fail would make the caller wait for as long again.
    """
    if connection.in_atomic_block or time.monotonic() - since > _TIMEOUT:
        return False
    connection.close_if_unusable_or_obsolete()
    return connection.connection is None


def _run(work: Callable[[], Result]) -> Result:
    """Run work, and then write its totals."""
    outer, pending.totals = pending.totals, {}
    try:
        result = work()
        totals = pending.totals
    finally:
        pending.totals = outer
    for write, amounts in totals.items():
        write(amounts)
    return result


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all queries read the same state of the database, without locks. Call outside of transactions."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        else:
            cursor.execute("BEGIN")  # no write lock, unlike atomic()
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def in_chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of at most that many items, for queries of limited length."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def update(model: type[Row], rows: Collection[Row], fields: Sequence[str]) -> None:
    """Write some fields of locked rows. An upsert takes a tenth of the time of bulk_update(), which has many cases."""
    unique = ["pk"] if connection.features.supports_update_conflicts_with_target else None
    manager: Manager[Row] = model._default_manager  # noqa: SLF001  documented
    manager.bulk_create(rows, batch_size=100, update_conflicts=True, update_fields=fields, unique_fields=unique)
