"""Recognise outages of the database or cache, as opposed to errors in a request or in the code.

The class of the exception is not enough: a lost connection, a full disk and a missing column are all OperationalErrors.
MySQL and MariaDB add an error number, and SQLite a result code.
"""

import logging
import re
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError, ResponseError

from techs.migration_state import missing_migrations

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outage:
    """A state in which a server cannot do its work."""

    detail: str  # a message for the user
    is_temporary: bool  # expected to end within seconds, without an administrator's help


# The messages do not claim that nothing was stored, because the reply to a COMMIT may have been lost.
AWAY = Outage("The database is unavailable. Try again in a few seconds.", is_temporary=True)
BUSY = Outage("The database is busy. Try again in a few seconds.", is_temporary=True)
CROWDED = Outage("The database has too many connections. Try again in a few seconds.", is_temporary=True)
CACHE_AWAY = Outage("The cache is unavailable. Try again in a few seconds.", is_temporary=True)
CACHE_REFUSES = Outage(
    "The cache refuses requests. An administrator must check its password, memory and role.", is_temporary=False
)
FULL = Outage("The database is full. An administrator must free disk space. Try again later.", is_temporary=False)
READ_ONLY = Outage("The database is read-only, so nothing can be saved. Try again later.", is_temporary=False)
DENIED = Outage(
    "The database refuses the connection. An administrator must check its name, user, password and TLS settings.",
    is_temporary=False,
)
SCHEMA_BEHIND = Outage(
    "The database schema is older than this version of Techlist. An administrator must run manage.py migrate.",
    is_temporary=False,
)

_BY_NUMBER = {
    # Shutdown, network errors, killed queries and sessions.
    **dict.fromkeys([1053, 1077, 1080, 1152, 1158, 1159, 1160, 1161, 1317, 1927, 3169], AWAY),
    # Lock waits and deadlocks, changed rows, time limits.
    **dict.fromkeys([1020, 1205, 1213, 1969, 3024, 3572], BUSY),
    # The server's limits for connections, threads and memory.
    **dict.fromkeys([1037, 1038, 1040, 1041, 1135, 1203, 1226, 1461], CROWDED),
    **dict.fromkeys([1021, 1114, 1878], FULL),
    **dict.fromkeys([1223, 1792, 1836, 1874], READ_ONLY),
    **dict.fromkeys([1044, 1045, 1049, 1129, 1130, 1142, 1143, 1227, 1251, 1524, 1698, 1862, 2026, 3118, 3159], DENIED),
    # Errors of the client library: no connection, lost connections, missing authentication plugins.
    **dict.fromkeys([2001, 2002, 2003, 2004, 2005, 2006, 2012, 2013, 2027, 2055], AWAY),
    **dict.fromkeys([2054, 2059, 2061], DENIED),
}
# A server option forbids the statement.
_FORBIDDEN_BY_OPTION = 1290
# A file could not be created or written; the message has the operating system's reason.
_FILE_ERRORS = {1, 3, 1004, 1005, 1025, 1026, 1030}
_NO_SPACE = re.compile(r"\b28\b|no space left", re.IGNORECASE)

# SQLite's primary result codes; extended codes use the higher bits.
_BY_SQLITE_CODE = {5: BUSY, 6: BUSY, 8: READ_ONLY, 10: AWAY, 13: FULL, 14: AWAY, 23: DENIED}

# Redis rejects the command: wrong password, read-only replica, no memory left.
_REFUSALS = (ResponseError, AuthenticationError, AuthorizationError)


def outage_of(error: BaseException) -> Outage | None:
    """Return the outage that caused an error, or None if the request, the data or the code did."""
    if isinstance(error, RedisError):
        return CACHE_REFUSES if isinstance(error, _REFUSALS) else CACHE_AWAY
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    return _of_server(error) or _of_schema()


def _of_server(error: DatabaseError | InterfaceError) -> Outage | None:
    sqlite_code = getattr(error.__cause__, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return _BY_SQLITE_CODE.get(sqlite_code & 0xFF)
    number, message = error.args[0] if error.args else None, str(error)
    if not isinstance(number, int) or number == 0:
        # Errors without a number mean that the client library has closed the connection.
        return AWAY if isinstance(error, InterfaceError | OperationalError) else None
    if number in _FILE_ERRORS and _NO_SPACE.search(message):
        return FULL
    if number == _FORBIDDEN_BY_OPTION and re.search("read.only", message, re.IGNORECASE):
        return READ_ONLY
    return _BY_NUMBER.get(number)


def _of_schema() -> Outage | None:
    # Unknown columns, and values that do not fit, may be due to a schema older than the code.
    try:
        return SCHEMA_BEHIND if missing_migrations() else None
    except (DatabaseError, InterfaceError):
        # The error broke a transaction that is still open, and no query can run in it.
        return None


# Lasting outages that this process has already logged.
_logged: set[Outage] = set()


def log(error: BaseException, *, work: str) -> Outage | None:
    """Log the outage that caused an error, and return it. Return None, without logging, for other errors.

    A lasting outage is logged once, until note_success(). work: names the work that has to wait.
    """
    outage = outage_of(error)
    if outage is None:
        return None
    if outage not in _logged:
        level = logging.WARNING if outage.is_temporary else logging.ERROR
        logger.log(level, "%s waits. %s (%s)", work, outage.detail, error)
    if not outage.is_temporary:
        _logged.add(outage)
    return outage


def note_success() -> None:
    _logged.clear()
