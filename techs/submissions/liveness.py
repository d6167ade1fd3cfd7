"""Measure whether work is done: the ages of the oldest unfinished submission, upload or change, and of the sweep."""

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
from techs.models import Import, Service, Submission, Upload, UploadLine
from techs.shared import Shared
from techs.submissions import uploads_outbox
from techs.submissions.outbox import UNFINISHED

logger = logging.getLogger(__name__)

# Seconds that work may wait before the pages show a warning.
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
        """Query the database: five queries, and two more for each import or upload that is unfinished."""
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
        """Return the age of the oldest unfinished work, such as "3 minutes", or "" if there is none."""
        return _in_words(self.oldest_unfinished_seconds)

    @property
    def last_sweep_in_words(self) -> str:
        return _in_words(self.last_sweep_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """The age of the oldest unfinished work, and the time since anything last happened to it.

    An import line waits for the lines before it, and an upload for other uploads, so neither is delayed while they make
    progress.
    """

    seconds: float | None
    idle_seconds: float | None

    @classmethod
    def read(cls) -> Self:
        kinds = {"single": _single(), "line": _line(), "upload": _upload(), "change": _change()}
        ages = [_ages.seconds(kind, oldest.at, oldest.first) for kind, oldest in kinds.items()]
        idle = [oldest.idle(kind, waited) for (kind, oldest), waited in zip(kinds.items(), ages, strict=True)]
        return cls(seconds=_longest(*ages), idle_seconds=_longest(*idle))


@dataclass(frozen=True, slots=True)
class _Oldest:
    """The oldest unfinished work of a kind, with its date and signs of progress."""

    first: int | None = None
    at: datetime | None = None
    moved_at: datetime | None = None
    """When this work, or other work of the same kind, last finished."""
    done: int = 0
    """The number of finished parts, or another number that grows with it."""

    def idle(self, kind: str, waited: float | None) -> float | None:
        if waited is None:
            return None
        moved = _ages.seconds(f"{kind} moved", self.moved_at, self.first)
        still = _ages.unchanged(f"{kind} done", self.first, self.done) if self.done else None
        return min(each for each in (waited, moved, still) if each is not None)


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
        watched = self.unchanged(name, moment, *identity)
        return max(watched, (timezone.now() - moment).total_seconds())

    def unchanged(self, name: str, *identity: object) -> float:
        """Return the seconds for which this process has seen the same identity under a name."""
        if self._watched.get(name, (None, 0.0))[0] != identity:
            self._watched[name] = (identity, time.monotonic())
        return time.monotonic() - self._watched[name][1]


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


def _single() -> _Oldest:
    unfinished = Submission.objects.filter(UNFINISHED, of_import=None)
    return _Oldest(**unfinished.aggregate(first=Min("pk"), at=Min("created_at")))


def _line() -> _Oldest:
    """Return the first unfinished line of the first unfinished import.

    Later imports wait for that one. Each query uses one index, since 200,000 lines may be waiting.
    """
    lines = Submission.objects.filter(UNFINISHED, of_import__isnull=False)
    has_lines = Exists(lines.filter(of_import=OuterRef("pk")))
    batch = Import.objects.filter(has_lines).aggregate(first=Min("pk"))["first"] if lines.exists() else None
    if batch is None:
        return _Oldest()
    found = Submission.objects.filter(of_import=batch).aggregate(
        first=Min("pk", filter=UNFINISHED), at=Min("created_at", filter=UNFINISHED), moved_at=Max("finished_at")
    )
    return _Oldest(**found)


def _upload() -> _Oldest:
    found = Upload.objects.filter(uploads_outbox.UNFINISHED).aggregate(first=Min("pk"), at=Min("created_at"))
    if found["first"] is None:
        return _Oldest()
    later = Upload.objects.filter(pk__gt=found["first"]).aggregate(moved_at=Max("finished_at"))
    done = UploadLine.objects.filter(upload=found["first"], is_applied=True).count()
    return _Oldest(**found, **later, done=done)


def _change() -> _Oldest:
    """Return the service with the oldest change that has yet to reach its technologies."""
    changed = Service.objects.filter(recounting_since__isnull=False).order_by("recounting_since", "pk")
    first = changed.values_list("pk", "recounting_since", "recounted_to").first()
    return _Oldest(first[0], first[1], done=first[2] or 0) if first else _Oldest()


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
