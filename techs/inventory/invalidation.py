"""Invalidate the cached list after changes other than submissions.

Each change commits a PendingInvalidation in its own transaction and deletes it once the cached pages are invalid. If
the writer dies or the cache fails in between, the sweep invalidates the pages.
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

# The sweep retries invalidations that are still pending after this time.
_RETRY_AFTER = timedelta(seconds=2)
_RETRY_AT_ONCE = 1000


def schedule_invalidation() -> None:
    """Invalidate the cached pages on commit. Call as the last step of a transaction that changes the list."""
    pending = PendingInvalidation.objects.create()
    transaction.on_commit(lambda: _invalidate(pending))


def schedule_for_access() -> None:
    """Invalidate the cached pages on commit of a change of access. If the cache is unavailable, the sweep retries.

    Nothing is raised, because the change is complete: until the cache is back, each request is checked anyway.
    """
    pending = PendingInvalidation.objects.create()
    transaction.on_commit(lambda: _invalidate_or_leave(pending))


def retry_invalidations() -> int:
    """Invalidate the cached list for changes whose writer failed to do so. Return the number of such changes.

    If the cache is unavailable, they stay pending until the next sweep.
    """
    now = timezone.now()
    # A date in the future is due to a wrong clock. Invalidating too often is harmless.
    overdue = Q(at__lt=now - _RETRY_AFTER) | Q(at__gt=now)
    pending = list(PendingInvalidation.objects.filter(overdue).values_list("pk", flat=True)[:_RETRY_AT_ONCE])
    if not pending:
        return 0
    try:
        cache.invalidate()
    except RedisError as error:
        logger.warning("%d changes to the list are waiting for the cache: %s", len(pending), error)
        return 0
    PendingInvalidation.objects.filter(pk__in=pending).delete()
    return len(pending)


def show_new_lifecycle_data() -> None:
    """Invalidate the cached pages, which show the data's date. If the cache is unavailable, the sweep retries."""
    try:
        schedule_invalidation()
    except RedisError as error:
        logger.warning("Pages may show the previous lifecycle data until the cache is back: %s", error)


def _invalidate_or_leave(pending: PendingInvalidation) -> None:
    try:
        _invalidate(pending)
    except RedisError as error:
        logger.warning("A change of access is waiting for the cache: %s", error)


def _invalidate(pending: PendingInvalidation) -> None:
    cache.invalidate()
    try:
        pending.delete()
    except (DatabaseError, InterfaceError):
        logger.warning("The database became unavailable after a change. The sweep will invalidate the list again.")
