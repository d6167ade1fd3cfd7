"""Edit and remove technologies. Each change invalidates the cached list.

Each change is recorded, with the values that techs.inventory.undo needs to take it back.
"""

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone

from techs import cache
from techs.activity import recording
from techs.assessment import date_changes
from techs.assessment.assessor import ASSESSED_FIELDS, Assessor
from techs.exceptions import InUse, NotInUse
from techs.inventory import search, summaries, upgrading
from techs.inventory.invalidation import schedule_invalidation
from techs.models import Action, ActionKind, Change, LevelChange, Resolved, Submission, Tech, TechTag
from techs.rules.attributes import EDITABLE
from techs.rules.kinds import Kind
from techs.rules.text import name_key
from techs.transactions import in_transaction, update
from techs.webhooks import events

_BATCH = 250  # rows per INSERT
LABELS = {"owner", "tags"}
_LABELLED = [*sorted(LABELS), "owner_key", "edited_at", "edited_after"]
_EDITED = ["name", *EDITABLE, "kind", "by_hand", "owner_key", "edited_at", "edited_after"]


def edit(tech: Tech, *, text: str | None = None, by: str = "", **changes: Any) -> Tech:
    """Change the text or other EDITABLE fields of a technology, and assess it again.

    text and changes must be clean (techs.rules.attributes). by_hand lets a row stay on the list without services, or
    leave with the last one. If another row already has the text, the two become one, with the owner, tags, notes and
    history of both. A version that another one replaces stays as resolved, with the user who changed it (by). Returns
    the remaining row. Raises RedisError, before any change, if the cache is unavailable, Tech.DoesNotExist if the row
    was deleted, InUse if services use a row to be renamed, and NotInUse if a row without services would leave.
    """
    unknown = changes.keys() - {*EDITABLE, "by_hand"}
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    cache.invalidate()

    def change() -> Tech:
        row = Tech.objects.select_for_update().get(pk=tech.pk)
        if not (changes.get("by_hand", True) or row.services):
            raise NotInUse
        if text is not None:
            return _change_text(row, text, changes, by=by)
        if not changes:
            return row  # not an edit, so older submissions still count
        before = row.recorded_values
        save_edit(row, changes)
        recording.record(ActionKind.CHANGED, [_changed(row, before)])
        schedule_invalidation()
        return row

    return in_transaction(change)


def remove(tech: Tech) -> Action | None:
    """Remove a technology. Return the action for undo.undo(), or None if it was already gone.

    Raises RedisError, before any change, if the cache is unavailable, and InUse if services use it.
    """
    cache.invalidate()

    def delete() -> Action | None:
        row = Tech.objects.select_for_update().filter(pk=tech.pk).first()
        return None if row is None else remove_row(row)

    return in_transaction(delete)


def remove_row(row: Tech) -> Action | None:
    """Remove a row and store it for undo. Call inside a transaction, with the row locked. Raises InUse."""
    check_unused(row)
    action = recording.record(ActionKind.REMOVED, recording.of_removed(row))
    row.delete()
    schedule_invalidation()
    return action


def check_unused(row: Tech) -> None:
    """Raise InUse if services use the row, because their uploads would bring it back."""
    if row.services:
        raise InUse(row.services)


def save_edit(tech: Tech, changes: dict[str, Any]) -> None:
    """Change fields and assess the row. Call inside a transaction, with the row locked."""
    for field, value in changes.items():
        setattr(tech, field, value)
    note_edit(tech)
    assess_and_save(tech)
    if "tags" in changes:
        index_tags(tech)


def note_edit(*techs: Tech) -> None:
    """Record that all submissions so far are older than this edit. Call inside a transaction, with the rows locked.

    A submission that is being written concurrently may count as older or newer. Its client has no response yet, so
    either order is correct.
    """
    newest = Submission.objects.aggregate(newest=Max("pk"))["newest"] or 0
    for tech in techs:
        tech.edited_at, tech.edited_after = timezone.now(), newest


def note_return(keys: Collection[str]) -> None:
    """Mark technologies that had left the list as returned. Call whenever rows of these names are added."""
    Resolved.objects.filter(name_key__in=keys, returned_at=None).update(returned_at=timezone.now())


def assess_and_save(tech: Tech) -> None:
    """Assess the row as of today, save it, and record changes of its level and dates. Call inside a transaction."""
    if is_new := tech.pk is None:
        note_return([tech.name_key])
    assessor = Assessor.current()
    moved = date_changes.concerning([tech], load=assessor.catalogue.load) if tech.basis else []
    place = summaries.place(tech) if tech.services else None
    change = assessor.assess(tech)
    tech.owner_key = name_key(tech.owner) if tech.owner else ""
    tech.save()
    index = search.index_new if is_new else search.index
    index([tech])
    if change:
        change.save()
        events.note_changes([change])
    if moved:
        date_changes.record(moved)
    if place and summaries.place(tech) != place:
        summaries.refresh(techs=[tech])


def save_edits(stored: Sequence[Tech], *, added: Sequence[Tech]) -> None:
    """Assess and save many edited rows, as save_edit() does one, but with few queries.

    stored: locked rows with their new values, whose summaries the caller refreshes. added: rows to insert with the ids
    that they have.
    """
    if not (rows := [*stored, *added]):
        return
    note_edit(*rows)
    assessor = Assessor.current()
    moved = date_changes.concerning(rows, load=assessor.catalogue.load)
    changes = [change for change in map(assessor.assess, rows) if change]
    for row in rows:
        row.owner_key = name_key(row.owner) if row.owner else ""
    update(Tech, stored, [*_EDITED, *ASSESSED_FIELDS, "assessed_at", "basis"])
    Tech.objects.bulk_create(added, batch_size=_BATCH)
    search.index(rows)
    LevelChange.objects.bulk_create(changes, batch_size=_BATCH)
    events.note_changes(changes)
    if moved:
        date_changes.record(moved)


def save_labels(stored: Sequence[Tech]) -> None:
    """Save the LABELS of locked rows, on which no assessment depends."""
    note_edit(*stored)
    for row in stored:
        row.owner_key = name_key(row.owner) if row.owner else ""
    Tech.objects.update_each(stored, _LABELLED, batch_size=_BATCH)


def index_tags(*techs: Tech) -> None:
    wanted = {(tech.pk, tag) for tech in techs for tag in tech.tags}
    index = TechTag.objects.filter(tech__in=[tech.pk for tech in techs])
    stored = {(tech, tag): pk for pk, tech, tag in index.values_list("pk", "tech_id", "tag")}
    TechTag.objects.filter(pk__in=[pk for place, pk in stored.items() if place not in wanted]).delete()
    missing = [TechTag(tech_id=tech, tag=tag) for tech, tag in sorted(wanted - stored.keys())]
    TechTag.objects.bulk_create(missing, batch_size=_BATCH, ignore_conflicts=True)


def _change_text(row: Tech, text: str, changes: dict[str, Any], *, by: str) -> Tech:
    """Set the text. If another row already has it, remove this one, and move its tags, note and history there."""
    former, removed = copy.copy(row), None
    if name_key(text) != row.name_key:
        check_unused(row)
    if twin := Tech.objects.select_for_update().filter(name_key=name_key(text)).exclude(pk=row.pk).first():
        [removed] = recording.of_removed(row)
        upgrading.move_history(row, twin)
        row.delete()
        row, changes = twin, upgrading.merged(former, twin) | changes | {"by_hand": True}
    before = row.recorded_values
    if not twin:
        _rename(row, text)
    row.kind = Kind.TRACKED
    save_edit(row, changes)
    resolved = upgrading.record(former, row, by=by)
    kind = ActionKind.RESOLVED if resolved else ActionKind.REMOVED if removed else ActionKind.CHANGED
    if removed and resolved:
        removed.undo = {**(removed.undo or {}), "resolved": resolved.pk}
    recording.record(kind, [removed, _changed(row, before, resolved=resolved)])
    schedule_invalidation()
    return row


def _rename(row: Tech, text: str) -> None:
    key = name_key(text)
    if key != row.name_key:
        row.cycle_key = ""  # of another technology, whose dates no longer concern this row
        note_return([key])
    row.name, row.name_key = text, key


def _changed(row: Tech, before: Mapping[str, Any], *, resolved: Resolved | None = None) -> Change | None:
    """Return the change of an edit, with the entry of the version that it replaced."""
    undo = {"resolved": resolved.pk if resolved else None}
    return recording.of_tech(row, recording.differences(before, row.recorded_values), undo=undo)
