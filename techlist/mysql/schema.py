"""Django's schema editor for MySQL, except that a migration that was killed can be run again."""

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError
from django.db.backends.mysql import schema

from techlist.mysql import effects
from techlist.mysql.inspection import Params, Schema
from techlist.mysql.journal import Journal


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Leaves out every statement that an earlier try has done."""

    connection: Any  # techlist.mysql.base.DatabaseWrapper, which imports this module

    def execute(self, sql: Any, params: Params = ()) -> None:
        """Run a statement, unless it has nothing left to do."""
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
        """Find constraints as an earlier try did, which may have dropped them since."""
        finder: Any = super()
        journal: Journal | None = self.connection.journal
        if journal is None or self.collect_sql:
            return list(finder._constraint_names(model, *arguments, **options))  # noqa: SLF001  Django's own
        # In an order that is the same in every process.
        question = sorted((name, sorted(value) if isinstance(value, set) else value) for name, value in options.items())
        step = journal.step(model._meta.db_table, arguments, question)  # noqa: SLF001
        if journal.has(step):
            return list(journal.result(step))
        found = list(finder._constraint_names(model, *arguments, **options))  # noqa: SLF001
        journal.add(step, found)
        return found

    def _execute(self, sql: str, params: Params) -> None:
        """Run a statement, unless the database shows its effect."""
        database = Schema(self.connection)
        if effects.is_there(database, sql, params):
            return
        try:
            super().execute(sql, params)
        except DatabaseError:
            # An earlier try may have gone on in the server after its client was killed, and ended just now.
            if not self.connection.is_usable() or not effects.is_there(database, sql, params):
                raise

    def _delete_composed_index(self, model: Any, fields: Sequence[str], constraint_kwargs: Any, sql: str) -> None:
        """Django looks for the index by its columns, and raises ValueError if it is gone already."""
        columns = [model._meta.get_field(field).column for field in fields]  # noqa: SLF001  Django's own name for it
        editor: Any = super()
        if self._constraint_names(model, columns, **constraint_kwargs):
            editor._delete_composed_index(model, fields, constraint_kwargs, sql)  # noqa: SLF001
