"""Whether what was accepted gets done: how long the oldest submission waits, and when the sweep last ran."""

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

# Seconds that a submission may wait before people are told.
LATE_AFTER = 30
# Sweeps that may be missing.
_MISSED_SWEEPS = 3
_UNITS = {"day": 24 * 3600, "hour": 3600, "minute": 60, "second": 1}
# Seconds that a page waits for this. Its list may come from the cache while the database hangs.
PAGE_TIMEOUT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """The state of one moment. Ages are whole seconds, or None where there is nothing to measure."""

    oldest_unfinished_seconds: int | None
    last_sweep_seconds: int | None
    is_delayed: bool
    is_sweep_late: bool

    @classmethod
    def read(cls) -> Self:
        """Read it from the database: three queries, five while an import runs."""
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
        """How long the oldest unfinished submission has waited, such as "3 minutes"; "" if there is none."""
        return _in_words(self.oldest_unfinished_seconds)

    @property
    def last_sweep_in_words(self) -> str:
        """How long ago the last sweep ran; "" if none ever did."""
        return _in_words(self.last_sweep_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """How long the oldest unfinished submission has waited, and how much of that nothing has happened.

    A line of an import waits for those before it: it is not delayed while lines of its import get done.
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
    """Seconds since moments that a clock has dated.

    They are at least as many as this process has watched go by: a date in the future must not hide a worker that is
    dead until that date has come.
    """

    def __init__(self) -> None:
        self._watched: dict[str, tuple[Any, float]] = {}

    def seconds(self, name: str, moment: datetime | None, *identity: object) -> float | None:
        """Return the age, never negative, of what has this name; its identity tells it from the one before."""
        if moment is None:
            return None
        key = (moment, *identity)
        if self._watched.get(name, (None, 0.0))[0] != key:
            self._watched[name] = (key, time.monotonic())
        watched = time.monotonic() - self._watched[name][1]
        return max(watched, (timezone.now() - moment).total_seconds())


_ages = _Ages()


def current() -> Liveness | None:
    """Return it as of the last second, for a page; None while the database does not say."""
    try:
        return shared.begin().get(timeout=PAGE_TIMEOUT)
    except TimeoutError:
        return shared.last


def _read() -> Liveness | None:
    try:
        return Liveness.read()
    except Error as error:
        # Once, not every second: last is what the look before this one found.
        logger.log(
            logging.WARNING if shared.last else logging.DEBUG, "The age of unfinished work is not known: %s", error
        )
        return None
    finally:
        connection.close()


shared = Shared(_read)


def _oldest_single() -> dict[str, Any]:
    """Return the first unfinished submission outside imports, by primary key, and the date of the oldest."""
    unfinished = Submission.objects.filter(UNFINISHED, of_import=None)
    return unfinished.aggregate(first=Min("pk"), at=Min("created_at"))


def _oldest_line() -> dict[str, Any]:
    """Return the same of the first unfinished import, and when a line of it was finished last.

    The other imports wait for that one. Each look takes one index: 200,000 lines may be waiting.
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
    """Say how long that is, rounded down."""
    if seconds is None:
        return ""
    unit, length = next((unit, length) for unit, length in _UNITS.items() if seconds >= length or length == 1)
    number = seconds // length
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
