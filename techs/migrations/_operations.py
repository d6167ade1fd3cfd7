"""Operations that several migrations share."""

from django.db import migrations


class AddColumn(migrations.AddField):
    """SQLite would copy the table for a column that is not null, although a constant default needs no copy."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        definition, params = schema_editor.column_sql(model, field)
        table, column = (schema_editor.quote_name(name) for name in (model._meta.db_table, field.column))
        schema_editor.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}", params)
