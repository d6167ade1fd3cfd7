"""Push back when more single submissions are waiting than workers process in a minute.

Workers count the submissions that they finish, and web servers compare. Without finished ones, workers are away: then
everything is accepted, because accepted means kept.
"""

import logging
import threading
import time
from dataclasses import dataclass

from django.db import Error, connection

from techs import counters
from techs.models import Submission, SubmissionState

logger = logging.getLogger(__name__)

# As many may always wait, and otherwise those that workers finish in so many seconds.
ALWAYS_ALLOWED = 5_000
SECONDS = 60
# Seconds between two looks, and for how long each counts.
INTERVAL = 0.5
_VALID_FOR = 1.0
_COUNTER, _WINDOW = "finished", 5
_LONGEST_WAIT = 60


@dataclass
class Pressure:
    """Whether this process refuses submissions, as of its last look."""

    refuses_until: float = 0.0  # by the monotonic clock, so a look that hangs refuses nothing
    retry_after: int = 1
    was_asked: bool = False

    @property
    def is_high(self) -> bool:
        return time.monotonic() < self.refuses_until


pressure = Pressure()


class _Finished:
    """Submissions that this process has finished, and has yet to add to the common counter."""

    number = 0
    noted_at = 0.0


def note_finished() -> None:
    """Count a finished submission, with at most one round trip to Redis a second."""
    _Finished.number += 1
    if time.monotonic() - _Finished.noted_at >= 1:
        counters.count(_COUNTER, seconds=_WINDOW, by=_Finished.number, windows=2)
        _Finished.number, _Finished.noted_at = 0, time.monotonic()


def look() -> None:
    """Measure the pressure: two queries."""
    rate = counters.per_second(_COUNTER, seconds=_WINDOW)
    if not rate:
        return
    waiting = Submission.objects.filter(of_import=None, state=SubmissionState.QUEUED, is_unchanged__in=[False]).count()
    excess = waiting - max(ALWAYS_ALLOWED, SECONDS * rate)
    if excess > 0:
        if not pressure.is_high:
            logger.warning("%d submissions are waiting. New ones are refused until there are fewer.", waiting)
        pressure.retry_after = min(1 + int(excess / rate), _LONGEST_WAIT)
        pressure.refuses_until = time.monotonic() + _VALID_FOR


def watch() -> None:
    """Look from now on, in a thread of its own, whenever submissions have arrived."""
    threading.Thread(target=_watch, daemon=True, name="overload").start()


def _watch() -> None:
    while True:
        time.sleep(INTERVAL)
        if pressure.was_asked:
            pressure.was_asked = False
            _look_safely()


def _look_safely() -> None:
    try:
        look()
    except Error as error:
        # Submissions are answered with 503 at the same time, and that is logged.
        logger.debug("Cannot count the submissions that are waiting: %s", error)
    finally:
        connection.close()
