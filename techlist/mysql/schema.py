"""Django's schema editor for MySQL, able to repeat a killed migration."""

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError
from django.db.backends.mysql import schema

from techlist.mysql import effects
from techlist.mysql.inspection import Params, Schema
from techlist.mysql.journal import Journal

# Errors of a statement that is already applied: the name exists, or no longer exists.
_DONE_ALREADY = {(number,) for number in (1005, 1022, 1050, 1051, 1054, 1060, 1061, 1068, 1091, 1146, 1176, 1826, 3822)}


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
        """Return the constraints that an earlier attempt found, even if it has dropped them since."""
        finder: Any = super()
        journal: Journal | None = self.connection.journal
        if journal is None or self.collect_sql:
            return list(finder._constraint_names(model, *arguments, **options))  # noqa: SLF001  Django's own
        # The same order in every process.
        question = sorted((name, sorted(value) if isinstance(value, set) else value) for name, value in options.items())
        step = journal.step(model._meta.db_table, arguments, question)  # noqa: SLF001
        if journal.has(step):
            return list(journal.result(step))
        found = list(finder._constraint_names(model, *arguments, **options))  # noqa: SLF001
        journal.add(step, found)
        return found

    def _execute(self, sql: str, params: Params) -> None:
        database = Schema(self.connection)
        if effects.is_there(database, sql, params):
            return
        try:
            super().execute(sql, params)
        except DatabaseError as error:
            # An earlier attempt may have continued in the server after its client was killed, and just finished.
            if error.args[:1] not in _DONE_ALREADY or not effects.is_there(database, sql, params):
                raise

    def _delete_composed_index(self, model: Any, fields: Sequence[str], constraint_kwargs: Any, sql: str) -> None:
        columns = [model._meta.get_field(field).column for field in fields]  # noqa: SLF001  Django's own name for it
        editor: Any = super()
        if self._constraint_names(model, columns, **constraint_kwargs):
            editor._delete_composed_index(model, fields, constraint_kwargs, sql)  # noqa: SLF001
