"""Write the lines of an import as rows, without an object for each: ten thousand objects would cost a second."""

from collections.abc import Sequence
from datetime import timedelta
from operator import itemgetter
from typing import Any, TypeAlias
from uuid import uuid4

from django.conf import settings
from django.db import connection

from techs import bulk
from techs.imports.manifests import Entry
from techs.models import Import, Submission
from techs.models.activity import ACTOR_FIELDS
from techs.rules.attributes import NO_ATTRIBUTES

Row: TypeAlias = list[Any]
"""The values of a line in the order of _COLUMNS, as the database takes them."""

# The minimum number of lines that a worker processes per second. The sweep waits accordingly.
_LINES_A_SECOND = 100
# Columns whose values are known before the INSERT: all but the primary key and the import.
_TABLE = Submission._meta  # noqa: SLF001  documented
_COLUMNS = [field for field in _TABLE.concrete_fields if field.name not in {"id", "of_import"}]
_FIELDS = {field.name: field for field in _COLUMNS}
SERVICES = [*_FIELDS].index("services")


def prepare(batch: Import, entries: Sequence[Entry]) -> list[Row]:
    """Return the row of each entry, which has all of its attributes."""
    first_look = batch.created_at + timedelta(seconds=settings.SWEEP_AFTER)
    actor = {field: getattr(batch, field) for field in ACTOR_FIELDS}
    alike = Submission(**actor, created_at=batch.created_at, publish_again_at=first_look)
    common = {field.name: prepared(field.name, getattr(alike, field.attname)) for field in _COLUMNS}
    rows = []
    for number, entry in enumerate(entries):
        waits, place = divmod(number, _LINES_A_SECOND)
        if not place:
            later = first_look + timedelta(seconds=waits)
            common["publish_again_at"] = prepared("publish_again_at", later)
        rows.append([*(common | _values_of(entry)).values()])
    return rows


def insert(batch: Import, rows: Sequence[Row]) -> None:
    """Insert the rows of a saved import."""
    if not rows:
        return
    columns = enumerate(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    written = [number for number, column in columns if not bulk.is_filled_in(*column)]
    names = [*(_COLUMNS[number].column or "" for number in written), "of_import_id"]
    quoted = ", ".join(map(connection.ops.quote_name, names))
    table = connection.ops.quote_name(_TABLE.db_table)
    sql = f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608  no values
    pick = itemgetter(*written)
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(*pick(row), batch.pk) for row in rows])


def prepared(name: str, value: Any) -> Any:
    return _FIELDS[name].get_db_prep_save(value, connection)


def _values_of(entry: Entry) -> dict[str, Any]:
    values = {"uuid": prepared("uuid", uuid4()), "text": entry.text, "kind": entry.kind.value, "line": entry.line}
    if entry.attributes != NO_ATTRIBUTES:
        values |= {name: prepared(name, value) for name, value in entry.attributes.options.items()}
    return values
