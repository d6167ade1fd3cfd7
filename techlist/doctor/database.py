"""Examine the database: its version, session, size, clock and schema."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from techlist.doctor.clock import difference
from techlist.doctor.report import Finding
from techs import migration_state, outages

# Above this share of connections in use, the next process may get none.
_CROWDED = 0.9


def database() -> Iterator[Finding]:
    if connection.vendor == "sqlite" and not _file().exists():
        # Connecting would create it.
        raise FileNotFoundError(f"{_file()} does not exist")
    yield from _mysql() if connection.vendor == "mysql" else _sqlite()
    missing = migration_state.missing_migrations()
    yield Finding("missing_migrations", missing, outages.SCHEMA_BEHIND.detail if missing else "")


def _mysql() -> Iterator[Finding]:
    mariadb = getattr(connection, "mysql_is_mariadb", False)
    yield Finding("server", f"{'MariaDB' if mariadb else 'MySQL'} {_one('SELECT VERSION()')}")
    yield Finding("isolation", _one(f"SELECT @@{'tx' if mariadb else 'transaction'}_isolation"))
    charset = _one("SELECT @@character_set_database")
    problem = "" if charset == "utf8mb4" else f"The database uses {charset}. ALTER DATABASE ... CHARACTER SET utf8mb4."
    yield Finding("charset", charset, problem)
    yield Finding("charset_of_the_connection", _one("SELECT @@character_set_connection"))
    yield Finding("collation", _one("SELECT @@collation_database"))
    yield Finding("sql_mode", _one("SELECT @@sql_mode"))
    zone, system = _row("SELECT @@session.time_zone, @@system_time_zone")
    yield Finding("time_zone", system if zone == "SYSTEM" else zone)
    yield Finding("innodb_flush_log_at_trx_commit", _one("SELECT @@innodb_flush_log_at_trx_commit"))
    yield Finding("binary_log", bool(_one("SELECT @@log_bin")))
    yield from _connections()
    yield Finding("mib", _one(_SIZE))
    yield difference("clock_difference_seconds", "the database", _time)


def _time() -> datetime:
    now: datetime = _one("SELECT UTC_TIMESTAMP(6)")
    return now.replace(tzinfo=UTC)


_SIZE = """SELECT CAST(SUM(data_length + index_length) / 1048576 AS SIGNED)
    FROM information_schema.tables WHERE table_schema = DATABASE()"""


def _connections() -> Iterator[Finding]:
    most, used = int(_one("SELECT @@max_connections")), int(_row("SHOW GLOBAL STATUS LIKE 'Threads_connected'")[1])
    problem = ""
    if used > most * _CROWDED:
        problem = f"{used} of at most {most} connections are in use. Raise max_connections, or run fewer processes."
    yield Finding("connections", used, problem)
    yield Finding("max_connections", most)


def _sqlite() -> Iterator[Finding]:
    yield Finding("server", f"SQLite {sqlite3.sqlite_version}")
    for pragma in ("journal_mode", "synchronous"):
        yield Finding(pragma, _one(f"PRAGMA {pragma}"))
    for name, file in {"mib": _file(), "mib_of_the_log": Path(f"{_file()}-wal")}.items():
        yield Finding(name, file.stat().st_size // 2**20 if file.exists() else 0)


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _one(sql: str) -> Any:
    return _row(sql)[0]


def _row(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()
