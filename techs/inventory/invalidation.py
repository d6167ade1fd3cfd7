"""Invalidating the cached list after a change that is not a submission.

A PendingInvalidation is written in the change's own transaction and deleted once the cached pages are invalid. The
sweep takes care of those whose writer died, or lost the cache, in between.
"""

import logging
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q
from django.utils import timezone
from redis.exceptions import RedisError

from techs import cache
from techs.models import PendingInvalidation

logger = logging.getLogger(__name__)

# A change whose pages are not invalid after this time is left to the sweep.
_RETRY_AFTER = timedelta(seconds=2)
_RETRY_AT_ONCE = 1000


def schedule_invalidation() -> None:
    """The last step of a transaction that changes the list: invalidate the cached pages once it is committed."""
    pending = PendingInvalidation.objects.create()
    transaction.on_commit(lambda: _invalidate(pending))


def retry_invalidations() -> int:
    """The sweep: invalidate the cached list for changes whose writer could not. Return how many there were.

    Without the cache they stay for the next sweep.
    """
    now = timezone.now()
    # The writer of a change in the future had another clock: once too often does no harm.
    overdue = Q(at__lt=now - _RETRY_AFTER) | Q(at__gt=now)
    pending = list(PendingInvalidation.objects.filter(overdue).values_list("pk", flat=True)[:_RETRY_AT_ONCE])
    if not pending:
        return 0
    try:
        cache.invalidate()
    except RedisError as error:
        logger.warning("%d changes of the list wait for the cache: %s", len(pending), error)
        return 0
    PendingInvalidation.objects.filter(pk__in=pending).delete()
    return len(pending)


def show_new_lifecycle_data() -> None:
    """Invalidate the cached pages, for they name the date of the data; the sweep does it if the cache is away."""
    try:
        schedule_invalidation()
    except RedisError as error:
        logger.warning("The pages show the lifecycle data of before until the cache is back: %s", error)


def _invalidate(pending: PendingInvalidation) -> None:
    cache.invalidate()
    try:
        pending.delete()
    except (DatabaseError, InterfaceError):
        logger.warning("The database went away after a change: the cached list will be invalidated once more.")
