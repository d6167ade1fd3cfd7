"""Time, CPU and memory of many imports, from the first accepted request to the last saved line.

TECHLIST_BENCH_IMPORTS is the number of imports of 10,000 lines each, TECHLIST_BENCH_SINGLE the number of lines sent one
by one for comparison. One worker with two processes, as in all tests.
"""

import os
import time
from collections.abc import Callable

import psutil
import pytest
from django.db import connection

from techlist.local.processes import wait_until
from techs.imports import service
from techs.imports.manifests import read
from techs.models import Submission, SubmissionState, Tech
from techs.submissions import outbox
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import cpu_seconds
from tests.support.servers import SERVERS, Servers
from tests.support.services import Worker, environment_for_processes, place, running

IMPORTS = int(os.environ.get("TECHLIST_BENCH_IMPORTS", "10"))
TARGET = 10  # imports
LINES = 10_000
SINGLE = int(os.environ.get("TECHLIST_BENCH_SINGLE", "5000"))
SECONDS = 3600.0


def lines(first: int, last: int) -> str:
    """Return distinct lines, every other one known."""
    return "\n".join(f"Django 3.{number}" if number % 2 else f"thing {number}" for number in range(first, last))


def _until_done(accept: Callable[[], object]) -> float:
    """Return the seconds from before it is accepted until every line is done."""
    started = time.monotonic()
    accept()
    unfinished = Submission.objects.exclude(state=SubmissionState.DONE)
    assert wait_until(lambda: not unfinished.exists(), timeout=SECONDS)
    return time.monotonic() - started


def _import_all() -> None:
    for number in range(IMPORTS):
        service.accept(read("", lines(number * LINES, (number + 1) * LINES).encode()))


def _submit_all() -> None:
    first = IMPORTS * LINES
    for text in lines(first, first + SINGLE).split("\n"):
        outbox.accept(text=text)


def _seconds(servers: Servers, worker: Worker) -> dict[str, float]:
    """Return the CPU seconds of each server so far, and those that workers waited for rows of others."""
    pids = {"worker": worker.pid}
    if servers.mariadb:
        pids["MariaDB"] = servers.mariadb.pid
    seconds = {"accepting": time.process_time(), **{name: cpu_seconds(pid) for name, pid in pids.items()}}
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_time'")
            seconds["waiting for rows"] = int(cursor.fetchone()[1]) / 1000
    return seconds


def _memory(worker: Worker) -> float:
    """Return the memory of all worker processes in MiB; shared memory counts for each."""
    parent = psutil.Process(worker.pid)
    return sum(process.memory_info().rss for process in (parent, *parent.children())) / 1024**2


@pytest.mark.django_db(transaction=True)
def test_imports(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str], figures: Figures) -> None:
    servers = pytestconfig.stash[SERVERS]
    with running(Worker(**place(servers), env=environment_for_processes(servers))) as worker:
        _until_done(lambda: service.accept(read("", b"Django 3.2")))  # loaded only once
        before, seconds = _memory(worker), _seconds(servers, worker)
        together = _until_done(_import_all)
        after = _memory(worker)
        used = {name: now - seconds[name] for name, now in _seconds(servers, worker).items()}
        assert Tech.objects.count() == IMPORTS * LINES + 1
        alone = _until_done(_submit_all)
    if IMPORTS == TARGET:
        figures.add("imports", [together])
    ratio = (alone / SINGLE) / (together / (IMPORTS * LINES))
    with capsys.disabled():
        print(f"\n{IMPORTS} imports of {LINES:,} lines: {together:.0f} s from accepted to all done")
        each = ", ".join(f"{name} {took * 1000 / IMPORTS / LINES:.2f}" for name, took in used.items())
        print(f"ms for each line: {each}")
        print(f"the same as single submissions: {ratio:.1f} times as long ({SINGLE:,} took {alone:.0f} s)")
        print(f"memory of the worker: {before:.0f} MiB before, {after:.0f} MiB after")
