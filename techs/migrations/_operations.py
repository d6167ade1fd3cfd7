"""Operations that several migrations share."""

from django.db import migrations


class AddColumn(migrations.AddField):
    """Add a column that is null, generated, or has a constant default, without copying the table.

    Django would have SQLite copy it for a column that is not null. MySQL copies it for a check, and nobody can write
    meanwhile. The only checks are that unsigned numbers are not negative, so the column does without them.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if getattr(schema_editor.connection, "mysql_is_mariadb", False):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        definition, params = schema_editor.column_sql(model, field)
        table, column = (schema_editor.quote_name(name) for name in (model._meta.db_table, field.column))
        schema_editor.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}", params)
