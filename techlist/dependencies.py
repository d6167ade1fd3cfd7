"""The servers that Techlist depends on, and whether they answer."""

from collections.abc import Callable

from django.db import connection

from techs import broker, cache
from techs.migration_state import missing_migrations
from techs.shared import Shared

OK, NO_ANSWER = "ok", "does not answer"


class SchemaIsOld(Exception):
    """The database lacks migrations that the code needs."""


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001
        # Whatever the failure, it is the state to report.
        return str(error) if isinstance(error, SchemaIsOld) else f"{type(error).__name__}: {NO_ANSWER}"
    return OK


def _check_database() -> None:
    try:
        missing = missing_migrations()
    finally:
        connection.close()
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise SchemaIsOld(f"lacks migration {missing[0]}{others}; run manage.py migrate")


SERVERS: dict[str, Shared[str]] = {
    "database": Shared(lambda: _state(_check_database)),
    "cache": Shared(lambda: _state(cache.ping)),
    "broker": Shared(lambda: _state(broker.ping)),
}
