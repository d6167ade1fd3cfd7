"""Undo recent actions on technologies. Like any other write, it invalidates the cached list, and is recorded."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.core import serializers
from django.db.models import Q, QuerySet
from django.utils import timezone

from techs import cache
from techs.activity import recording
from techs.exceptions import AlreadyListed, ChangedMeanwhile, InUse, NotInUse
from techs.inventory.editing import assess_and_save, index_tags, note_edit, note_return, save_edit
from techs.inventory.invalidation import schedule_invalidation
from techs.models import (
    UNDO_FOR,
    Action,
    ActionKind,
    Change,
    LevelChange,
    ObjectKind,
    Resolved,
    Submission,
    Tech,
    TechDateChange,
    UsageChange,
)
from techs.rules.text import name_key
from techs.transactions import in_transaction

_ACTIONS_AT_ONCE = 20
# An addition marks its technology as returned in the transaction that records it.
_ONE_TRANSACTION = timedelta(seconds=10)
# The rows that referred to a removed one, by their names in Change.undo.
_REFERRING = {
    "level_changes": LevelChange,
    "date_changes": TechDateChange,
    "usage_changes": UsageChange,
    "submissions": Submission,
}


@dataclass(frozen=True, slots=True)
class Undone:
    """The technologies of an action that was undone."""

    restored: list[Tech] = field(default_factory=list)
    changed: list[Tech] = field(default_factory=list)
    removed: list[Tech] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.restored) + len(self.changed) + len(self.removed)


def undo(pk: int) -> Undone:
    """Undo an action made less than UNDO_FOR ago, and assess its technologies again.

    All its changes are undone, or none. Raises Action.DoesNotExist if it is too late or already undone,
    Tech.DoesNotExist if a technology was removed, ChangedMeanwhile if the same fields changed again, AlreadyListed if a
    text was added again, InUse or NotInUse if services came or went, and RedisError, before any change, if the cache is
    unavailable.
    """
    cache.invalidate()

    def change_back() -> Undone:
        action = undoable().select_for_update().get(pk=pk)
        undone, changes = Undone(), list(action.changes.order_by("-pk"))
        # Lock all rows first, in the same order as other writers.
        rows = _locked({change.object_id for change in changes})
        made = [_undo(change, rows, undone) for change in changes]
        _take_away(undone.removed, at=action.at)
        Action.objects.filter(pk=pk).update(undone_at=timezone.now())
        recording.record(ActionKind.UNDONE, made)
        schedule_invalidation()
        return undone

    return in_transaction(change_back)


def undoable() -> QuerySet[Action]:
    return Action.objects.filter(keeps_undo=True, undone_at=None, at__gt=_earliest())


def last_edit(tech: Tech) -> Change | None:
    """Return the newest edit of a technology, with its action, if it can still be undone."""
    edit = _undoable_changes(tech).filter(undo__has_key="resolved").first()
    return edit if edit and _is_current(edit, tech.recorded_values) else None


def last_removal(tech: Tech) -> Change | None:
    """Return the removal of a technology, with its action, if it can still be undone."""
    return _undoable_changes(tech).filter(undo__has_key="row").first()


def delete_expired(*, seconds: float) -> None:
    """Delete the values that only undo needs, once it is too late, for about that many seconds."""
    # A date in the future is due to a wrong clock, and undo would stay available until then.
    is_over = Q(at__lte=_earliest()) | Q(at__gt=timezone.now() + UNDO_FOR)
    expired = Action.objects.filter(is_over, keeps_undo=True).order_by("at")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        chosen = list(expired.values_list("pk", flat=True)[:_ACTIONS_AT_ONCE])
        Change.objects.filter(action__in=chosen).update(undo=None)
        if not Action.objects.filter(pk__in=chosen).update(keeps_undo=False):
            return


def _undoable_changes(tech: Tech) -> QuerySet[Change]:
    changes = Change.objects.filter(object=ObjectKind.TECHNOLOGY, object_id=tech.pk, action__in=undoable())
    return changes.select_related("action").order_by("-pk")


def _locked(ids: Collection[int]) -> dict[int, Tech]:
    return {row.pk: row for row in Tech.objects.select_for_update().filter(pk__in=ids).order_by("pk")}


def _undo(change: Change, rows: Mapping[int, Tech], undone: Undone) -> Change | None:
    """Undo a change, add its row to the others, and return the change that this makes."""
    if change.undo is None or change.object != ObjectKind.TECHNOLOGY:
        raise Action.DoesNotExist
    if "row" in change.undo:
        row = _bring_back(change.undo)
        undone.restored.append(row)
        return recording.of_tech(row, recording.differences({}, row.recorded_values))
    if (found := rows.get(change.object_id)) is None:
        raise Tech.DoesNotExist
    return _undo_on(found, change, undone)


def _undo_on(row: Tech, change: Change, undone: Undone) -> Change | None:
    values = row.recorded_values
    if not _is_current(change, values) or _has_changed_since(change):
        raise ChangedMeanwhile(row.name)
    if _is_addition(change):
        if row.services:
            raise InUse(row.services, name=row.name)
        undone.removed.append(row)
        return recording.of_tech(row, recording.differences(values, {}))
    _change_back(row, {field: before for field, (before, _) in change.fields.items()})
    _withdraw(change.undo or {})
    if "name" in change.fields:
        note_return([row.name_key])
        if (later := name_key(change.fields["name"][1])) != row.name_key:
            _leave_again([later], at=change.at)
    undone.changed.append(row)
    return recording.of_tech(row, recording.differences(values, row.recorded_values))


def _bring_back(undo: Mapping[str, Any]) -> Tech:
    row = cast(Tech, next(iter(serializers.deserialize("json", undo["row"], ignorenonexistent=True))).object)
    if Tech.objects.filter(name_key=row.name_key).exists():
        raise AlreadyListed(row.name)
    # Services may have come and gone since.
    row.services, row.service_impact, row.versions, row.lowest_version = 0, "", None, ""
    note_edit(row)
    assess_and_save(row)
    for name, model in _REFERRING.items():
        model._default_manager.filter(pk__in=undo.get(name, ())).update(tech=row)  # noqa: SLF001  documented
    index_tags(row)
    _withdraw(undo)
    note_return([row.name_key])
    return row


def _take_away(rows: Sequence[Tech], *, at: datetime) -> None:
    """Remove rows that were added at that time."""
    # Unlike row.delete(), this keeps the ids of the rows in the result.
    Tech.objects.filter(pk__in=[row.pk for row in rows]).delete()
    _leave_again([row.name_key for row in rows], at=at)


def _change_back(row: Tech, before: dict[str, Any]) -> None:
    if not (before.get("by_hand", True) or row.services):
        raise NotInUse
    if name := before.get("name"):
        _rename_back(row, name)
    if review_on := before.get("override_review_on"):
        before["override_review_on"] = date.fromisoformat(review_on)
    save_edit(row, before)


def _rename_back(row: Tech, name: str) -> None:
    key = name_key(name)
    if key == row.name_key:
        return
    if row.services:
        raise InUse(row.services, name=row.name)
    if Tech.objects.filter(name_key=key).exclude(pk=row.pk).exists():
        raise AlreadyListed(name)
    row.name_key, row.cycle_key = key, ""


def _withdraw(undo: Mapping[str, Any]) -> None:
    """Delete the entry of a version that was changed by hand, unless the version has returned since."""
    if undo.get("resolved"):
        Resolved.objects.filter(pk=undo["resolved"], returned_at=None).delete()


def _leave_again(keys: Collection[str], *, at: datetime) -> None:
    """Let technologies that had left the list, and that a change brought back at that time, count as gone again."""
    returned = Resolved.objects.filter(name_key__in=keys, returned_at__range=(at - _ONE_TRANSACTION, at))
    returned.update(returned_at=None)


def _is_current(change: Change, values: Mapping[str, Any]) -> bool:
    """Return True if the changed fields still have the values of the change."""
    return all(values.get(name) == after for name, (_, after) in change.fields.items())


def _has_changed_since(change: Change) -> bool:
    # Usages by services are checked on their own.
    of_object = Change.objects.filter(object=change.object, object_id=change.object_id, service_id=None)
    later = of_object.filter(pk__gt=change.pk)
    standing = later.filter(action__undone_at=None).exclude(action__kind=ActionKind.UNDONE)
    # Uploads also record versions, which concern only their services.
    concerned = set(Tech().recorded_values) if _is_addition(change) else set(change.fields)
    return any(not concerned.isdisjoint(fields) for fields in standing.values_list("fields", flat=True))


def _is_addition(change: Change) -> bool:
    return "name" in change.fields and change.fields["name"][0] is None


def _earliest() -> datetime:
    return timezone.now() - UNDO_FOR
