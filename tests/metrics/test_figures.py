"""Numbers of several processes add up, whatever happens to the processes."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from techlist.local.embedded import BASE_DIR
from techlist.metrics.catalogue import BEAT_AT, CACHE_HITS, REPUBLISHED, TASK_SECONDS, TASKS, Values
from techlist.metrics.figures import Figures

# Counts one for each line that it reads.
PROCESS = """
import sys
import django
django.setup()
from techlist.metrics.catalogue import REPUBLISHED
from techlist.metrics.figures import figures
for _ in sys.stdin:
    figures.add(REPUBLISHED)
    figures.flush()
    print("counted", flush=True)
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the numbers, which this process only writes when a test says so."""
    monkeypatch.setattr("techlist.metrics.figures.INTERVAL", 3600)
    return tmp_path / "metrics"


@contextmanager
def counting(directory: Path) -> Generator[subprocess.Popen[str], None, None]:
    """Run a process that counts."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "techlist.settings",
        "TECHLIST_METRICS_PORT": "1",
        "TECHLIST_METRICS_DIR": str(directory),
    }
    command = [sys.executable, "-c", PROCESS]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


def count(process: subprocess.Popen[str], number: int) -> None:
    assert process.stdin
    assert process.stdout
    for _ in range(number):
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "counted\n"


def total(values: Values, name: str = REPUBLISHED.name) -> float:
    return values[name,][0]


def test_processes_add_up(directory: Path) -> None:
    here = Figures(directory)
    here.add(REPUBLISHED, amount=100)
    with counting(directory) as one, counting(directory) as two:
        count(one, 2)
        count(two, 3)
        here.flush()
        assert total(here.total()) == 105
        assert total(Figures(directory).total()) == 105
        assert {path.name for path in directory.glob("*.json")} == {"0.json", "1.json", "2.json"}


def test_a_killed_process_leaves_its_numbers_to_the_next(directory: Path) -> None:
    for number in range(1, 4):
        with counting(directory) as process:
            count(process, 1)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert total(Figures(directory).total()) == number
    assert [path.name for path in directory.glob("*.json")] == ["0.json"]


def test_a_fork_counts_for_itself(directory: Path) -> None:
    here = Figures(directory)
    here.add(REPUBLISHED, amount=10)
    here.flush()
    child = os.fork()
    if child == 0:
        here.after_fork()
        here.add(REPUBLISHED)
        here.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert total(here.total()) == 11


def test_watched_counters_of_a_process_that_was_replaced(directory: Path) -> None:
    for expected in (7.0, 14.0):
        figures = Figures(directory)
        figures.watch(CACHE_HITS, lambda: 7)
        figures.flush()
        figures.flush()
        assert total(figures.total(), CACHE_HITS.name) == expected
        figures.after_fork()  # closes the file of locks, as the end of the process does


def test_histograms_add_up_and_the_latest_date_counts(directory: Path) -> None:
    first, second = Figures(directory), Figures(directory)
    for figures, seconds in ((first, 0.02), (second, 40.0)):
        figures.observe(TASK_SECONDS, "techs.sweep", seconds=seconds)
        figures.set(BEAT_AT, seconds)
    # Two in one process would have the same file.
    directory.mkdir()
    rows = [[TASK_SECONDS.name, "techs.sweep", [0, 0, 1, *[0] * 10, 0.02]], [BEAT_AT.name, [99.0]]]
    (directory / "5.json").write_text(json.dumps(rows))
    found = second.total()
    assert found[TASK_SECONDS.name, "techs.sweep"] == [0, 0, 1, *[0] * 9, 1, 40.02]
    assert total(found, BEAT_AT.name) == 99.0
    assert total(first.total(), BEAT_AT.name) == 99.0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[",
        "{}",
        "[[1]]",
        json.dumps([["techlist_of_another_version_total", [1.0]]]),
        json.dumps([[TASKS.name, "too few labels", [1.0]]]),
        json.dumps([[TASK_SECONDS.name, "techs.sweep", [1.0, 2.0]]]),
    ],
)
def test_what_another_version_or_a_full_disk_left_is_ignored(directory: Path, content: str) -> None:
    directory.mkdir()
    (directory / "0.json").write_text(content)
    figures = Figures(directory)
    figures.add(REPUBLISHED)
    figures.flush()
    assert figures.total() == {(REPUBLISHED.name,): [1.0]}
    assert json.loads((directory / "0.json").read_text()) == [[REPUBLISHED.name, [1.0]]]


def test_a_directory_that_cannot_be_used_is_logged_once(directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    directory.write_text("a file")
    figures = Figures(directory)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            figures.add(REPUBLISHED)
            figures.flush()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        f"Metrics cannot be stored in {directory}"
    ]
    assert total(figures.total()) == 3


def test_a_full_disk_is_logged_once_and_nothing_is_lost(
    directory: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = Figures(directory)
    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        for _ in range(2):
            figures.add(REPUBLISHED)
            figures.flush()
    figures.flush()
    assert len(caplog.records) == 1
    assert total(Figures(directory).total()) == 2
