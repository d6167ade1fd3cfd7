"""Change or remove up to MOST_AT_ONCE technologies as one action, in transactions of limited length.

Technologies that are gone, that somebody else has changed since the reader saw them, or that cannot be changed are
skipped and reported.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from techs import cache
from techs.activity import recording
from techs.exceptions import TooManySelected
from techs.inventory import selection
from techs.inventory.bulk_editing import edit_rows, locked, remove_rows
from techs.inventory.queries import ListQuery
from techs.models import ActionKind, Change, ObjectKind, Tech
from techs.rules.attributes import MAX_TAGS
from techs.transactions import in_chunks, in_transaction

MOST_AT_ONCE = 10_000
# Technologies in detail in a report. Of more, it has the number.
LISTED = 100
# Rows per transaction, whose locks others wait for. With SQLite, they wait for all writes, so leave it to them between.
_AT_ONCE, _SQLITE_AT_ONCE, _SQLITE_PAUSE = 250, 100, 0.02
# Seconds after which no further transaction begins.
_SECONDS = 20.0
# Changes have the time of their action. One with several changes may have begun this long before the last of them.
_LONGEST_ACTION = timedelta(minutes=10)
_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # before all actions


class Obstacle(StrEnum):
    """Why a technology was left as it is."""

    GONE = "gone"
    CHANGED = "changed"
    IN_USE = "in_use"
    TOO_MANY_TAGS = "too_many_tags"
    NOT_REACHED = "not_reached"


WORDS: Mapping[Obstacle, str] = {
    Obstacle.GONE: "It is no longer on the list.",
    Obstacle.CHANGED: "Somebody has changed it since.",
    Obstacle.IN_USE: "Services use it. It leaves the list by itself when no service uses it any more.",
    Obstacle.TOO_MANY_TAGS: f"It would have more than {MAX_TAGS} tags.",
    Obstacle.NOT_REACHED: "The server was too busy to reach it. Repeat the action.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """New values of EDITABLE fields, and tags to add and to remove; or the removal of technologies. Must be clean."""

    values: Mapping[str, Any] = field(default_factory=dict)
    add_tags: Collection[str] = ()
    remove_tags: Collection[str] = ()
    removes: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.values or self.add_tags or self.remove_tags or self.removes)

    def of(self, row: Tech) -> dict[str, Any]:
        """Return the new values of a row, by field; none if it has them already."""
        new = dict(self.values)
        if self.add_tags or self.remove_tags:
            new["tags"] = sorted({*row.tags, *self.add_tags} - {*self.remove_tags})
        return {name: value for name, value in new.items() if getattr(row, name) != value}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A technology that was left as it is. Its name is empty if it is gone."""

    tech: int
    name: str
    obstacle: Obstacle


@dataclass(slots=True)
class Report:
    """The result of a change. action: the one that can be undone, if anything changed."""

    action: int | None = None
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def skipped_count(self) -> int:
        return len(self.skipped)

    @property
    def reasons(self) -> dict[Obstacle, int]:
        found = [each.obstacle for each in self.skipped]
        return {obstacle: found.count(obstacle) for obstacle in Obstacle if obstacle in found}


def matching(query: ListQuery) -> list[int]:
    """Return the primary keys of all technologies that match a query. Raises TooManySelected."""
    whole = replace(query, cursor=None, ordering="priority", page_size=MOST_AT_ONCE)
    places = selection.find(whole, selection.conditions_of(whole))
    check_number(len(places))
    return [pk for *_, pk in places]


def check_number(number: int) -> None:
    """Raise TooManySelected for more technologies than one action may change."""
    if number > MOST_AT_ONCE:
        raise TooManySelected(MOST_AT_ONCE)


def apply(techs: Collection[int], change: BulkChange, *, seen_at: datetime | None = None) -> Report:
    """Change technologies, given by primary key, and assess them again.

    seen_at: when the reader saw them. Those of which somebody changed the same fields since are left as they are.
    Raises RedisError, before any change, if the cache is unavailable.
    """
    cache.invalidate()
    report, deadline = Report(), time.monotonic() + _SECONDS
    is_sqlite = connection.vendor == "sqlite"
    with recording.as_one() as begun:
        for some in in_chunks(sorted(set(techs)), _SQLITE_AT_ONCE if is_sqlite else _AT_ONCE):
            if time.monotonic() > deadline:
                report.skipped += _unreached(some)
                continue
            _add(report, in_transaction(partial(_apply, some, change, seen_at)))
            if is_sqlite:
                time.sleep(_SQLITE_PAUSE)
        action = begun.get(ActionKind.REMOVED if change.removes else ActionKind.CHANGED)
    report.action = action.pk if action else None
    return report


def _apply(ids: Sequence[int], change: BulkChange, seen_at: datetime | None) -> Report:
    rows = locked(ids)
    found = {row.pk: row for row in rows}
    report = Report(skipped=[Skipped(pk, "", Obstacle.GONE) for pk in ids if pk not in found])
    newer = _changed_since(rows, change, seen_at) if seen_at else set()
    report.skipped += [_skipped(found[pk], Obstacle.CHANGED) for pk in newer]
    left = [row for row in rows if row.pk not in newer]
    return _remove(left, report) if change.removes else _edit(left, change, report)


def _remove(rows: Sequence[Tech], report: Report) -> Report:
    if rows:
        removed = remove_rows(rows)
        report.removed = len(removed.gone)
        report.skipped += [_skipped(row, Obstacle.IN_USE) for row in removed.in_use]
    return report


def _edit(rows: Sequence[Tech], change: BulkChange, report: Report) -> Report:
    new = {row.pk: change.of(row) for row in rows}
    crowded = {pk for pk, values in new.items() if len(values.get("tags", ())) > MAX_TAGS}
    edited = [row for row in rows if new[row.pk] and row.pk not in crowded]
    if edited:
        edit_rows(edited, new)
    report.changed, report.unchanged = len(edited), len(rows) - len(edited) - len(crowded)
    report.skipped += [_skipped(row, Obstacle.TOO_MANY_TAGS) for row in rows if row.pk in crowded]
    return report


def _changed_since(rows: Sequence[Tech], change: BulkChange, seen_at: datetime) -> set[int]:
    """Return the rows of which somebody changed a field that this change would overwrite, or which are new.

    Tags that are added and removed overwrite nothing.
    """
    # Dates at either end of the calendar cannot be subtracted from, or converted to UTC.
    seen_at = min(max(seen_at, _FIRST_DAY), timezone.now())
    touched = [row.pk for row in rows if max(row.assessed_at, row.edited_at or row.assessed_at) > seen_at]
    since = Q(at__gt=seen_at) | Q(at__gt=seen_at - _LONGEST_ACTION, action__count__gt=1)
    made = Change.objects.filter(since, object=ObjectKind.TECHNOLOGY, object_id__in=touched)
    standing = made.filter(service_id=None).order_by().values_list("object_id", "fields")
    return {pk for pk, fields in standing if change.removes or not change.values.keys().isdisjoint(fields)}


def _unreached(ids: Collection[int]) -> Iterator[Skipped]:
    names = dict(Tech.objects.filter(pk__in=ids).values_list("pk", "name"))
    return (Skipped(pk, names[pk], Obstacle.NOT_REACHED) for pk in ids if pk in names)


def _skipped(row: Tech, obstacle: Obstacle) -> Skipped:
    return Skipped(row.pk, row.name, obstacle)


def _add(report: Report, more: Report) -> None:
    report.changed += more.changed
    report.unchanged += more.unchanged
    report.removed += more.removed
    report.skipped += more.skipped
