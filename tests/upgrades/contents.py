"""All rows of a database, and what a later look at it lacks of them."""

from collections.abc import Iterator, Set
from typing import Any, TypeAlias

from django.db import connection

Row: TypeAlias = dict[str, Any]
Contents: TypeAlias = dict[str, dict[Any, Row]]
"""Table to primary key to row."""

# Written by Django about itself. They must be there, but may be renamed.
_NAMES = {"django_content_type.model", "auth_permission.name", "auth_permission.codename"}
# Models that are gone. So are their content types and permissions, which nobody used.
_FORMER = ("edit", "removal")
# The data of undo, which holds names of fields. The bench undoes them.
_UNDO = {"techs_edit.before", "techs_edit.after", "techs_removal.row"}
# Plain tokens become digests in another table. The bench uses them.
_TOKENS = {"authtoken_token"}
MIGRATED = frozenset(_NAMES | _UNDO | _TOKENS | {"techs_factsload.etag"})
"""Columns that a migration may change. A table's name alone stands for the table."""

_ASSESSED = [
    *["level", "score", "computed_level", "computed_score", "previous_level", "level_since", "rank", "reasons"],
    *["suggestions", "product", "release", "end_of_life", "ends_on", "basis", "assessed_at"],
    *["submitted_at", "last_submission"],
]
_PROCESSED = [
    *["state", "attempts", "error", "tech_id", "finished_at", "publications", "publish_again_at"],
    *["chunk_attempts", "is_unchanged"],
]
RUNNING = frozenset(
    {
        *MIGRATED,
        *(f"techs_tech.{column}" for column in _ASSESSED),
        *(f"techs_submission.{column}" for column in _PROCESSED),
        # The document is fetched again, and replaces all public products.
        *["techs_factsload.checked_at", "techs_product", "techs_release"],
        *["techs_listchange", "techs_periodicrun", "techs_notice.delivery_id", "auth_user.last_login"],
        *["techs_delivery.state", "techs_delivery.attempts", "techs_delivery.error", "techs_delivery.finished_at"],
        *["techs_delivery.next_attempt_at", "django_session.session_data", "django_session.expire_date"],
    }
)
"""Columns that workers and web servers may change as well."""


def read() -> Contents:
    with connection.cursor() as cursor:
        tables = [table.name for table in connection.introspection.get_table_list(cursor) if table.type == "t"]
        return {table: _rows(cursor, table) for table in sorted(tables)}


def lost(before: Contents, after: Contents, *, may_change: Set[str]) -> Iterator[str]:
    """Yield each row and value of before that after lacks."""
    for table, rows in before.items():
        if table in may_change:
            continue
        if table not in after:
            yield f"table {table}"
            continue
        for key, row in rows.items():
            if key not in after[table]:
                if not _is_of_former_model(table, row):
                    yield f"row {key} of {table}: {row}"
                continue
            yield from _changed(table, row, after[table][key], may_change)


def _is_of_former_model(table: str, row: Row) -> bool:
    name = row["codename"].partition("_")[2] if table == "auth_permission" else row.get("model")
    return table in ("auth_permission", "django_content_type") and name in _FORMER


def _changed(table: str, before: Row, after: Row, may_change: Set[str]) -> Iterator[str]:
    for column, value in before.items():
        name = f"{table}.{column}"
        if name not in may_change and (column not in after or after[column] != value):
            yield f"{name}: {value!r} became {after.get(column, 'nothing')!r}"


def _rows(cursor: Any, table: str) -> dict[Any, Row]:
    key = connection.introspection.get_primary_key_column(cursor, table)
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  our own tables
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return {row[key]: row for row in rows}
