"""Measure whether submissions are processed: the ages of the oldest unfinished submission and of the last sweep."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import Error, connection
from django.db.models import Exists, Max, Min, OuterRef
from django.utils import timezone

from techs import periodic
from techs.models import Import, Submission
from techs.shared import Shared
from techs.submissions.outbox import UNFINISHED

logger = logging.getLogger(__name__)

# Seconds that a submission may wait before the pages show a warning.
LATE_AFTER = 30
# Sweeps that may be missed before the sweep counts as late.
_MISSED_SWEEPS = 3
_UNITS = {"day": 24 * 3600, "hour": 3600, "minute": 60, "second": 1}
# Seconds that a page waits for a snapshot. Its list may come from the cache while the database hangs.
PAGE_TIMEOUT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """A snapshot. Ages are whole seconds, or None if there is nothing to measure."""

    oldest_unfinished_seconds: int | None
    last_sweep_seconds: int | None
    is_delayed: bool
    is_sweep_late: bool

    @classmethod
    def read(cls) -> Self:
        """Query the database: three queries, five while an import runs."""
        waiting = _Waiting.read()
        sweep = _ages.seconds("sweep", periodic.last_finished(periodic.SWEEP))
        is_sweep_late = sweep is not None and sweep > max(LATE_AFTER, _MISSED_SWEEPS * settings.SWEEP_INTERVAL)
        return cls(
            oldest_unfinished_seconds=_whole(waiting.seconds),
            last_sweep_seconds=_whole(sweep),
            is_delayed=is_sweep_late or (waiting.idle_seconds or 0.0) > LATE_AFTER,
            is_sweep_late=is_sweep_late,
        )

    @property
    def oldest_in_words(self) -> str:
        """Return the age of the oldest unfinished submission, such as "3 minutes", or "" if there is none."""
        return _in_words(self.oldest_unfinished_seconds)

    @property
    def last_sweep_in_words(self) -> str:
        return _in_words(self.last_sweep_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """The age of the oldest unfinished submission, and the time since anything last happened to it.

    An import line waits for the lines before it, so it is not delayed while its import makes progress.
    """

    seconds: float | None
    idle_seconds: float | None

    @classmethod
    def read(cls) -> Self:
        single, line = _oldest_single(), _oldest_line()
        alone = _ages.seconds("single", single["at"], single["first"])
        waited = _ages.seconds("line", line["at"], line["first"])
        moved = _ages.seconds("import", line["moved_at"], line["first"])
        idle = waited if waited is None or moved is None else min(waited, moved)
        return cls(seconds=_longest(alone, waited), idle_seconds=_longest(alone, idle))


class _Ages:
    """Ages of timestamps, robust against wrong clocks.

    An age is at least the time for which this process has watched the timestamp, so a date in the future cannot hide a
    dead worker.
    """

    def __init__(self) -> None:
        self._watched: dict[str, tuple[Any, float]] = {}

    def seconds(self, name: str, moment: datetime | None, *identity: object) -> float | None:
        """Return the age in seconds, never negative. A new identity under the same name restarts the watch."""
        if moment is None:
            return None
        key = (moment, *identity)
        if self._watched.get(name, (None, 0.0))[0] != key:
            self._watched[name] = (key, time.monotonic())
        watched = time.monotonic() - self._watched[name][1]
        return max(watched, (timezone.now() - moment).total_seconds())


_ages = _Ages()


def current() -> Liveness | None:
    """Return a snapshot that is at most a second old, or None while the database is unavailable."""
    try:
        return shared.begin().get(timeout=PAGE_TIMEOUT)
    except TimeoutError:
        return shared.last


def _read() -> Liveness | None:
    try:
        return Liveness.read()
    except Error as error:
        # Warn once, not every second. If the previous read failed too, shared.last is None.
        logger.log(
            logging.WARNING if shared.last else logging.DEBUG,
            "Cannot read the age of unfinished submissions: %s",
            error,
        )
        return None
    finally:
        connection.close()


shared = Shared(_read)


def _oldest_single() -> dict[str, Any]:
    unfinished = Submission.objects.filter(UNFINISHED, of_import=None)
    return unfinished.aggregate(first=Min("pk"), at=Min("created_at"))


def _oldest_line() -> dict[str, Any]:
    """Return the same for the first unfinished import, with the time at which a line of it was last finished.

    Later imports wait for that one. Each query uses one index, since 200,000 lines may be waiting.
    """
    lines = Submission.objects.filter(UNFINISHED, of_import__isnull=False)
    has_lines = Exists(lines.filter(of_import=OuterRef("pk")))
    batch = Import.objects.filter(has_lines).aggregate(first=Min("pk"))["first"] if lines.exists() else None
    if batch is None:
        return dict.fromkeys(("first", "at", "moved_at"))
    return Submission.objects.filter(of_import=batch).aggregate(
        first=Min("pk", filter=UNFINISHED), at=Min("created_at", filter=UNFINISHED), moved_at=Max("finished_at")
    )


def _longest(*seconds: float | None) -> float | None:
    return max((each for each in seconds if each is not None), default=None)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds)


def _in_words(seconds: int | None) -> str:
    if seconds is None:
        return ""
    unit, length = next((unit, length) for unit, length in _UNITS.items() if seconds >= length or length == 1)
    number = seconds // length
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
