"""Database transactions that are tried again when concurrent writers collide."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

Result = TypeVar("Result")

# Deadlocks and lock waits of concurrent writers end in an error for one of them, who tries again.
_TRIES = 4
_TIMEOUT = 1.0  # seconds


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run work in one transaction; run it again if another writer made it fail.

    Two submissions of one new name both insert it, and one of them meets the unique key; the second try updates.
    Inside somebody else's transaction (the admin's) there is one try: what failed there cannot go on. A try that took
    long has waited for a lock or a server in vain, and the caller has waited long enough.
    """
    tries = 1 if connection.in_atomic_block else _TRIES
    started = time.monotonic()
    for left in reversed(range(tries)):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError, InterfaceError):
            if not left or time.monotonic() - started > _TIMEOUT:
                raise
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  spreads rivals, keeps no secret
    raise AssertionError("unreachable")
