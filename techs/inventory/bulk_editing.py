"""Edit and remove technologies in bulk, with a few queries however many there are.

As in techs.inventory.editing, each change is recorded and can be undone, and invalidates the cached list.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from techs import cache
from techs.activity import recording
from techs.inventory import summaries
from techs.inventory.editing import LABELS, index_tags, save_edits, save_labels
from techs.inventory.invalidation import schedule_invalidation
from techs.models import ActionKind, Tech
from techs.transactions import in_transaction


@dataclass(frozen=True, slots=True)
class Removed:
    """Technologies that were removed, and those that services use."""

    gone: list[Tech]
    in_use: list[Tech]


def edit(techs: Collection[int], **changes: Any) -> list[Tech]:
    """Change EDITABLE fields of technologies, assess them again, and return those that still exist.

    changes must be clean (techs.rules.attributes). Raises RedisError, before any change, if the cache is unavailable.
    """
    cache.invalidate()

    def write() -> list[Tech]:
        rows = locked(techs)
        edit_rows(rows, {row.pk: changes for row in rows})
        return rows

    return in_transaction(write)


def remove(techs: Collection[int]) -> Removed:
    """Remove technologies, except those that services use. Raises RedisError, before any change, without the cache."""
    cache.invalidate()
    return in_transaction(lambda: remove_rows(locked(techs)))


def locked(techs: Collection[int]) -> list[Tech]:
    return list(Tech.objects.select_for_update().filter(pk__in=techs).order_by("pk"))


def edit_rows(rows: Sequence[Tech], changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Change fields of locked rows, by primary key, and record it. Call as the last step of a transaction.

    Rows are assessed again, unless only LABELS change.
    """
    before = {row.pk: (row.recorded_values, summaries.place(row)) for row in rows}
    for row in rows:
        for field, value in changes[row.pk].items():
            setattr(row, field, value)
    if LABELS.issuperset(field for row in rows for field in changes[row.pk]):
        save_labels(rows)
    else:
        save_edits(rows, added=())
    if retagged := [row for row in rows if "tags" in changes[row.pk]]:
        index_tags(*retagged)
    summaries.refresh(techs=[row for row in rows if summaries.place(row) != before[row.pk][1]])
    edits = (
        recording.of_tech(row, recording.differences(before[row.pk][0], row.recorded_values), undo={"resolved": None})
        for row in rows
    )
    recording.record(ActionKind.CHANGED, edits)
    schedule_invalidation()


def remove_rows(rows: Sequence[Tech]) -> Removed:
    """Remove those locked rows that no service uses, and record it. Call as the last step of a transaction."""
    removed = Removed([row for row in rows if not row.services], [row for row in rows if row.services])
    recording.record(ActionKind.REMOVED, recording.of_removed(*removed.gone))
    Tech.objects.filter(pk__in=[row.pk for row in removed.gone]).delete()
    schedule_invalidation()
    return removed
