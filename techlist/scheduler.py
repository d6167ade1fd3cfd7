"""When beat publishes the periodic tasks. Nothing is kept in a file, and no wall clock is compared with another.

Celery's own schedulers remember when each task ran, some of them in a file: after the clock moved back they publish
nothing until it has caught up, restarted or not. Here each entry is published at the start, and then by the
monotonic clock of the process.
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery import schedules
from celery.beat import ScheduleEntry, Scheduler
from kombu import Connection

from techs import broker

logger = logging.getLogger(__name__)

# The queue of all periodic tasks.
QUEUE = "periodic"
# Seconds until an entry is looked at again that could not be published.
PAUSE = 1.0


class MonotonicScheduler(Scheduler):
    """A scheduler for beat that forgets everything when it ends.

    Messages have no date of expiry: a worker whose clock is ahead would find it past, and drop every one. They do not
    pile up while no worker takes them: no more is published while as many wait as there are entries.
    """

    max_interval = 30

    def __init__(self, *args: Any, clock: Callable[[], float] = time.monotonic, **kwargs: Any) -> None:
        """Take the arguments of Celery's schedulers; clock counts seconds."""
        self._clock = clock
        # When each entry had its turn, and the seconds until the next one.
        self._turns: dict[str, tuple[float, float]] = {}
        self._problem = ""
        super().__init__(*args, **kwargs)

    def tick(self, *_: Any, **__: Any) -> float:
        """Publish the entry whose turn it is, at most one. Return the seconds until the next call."""
        now = self._clock()
        left = {name: self._seconds_left(name, now) for name in self.schedule}
        name = min(left, key=left.__getitem__, default="")
        if not name or left[name] > 0:
            return min(left.get(name, math.inf), self.max_interval)
        entry = self.schedule[name]
        problem = self._publish(entry)
        self._report(problem)
        self._turns[name] = now, PAUSE if problem else _interval(entry)
        return PAUSE if problem else 0.0

    def _seconds_left(self, name: str, now: float) -> float:
        """Return the seconds until an entry's turn, or how long ago it should have been, negative."""
        turn, wait = self._turns.get(name, (now, 0.0))
        # No clock may hold an entry up, not even one that should not be able to go back.
        return wait - (now - turn) if turn <= now else 0.0

    def _publish(self, entry: ScheduleEntry) -> str:
        """Return why the broker does not have the message, or an empty text."""
        try:
            producer = self.producer
            if broker.queue_length(QUEUE, channel=producer.channel) >= len(self.schedule):
                return f"no worker takes the messages in the queue {QUEUE}"
            entry.options = {**(entry.options or {}), "queue": QUEUE, "expires": None}
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:  # noqa: BLE001  beat outlives whatever the broker does
            self._disconnect()
            return repr(error)
        return ""

    def _ensure_connected(self) -> Connection:
        """Try for a moment. Celery would wait for up to 30 seconds between two tries."""
        return self.connection.ensure_connection(max_retries=1, interval_start=0)

    def _disconnect(self) -> None:
        """Have the next message connect anew."""
        with suppress(Exception):  # it may be what has just failed
            self.close()

    def _report(self, problem: str) -> None:
        """Log a problem once, and its end."""
        if problem and not self._problem:
            logger.warning("Periodic tasks wait: %s. Trying again each second.", problem)
        if self._problem and not problem:
            logger.warning("Periodic tasks are published again.")
        self._problem = problem


def _interval(entry: ScheduleEntry) -> float:
    """Return the seconds until an entry is due that was published just now."""
    schedule: Any = entry.schedule
    if isinstance(schedule, schedules.schedule):
        return float(schedule.seconds)
    # Times of the day. Worked out once each time, so a clock that moves later on changes nothing.
    return float(schedule.is_due(schedule.now()).next)
