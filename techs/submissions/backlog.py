"""Process single submissions together when several are waiting, since one transaction for all costs far less.

A task goes on until none waits, or until its time is over, and then leaves the rest to another one. So a backlog needs
few messages, and its submissions none of their own: see techs.submissions.skipping.
"""

import logging
import time
from collections.abc import Sequence
from functools import partial

from django.db import DatabaseError, InterfaceError, connection

from techs import due_dates, outages
from techs.models import Submission
from techs.submissions import batches, outbox, overload, processing
from techs.submissions.pace import Pace
from techs.transactions import reconnecting

logger = logging.getLogger(__name__)

# Submissions in one transaction, and seconds that it takes, so that a newer one need not wait for long. At a distance
# of 2 ms from the database, a third of this time is spent on the way. With SQLite, all other writers wait.
MOST = 100
LONGEST, _SQLITE_LONGEST = 0.1, 0.05
# Fewer would hardly be faster, since most statements of a batch are the same for any number. A submission costs twice
# as much among 25 as among 100, so ever smaller batches would make a busy machine busier.
LEAST = 50
# How often to look again if other workers were faster.
_TRIES = 3


_seconds = _SQLITE_LONGEST if connection.vendor == "sqlite" else LONGEST
pace = Pace(seconds=_seconds, least=LEAST, most=MOST, size=LEAST)


def process_waiting(*, seconds: float) -> set[int]:
    """Process single submissions in the order of acceptance for about that many seconds, or until none waits.

    Return the primary keys of those that are finished. If some are left, publishes a task that goes on with them.

    They count as tried in a batch before it begins. If it fails or its worker dies, each is processed alone, by a
    message of its own. Never raises.
    """
    deadline, finished = time.monotonic() + seconds, set[int]()
    try:
        while claimed := _claim():
            if not _process(claimed, finished):
                break
            if time.monotonic() > deadline:
                _leave_rest()
                break
    except (DatabaseError, InterfaceError) as error:
        if not outages.log(error, work="Taking submissions along"):
            # Not raised, since the submission of the message would wait for as long as others do.
            logger.exception("Taking submissions along failed.")
    return finished


def _process(claimed: Sequence[int], finished: set[int]) -> bool:
    """Process submissions together, and add them to those that are finished. Return False during an outage."""
    started = time.monotonic()
    try:
        batches.save_counted(claimed)
    except Exception as error:  # noqa: BLE001  each kind is logged
        if not batches.handle_failure(error, claimed):
            return False
        unfinished = Submission.objects.filter(outbox.UNFINISHED, pk__in=claimed)
        outbox.publish_all(list(unfinished.order_by("pk").values_list("uuid", flat=True)))
    else:
        finished.update(claimed)
        overload.note_finished(len(claimed))
    pace.note(len(claimed), time.monotonic() - started)
    return True


def _leave_rest() -> None:
    """Publish a task for the oldest submission that is waiting. If it is lost, the sweep publishes others."""
    oldest = processing.WAITING.order_by("pk").values_list("uuid", flat=True).first()
    if oldest:
        outbox.publish(oldest)


def _claim() -> list[int]:
    """Count an attempt for the oldest submissions, and return those that no other worker has."""
    for _ in range(_TRIES):
        if not (oldest := reconnecting(_oldest)):
            break
        if claimed := reconnecting(partial(_count, oldest)):
            return claimed
    return []


def _oldest() -> list[int]:
    waiting = processing.WAITING.order_by("pk").values_list("pk", "services")[: pace.size]
    return next(batches.in_batches(list(waiting), lambda: pace.size), [])


def _count(ids: Sequence[int]) -> list[int]:
    # Usually one statement, which is a transaction of its own. The date also says who was faster, as it has
    # microseconds. If this worker dies, it is the time at which the sweep publishes each of them.
    date = due_dates.first()
    # Found by primary key alone: by another index, the database would lock more rows than these.
    free = Submission.objects.filter(pk__in=ids, chunk_attempts=0, attempts=0)
    if free.update(chunk_attempts=1, publish_again_at=date) == len(ids):
        return list(ids)
    claimed = Submission.objects.filter(pk__in=ids, chunk_attempts=1, publish_again_at=date)
    return list(claimed.order_by("pk").values_list("pk", flat=True))
