"""Apply accepted uploads: additions first, in chunks, and removals last, in one transaction.

A reader sees the old usages, the old and some new ones, or the new ones: never fewer than old and new share. The newest
upload of a source wins, whatever the order of delivery. A worker can be killed at any point: each step is one
transaction, and the sweep publishes the upload again.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.utils import timezone
from redis.exceptions import RedisError

from techs import cache, due_dates, outages
from techs.imports import adding, replacing
from techs.inventory.invalidation import schedule_invalidation
from techs.models import Service, ServiceSource, Upload, UploadLine, UploadState
from techs.submissions.uploads_outbox import UNFINISHED
from techs.transactions import in_transaction

logger = logging.getLogger(__name__)

# Lines per transaction in the first and the second attempt. After that, each line is alone.
SIZES = (200, 25)
# SQLite has one writer, so leave it to others after each transaction.
_SQLITE_PAUSE = 0.05  # seconds

GAVE_UP = "Gave up after {} attempts that never finished."


def apply(pk: int, *, seconds: float) -> bool:
    """Work on an upload for about that many seconds. Return True if something is left to do now.

    Safe to run repeatedly and concurrently. A failing upload never raises; the sweep resumes it after an outage.
    """
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            if not _step(pk):
                return False
            if connection.vendor == "sqlite":
                time.sleep(_SQLITE_PAUSE)
    except (DatabaseError, InterfaceError, RedisError) as error:
        if not outages.log(error, work=f"Upload {pk}"):
            raise
        return False
    return True


def _step(pk: int) -> bool:
    """Do the next step. Return False if there is none, or if it must wait."""
    upload = Upload.objects.filter(UNFINISHED, pk=pk).first()
    if upload is None:
        return False
    if upload.state == UploadState.SAVED:
        return _finish(pk)
    step = _next_chunk(upload) or _last_step(upload)
    if step is None:
        return True  # it has just failed, which no page shows yet
    try:
        in_transaction(step.run)
    except Exception as error:  # noqa: BLE001  each kind is logged
        return _handle_failure(error, step)
    outages.note_success()
    return True


@dataclass(frozen=True, slots=True)
class _Step:
    """One transaction: the lines that it adds, or none if it is the last one."""

    upload: Upload
    lines: Sequence[int]

    def run(self) -> None:
        service, source, upload = _lock(self.upload)
        if upload is None or upload.state != UploadState.QUEUED:
            return
        if service is None or source is None or source.accepted_id != upload.pk:
            _supersede(upload)
            return
        if self.lines:
            adding.add(upload, source, list(upload.lines.filter(pk__in=self.lines, is_applied=False, error="")))
        else:
            replacing.replace(upload, source)
        schedule_invalidation()

    def uncount(self) -> None:
        if self.lines:
            UploadLine.objects.filter(pk__in=self.lines, attempts__gt=0).update(attempts=F("attempts") - 1)
        else:
            Upload.objects.filter(pk=self.upload.pk, attempts__gt=0).update(attempts=F("attempts") - 1)


def _lock(upload: Upload) -> tuple[Service | None, ServiceSource | None, Upload | None]:
    # Always in this order, before any row of the list.
    service = Service.objects.select_for_update().filter(pk=upload.service_id or 0).first()
    source = ServiceSource.objects.select_for_update().filter(pk=upload.source_id or 0).first()
    if source and service:
        source.service = service
    return service, source, Upload.objects.select_for_update().filter(pk=upload.pk).first()


def _supersede(upload: Upload) -> None:
    upload.state, upload.finished_at = UploadState.SUPERSEDED, timezone.now()
    upload.save(update_fields=["state", "finished_at"])
    upload.lines.all().delete()


def _next_chunk(upload: Upload) -> _Step | None:
    """Return the step for lines with the fewest attempts, which are counted before it begins."""
    left = upload.lines.filter(is_applied=False, error="")
    fewest = left.order_by("attempts").values_list("attempts", flat=True).first()
    if fewest is None:
        return None
    size = SIZES[fewest] if fewest < len(SIZES) else 1
    lines = list(left.filter(attempts=fewest).order_by("pk").values_list("pk", flat=True)[:size])
    counted = UploadLine.objects.filter(pk__in=lines)
    counted.update(attempts=F("attempts") + 1)
    if fewest >= len(SIZES) + settings.MAX_ATTEMPTS:
        counted.update(error=GAVE_UP.format(fewest))
        logger.error("Gave up on line %s of upload %s.", lines, upload.pk)
        return _next_chunk(upload)
    return _Step(upload, lines)


def _last_step(upload: Upload) -> _Step | None:
    unfinished = Upload.objects.filter(pk=upload.pk, state=UploadState.QUEUED)
    if unfinished.filter(attempts__lt=settings.MAX_ATTEMPTS).update(attempts=F("attempts") + 1):
        return _Step(upload, ())
    message = upload.error or GAVE_UP.format(settings.MAX_ATTEMPTS)
    if unfinished.update(state=UploadState.FAILED, error=message, finished_at=timezone.now()):
        logger.error("Gave up on upload %s. Nothing was removed.", upload.pk)
    return None


def _finish(pk: int) -> bool:
    # Call this last: a client that reads "done" must find the technologies in its next GET.
    cache.invalidate()
    done = Upload.objects.filter(pk=pk, state=UploadState.SAVED)
    if done.update(state=UploadState.DONE, finished_at=timezone.now()):
        logger.info("Upload %s is done.", pk)
    return False


def _handle_failure(error: Exception, step: _Step) -> bool:
    """Log the error. Return False during an outage, when the upload must wait for the sweep."""
    pk = step.upload.pk
    outage = outages.log(error, work=f"Upload {pk}")
    if outage is None:
        logger.error("A step of upload %s failed. Retrying.", pk, exc_info=error)
        message = f"{type(error).__name__}: {error}"[:2000]
        Upload.objects.filter(pk=pk).update(error=message)
        _fail_line(step, message)
        return True
    _quietly(step.uncount, pk)
    return False


def _fail_line(step: _Step, message: str) -> None:
    """Mark a line that failed alone as often as a submission may."""
    if len(step.lines) == 1:
        worn = UploadLine.objects.filter(pk__in=step.lines, attempts__gte=len(SIZES) + settings.MAX_ATTEMPTS)
        worn.update(error=message)


def _quietly(work: Callable[[], None], pk: int) -> None:
    try:
        work()
        Upload.objects.filter(UNFINISHED, pk=pk).update(publish_again_at=due_dates.first())
    except (DatabaseError, InterfaceError):
        logger.warning("Cannot uncount the attempt for upload %s: the database is unavailable.", pk)
