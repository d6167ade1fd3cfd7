"""Delete old submissions and imports."""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from techs.models import Import, Submission
from techs.submissions.outbox import FINISHED

logger = logging.getLogger(__name__)

# Rows deleted per transaction.
DELETE_CHUNK = 500


def delete_old(*, seconds: float) -> int:
    """Delete submissions that finished more than KEEP_DAYS days ago, for about that many seconds. Return their number.

    Their idempotency keys can be used again. Unfinished submissions are never deleted, however old.
    """
    deadline = time.monotonic() + seconds
    deleted = 0
    while time.monotonic() < deadline:
        chunk = _delete_some(before=timezone.now() - timedelta(days=settings.KEEP_DAYS))
        deleted += chunk
        if chunk < DELETE_CHUNK:
            break
    _delete_old_imports(before=timezone.now() - timedelta(days=settings.KEEP_DAYS))
    if deleted:
        logger.info("Deleted %d submissions that were finished %d days ago.", deleted, settings.KEEP_DAYS)
    return deleted


def _delete_some(*, before: datetime) -> int:
    old = Submission.objects.filter(
        FINISHED,
        finished_at__lt=before,
        # A similar date, and this column is indexed.
        publish_again_at__lt=before,
    )
    chosen = list(old.values_list("pk", flat=True)[:DELETE_CHUNK])
    # Check again, because one of them may have been requeued in between.
    deleted, _ = Submission.objects.filter(FINISHED, pk__in=chosen).delete()
    return deleted


def _delete_old_imports(*, before: datetime) -> None:
    has_lines = Exists(Submission.objects.filter(of_import=OuterRef("pk")))
    Import.objects.filter(~has_lines, created_at__lt=before).delete()
