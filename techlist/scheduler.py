"""The scheduler for beat. It stores nothing in a file and compares no wall clocks.

Celery's own schedulers remember the last run of each task, some of them in a file. After the clock was set back, they
publish nothing until it has caught up, even after a restart. This one publishes each entry at the start, and then by
the process's monotonic clock.
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

from techlist.metrics import processes
from techs import broker

logger = logging.getLogger(__name__)

QUEUE = "periodic"
# Seconds before an entry that could not be published is retried.
PAUSE = 1.0


class MonotonicScheduler(Scheduler):
    """A beat scheduler without persistent state.

    Messages do not expire, as a worker whose clock is ahead would drop them all. To keep them from piling up, nothing
    is published while the queue has as many messages as there are entries.
    """

    max_interval = 30

    def __init__(self, *args: Any, clock: Callable[[], float] = time.monotonic, **kwargs: Any) -> None:
        self._clock = clock
        # For each entry, the time of its last turn, and the seconds from then until the next one.
        self._turns: dict[str, tuple[float, float]] = {}
        self._problem = ""
        super().__init__(*args, **kwargs)

    def tick(self, *_: Any, **__: Any) -> float:
        """Publish at most one due entry. Return the seconds until the next call."""
        now = self._clock()
        left = {name: self._seconds_left(name, now) for name in self.schedule}
        name = min(left, key=left.__getitem__, default="")
        if not name or left[name] > 0:
            return min(left.get(name, math.inf), self.max_interval)
        entry = self.schedule[name]
        problem = self._publish(entry)
        processes.note_published(succeeded=not problem)
        self._report(problem)
        self._turns[name] = now, PAUSE if problem else _interval(entry)
        return PAUSE if problem else 0.0

    def _seconds_left(self, name: str, now: float) -> float:
        """Return the seconds until an entry is due, negative if it is overdue."""
        turn, wait = self._turns.get(name, (now, 0.0))
        # If the clock goes back, which a monotonic one never should, it must not delay an entry.
        return wait - (now - turn) if turn <= now else 0.0

    def _publish(self, entry: ScheduleEntry) -> str:
        """Publish the message of an entry. Return the reason if that failed, else an empty string."""
        try:
            producer = self.producer
            if broker.queue_length(QUEUE, channel=producer.channel) >= len(self.schedule):
                return f"no worker consumes the queue {QUEUE}"
            entry.options = {**(entry.options or {}), "queue": QUEUE, "expires": None}
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:  # noqa: BLE001  beat must survive any failure of the broker
            self._disconnect()
            return repr(error)
        return ""

    def _ensure_connected(self) -> Connection:
        # Celery's own version waits for up to 30 seconds between two attempts.
        return self.connection.ensure_connection(max_retries=1, interval_start=0)

    def _disconnect(self) -> None:
        with suppress(Exception):  # the connection may be gone
            self.close()

    def _report(self, problem: str) -> None:
        if problem and not self._problem:
            logger.warning("Periodic tasks cannot be published: %s. Retrying every second.", problem)
        if self._problem and not problem:
            logger.warning("Periodic tasks are published again.")
        self._problem = problem


def _interval(entry: ScheduleEntry) -> float:
    schedule: Any = entry.schedule
    if isinstance(schedule, schedules.schedule):
        return float(schedule.seconds)
    # The schedule is a time of day. It is computed once per turn, so later changes of the clock have no effect.
    return float(schedule.is_due(schedule.now()).next)
