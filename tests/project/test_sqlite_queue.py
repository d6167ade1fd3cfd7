"""With SQLite, the writers of all processes take turns, so none is refused while others write all the time."""

import signal
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker

from techlist.local.embedded import BASE_DIR
from techlist.sqlite.base import DatabaseWrapper
from techlist.sqlite.queue import WriterQueue
from techs import outages
from techs.models import Tech
from tests.support.sqlite_writer import INSERT, TABLE

QUEUED, PLAIN = "techlist.sqlite", "django.db.backends.sqlite3"
BUSY, ROWS = 4, 20

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "test.sqlite3"
    database = sqlite3.connect(path)
    database.executescript(TABLE)
    database.close()
    return path


@pytest.fixture
def start(path: Path) -> Generator[Start, None, None]:
    """Start writers, which are killed at the end."""
    writers = []

    def start(engine: str, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.support.sqlite_writer", engine, str(path), *options]
        writers.append(subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True))
        return writers[-1]

    yield start
    for writer in writers:
        writer.kill()
        with writer:
            pass


def busy(start: Start, engine: str, number: int = BUSY) -> list[subprocess.Popen[str]]:
    writers = [start(engine) for _ in range(number)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    return writers


def refused(start: Start, engine: str, *options: str) -> int:
    output, _ = start(engine, "--rows", str(ROWS), *options).communicate()
    return int(output)


def turns_of_others(path: Path) -> float:
    """Return how many turns others had between two single rows, in the median."""
    database = sqlite3.connect(path)
    ids = [pk for (pk,) in database.execute("SELECT id FROM written WHERE text = 'single' ORDER BY id")]
    database.close()
    return statistics.median(after - before - 1 for before, after in pairwise(ids))


@pytest.mark.slow
def test_none_is_refused(start: Start, path: Path) -> None:
    busy(start, QUEUED)
    assert refused(start, QUEUED, "--timeout", "20") == 0
    assert turns_of_others(path) <= 2 * BUSY


@pytest.mark.slow
def test_control_without_queue(start: Start) -> None:
    """Without the queue, some are refused."""
    busy(start, PLAIN)
    assert any(refused(start, PLAIN, "--timeout", "0.5") for _ in range(10))


@pytest.mark.slow
def test_a_killed_writer_leaves_the_queue(start: Start) -> None:
    for writer in busy(start, QUEUED):
        writer.kill()
        writer.wait()
    assert refused(start, QUEUED) == 0


@pytest.mark.slow
def test_a_stopped_writer_is_not_waited_for_without_limit(start: Start, path: Path) -> None:
    (writer,) = busy(start, QUEUED, 1)
    queue = WriterQueue(path)
    assert queue.enter(timeout=20)  # so the writer waits for its turn, the first of all
    writer.send_signal(signal.SIGSTOP)
    queue.leave()
    output, _ = start(QUEUED, "--rows", "1", "--timeout", "0.1").communicate()
    writer.send_signal(signal.SIGCONT)
    assert output in {"0\n", "1\n"}  # whether it was stopped before it held a file
    assert refused(start, QUEUED, "--timeout", "20") == 0


@pytest.fixture
def database(path: Path, django_db_blocker: DjangoDbBlocker) -> Generator[DatabaseWrapper, None, None]:
    settings = connections.settings["default"] | {
        "ENGINE": QUEUED,
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 0.05},
    }
    connections.settings["queued"] = settings
    try:
        with django_db_blocker.unblock():
            yield connections["queued"]  # type: ignore[misc]  # of this backend
    finally:
        connections["queued"].close()
        del connections["queued"], connections.settings["queued"]


@pytest.fixture
def free(path: Path) -> Callable[[], bool]:
    """Return whether nobody has the turn."""

    def free() -> bool:
        queue = WriterQueue(path)
        try:
            return queue.enter(timeout=0)
        finally:
            queue.leave()

    return free


def write(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute(INSERT, ["here"])


def test_a_turn_lasts_as_long_as_a_transaction(database: Any, free: Callable[[], bool]) -> None:
    with transaction.atomic(using="queued"):
        assert not free()
        with transaction.atomic(using="queued"):
            write(database)
        assert not free()
    assert free()
    with suppress(ZeroDivisionError), transaction.atomic(using="queued"):
        write(database)
        raise ZeroDivisionError
    assert free()
    write(database)
    assert free()


def test_a_lost_connection_ends_the_turn(database: Any, free: Callable[[], bool]) -> None:
    with transaction.atomic(using="queued"):
        database.close()
        assert free()


def test_an_interrupted_commit_ends_the_turn(
    database: Any, free: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]  # the stubs lack it

    def commit_late(wrapper: DatabaseWrapper) -> None:
        commit(wrapper)
        raise KeyboardInterrupt

    monkeypatch.setattr(BaseDatabaseWrapper, "_commit", commit_late)
    with pytest.raises(KeyboardInterrupt), transaction.atomic(using="queued"):
        write(database)
    assert free()


def test_readers_do_not_wait(database: Any, path: Path) -> None:
    queue = WriterQueue(path)
    assert queue.enter(timeout=0)
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM written")
            assert cursor.fetchone() == (0,)
        with pytest.raises(OperationalError) as alone:
            write(database)
        with pytest.raises(OperationalError) as first, transaction.atomic(using="queued"):
            pass
        assert outages.outage_of(alone.value) is outages.outage_of(first.value) is outages.BUSY
    finally:
        queue.leave()
    write(database)


def test_a_busy_database_has_json(database: Any, path: Path) -> None:
    """Otherwise, Django's checks refuse every model with JSON when a process starts while another one writes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError):
            write(database)
        assert database.features.supports_json_field
        assert Tech.check(databases=["queued"]) == []


def test_a_longer_timeout_of_a_connection_counts(database: Any, path: Path) -> None:
    """While it migrates, a connection waits for another migrate."""
    with database.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 60000")
    queue = WriterQueue(path)
    assert queue.enter(timeout=0)
    thread = threading.Timer(0.2, queue.leave)  # longer than the timeout in the settings
    thread.start()
    write(database)
    thread.join()


def test_one_that_is_interrupted_leaves_the_queue(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Ctrl-C, or by the time limit of a task."""

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    first, second, third = (WriterQueue(path) for _ in range(3))
    assert first.enter(timeout=0)
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            second.enter(timeout=20)
    first.leave()
    assert third.enter(timeout=0)
    third.leave()


def test_a_connection_that_is_forgotten_leaves_the_queue(path: Path) -> None:
    first, second = WriterQueue(path), WriterQueue(path)
    assert first.enter(timeout=0)
    del first
    assert second.enter(timeout=0)
    second.leave()


def test_threads_wait_for_each_other(path: Path) -> None:
    order: list[str] = []
    queue = WriterQueue(path)
    assert queue.enter(timeout=0)

    def wait() -> None:
        other = WriterQueue(path)
        order.append(f"entered: {other.enter(timeout=20)}")
        other.leave()

    thread = threading.Thread(target=wait)
    thread.start()
    order.append("leaves")
    queue.leave()
    thread.join()
    assert order == ["leaves", "entered: True"]


def test_those_behind_one_that_gave_up_still_wait(path: Path) -> None:
    first, second, third, fourth = (WriterQueue(path) for _ in range(4))
    assert first.enter(timeout=0)
    assert not second.enter(timeout=0)
    assert not third.enter(timeout=0)
    first.leave()
    assert fourth.enter(timeout=0)
    assert not second.enter(timeout=0)
    fourth.leave()
    assert second.enter(timeout=0)
    second.leave()
    assert [file.name for file in path.with_name(f"{path.name}-queue").iterdir()] == ["last"]


@pytest.mark.parametrize("content", [b"", b"7", b"\0" * 20, b"-1x", b"00000000000000000041"])
def test_any_last_number_is_a_beginning(path: Path, content: bytes) -> None:
    queue = WriterQueue(path)
    path.with_name(f"{path.name}-queue").joinpath("last").write_bytes(content)
    assert queue.enter(timeout=0)
    assert not WriterQueue(path).enter(timeout=0)
    queue.leave()
    assert queue.enter(timeout=0)
    queue.leave()


def test_without_files_sqlite_says_why(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "no such directory" / "test.sqlite3")
    assert queue.enter(timeout=0)
    queue.leave()
