"""Write many rows of a model with few statements, in a fraction of the time of bulk_create() and bulk_update().

Those build an expression for each value, which costs more than the database does. Here, values must be plain, and no
signal is sent. Call inside a transaction.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import CharField, Field, Model, TextField
from django.db.models.constants import OnConflict

Row = TypeVar("Row")


def insert(rows: Iterable[Model], *, batch_size: int) -> None:
    """Insert new rows of one model, without primary keys that the database generates.

    Sets those keys and generated fields if the database returns them: MySQL does not.
    """
    new = [*rows]
    if not new:
        return
    # The proxy django.db.connection would take as long as the work.
    database = connections[DEFAULT_DB_ALIAS]
    meta = new[0]._meta  # noqa: SLF001  documented
    fields = [field for field in meta.local_concrete_fields if not field.generated and field is not meta.auto_field]
    returned = meta.db_returning_fields if database.features.can_return_rows_from_bulk_insert else ()
    for some in _batches(new, batch_size, columns=len(fields), database=database):
        _insert(some, fields, returned, database)


def insert_values(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]], *, batch_size: int) -> None:
    """Insert rows as values of these columns, leaving out those that conflict with stored ones."""
    database = connections[DEFAULT_DB_ALIAS]
    fields = [model._meta.get_field(name) for name in names]  # noqa: SLF001  documented
    for some in _batches(rows, batch_size, columns=len(fields), database=database):
        sql = _insertion(model._meta, fields, len(some), database, OnConflict.IGNORE)  # noqa: SLF001  documented
        with database.cursor() as cursor:
            cursor.execute(sql, [value for row in some for value in row])


def update_each(rows: Iterable[Model], names: Iterable[str], *, batch_size: int) -> None:
    """Write these fields of stored rows of one model."""
    stored = [*rows]
    if not stored:
        return
    database = connections[DEFAULT_DB_ALIAS]
    fields = [stored[0]._meta.get_field(name) for name in names]  # noqa: SLF001  documented
    for some in _batches(stored, batch_size, columns=2 * len(fields) + 1, database=database):
        _update(some, fields, database)


def _batches(rows: Sequence[Row], size: int, *, columns: int, database: Any) -> Iterator[Sequence[Row]]:
    most = database.features.max_query_params
    size = min(size, max(1, most // columns)) if most else size
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _insertion(
    meta: Any, fields: Sequence[Any], number: int, database: Any, on_conflict: OnConflict | None = None
) -> str:
    into = database.ops.insert_statement(on_conflict=on_conflict)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * number)
    return f"{into} {database.ops.quote_name(meta.db_table)} ({_columns(fields, database)}) VALUES {places}"


def _insert(rows: Sequence[Model], fields: Sequence[Any], returned: Collection[Any], database: Any) -> None:
    columns = {field: _values(field, rows, database, add=True) for field in fields}
    written = {field: values for field, values in columns.items() if not _is_null(field, values)}
    sql = _insertion(rows[0]._meta, [*written], len(rows), database)  # noqa: SLF001  documented
    with database.cursor() as cursor:
        returning = f" RETURNING {_columns(returned, database)}" if returned else ""
        cursor.execute(sql + returning, [value for row in zip(*written.values(), strict=True) for value in row])
        if returned:
            _set(rows, returned, cursor.fetchall(), database)
    for row in rows:
        row._state.adding, row._state.db = False, database.alias  # noqa: SLF001  documented


def _is_null(field: Any, values: Sequence[Any]) -> bool:
    """Return True if the database fills the column as these values would."""
    return field.null and not field.has_db_default() and values.count(None) == len(values)


def _set(rows: Sequence[Model], fields: Collection[Any], found: Sequence[Sequence[Any]], database: Any) -> None:
    for field, values in zip(fields, zip(*found, strict=True), strict=True):
        column = field.get_col("")
        converters = [*database.ops.get_db_converters(column), *field.get_db_converters(database)]
        for row, value in zip(rows, values, strict=True):
            for convert in converters:
                value = convert(value, column, database)  # noqa: PLW2901
            setattr(row, field.attname, value)


def _update(rows: Sequence[Model], fields: Sequence[Any], database: Any) -> None:
    quote = database.ops.quote_name
    meta: Any = rows[0]._meta  # noqa: SLF001  documented
    key, ids = quote(meta.pk.column), [row.pk for row in rows]
    columns, values = list[str](), list[Any]()
    for field in fields:
        new = _values(field, rows, database, add=False)
        if new.count(new[0]) == len(new):
            columns.append(f"{quote(field.column)} = %s")
            values.append(new[0])
        else:
            columns.append(f"{quote(field.column)} = CASE {key}{' WHEN %s THEN %s' * len(rows)} END")
            values += [value for pair in zip(ids, new, strict=True) for value in pair]
    where = f"{key} IN ({', '.join(['%s'] * len(ids))})"
    with database.cursor() as cursor:
        cursor.execute(f"UPDATE {quote(meta.db_table)} SET {', '.join(columns)} WHERE {where}", [*values, *ids])  # noqa: S608  no values


def _values(field: Any, rows: Sequence[Model], database: Any, *, add: bool) -> list[Any]:
    """Return the values of a column as the database takes them."""
    values = [*map(_reader(field, add=add), rows)]
    if isinstance(field, CharField | TextField) and {*map(type, values)} == {str}:
        return values  # as they are prepared
    if _are_alike(values):
        return [field.get_db_prep_save(values[0], database)] * len(values)
    return [field.get_db_prep_save(value, database) for value in values]


def _reader(field: Any, *, add: bool) -> Callable[[Model], Any]:
    if type(field).pre_save is Field.pre_save:
        return attrgetter(field.attname)  # as it does with plain values
    return lambda row: field.pre_save(row, add)


def _are_alike(values: Sequence[Any]) -> bool:
    """Return True for one value in all rows. Not for lists and dictionaries, where 1 would equal true in JSON."""
    first = values[0]
    is_plain = isinstance(first, Hashable) and {*map(type, values)} == {type(first)}
    return is_plain and values.count(first) == len(values)


def _columns(fields: Collection[Any], database: Any) -> str:
    return ", ".join(database.ops.quote_name(field.column) for field in fields)
