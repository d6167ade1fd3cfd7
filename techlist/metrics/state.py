"""Measure the state of the installation in the database and the broker, when somebody asks for the metrics.

All servers are asked in parallel, and each answer is shared for a moment. The result of a query is reused for fifty
times as long as the query took, but at most for a minute. So metrics from long tables are a small load, however often
they are asked for.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from datetime import time as day_time
from typing import Any, TypeAlias, TypeVar

from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, QuerySet
from django.utils import timezone

from techlist.dependencies import NO_ANSWER, OK, SERVERS
from techlist.metrics.catalogue import (
    DATA_AGE,
    DELAYED,
    DELIVERIES,
    DEPENDENCY_UP,
    OLDEST,
    QUEUED,
    SUBMISSIONS,
    SWEEP_AGE,
    TECHNOLOGIES,
    UNACKED,
    UPLOADS,
    Key,
    Metric,
    Values,
)
from techs import broker, periodic
from techs.inventory import counts
from techs.lifecycles import store
from techs.models import LEVELS, Delivery, DeliveryState, Source, Submission, Upload, UploadState
from techs.shared import Run, Shared
from techs.submissions import liveness
from techs.submissions.liveness import Liveness
from techs.submissions.outbox import FINISHED, UNFINISHED

logger = logging.getLogger(__name__)

# Seconds that an answer may take.
TIMEOUT = 2.0
# How long a result is reused: at least (seconds), as a multiple of the duration of its query, and at most (seconds).
_LEAST, _TIMES, _MOST = 1.0, 50, 60.0

T = TypeVar("T")
Numbers: TypeAlias = dict[Key, float]


class Query:
    """A query whose result is used for a while."""

    def __init__(self, read: Callable[[], Numbers]) -> None:
        self._read = read
        self._found: Numbers = {}
        self._due = 0.0

    def current(self) -> Numbers:
        """Return the result, or nothing for a while after an error, which is raised once."""
        began = time.monotonic()
        if began < self._due:
            return self._found
        try:
            self._found = {}
            self._found = self._read()
        finally:
            now = time.monotonic()
            self._due = now + min(max(_LEAST, _TIMES * (now - began)), _MOST)
        return self._found


def begin() -> Callable[[], Values]:
    """Begin to measure. Return a function that waits for the results."""
    up = {name: server.begin() for name, server in SERVERS.items()}
    work, in_database, in_broker = liveness.shared.begin(), _database.begin(), _broker.begin()

    def finish() -> Values:
        found: Numbers = {(DEPENDENCY_UP.name, name): float(_answer(run, NO_ANSWER) == OK) for name, run in up.items()}
        found |= _of_liveness(_answer(work, None))
        for run in (in_database, in_broker):
            measured: Numbers = _answer(run, {})
            found |= measured
        return {key: [value] for key, value in found.items()}

    return finish


def _answer(run: Run[T], default: T) -> T:
    try:
        return run.get(timeout=TIMEOUT)
    except TimeoutError:
        return default


def _of_liveness(found: Liveness | None) -> Numbers:
    if found is None:
        return {}
    numbers: Numbers = {
        (OLDEST.name,): float(found.oldest_unfinished_seconds or 0),
        (DELAYED.name,): float(found.is_delayed),
    }
    if found.last_sweep_seconds is not None:
        numbers[SWEEP_AGE.name,] = float(found.last_sweep_seconds)
    return numbers


def _in_broker() -> Numbers:
    try:
        lengths, unacknowledged = broker.read_lengths(settings.CELERY_TASK_QUEUES)
    except Exception as error:  # noqa: BLE001  whatever the failure, the check of the broker reports it
        logger.debug("Cannot count the messages in the broker: %r", error)
        return {}
    found: Numbers = {(QUEUED.name, queue): float(length) for queue, length in lengths.items()}
    found[UNACKED.name,] = float(unacknowledged)
    return found


def _in_database() -> Numbers:
    found: Numbers = {}
    try:
        for query in _queries:
            found |= query.current()
    except Error as error:
        # The check of the database reports an outage.
        logger.debug("Cannot read the metrics in the database: %s", error)
    finally:
        connection.close()
    return found


def _by_state(metric: Metric, rows: QuerySet[Any], *states: str) -> Query:
    """Count rows by state, from an index alone."""

    def read() -> Numbers:
        found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
        return {(metric.name, state): float(found.get(state, 0)) for state in states}

    return Query(read)


def _technologies() -> Numbers:
    found = counts.levels()
    return {(TECHNOLOGIES.name, level): float(found.get(level, 0)) for level, _ in LEVELS}


def _data_age() -> Numbers:
    confirmed = max(_confirmations(), default=None)
    return {(DATA_AGE.name,): max(0.0, (timezone.now() - confirmed).total_seconds())} if confirmed else {}


def _confirmations() -> Iterator[datetime]:
    """Yield times at which the public data was confirmed to be the newest. For built-in data, that is its date."""
    if at := periodic.last_finished(periodic.SYNC):
        yield at
    if version := store.newest_version(Source.ENDOFLIFE_DATE):
        yield version.checked_at
    elif starter := store.newest_version(Source.STARTER):
        yield datetime.combine(starter.as_of, day_time.min, UTC)


def queries() -> list[Query]:
    # Most submissions are finished, so these are counted apart.
    return [
        _by_state(SUBMISSIONS, Submission.objects.filter(UNFINISHED), "queued", "saved"),
        _by_state(UPLOADS, Upload.objects.all(), *UploadState.values),
        _by_state(DELIVERIES, Delivery.objects.all(), *DeliveryState.values),
        Query(_technologies),
        Query(_data_age),
        _by_state(SUBMISSIONS, Submission.objects.filter(FINISHED), "done", "failed"),
    ]


def reset() -> None:
    """Discard all results, so that the next question asks the servers. For tests."""
    _queries[:] = queries()
    every: list[Shared[Any]] = [*SERVERS.values(), liveness.shared, _database, _broker]
    for shared in every:
        shared.reset()


_queries = queries()
_database = Shared(_in_database)
_broker = Shared(_in_broker)
