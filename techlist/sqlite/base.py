"""Django's SQLite backend, in which the writers of all processes wait for their turn in one queue."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base, features

from techlist.sqlite.queue import WriterQueue

_WRITE = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


class DatabaseFeatures(features.DatabaseFeatures):
    # Every supported SQLite has JSON. Django tries it in a transaction, and takes a busy database for one without.
    supports_json_field = True


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes its turn before each transaction, and before each write outside of transactions.

    The stubs lack the methods in which Django begins and ends transactions.
    """

    features_class = DatabaseFeatures
    _queue: WriterQueue | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._queue = None if self.is_in_memory_db() else WriterQueue(Path(conn_params["database"]))
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=_Cursor)
        cursor.backend = self
        return cursor

    @contextmanager
    def turn(self, sql: str) -> Iterator[None]:
        """Have a turn for the time of a statement, if it writes outside of transactions."""
        if self.connection.in_transaction or not _WRITE.match(sql):
            yield
            return
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._leave()

    def _start_transaction_under_autocommit(self) -> None:
        with self.wrap_database_errors:
            self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            # If it fails, Django rolls back.
            if not self.connection.in_transaction:
                self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _enter(self) -> None:
        if self._queue and not self._queue.enter(timeout=self._timeout()):
            error = sqlite3.OperationalError("database is locked: other writers took too long")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error

    def _timeout(self) -> float:
        """Return how long SQLite itself would wait, which manage.py migrate changes."""
        return float(self.connection.execute("PRAGMA busy_timeout").fetchone()[0]) / 1000

    def _leave(self) -> None:
        if self._queue:
            self._queue.leave()


class _Cursor(base.SQLiteCursorWrapper):
    backend: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        with self.backend.turn(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self.backend.turn(query):
            return super().executemany(query, param_list)
