"""Revert the changes of an action: in memory first, then with a number of queries that hardly depends on theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, cast

from django.core import serializers

from techs import bulk
from techs.activity import recording
from techs.exceptions import AlreadyListed, ChangedMeanwhile, InUse, NotInUse
from techs.inventory import summaries
from techs.inventory.editing import LABELS, index_tags, note_return, save_edits, save_labels
from techs.models import (
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

# An addition marks its technology as returned in the transaction that records it.
_ONE_TRANSACTION = timedelta(seconds=10)
_BATCH = 250  # rows per UPDATE
# The rows that referred to a removed one, by their names in Change.undo.
_REFERRING = {
    "level_changes": LevelChange,
    "date_changes": TechDateChange,
    "usage_changes": UsageChange,
    "submissions": Submission,
}

GONE = "It is no longer on the list."
_OBSTACLES = (AlreadyListed, ChangedMeanwhile, InUse, NotInUse, Tech.DoesNotExist)

_Later: TypeAlias = dict[int, list[tuple[int, list[str]]]]
"""Ids and fields of changes, by id of the technology."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A technology whose change was not undone."""

    tech: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """The technologies of an action that was undone, as far as it was."""

    restored: list[Tech] = field(default_factory=list)
    changed: list[Tech] = field(default_factory=list)
    removed: list[Tech] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.restored) + len(self.changed) + len(self.removed)

    def count_each_once(self) -> None:
        """Leave out repeats. An import may have added a technology, and changed it in later transactions."""
        gone = {row.pk for row in self.removed}
        self.changed[:] = [row for row in _distinct(self.changed) if row.pk not in gone]

    @property
    def kept_count(self) -> int:
        return len(self.kept)


class Reverting:
    """The locked rows of an action. Call revert() for each of its changes, newest first, and then save()."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.undone = Undone()
        # Lock all rows first, in the same order as other writers.
        self._rows = _locked({change.object_id for change in changes})
        self._places = {pk: summaries.place(row) for pk, row in self._rows.items()}
        self._removed = {change.pk: _row_of(change.undo) for change in changes if change.undo and "row" in change.undo}
        self._later = _later_changes([change for change in changes if change.pk not in self._removed])
        self._listed = _listed([*(row.name_key for row in self._removed.values()), *_former_keys(changes)])
        self._restored_from: list[tuple[Tech, Mapping[str, Any]]] = []
        self._retagged: list[Tech] = []
        self._returned: list[Tech] = []
        self._gone: list[str] = []
        self._withdrawn: list[int] = []
        self._changes_labels_only = True
        self.obstacle: Exception | None = None

    def revert_if_possible(self, change: Change) -> Change | None:
        """Revert a change, or note why it is kept, with all older changes of the same row."""
        if any(each.tech == change.object_id for each in self.undone.kept):
            return None
        try:
            return self.revert(change)
        except _OBSTACLES as error:
            reason = GONE if isinstance(error, Tech.DoesNotExist) else str(error)
            self.undone.kept.append(Kept(change.object_id, change.name, reason))
            self.obstacle = self.obstacle or error
            return None

    def revert(self, change: Change) -> Change | None:
        """Revert a change, add its row to the others, and return the change that this makes."""
        if change.undo is None or change.object != ObjectKind.TECHNOLOGY:
            raise Action.DoesNotExist
        if change.pk in self._removed:
            return self._bring_back(self._removed[change.pk], change.undo)
        if (row := self._rows.get(change.object_id)) is None:
            raise Tech.DoesNotExist
        if not is_current(change, row.recorded_values) or self._has_changed_since(change):
            raise ChangedMeanwhile(row.name)
        return self._take_away(row) if _is_addition(change) else self._change_back(row, change)

    def save(self, *, at: datetime) -> None:
        """Write the rows of changes that were made at that time."""
        self.undone.count_each_once()
        restored, changed, removed = self.undone.restored, self.undone.changed, self.undone.removed
        if self._changes_labels_only and not restored:
            save_labels(changed)
        else:
            save_edits(changed, added=sorted(restored, key=lambda row: row.pk))
        _refer(self._restored_from)
        index_tags(*restored, *_distinct(self._retagged))
        # Delete the entries of versions that were changed by hand, unless the versions have returned since.
        Resolved.objects.filter(pk__in=self._withdrawn, returned_at=None).delete()
        # Unlike row.delete(), this keeps the ids of the rows in the result.
        Tech.objects.filter(pk__in=[row.pk for row in removed]).delete()
        _leave_again([*self._gone, *(row.name_key for row in removed)], at=at)
        note_return([row.name_key for row in [*restored, *self._returned]])
        summaries.refresh(techs=[row for row in changed if summaries.place(row) != self._places[row.pk]])

    def _bring_back(self, row: Tech, undo: Mapping[str, Any]) -> Change | None:
        self._list(row.name_key, name=row.name)
        # Services may have come and gone since.
        row.services, row.service_impact, row.versions, row.lowest_version = 0, "", None, ""
        self._restored_from.append((row, undo))
        self._withdraw(undo)
        self.undone.restored.append(row)
        return recording.of_tech(row, recording.differences({}, row.recorded_values))

    def _take_away(self, row: Tech) -> Change | None:
        if row.services:
            raise InUse(row.services, name=row.name)
        self.undone.removed.append(row)
        return recording.of_tech(row, recording.differences(row.recorded_values, {}))

    def _change_back(self, row: Tech, change: Change) -> Change | None:
        values, before = row.recorded_values, {field: before for field, (before, _) in change.fields.items()}
        if not (before.get("by_hand", True) or row.services):
            raise NotInUse
        if name := before.get("name"):
            self._rename_back(row, name)
        if review_on := before.get("override_review_on"):
            before["override_review_on"] = date.fromisoformat(review_on)
        for field_name, value in before.items():
            setattr(row, field_name, value)
        self._withdraw(change.undo or {})
        self._retagged += [row] if "tags" in before else []
        self._returned += [row] if "name" in before else []
        self._changes_labels_only = self._changes_labels_only and LABELS.issuperset(before)
        self.undone.changed.append(row)
        return recording.of_tech(row, recording.differences(values, row.recorded_values))

    def _rename_back(self, row: Tech, name: str) -> None:
        key = name_key(name)
        if key == row.name_key:
            return
        if row.services:
            raise InUse(row.services, name=row.name)
        self._list(key, name=name)
        self._listed.discard(row.name_key)
        self._gone.append(row.name_key)
        row.name_key, row.cycle_key = key, ""
        # Keys are unique, so each row gives its own up before another one takes it.
        Tech.objects.filter(pk=row.pk).update(name_key=key)

    def _list(self, key: str, *, name: str) -> None:
        if key in self._listed:
            raise AlreadyListed(name)
        self._listed.add(key)

    def _withdraw(self, undo: Mapping[str, Any]) -> None:
        self._withdrawn += [undo["resolved"]] if undo.get("resolved") else []

    def _has_changed_since(self, change: Change) -> bool:
        # Uploads also record versions, which concern only their services.
        concerned = set(Tech().recorded_values) if _is_addition(change) else set(change.fields)
        later = self._later.get(change.object_id, ())
        return any(pk > change.pk and not concerned.isdisjoint(fields) for pk, fields in later)


def is_current(change: Change, values: Mapping[str, Any]) -> bool:
    """Return True if the changed fields still have the values of the change."""
    return all(values.get(name) == after for name, (_, after) in change.fields.items())


def _is_addition(change: Change) -> bool:
    return "name" in change.fields and change.fields["name"][0] is None


def _locked(ids: Collection[int]) -> dict[int, Tech]:
    return {row.pk: row for row in Tech.objects.select_for_update().filter(pk__in=ids).order_by("pk")}


def _row_of(undo: Mapping[str, Any]) -> Tech:
    row = cast(Tech, next(iter(serializers.deserialize("json", undo["row"], ignorenonexistent=True))).object)
    row.words_key = ""  # its words left with it
    return row


def _later_changes(changes: Sequence[Change]) -> _Later:
    """Return the changes of the same rows after the first of these. Undone ones and usages by services do not count."""
    first = min((change.pk for change in changes), default=0)
    ids = {change.object_id for change in changes}
    # Those of the same action are reverted before.
    own = {change.action_id for change in changes}
    of_rows = Change.objects.filter(object=ObjectKind.TECHNOLOGY, object_id__in=ids, service_id=None, pk__gt=first)
    standing = of_rows.filter(action__undone_at=None).exclude(action__kind=ActionKind.UNDONE).exclude(action__in=own)
    later: _Later = {}
    for row, pk, fields in standing.values_list("object_id", "pk", "fields"):
        later.setdefault(row, []).append((pk, list(fields)))
    return later


def _former_keys(changes: Sequence[Change]) -> list[str]:
    names = [change.fields["name"][0] for change in changes if "name" in change.fields]
    return [name_key(name) for name in names if name]


def _listed(keys: Collection[str]) -> set[str]:
    return set(Tech.objects.filter(name_key__in=keys).values_list("name_key", flat=True))


def _refer(restored: Sequence[tuple[Tech, Mapping[str, Any]]]) -> None:
    """Let rows refer to restored technologies again, as far as they still exist."""
    for name, model in _REFERRING.items():
        rows = [model(pk=pk, tech=tech) for tech, undo in restored for pk in undo.get(name, ())]
        rows.sort(key=lambda row: row.pk)
        bulk.update_each(rows, ["tech"], batch_size=_BATCH)


def _leave_again(keys: Collection[str], *, at: datetime) -> None:
    """Let technologies that had left the list, and that an action brought back, count as gone again.

    at: when the action began, which for an import may be long before its last transaction.
    """
    returned = Resolved.objects.filter(name_key__in=keys, returned_at__gte=at - _ONE_TRANSACTION)
    returned.update(returned_at=None)


def _distinct(rows: Sequence[Tech]) -> list[Tech]:
    return list({row.pk: row for row in rows}.values())
