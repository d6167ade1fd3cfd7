"""Changes that people make to the list: edit() and remove(). Each invalidates the cached list.

The previous values are kept for a while, for techs.inventory.undo.
"""

from typing import Any

from django.db.models import Max
from django.utils import timezone

from techs import cache
from techs.assessment.assessor import Assessor
from techs.inventory.invalidation import schedule_invalidation
from techs.models import Edit, Removal, Submission, Tech, TechTag
from techs.rules.attributes import EDITABLE
from techs.rules.text import name_key
from techs.transactions import in_transaction
from techs.webhooks import events


def edit(tech: Tech, *, text: str | None = None, **changes: Any) -> Tech:
    """Change fields of a technology, or correct its text, and assess it with that at once.

    text and changes, which are any of EDITABLE, are clean (techs.rules.attributes). Where the list has the text
    already, this row gives way to that one, which takes the changes. Returns the row that stays. Raises RedisError
    before anything is changed if the cache is away, and Tech.DoesNotExist if the row is gone.
    """
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    cache.invalidate()

    def change() -> Tech:
        row = Tech.objects.select_for_update().get(pk=tech.pk)
        before = row.editable_values
        if text is not None and (twin := _correct(row, text)):
            row, before = twin, twin.editable_values
        save_edit(row, changes)
        Edit.keep(row, before=before)
        return row

    return in_transaction(change)


def remove(tech: Tech) -> Removal | None:
    """Remove a technology. Return the removal that undo.restore() takes, or None if it was gone already.

    Raises RedisError before anything is changed if the cache is away.
    """
    cache.invalidate()

    def delete() -> Removal | None:
        row = Tech.objects.select_for_update().filter(pk=tech.pk).first()
        return None if row is None else remove_row(row)

    return in_transaction(delete)


def remove_row(row: Tech) -> Removal:
    """Part of a transaction, with the row locked: remove it, and keep it for undo."""
    removal = Removal.keep(row)
    row.delete()
    schedule_invalidation()
    return removal


def save_edit(tech: Tech, changes: dict[str, Any]) -> None:
    """Part of a transaction, with the row locked: change fields, and assess the row with them."""
    for field, value in changes.items():
        setattr(tech, field, value)
    note_edit(tech)
    assess_and_save(tech)
    if "tags" in changes:
        index_tags(tech)
    schedule_invalidation()


def note_edit(tech: Tech) -> None:
    """Part of a transaction, with the row locked: from now on, submissions accepted before are older than this edit.

    Whatever was accepted before the edit began is committed, so it is counted. A submission that is being written just
    now may have a number on either side. Its sender has no answer yet, so it may come before the edit as well as after.
    """
    tech.edited_at = timezone.now()
    tech.edited_after = Submission.objects.aggregate(newest=Max("pk"))["newest"] or 0


def assess_and_save(tech: Tech) -> None:
    """Part of a transaction: assess the row as of today, save it, and record its change of level if there is one."""
    change = Assessor.current().assess(tech)
    tech.owner_key = name_key(tech.owner)
    tech.save()
    if change:
        change.save()
        events.note_changes([change])


def index_tags(tech: Tech) -> None:
    """Have the row found by its tags, and by no others."""
    TechTag.objects.filter(tech=tech).exclude(tag__in=tech.tags).delete()
    TechTag.objects.bulk_create([TechTag(tech=tech, tag=tag) for tag in tech.tags], ignore_conflicts=True)


def _correct(tech: Tech, text: str) -> Tech | None:
    """Correct its text, unsaved. Where another row has that text already this one is gone, and that one returned."""
    key = name_key(text)
    twin = Tech.objects.select_for_update().filter(name_key=key).exclude(pk=tech.pk).first()
    if twin:
        Removal.keep(tech, gave_way_to=twin)
        tech.delete()
        return twin
    tech.name, tech.name_key = text, key
    return None
