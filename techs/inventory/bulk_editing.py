"""Edit and remove many technologies at once, in a few queries however many there are.

As in techs.inventory.editing, each change is recorded and can be undone, and invalidates the cached list.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from techs import cache
from techs.activity import recording
from techs.inventory import summaries
from techs.inventory.editing import index_tags, save_edits
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
        rows = _locked(techs)
        before = {row.pk: (row.recorded_values, summaries.place(row)) for row in rows}
        for row in rows:
            for field, value in changes.items():
                setattr(row, field, value)
        save_edits(rows, added=())
        if "tags" in changes:
            index_tags(*rows)
        summaries.refresh(techs=[row for row in rows if summaries.place(row) != before[row.pk][1]])
        edits = (
            recording.of_tech(
                row, recording.differences(before[row.pk][0], row.recorded_values), undo={"resolved": None}
            )
            for row in rows
        )
        recording.record(ActionKind.CHANGED, edits)
        schedule_invalidation()
        return rows

    return in_transaction(write)


def remove(techs: Collection[int]) -> Removed:
    """Remove technologies, except those that services use. Raises RedisError, before any change, without the cache."""
    cache.invalidate()

    def delete() -> Removed:
        rows = _locked(techs)
        removed = Removed([row for row in rows if not row.services], [row for row in rows if row.services])
        recording.record(ActionKind.REMOVED, recording.of_removed(*removed.gone))
        Tech.objects.filter(pk__in=[row.pk for row in removed.gone]).delete()
        schedule_invalidation()
        return removed

    return in_transaction(delete)


def _locked(techs: Collection[int]) -> list[Tech]:
    return list(Tech.objects.select_for_update().filter(pk__in=techs).order_by("pk"))
