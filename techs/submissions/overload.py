"""Push back when more single submissions are waiting than workers process in a minute.

Workers add up the submissions that they finish. Web servers watch that total by their own clocks, and compare its
growth with those that wait. If it does not grow, workers are away, and everything is accepted: accepted means kept.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import Error, connection

from techs import counters
from techs.models import Submission, SubmissionState
from techs.submissions import outbox

logger = logging.getLogger(__name__)

# This many may always wait, and more if workers finish them within SECONDS.
ALWAYS_ALLOWED = 5_000
SECONDS = 60
# Seconds between two looks.
INTERVAL = 0.5
# Looks at the queue per interval while submissions go without a message, since they may wait for the next look.
_LOOKS = 5
# Seconds for which a look counts, and for which looks go on after the last submission.
_VALID_FOR = 1.0
_WATCHED_FOR = 60.0
# Seconds between two additions of a worker, and for how long the total is kept.
_NOTED_EVERY = 0.25
_COUNTER, _KEPT = "finished", 600
# Seconds of a measurement, the most between two, and how many there must be. The first after workers have returned is
# too low, since they begin with few submissions.
_MEASURED, _GAP = 1.0, 5.0
_LEAST = 3
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


@dataclass
class Drain:
    """Totals of finished submissions, with the times at which this process read them. Each is more than the last."""

    _totals: list[tuple[float, int]] = field(default_factory=list)

    def note(self, now: float, total: int) -> None:
        last, former = self._totals[-1] if self._totals else (now, total)
        if self._totals and now - last < _MEASURED:
            return
        is_continued = total > former and now - last <= _GAP
        self._totals = [*self._totals[-_LEAST:], (now, total)] if is_continued else [(now, total)]

    @property
    def per_second(self) -> float:
        """Return the submissions finished per second, or 0 if that is unknown, or if workers are away."""
        if len(self._totals) <= _LEAST:
            return 0.0
        (began, first), *_, (ended, last) = self._totals[1:]
        return (last - first) / (ended - began)


pressure = Pressure()
drain = Drain()


class _Finished:
    """Submissions that this process has finished, and has yet to add to the common total."""

    number = 0
    noted_at = 0.0


def note_finished(number: int) -> None:
    """Count finished submissions, with at most four round trips to Redis a second."""
    _Finished.number += number
    if time.monotonic() - _Finished.noted_at >= _NOTED_EVERY:
        counters.add(_COUNTER, _Finished.number, seconds=_KEPT)
        _Finished.number, _Finished.noted_at = 0, time.monotonic()


def look() -> None:
    """Measure the pressure: a round trip to Redis, and a query while workers are at work."""
    total = counters.total(_COUNTER)
    if total is None:
        return
    drain.note(time.monotonic(), total)
    if not (rate := drain.per_second):
        return
    waiting = Submission.objects.filter(of_import=None, state=SubmissionState.QUEUED, is_unchanged__in=[False]).count()
    excess = waiting - max(ALWAYS_ALLOWED, SECONDS * rate)
    if excess > 0:
        if not pressure.is_high:
            logger.warning("%d submissions are waiting. New ones are refused until there are fewer.", waiting)
        pressure.retry_after = min(1 + int(excess / rate), _LONGEST_WAIT)
        pressure.refuses_until = time.monotonic() + _VALID_FOR


def watch() -> None:
    """Look from now on, in a thread of its own, while submissions arrive."""
    threading.Thread(target=_watch, daemon=True, name="overload").start()


def _watch() -> None:
    asked_at = -_WATCHED_FOR
    while True:
        _wait()
        if pressure.was_asked:
            pressure.was_asked, asked_at = False, time.monotonic()
        if time.monotonic() - asked_at < _WATCHED_FOR:
            _look_safely()


def _wait() -> None:
    if not outbox.skipping.is_active:
        time.sleep(INTERVAL)
        return
    for _ in range(_LOOKS):
        time.sleep(INTERVAL / _LOOKS)
        outbox.look_at_queue()


def _look_safely() -> None:
    try:
        look()
    except Error as error:
        # Submissions are answered with 503 at the same time, and that is logged.
        logger.debug("Cannot count the submissions that are waiting: %s", error)
    finally:
        connection.close()
    outbox.look_at_queue()
