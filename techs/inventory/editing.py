"""Edit and remove technologies. Each change invalidates the cached list.

The previous values are stored for a while, so that techs.inventory.undo can restore them.
"""

import copy
from collections.abc import Collection
from typing import Any

from django.db.models import Max
from django.utils import timezone

from techs import cache
from techs.assessment import date_changes
from techs.assessment.assessor import Assessor
from techs.exceptions import InUse, NotInUse
from techs.inventory import summaries, upgrading
from techs.inventory.invalidation import schedule_invalidation
from techs.models import Edit, Removal, Resolved, Submission, Tech, TechTag
from techs.rules.attributes import EDITABLE
from techs.rules.kinds import Kind
from techs.rules.text import name_key
from techs.transactions import in_transaction
from techs.webhooks import events


def edit(tech: Tech, *, text: str | None = None, by: str = "", **changes: Any) -> Tech:
    """Change the text or other EDITABLE fields of a technology, and assess it again.

    text and changes must be clean (techs.rules.attributes). If another row already has the text, the two become one,
    with the owner, tags, notes and history of both. A version that another one replaces stays as resolved, with the
    user who changed it (by). Returns the remaining row. Raises RedisError, before any change, if the cache is
    unavailable, Tech.DoesNotExist if the row was deleted, and InUse if services use a row to be renamed.
    """
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    cache.invalidate()

    def change() -> Tech:
        row = Tech.objects.select_for_update().get(pk=tech.pk)
        if text is not None:
            return _change_text(row, text, changes, by=by)
        before = row.editable_values
        save_edit(row, changes)
        Edit.record(row, before=before)
        return row

    return in_transaction(change)


def keep(tech: Tech, *, by_hand: bool) -> None:
    """Let a row stay on the list without services, or leave with the last one.

    Raises RedisError, before any change, if the cache is unavailable, NotInUse if it would leave now, and
    Tech.DoesNotExist if it was deleted.
    """
    cache.invalidate()

    def change() -> None:
        row = Tech.objects.select_for_update().get(pk=tech.pk)
        if not (by_hand or row.services):
            raise NotInUse
        row.by_hand = by_hand
        row.save(update_fields=["by_hand"])
        schedule_invalidation()

    in_transaction(change)


def remove(tech: Tech) -> Removal | None:
    """Remove a technology. Return the removal for undo.restore(), or None if it was already gone.

    Raises RedisError, before any change, if the cache is unavailable, and InUse if services use it.
    """
    cache.invalidate()

    def delete() -> Removal | None:
        row = Tech.objects.select_for_update().filter(pk=tech.pk).first()
        return None if row is None else remove_row(row)

    return in_transaction(delete)


def remove_row(row: Tech) -> Removal:
    """Remove a row and store it for undo. Call inside a transaction, with the row locked. Raises InUse."""
    check_unused(row)
    removal = Removal.record(row)
    row.delete()
    schedule_invalidation()
    return removal


def check_unused(row: Tech) -> None:
    """Raise InUse if services use the row, because it belongs to what they upload."""
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
    schedule_invalidation()


def note_edit(tech: Tech) -> None:
    """Record that all submissions so far are older than this edit. Call inside a transaction, with the row locked.

    A submission that is being written concurrently may count as older or newer. Its client has no response yet, so
    either order is correct.
    """
    tech.edited_at = timezone.now()
    tech.edited_after = Submission.objects.aggregate(newest=Max("pk"))["newest"] or 0


def note_return(keys: Collection[str]) -> None:
    """Mark technologies that had left the list as returned. Call whenever rows of these names are added."""
    Resolved.objects.filter(name_key__in=keys, returned_at=None).update(returned_at=timezone.now())


def assess_and_save(tech: Tech) -> None:
    """Assess the row as of today, save it, and record changes of its level and dates. Call inside a transaction."""
    if tech.pk is None:
        note_return([tech.name_key])
    assessor = Assessor.current()
    moved = date_changes.concerning([tech], load=assessor.catalogue.load) if tech.basis else []
    place = summaries.place(tech)
    change = assessor.assess(tech)
    tech.owner_key = name_key(tech.owner) if tech.owner else ""
    tech.save()
    if change:
        change.save()
        events.note_changes([change])
    if moved:
        date_changes.record(moved)
    if tech.services and summaries.place(tech) != place:
        summaries.refresh(techs=[tech])


def index_tags(tech: Tech) -> None:
    TechTag.objects.filter(tech=tech).exclude(tag__in=tech.tags).delete()
    TechTag.objects.bulk_create([TechTag(tech=tech, tag=tag) for tag in tech.tags], ignore_conflicts=True)


def _change_text(row: Tech, text: str, changes: dict[str, Any], *, by: str) -> Tech:
    former = copy.copy(row)
    twin = _rename(row, text)
    before = (twin or former).editable_values
    if twin:
        row, changes = twin, upgrading.merged(former, twin) | changes
        row.by_hand = True
    row.kind = Kind.TRACKED
    save_edit(row, changes)
    upgrading.record(former, row, by=by)
    Edit.record(row, before=before)
    return row


def _rename(tech: Tech, text: str) -> Tech | None:
    """Set the text, unsaved. If another row already has it, delete this one and return the other."""
    key = name_key(text)
    if key != tech.name_key:
        check_unused(tech)
    twin = Tech.objects.select_for_update().filter(name_key=key).exclude(pk=tech.pk).first()
    if twin:
        Removal.record(tech, gave_way_to=twin)
        upgrading.move_history(tech, twin)
        tech.delete()
        return twin
    if key != tech.name_key:
        tech.cycle_key = ""  # of another technology, whose dates no longer concern this row
        note_return([key])
    tech.name, tech.name_key = text, key
    return None
