"""Process the lines of an import in batches: one transaction and one invalidation per batch.

The rules are the same as for single submissions. A batch that fails, or kills its worker, is retried in smaller
batches and finally line by line, so a bad line affects no other line.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.utils import timezone
from redis.exceptions import RedisError

from techs import cache as page_cache
from techs import due_dates, outages
from techs.models import Submission, SubmissionState
from techs.outages import Outage
from techs.submissions import processing, saving
from techs.submissions.outbox import CHUNK, UNFINISHED_STATES
from techs.submissions.pace import Pace
from techs.transactions import in_transaction, reconnecting

logger = logging.getLogger(__name__)

# The batch size of the second attempt. After that, each line is processed alone.
_RETRIED = 25
_TOGETHER = 2  # attempts
# SQLite has one writer at a time, so transactions are short there, with a pause after each in which others write more
# than once. At 25 POSTs per second during an import of 10,000 lines on two busy cores, the median POST took 0.03 s and
# the 99th percentile 0.5 to 1 s.
_SQLITE_PAUSE = 0.1  # seconds

# Small batches cost more per line, so ever smaller ones would make a busy machine busier.
_LEAST = 100
# Seconds that a transaction should take. Other writers wait for the rows that it locks, and with SQLite for all rows.
_SECONDS, _SQLITE_SECONDS = 0.5, 0.1

_UNFINISHED = saving.having(*UNFINISHED_STATES)

# On SQLite, others may write for a long time, so retry a batch before leaving it to the sweep.
_TRIES = 3

# Usages per transaction, unless a single line has more.
MOST_USAGES = 1_000


@cache
def pace() -> Pace:
    """Return the batch size of the first attempt, which this process adapts to the time that batches take."""
    seconds = _SQLITE_SECONDS if _has_one_writer() else _SECONDS
    return Pace(seconds=seconds, least=_LEAST, most=CHUNK, size=_LEAST)


def process_batch(ids: Sequence[int], *, seconds: float) -> list[int]:
    """Process the submissions with these primary keys for about that many seconds. Return the keys that are left.

    Safe to run repeatedly and concurrently. A failing submission never raises. If a server is unavailable, returns an
    empty list, and the sweep resumes the work.
    """
    try:
        deadline = time.monotonic() + seconds
        return reconnecting(lambda: _process(ids, deadline=deadline))
    except (DatabaseError, InterfaceError, RedisError) as error:
        if not outages.log(error, work=f"A batch of {len(ids)} submissions"):
            raise
        return []


def _process(ids: Sequence[int], *, deadline: float) -> list[int]:
    for tries in range(_TOGETHER):
        pending = list(_unfinished(ids).filter(chunk_attempts=tries).values_list("pk", "services"))
        for batch in in_batches(pending, (lambda: _RETRIED) if tries else (lambda: pace().size)):
            if time.monotonic() > deadline:
                return list(_unfinished(ids).values_list("pk", flat=True))
            if not any(_process_together(batch) for _ in range(_TRIES)):
                return []
            if _has_one_writer():
                time.sleep(_SQLITE_PAUSE)
    alone = list(_unfinished(ids).filter(chunk_attempts__gte=_TOGETHER).values_list("pk", "uuid"))
    return _process_one_by_one(alone, deadline=deadline)


def in_batches(pending: Sequence[tuple[int, list[int] | None]], size: Callable[[], int]) -> Iterator[list[int]]:
    """Yield primary keys for one transaction each: up to that many lines, with up to MOST_USAGES usages."""
    batch: list[int] = []
    usages = 0
    for pk, services in pending:
        more = len(services or ())
        if batch and (len(batch) >= size() or usages + more > MOST_USAGES):
            yield batch
            batch, usages = [], 0
        batch.append(pk)
        usages += more
    if batch:
        yield batch


def _has_one_writer() -> bool:
    return connection.vendor == "sqlite"


def _unfinished(ids: Sequence[int]) -> Any:
    return Submission.objects.filter(_UNFINISHED, pk__in=ids).order_by("pk")


def _process_one_by_one(alone: Sequence[tuple[int, UUID]], *, deadline: float) -> list[int]:
    for number, (_, uuid) in enumerate(alone):
        if time.monotonic() > deadline:
            return [pk for pk, _ in alone[number:]]
        processing.process(uuid)
    return []


def _process_together(ids: Sequence[int]) -> bool:
    try:
        reconnecting(lambda: _unfinished(ids).update(chunk_attempts=F("chunk_attempts") + 1))
    except Exception as error:  # noqa: BLE001  each kind is logged
        return handle_failure(error, ids)
    started = time.monotonic()
    try:
        save_counted(ids)
    except Exception as error:  # noqa: BLE001  each kind is logged
        return handle_failure(error, ids)
    finally:
        pace().note(len(ids), time.monotonic() - started)
    return True


def save_counted(ids: Sequence[int]) -> None:
    """Process these submissions in one transaction, whose attempt is counted."""
    request_ids = in_transaction(lambda: saving.save(ids))
    page_cache.invalidate()
    reconnecting(lambda: _finish(ids, request_ids))
    outages.note_success()


def handle_failure(error: Exception, ids: Sequence[int]) -> bool:
    """Log the error. Return False during an outage, when the remaining batches must wait."""
    outage = outages.log(error, work=f"A batch of {len(ids)} submissions")
    if outage is None:
        logger.error("A batch of %d submissions failed. Retrying with fewer at a time.", len(ids), exc_info=error)
        return True
    _postpone(ids, outage)
    return False


def _finish(ids: Sequence[int], request_ids: Collection[str]) -> None:
    # Call this last: a client that reads "done" must find the technologies in its next GET.
    saved = Submission.objects.filter(saving.having(SubmissionState.SAVED), pk__in=ids)
    saved.update(state=SubmissionState.DONE, finished_at=timezone.now())
    logger.info("%d submissions are done.", len(ids), extra={"fields": {"request_ids": sorted(request_ids)}})


def _postpone(ids: Sequence[int], outage: Outage) -> None:
    wait = (
        {"publish_again_at": due_dates.first()}
        if outage.is_temporary
        else {"publish_again_at": due_dates.slowest(), "error": outage.detail}
    )
    try:
        tried = _unfinished(ids).filter(chunk_attempts__gt=0)
        tried.update(chunk_attempts=F("chunk_attempts") - 1, **wait)
    except (DatabaseError, InterfaceError):
        logger.warning("Cannot uncount the attempt for %d submissions: the database is unavailable.", len(ids))
