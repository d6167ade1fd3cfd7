"""The activity as a CSV file, with one line for each changed field."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from techs.inventory import activity_reads
from techs.inventory.activity_queries import ActivityQuery
from techs.models import Action, Change
from techs.rules.csv_injection import defused

FILENAME = "activity.csv"
COLUMNS = (
    *("at", "action", "actor", "actor_kind", "via", "kind", "object", "id", "name", "field", "before", "after"),
    "request_id",
)
# Enough for a spreadsheet.
LINES_AT_MOST = 100_000
_LINES_AT_ONCE = 1000


def write(query: ActivityQuery) -> Iterator[bytes]:
    """Yield the newest LINES_AT_MOST lines in chunks, in which no cell can run as a formula.

    The first chunk is read at once, so that errors of the query are raised here.
    """
    chunks = _chunks(query)
    return chain([next(chunks)], chunks)


def _chunks(query: ActivityQuery) -> Iterator[bytes]:
    lines = islice(_lines(query), LINES_AT_MOST)
    yield _encoded([COLUMNS, *islice(lines, _LINES_AT_ONCE)], "utf-8-sig")
    while some := list(islice(lines, _LINES_AT_ONCE)):
        yield _encoded(some, "utf-8")


def _lines(query: ActivityQuery) -> Iterator[list[Any]]:
    for action, change in activity_reads.every(query):
        # A change without fields, such as a removal, has a line, too.
        for field, (before, after) in (change.fields or {"": (None, None)}).items():
            yield [defused(cell) for cell in _cells(action, change, field, before, after)]


def _cells(action: Action, change: Change, field: str, before: Any, after: Any) -> Iterator[Any]:
    yield from (action.at.isoformat(timespec="seconds"), action.pk)
    yield from (action.actor or action.actor_kind, action.actor_kind, action.via, action.kind)
    yield from (change.object, change.object_id, change.name, field, _plain(before), _plain(after), action.request_id)


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _encoded(lines: Iterable[Iterable[Any]], encoding: str) -> bytes:
    table = io.StringIO()
    csv.writer(table).writerows(lines)
    return table.getvalue().encode(encoding, errors="replace")
