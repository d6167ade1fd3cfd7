"""Connections to the database that stay open while a test waits for its servers."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


@contextmanager
def silence_allowed() -> Generator[None, None, None]:
    """Let this process be silent for longer than the 90 seconds after which the database ends our sessions.

    Processes that it starts keep that limit.
    """
    connection_created.connect(_lift_limit)
    connection.close()
    try:
        yield
    finally:
        connection_created.disconnect(_lift_limit)
        connection.close()


def _lift_limit(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET wait_timeout = @@GLOBAL.wait_timeout")
