"""Delete old actions."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from techs.models import Action, Change

logger = logging.getLogger(__name__)

# Rows deleted per transaction.
_ACTIONS = 100
_CHANGES = 500


def delete_old(*, seconds: float) -> int:
    """Delete actions of more than ACTIVITY_DAYS days ago, for about that many seconds. Return their number."""
    deadline = time.monotonic() + seconds
    old = Action.objects.filter(at__lt=timezone.now() - timedelta(days=settings.ACTIVITY_DAYS)).order_by("at")
    deleted = 0
    while time.monotonic() < deadline and (chosen := list(old.values_list("pk", flat=True)[:_ACTIONS])):
        deleted += _delete_some(chosen)
    if deleted:
        logger.info("Deleted %d actions of %d days ago.", deleted, settings.ACTIVITY_DAYS)
    return deleted


def _delete_some(actions: list[int]) -> int:
    """Delete some changes of these actions, and the actions once they have none. Return the number of actions."""
    changes = list(Change.objects.filter(action__in=actions).values_list("pk", flat=True)[:_CHANGES])
    Change.objects.filter(pk__in=changes).delete()
    if len(changes) == _CHANGES:
        return 0
    Action.objects.filter(pk__in=actions).delete()
    return len(actions)
