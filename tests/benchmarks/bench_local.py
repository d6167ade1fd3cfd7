"""`make run`: its start, its memory at rest, and writes to its SQLite database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest
import requests

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from tests.benchmarks import QUICK, client
from tests.benchmarks.client import Answer, Steady
from tests.benchmarks.environment import posts
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import percentile
from tests.support.servers import Server, Servers, free_port
from tests.support.services import place

STARTS = 3
POSTS_PER_SECOND, READS_PER_SECOND, SECONDS = 100, 10, 30
AT_REST = 10  # seconds after the last request

pytestmark = pytest.mark.skipif(QUICK, reason="takes a minute")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a user with migrated tables, and without limits for one address."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    places = {"TECHLIST_DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port())}
    env = kept | places | {"TECHLIST_SYNC": "off", "TECHLIST_THROTTLE": "0"}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=BASE_DIR, env=env, check=True)
    return env


class Embedded(Server):
    """Techlist with all its servers, as `make run` starts it."""

    def __init__(self, servers: Servers, env: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{env['PORT']}"
        command = [sys.executable, "-m", "techlist.local"]
        super().__init__("embedded", command, answers=self._is_ready, env=env, **place(servers))

    def start(self) -> None:
        self.launch()
        assert wait_until(self._is_ready, timeout=120, step=0.02), self.log.read_text()

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/readyz", timeout=2) as response:  # noqa: S310  our own address
                return bool(response.status == HTTPStatus.OK)
        except (URLError, OSError):
            return False


def test_embedded(servers: Servers, env: dict[str, str], figures: Figures) -> None:
    embedded = Embedded(servers, env)
    try:
        embedded.start()  # which also prepares the files and data that later starts find
        figures.add("start", [_start(embedded) for _ in range(STARTS)])
        figures.add("memory", list(_memory(embedded)))
        writes = _write_while_read(embedded)
    finally:
        embedded.kill()
    failed = [each for each in writes if each.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not each.status]
    figures.add("sqlite", [100 * len(failed) / len(writes)])
    figures.add("sqlite_p99", [percentile([each.milliseconds for each in writes], 99)])


def _start(embedded: Embedded) -> float:
    embedded.stop()
    began = time.monotonic()
    embedded.start()
    return time.monotonic() - began


def _memory(embedded: Embedded) -> Iterator[float]:
    """Yield the memory in MiB a few times, a while after every part has worked once. Shared pages count once."""
    for path in ("/", "/get", "/api/techs/"):
        requests.get(embedded.url + path, timeout=10).raise_for_status()
    body = requests.post(f"{embedded.url}/api/techs/", json={"text": "Django 3.2"}, timeout=10).json()
    wait_until(lambda: _state(embedded, body["submission"]["id"]) == "done", timeout=30)
    time.sleep(AT_REST)
    process = psutil.Process(embedded.pid)
    for _ in range(3):
        time.sleep(1)
        tree = (process, *process.children(recursive=True))
        yield sum(each.memory_full_info().pss for each in tree) / 2**20


def _state(embedded: Embedded, submission: str) -> str:
    answer: dict[str, str] = requests.get(f"{embedded.url}/api/submissions/{submission}/", timeout=10).json()
    return answer["state"]


def _write_while_read(embedded: Embedded) -> list[Answer]:
    """Return the answers to POSTs while somebody polls the list and a submission."""
    created = requests.post(f"{embedded.url}/api/techs/", json={"text": "Django 4.2"}, timeout=10).json()
    paths = ("/api/techs/", f"/api/submissions/{created['submission']['id']}/")
    polls = cycle(client.request(embedded.url + path, {}) for path in paths)
    poller = Steady(url=embedded.url, requests=polls, per_second=READS_PER_SECOND)
    with client.meanwhile(lambda ended: poller.run(ended=ended)):
        writes = posts(embedded.url, POSTS_PER_SECOND, headers={}).run(seconds=SECONDS)
    return writes + poller.answers
