"""No read of the near cache that starts after a write is done misses the write, even if answers of Redis come late."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

import pytest

from techlist.local.processes import wait_until
from tests.coherence.checker import Reader, Report
from tests.coherence.client import Api
from tests.coherence.history import History
from tests.coherence.views import All, spell
from tests.faults.faults import Faults
from tests.support.factories import add
from tests.support.servers import Servers
from tests.support.services import Web, place, running

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]

KEY = "checked abcdefghijklmnop"
WRITES = 15
READERS = 8
LATE = 0.06  # seconds, which readers and writers can tell apart on a busy machine


@contextmanager
def reading(url: str, history: History, report: Report) -> Iterator[None]:
    """Read the whole list with and without ETags until the block ends."""
    ended = threading.Event()

    def read(number: int) -> None:
        reader = Reader(Api(url), history, report=report, chance=Random(number))  # noqa: S311  a repeatable load
        # Otherwise, all readers would wait for one answer, and none would come while it is on its way.
        while not ended.wait(reader.chance.random() * LATE):
            reader.read(All("/get", [KEY]))

    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def check(servers: Servers, env: dict[str, str], directory: Path, *, old_tokens: bool) -> Report:
    """Write while others read, and return what they saw."""
    faults = Faults(directory=str(directory), late_tokens=LATE, old_tokens=old_tokens)
    application = "tests.faults.web_app:application"
    history, report = History([KEY]), Report()
    web = Web(**place(servers), env=env | faults.environ(), name="web-near", application=application)
    with running(web), reading(web.url, history, report):
        for number in range(WRITES):
            name = spell(KEY, number)
            version = history.registers[KEY].begin({"name": name}, at=time.monotonic())
            add(name)
            version.done = time.monotonic()
            enough = report.reads + 6 * READERS
            assert wait_until(partial(_has_read, report, enough), timeout=30)
    assert not report.unanswered
    assert report.not_modified
    return report


def _has_read(report: Report, reads: int) -> bool:
    return report.reads > reads


def test_reads_are_never_stale(servers: Servers, process_env: dict[str, str], tmp_path: Path) -> None:
    before = servers.cache.gets()
    report = check(servers, process_env, tmp_path, old_tokens=False)
    assert report.is_coherent, report.lines()
    # Most reads shared a question, so the near cache was really used.
    assert servers.cache.gets() - before < 1.5 * report.reads


def test_control_that_joins_questions_on_their_way(
    servers: Servers, process_env: dict[str, str], tmp_path: Path
) -> None:
    assert check(servers, process_env, tmp_path, old_tokens=True).violations
