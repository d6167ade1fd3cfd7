"""Undo recent actions on technologies. Like any other write, it invalidates the cached list, and is recorded."""

import time
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from techs import cache
from techs.activity import recording
from techs.inventory.invalidation import schedule_invalidation
from techs.inventory.reverting import Reverting, Undone, is_current
from techs.models import UNDO_FOR, Action, ActionKind, Change, ObjectKind, Tech
from techs.transactions import in_transaction

_ACTIONS_AT_ONCE = 20


def undo(pk: int, *, partly: bool = False) -> Undone:
    """Undo an action made less than UNDO_FOR ago, and assess its technologies again.

    All its changes are undone, or none. With partly, those are kept that cannot be undone, unless they depend on
    others. Raises Action.DoesNotExist if it is too late or already undone, Tech.DoesNotExist if a technology was
    removed, ChangedMeanwhile if the same fields changed again, AlreadyListed if a text was added again, InUse or
    NotInUse if services came or went, and RedisError, before any change, if the cache is unavailable.
    """
    cache.invalidate()

    def change_back() -> Undone:
        action = undoable().select_for_update().get(pk=pk)
        changes = list(action.changes.order_by("-pk"))
        reverting = Reverting(changes)
        revert = reverting.revert_if_possible if partly and are_separate(changes) else reverting.revert
        made = [revert(change) for change in changes]
        if reverting.obstacle and not reverting.undone.count:
            raise reverting.obstacle
        reverting.save(at=action.at)
        Action.objects.filter(pk=pk).update(undone_at=timezone.now())
        recording.record(ActionKind.UNDONE, made)
        schedule_invalidation()
        return reverting.undone

    return in_transaction(change_back)


def are_separate(changes: Collection[Change]) -> bool:
    """Return True if none of these changes of an action depends on another one, as those of a merged row do."""
    removals = sum("row" in (change.undo or {}) for change in changes)
    return removals in (0, len(changes))


def undoable() -> QuerySet[Action]:
    return Action.objects.filter(keeps_undo=True, undone_at=None, at__gt=_earliest())


def last_edit(tech: Tech) -> Change | None:
    """Return the newest edit of a technology, with its action, if it can still be undone."""
    edit = _undoable_changes(tech).filter(undo__has_key="resolved").first()
    return edit if edit and is_current(edit, tech.recorded_values) else None


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


def _earliest() -> datetime:
    return timezone.now() - UNDO_FOR
