"""Process single submissions together when several are waiting, since one transaction for all costs far less.

Their own messages then find them finished.
"""

import logging
import time
from collections.abc import Sequence

from django.db import DatabaseError, InterfaceError, connection

from techs import outages
from techs.models import Submission
from techs.submissions import batches, processing
from techs.submissions.pace import Pace
from techs.transactions import in_transaction, reconnecting

logger = logging.getLogger(__name__)

# Submissions in one transaction, and seconds that it takes, so that a newer one need not wait for long.
MOST = 100
LONGEST = 0.05
# Fewer would hardly be faster, since most statements of a batch are the same for any number.
_LEAST = 25


pace = Pace(seconds=LONGEST, least=_LEAST, most=MOST, size=_LEAST)


def process_some() -> None:
    """Process the submissions that have been waiting longest.

    They count as tried in a batch before it begins. If it fails or its worker dies, the message of each finds it so,
    and processes it alone. Never raises.
    """
    try:
        claimed = reconnecting(_claim)
    except (DatabaseError, InterfaceError) as error:
        if not outages.log(error, work="Taking submissions along"):
            # Not raised, since the submission of the message would wait for as long as others do.
            logger.exception("Taking submissions along failed.")
        return
    if claimed:
        started = time.monotonic()
        batches.save_counted(claimed)
        pace.note(len(claimed), time.monotonic() - started)


def _claim() -> list[int]:
    """Count an attempt for the oldest submissions, and return those that no other worker has."""
    oldest = processing.WAITING.order_by("pk").values_list("pk", "services")[: pace.size]
    first = next(batches.in_batches(list(oldest), lambda: pace.size), [])
    return in_transaction(lambda: _count(first))


def _count(ids: Sequence[int]) -> list[int]:
    # Locked by primary key alone: by another index, the database would lock more rows than these.
    rows = Submission.objects.filter(pk__in=ids, chunk_attempts=0, attempts=0).order_by("pk")
    can_skip = connection.features.has_select_for_update_skip_locked
    claimed = list(rows.select_for_update(skip_locked=can_skip).values_list("pk", flat=True))
    Submission.objects.filter(pk__in=claimed).update(chunk_attempts=1)
    return claimed
