"""Detect whether the database already shows the effect of a migration's statement.

MySQL and MariaDB commit each schema statement separately, so a killed migration has applied some of its statements.
For each kind of statement that Django's schema editor generates and that would fail if repeated, a function here tells
whether it has been applied. Other statements, such as MODIFY, SET DEFAULT or UPDATE, are simply repeated.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from django.db import DatabaseError

from techlist.mysql.inspection import Params, Schema

Parts = Mapping[str, str]
Check = Callable[[Schema, Parts, Params], bool]


class AlreadyDifferentError(DatabaseError):
    """The database already has an object with this name, but with another definition than the migration's."""

    def __init__(self, name: str, *, found: object, wanted: object) -> None:
        super().__init__(
            f"The database already has {name}, but it is {found} instead of {wanted}. "
            "Rename or drop it, then run manage.py migrate again."
        )


def is_applied(schema: Schema, sql: str, params: Params) -> bool:
    """Return True if the statement has been applied. Raises AlreadyDifferentError if it is certain to fail."""
    for pattern, check in _CHECKS:
        if match := pattern.fullmatch(sql):
            return check(schema, match.groupdict(), params)
    return False


# The table may have more columns, which later statements of the migration have added.
def _table_created(schema: Schema, parts: Parts, params: Params) -> bool:
    found = schema.columns(parts["table"])
    if not found:
        return False
    for name, wanted in schema.columns_of_definition(parts["definition"], params).items():
        if found.get(name) != wanted:
            raise AlreadyDifferentError(f"{parts['table']}.{name}", found=found.get(name), wanted=wanted)
    return True


def _column_added(schema: Schema, parts: Parts, params: Params) -> bool:
    found = schema.columns(parts["table"]).get(parts["column"])
    if found is None:
        return False
    wanted = schema.column_of_definition(parts["table"], parts["definition"], params)
    if wanted not in (None, found):
        raise AlreadyDifferentError(f"{parts['table']}.{parts['column']}", found=found, wanted=wanted)
    return True


def _index_added(schema: Schema, parts: Parts, _: Params) -> bool:
    found = schema.constraints(parts["table"]).get(parts["name"])
    if found is None or not found["index"]:
        return False
    is_unique, columns = bool(parts["unique"]), _names(parts["columns"])
    if found["unique"] != is_unique or (columns and list(found["columns"]) != columns):
        raise AlreadyDifferentError(
            parts["name"],
            found=_index(found["columns"], is_unique=found["unique"]),
            wanted=_index(columns, is_unique=is_unique),
        )
    return True


def _index(columns: Iterable[str], *, is_unique: bool) -> str:
    return f"{'a unique' if is_unique else 'an'} index of {', '.join(columns)}"


# Returns an empty list for an index on expressions, which servers rewrite.
def _names(columns: str) -> list[str]:
    return [] if columns.startswith("(") else re.findall("`([^`]+)`", columns)


def _reference_added(schema: Schema, parts: Parts, _: Params) -> bool:
    found = schema.constraints(parts["table"]).get(parts["name"])
    if found is None or not found["foreign_key"]:
        # The index behind a foreign key has the same name, and remains when the key is dropped.
        return False
    wanted = (parts["other_table"], parts["other_column"])
    if (list(found["columns"]), found["foreign_key"]) != ([parts["column"]], wanted):
        raise AlreadyDifferentError(parts["name"], found=found["foreign_key"], wanted=wanted)
    return True


# Servers rewrite the expression, so only the name can be compared.
def _check_added(schema: Schema, parts: Parts, _: Params) -> bool:
    return parts["name"] in schema.constraints(parts["table"])


def _primary_key_added(schema: Schema, parts: Parts, _: Params) -> bool:
    return schema.primary_key(parts["table"]) == _names(parts["columns"])


def _primary_key_dropped(schema: Schema, parts: Parts, _: Params) -> bool:
    return schema.has_table(parts["table"]) and not schema.primary_key(parts["table"])


def _table_dropped(schema: Schema, parts: Parts, _: Params) -> bool:
    return not schema.has_table(parts["table"])


def _table_renamed(schema: Schema, parts: Parts, _: Params) -> bool:
    return schema.has_table(parts["new"]) and not schema.has_table(parts["old"])


def _column_dropped(schema: Schema, parts: Parts, _: Params) -> bool:
    columns = schema.columns(parts["table"])
    return bool(columns) and parts["column"] not in columns


def _column_renamed(schema: Schema, parts: Parts, _: Params) -> bool:
    columns = schema.columns(parts["table"])
    return parts["new"] in columns and parts["old"] not in columns


def _key_dropped(schema: Schema, parts: Parts, _: Params) -> bool:
    return schema.has_table(parts["table"]) and parts["name"] not in schema.constraints(parts["table"])


def _reference_dropped(schema: Schema, parts: Parts, _: Params) -> bool:
    found = schema.constraints(parts["table"]).get(parts["name"])
    return schema.has_table(parts["table"]) and not (found and found["foreign_key"])


def _index_renamed(schema: Schema, parts: Parts, _: Params) -> bool:
    constraints = schema.constraints(parts["table"])
    return parts["new"] in constraints and parts["old"] not in constraints


# In a statement, {name} matches a quoted name, and a space matches any white space.
def _pattern(statement: str) -> re.Pattern[str]:
    pattern = re.sub(r"\{(\w+)\}", r"`(?P<\1>[^`]+)`", statement).replace(" ", r"\s+")
    return re.compile(pattern + r"\s*;?\s*", re.DOTALL)


_COLUMN = r"ALTER TABLE {table} ADD COLUMN {column} (?P<definition>.+?)"
_CONSTRAINT = r"ALTER TABLE {table} ADD CONSTRAINT {name}"
_CHECKS: list[tuple[re.Pattern[str], Check]] = [
    (_pattern(statement), check)
    for statement, check in (
        (r"CREATE TABLE {table} (?P<definition>\(.+)", _table_created),
        (r"DROP TABLE {table}(\s+CASCADE)?", _table_dropped),
        (r"RENAME TABLE {old} TO {new}", _table_renamed),
        (rf"{_COLUMN}\s*, ADD CONSTRAINT .+", _column_added),
        (_COLUMN, _column_added),
        (r"ALTER TABLE {table} DROP COLUMN {column}", _column_dropped),
        (r"ALTER TABLE {table} RENAME COLUMN {old} TO {new}", _column_renamed),
        (r"ALTER TABLE {table} CHANGE {old} {new} .+", _column_renamed),
        (r"CREATE (?P<unique>UNIQUE )?INDEX {name} ON {table} \((?P<columns>.+)\).*", _index_added),
        (rf"{_CONSTRAINT} (?P<unique>UNIQUE) \((?P<columns>.+)\)", _index_added),
        (
            rf"{_CONSTRAINT} FOREIGN KEY \({{column}}\) REFERENCES {{other_table}} \({{other_column}}\).*",
            _reference_added,
        ),
        (rf"{_CONSTRAINT} PRIMARY KEY \((?P<columns>.+)\)", _primary_key_added),
        (rf"{_CONSTRAINT} CHECK .+", _check_added),
        (r"DROP INDEX {name} ON {table}", _key_dropped),
        (r"ALTER TABLE {table} DROP INDEX {name}", _key_dropped),
        (r"ALTER TABLE {table} DROP CHECK {name}", _key_dropped),
        (r"ALTER TABLE {table} DROP FOREIGN KEY {name}", _reference_dropped),
        (r"ALTER TABLE {table} DROP PRIMARY KEY", _primary_key_dropped),
        (r"ALTER TABLE {table} RENAME INDEX {old} TO {new}", _index_renamed),
    )
]
