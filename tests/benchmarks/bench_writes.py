"""Reads while others write, and more writes than the workers can do."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import pytest
from django.db import connection
from django.db.models import QuerySet

from techlist.local.processes import wait_until
from techs import periodic
from techs.models import Submission, SubmissionState
from tests.benchmarks import QUICK, client, load
from tests.benchmarks.client import Answer
from tests.benchmarks.environment import PRODUCTION, PROXIED, ROUNDS, Run, accepted, fill_list, posts
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Subject
from tests.support.services import Beat, Web, Worker, running

# The least number of queued submissions at which the API may refuse more, and otherwise the seconds of work in them.
QUEUE, QUEUE_SECONDS = 5000, 60
OVERLOAD, OVERLOAD_SECONDS = 400, 60


def test_reads_while_written(run: Run, figures: Figures, seconds: int) -> None:
    fill_list()
    with running(Web(**run.places(**PRODUCTION))) as web, running(Worker(**run.places())):
        reads = Subject(name="list", server=web, url=f"{web.url}/api/techs/", headers=PROXIED)
        with client.meanwhile(lambda ended: accepted(posts(web.url, 50).run(ended=ended))):
            found = load.rounds([reads], number=ROUNDS, seconds=seconds)
    figures.add("written", [each.load.p50 for each in found["list"]])


@pytest.mark.skipif(QUICK, reason="takes three minutes")
def test_overload(run: Run, figures: Figures) -> None:
    """First without a worker, whose absence must refuse nobody; then with one that cannot keep up."""
    with running(Web(**run.places(**PRODUCTION))) as web, running(Beat(**run.places())):
        figures.add("away", [_refused_until(1000 + QUEUE, web)])
        with running(Worker(**run.places())):
            drained = _drain_rate()
            with _watched() as watch:
                answers = posts(web.url, OVERLOAD).run(seconds=OVERLOAD_SECONDS)
    figures.add("overload", [100 * sum(map(_is_wrong, answers)) / len(answers)])
    figures.add("queue", [watch.longest_queue / max(QUEUE, QUEUE_SECONDS * drained)])
    figures.add("housekeeping", [watch.longest_pause])


def _refused_until(queued: int, web: Web) -> float:
    """Send POSTs until so many are in the queue, and return the number of those refused with 429."""
    answers: list[Answer] = []
    while _queue().count() < queued:
        answers += posts(web.url, OVERLOAD).run(seconds=5)
    return sum(answer.status == HTTPStatus.TOO_MANY_REQUESTS for answer in answers)


def _drain_rate() -> float:
    """Wait for the end of the queue, and return the submissions done per second."""
    done = Submission.objects.filter(state=SubmissionState.DONE)
    wait_until(done.exists, timeout=60)
    before, began = done.count(), time.monotonic()
    assert wait_until(lambda: not _queue().exists(), timeout=300, step=0.2)
    return (done.count() - before) / (time.monotonic() - began)


def _queue() -> QuerySet[Submission]:
    return Submission.objects.filter(state=SubmissionState.QUEUED)


def _is_wrong(answer: Answer) -> bool:
    is_refused = answer.status == HTTPStatus.TOO_MANY_REQUESTS and answer.says_when_to_retry
    return not (is_refused or answer.status == HTTPStatus.ACCEPTED)


@dataclass(slots=True)
class Watch:
    """The longest queue, and the longest time in seconds without a finished sweep."""

    longest_queue: int = 0
    longest_pause: float = 0.0
    _last: datetime | None = None
    _since: float = 0.0

    def run(self, ended: threading.Event) -> None:
        self._since = time.monotonic()
        try:
            self._watch(ended)
        finally:
            connection.close()  # each thread has its own

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(0.5):
            self.longest_queue = max(self.longest_queue, _queue().count())
            if (finished := periodic.last_finished(periodic.SWEEP)) != self._last:
                self._last, self._since = finished, time.monotonic()
            self.longest_pause = max(self.longest_pause, time.monotonic() - self._since)


@contextmanager
def _watched() -> Iterator[Watch]:
    watch = Watch()
    with client.meanwhile(watch.run):
        yield watch
