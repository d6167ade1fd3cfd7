"""Undo recent edits and removals. Like any other write, it invalidates the cached list."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.core import serializers
from django.db.models import Q, QuerySet
from django.utils import timezone

from techs import cache
from techs.exceptions import AlreadyListed, ChangedMeanwhile
from techs.inventory import upgrading
from techs.inventory.editing import assess_and_save, check_unused, index_tags, note_edit, note_return, save_edit
from techs.inventory.invalidation import schedule_invalidation
from techs.models import UNDO_FOR, Edit, LevelChange, Removal, Submission, Tech, TechDateChange
from techs.rules.text import name_key
from techs.transactions import in_transaction


def restore(uuid: UUID) -> Tech:
    """Restore a technology removed less than UNDO_FOR ago, with its history, and assess it again.

    Raises Removal.DoesNotExist if it is too late or already undone, AlreadyListed if its text was added again, and
    RedisError, before any change, if the cache is unavailable.
    """
    cache.invalidate()

    def bring_back() -> Tech:
        removal = removals().select_for_update().get(uuid=uuid)
        row = cast(Tech, next(iter(serializers.deserialize("json", removal.row, ignorenonexistent=True))).object)
        if Tech.objects.filter(name_key=row.name_key).exists():
            raise AlreadyListed
        # Services may have come and gone since.
        row.services, row.service_impact, row.versions, row.lowest_version = 0, "", None, ""
        note_edit(row)
        assess_and_save(row)
        LevelChange.objects.filter(pk__in=removal.level_changes).update(tech=row)
        TechDateChange.objects.filter(pk__in=removal.date_changes).update(tech=row)
        Submission.objects.filter(pk__in=removal.submissions).update(tech=row)
        index_tags(row)
        _separate(removal)
        note_return([row.name_key])
        removal.delete()
        schedule_invalidation()
        return row

    return in_transaction(bring_back)


def revert(uuid: UUID) -> Tech:
    """Revert an edit made less than UNDO_FOR ago, and assess the technology again.

    Raises Edit.DoesNotExist if it is too late or already undone, ChangedMeanwhile if the same fields changed again,
    AlreadyListed if its text was added again, InUse if services use it under its new text, and RedisError, before any
    change, if the cache is unavailable.
    """
    cache.invalidate()

    def change_back() -> Tech:
        edit = edits().select_for_update().get(uuid=uuid)
        row = Tech.objects.select_for_update().get(pk=edit.tech_id)
        if not edit.is_current(row):
            raise ChangedMeanwhile
        if name := edit.before.get("name"):
            check_unused(row)
            row.name_key, row.cycle_key = name_key(name), ""
            if Tech.objects.filter(name_key=row.name_key).exclude(pk=row.pk).exists():
                raise AlreadyListed
        save_edit(row, edit.values_before)
        if name:
            upgrading.withdraw(row.name_key)
            note_return([row.name_key])
        edit.delete()
        return row

    return in_transaction(change_back)


def last_edit(tech: Tech) -> Edit | None:
    """Return the newest edit of a technology if it can still be undone."""
    edit = edits().filter(tech=tech).first()
    return edit if edit and edit.is_current(tech) else None


def removals() -> QuerySet[Removal]:
    return Removal.objects.filter(removed_at__gt=_earliest())


def edits() -> QuerySet[Edit]:
    return Edit.objects.filter(made_at__gt=_earliest())


def can_be_undone(uuid: UUID) -> bool:
    return removals().filter(uuid=uuid).exists() or edits().filter(uuid=uuid).exists()


def delete_expired() -> None:
    # A date in the future is due to a wrong clock, and undo would stay available until then.
    until = timezone.now() + UNDO_FOR
    Removal.objects.filter(Q(removed_at__lte=_earliest()) | Q(removed_at__gt=until)).delete()
    Edit.objects.filter(Q(made_at__lte=_earliest()) | Q(made_at__gt=until)).delete()


def _separate(removal: Removal) -> None:
    """Take back what the row that replaced a removed one got from it, and the entry that it was resolved."""
    if removal.gave_way_to_id is None:
        return
    upgrading.withdraw(name_key(removal.name))
    row = Tech.objects.select_for_update().filter(pk=removal.gave_way_to_id).first()
    edit = last_edit(row) if row else None
    if row and edit and edit.made_at >= removal.removed_at:
        save_edit(row, edit.values_before)
        edit.delete()


def _earliest() -> datetime:
    return timezone.now() - UNDO_FOR
