"""What keeps the database or the cache from working, as opposed to mistakes in a request or in the code.

MySQL and MariaDB say it with a number, SQLite with a result code. Neither follows from the exception's class: a lost
connection, a full disk and a column that does not exist are all an OperationalError.
"""

import logging
import re
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError
from redis.exceptions import RedisError

from techs.migration_state import missing_migrations

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outage:
    """A state of a server in which it cannot do what it was asked."""

    detail: str  # for people
    passes: bool  # by itself, in seconds; the others last until somebody who runs the server mends them


# They do not say that nothing was stored: the answer to a COMMIT may have been lost.
AWAY = Outage("The server cannot reach its database just now. Try again in a few seconds.", passes=True)
BUSY = Outage("The database is busy just now. Try again in a few seconds.", passes=True)
CROWDED = Outage("The database has too many connections just now. Try again in a few seconds.", passes=True)
CACHE_AWAY = Outage("The server cannot reach its cache just now. Try again in a few seconds.", passes=True)
FULL = Outage(
    "The database is full, and saves nothing until an administrator makes room. Try again later.", passes=False
)
READ_ONLY = Outage("The database is read-only just now. It saves nothing. Try again later.", passes=False)
DENIED = Outage(
    "The database refuses the connection. An administrator must check its name, user, password and TLS settings.",
    passes=False,
)
SCHEMA_BEHIND = Outage(
    "The database schema is older than this version of Techlist. An administrator must run manage.py migrate.",
    passes=False,
)

_BY_NUMBER = {
    # Shutdown, network errors, killed queries and sessions.
    **dict.fromkeys([1053, 1077, 1080, 1152, 1158, 1159, 1160, 1161, 1317, 1927, 3169], AWAY),
    # Lock waits and deadlocks, changed rows, limits of time.
    **dict.fromkeys([1020, 1205, 1213, 1969, 3024, 3572], BUSY),
    # Connections, threads and memory of the server.
    **dict.fromkeys([1037, 1038, 1040, 1041, 1135, 1203, 1226, 1461], CROWDED),
    **dict.fromkeys([1021, 1114, 1878], FULL),
    **dict.fromkeys([1223, 1792, 1836, 1874], READ_ONLY),
    **dict.fromkeys([1044, 1045, 1049, 1129, 1130, 1142, 1143, 1227, 1251, 1524, 1698, 1862, 2026, 3118, 3159], DENIED),
    # The client's own: no connection, or one that broke; and authentication plugins that it lacks.
    **dict.fromkeys([2001, 2002, 2003, 2004, 2005, 2006, 2012, 2013, 2027, 2055], AWAY),
    **dict.fromkeys([2054, 2059, 2061], DENIED),
}
# The server runs with an option that forbids the statement.
_FORBIDDEN_BY_OPTION = 1290
# Files that could not be written or made, for whatever reason of the system.
_FILE_ERRORS = {1, 3, 1004, 1005, 1025, 1026, 1030}
_NO_SPACE = re.compile(r"\b28\b|no space left", re.IGNORECASE)

# SQLite's primary result codes; what it adds to them is in the higher bits.
_BY_SQLITE_CODE = {5: BUSY, 6: BUSY, 8: READ_ONLY, 10: AWAY, 13: FULL, 14: AWAY, 23: DENIED}


def outage_of(error: BaseException) -> Outage | None:
    """Tell which outage caused an error. None: the request, the data or the code did."""
    if isinstance(error, RedisError):
        return CACHE_AWAY
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    return _of_server(error) or _of_schema()


def _of_server(error: DatabaseError | InterfaceError) -> Outage | None:
    sqlite_code = getattr(error.__cause__, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return _BY_SQLITE_CODE.get(sqlite_code & 0xFF)
    number, message = error.args[0] if error.args else None, str(error)
    if not isinstance(number, int) or number == 0:
        # What a client library says of a connection that it has given up.
        return AWAY if isinstance(error, InterfaceError | OperationalError) else None
    if number in _FILE_ERRORS and _NO_SPACE.search(message):
        return FULL
    if number == _FORBIDDEN_BY_OPTION and re.search("read.only", message, re.IGNORECASE):
        return READ_ONLY
    return _BY_NUMBER.get(number)


def _of_schema() -> Outage | None:
    """Any other error may come from a schema that is behind the code: unknown columns, values that do not fit."""
    try:
        return SCHEMA_BEHIND if missing_migrations() else None
    except (DatabaseError, InterfaceError):
        # It broke a transaction that is still open, and the question cannot be asked.
        return None


# Those that last, and that this process has logged already.
_logged: set[Outage] = set()


def log(error: BaseException, *, what: str) -> Outage | None:
    """Log what waits for the end of an outage, and return the outage. None: the error is none, and is not logged.

    An outage that lasts is logged once, until work went well in between.
    """
    outage = outage_of(error)
    if outage is None:
        return None
    if outage not in _logged:
        level = logging.WARNING if outage.passes else logging.ERROR
        logger.log(level, "%s waits. %s (%s)", what, outage.detail, error)
    if not outage.passes:
        _logged.add(outage)
    return outage


def note_success() -> None:
    """Have the next outage logged again."""
    _logged.clear()
