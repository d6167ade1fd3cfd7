"""Django's schema editor for MySQL, with which a killed migration can be repeated."""

import time
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, OperationalError
from django.db.backends.mysql import schema

from techlist.mysql import effects
from techlist.mysql.inspection import Params, Schema
from techlist.mysql.journal import Journal

# Errors that a statement causes if it is already applied: a name already exists, or no longer exists.
_APPLIED = {
    (number,) for number in (1005, 1022, 1050, 1051, 1054, 1060, 1061, 1068, 1091, 1146, 1176, 1826, 3821, 3822)
}


_LOCK_WAIT = (1205,)
# Seconds that a statement waits for a table, which is less than requests may wait behind it, and seconds between two
# attempts, in which they go on.
_TABLE_WAIT, _PAUSE = 1, 0.5


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Skips each statement that an earlier attempt has applied."""

    connection: Any  # techlist.mysql.base.DatabaseWrapper, which imports this module

    def execute(self, sql: Any, params: Params = ()) -> None:
        if self.collect_sql:
            super().execute(sql, params)
            return
        journal: Journal | None = self.connection.journal
        if journal is None:
            self._execute(str(sql), params)
            return
        step = journal.step(str(sql), params)
        if not journal.has(step):
            self._execute(str(sql), params)
            journal.add(step)

    def _constraint_names(self, model: Any, *arguments: Any, **options: Any) -> list[str]:
        """Return the same names as in an earlier attempt, even if it has dropped these constraints since."""
        finder: Any = super()
        journal: Journal | None = self.connection.journal
        if journal is None or self.collect_sql:
            return list(finder._constraint_names(model, *arguments, **options))  # noqa: SLF001  Django's own
        # Sorted, because the order of a set differs between processes.
        criteria = sorted((name, sorted(value) if isinstance(value, set) else value) for name, value in options.items())
        step = journal.step(model._meta.db_table, arguments, criteria)  # noqa: SLF001
        if journal.has(step):
            return list(journal.result(step))
        found = list(finder._constraint_names(model, *arguments, **options))  # noqa: SLF001
        journal.add(step, found)
        return found

    def _execute(self, sql: str, params: Params) -> None:
        database = Schema(self.connection)
        if effects.is_applied(database, sql, params):
            return
        try:
            self._execute_patiently(sql, params)
        except DatabaseError as error:
            # The server may have continued an earlier attempt after its client was killed, and finished it just now.
            if error.args[:1] not in _APPLIED or not effects.is_applied(database, sql, params):
                raise

    def _execute_patiently(self, sql: str, params: Params) -> None:
        """Try again if others use the table, for as long as migrations wait for locks.

        While a statement waits to change a table, everybody else who needs that table waits behind it. So it waits for
        short times, between which the others go on.
        """
        if self.connection.journal is None:
            super().execute(sql, params)
            return
        deadline = time.monotonic() + self.connection.LOCK_TIMEOUT
        while True:
            self._wait_for_locks(table=_TABLE_WAIT, rows=self._row_wait())
            began = time.monotonic()
            try:
                super().execute(sql, params)
            except OperationalError as error:
                # Only waiting counts. Creating an index of many rows takes longer, and is lost if the end has to wait.
                deadline += max(0.0, time.monotonic() - began - _TABLE_WAIT)
                if error.args[:1] != _LOCK_WAIT or began > deadline:
                    raise
                time.sleep(_PAUSE)
            else:
                return
            finally:
                self._wait_for_locks(table=self.connection.LOCK_TIMEOUT, rows=self.connection.LOCK_TIMEOUT)

    def _row_wait(self) -> int:
        """Return how long to wait for rows, in seconds.

        While MariaDB has a table to itself, it also locks all tables that refer to it. Somebody who has locked a row of
        these, and needs the table next, waits for the statement, and the statement for him. The server does not notice,
        so the statement must not wait at all. MySQL does not lock the other tables.
        """
        return 0 if self.connection.mysql_is_mariadb else 1

    def _wait_for_locks(self, *, table: int, rows: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET lock_wait_timeout = {table}, innodb_lock_wait_timeout = {rows}")

    def _delete_composed_index(self, model: Any, fields: Sequence[str], constraint_kwargs: Any, sql: str) -> None:
        columns = [model._meta.get_field(field).column for field in fields]  # noqa: SLF001  Django's own name for it
        editor: Any = super()
        if self._constraint_names(model, columns, **constraint_kwargs):
            editor._delete_composed_index(model, fields, constraint_kwargs, sql)  # noqa: SLF001
