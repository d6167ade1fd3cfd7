"""Backups under load, and restores beside a cache and a broker that have gone on since: docs/backup.md, carried out."""

from collections.abc import Generator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from django.db import connection

from techlist.local.processes import wait_until
from tests.faults.load import Load
from tests.faults.rig import BRISK
from tests.support import dumps
from tests.support.servers import Servers
from tests.support.services import Beat, Web, Worker, place, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.faults]

RATE = 15.0
AFTER = "Written after the backup 1"


@pytest.fixture
def env(process_env: dict[str, str]) -> Generator[dict[str, str], None, None]:
    yield process_env | BRISK
    dumps.drop({"DATABASE_URL": f"{process_env['DATABASE_URL']}_restored"})


class Installation:
    """Web server, worker and beat on one database."""

    def __init__(self, servers: Servers, env: Mapping[str, str], stack: ExitStack, *, name: str) -> None:
        self._stack = stack
        self._options: dict[str, Any] = place(servers) | {"env": env}
        self._name = name
        self.web = stack.enter_context(running(Web(**self._options, name=f"web-{name}")))

    def work(self) -> None:
        """Start worker and beat."""
        self.worker = self._stack.enter_context(running(Worker(**self._options, name=f"worker-{self._name}")))
        self.beat = self._stack.enter_context(running(Beat(**self._options, name=f"beat-{self._name}")))

    def call(self, path: str, **body: Any) -> Any:
        method = "POST" if body else "GET"
        sent = httpx.request(method, f"{self.web.url}{path}", json=body or None, timeout=20)
        assert sent.is_success, sent.text
        return sent.json()

    def names(self) -> set[str]:
        return {row["text"] for row in self.call("/get")["data"]}

    def is_done(self, submission: str) -> bool:
        return bool(self.call(f"/api/submissions/{submission}/")["state"] == "done")

    def shows(self, name: str) -> bool:
        return any(text.startswith(name) for text in self.names())

    def stop(self) -> None:
        for process in (self.web, self.worker, self.beat):
            process.stop()


def test_a_restored_backup(servers: Servers, env: dict[str, str], tmp_path: Path, seed: int) -> None:
    file = tmp_path / "backup"
    with ExitStack() as stack:
        now = Installation(servers, env, stack, name="now")
        now.work()
        load = Load(now.web.url, "restore", RATE, seed)
        load.start()
        assert wait_until(lambda: len(load.accepted) > 20, timeout=30)
        before = [post.submission for post in load.accepted]
        dumps.dump(env, file)
        assert wait_until(lambda: len(load.accepted) > len(before) + 20, timeout=30)
        load.stop()
        assert {*load.statuses} == {"202"}, "the backup disturbed requests"
        later = now.call("/api/techs/", text=AFTER)["submission"]["id"]
        assert wait_until(lambda: now.is_done(later), timeout=30)
        assert now.shows(AFTER)
        now.worker.stop()
        # Messages about rows that the backup lacks.
        now.call("/api/imports/", lines=[f"Lost {number} 1.0" for number in range(600)])
        for number in range(10):
            now.call("/api/techs/", text=f"Lost, too {number}")
        now.stop()

    restored = dumps.restore(env, file, tmp_path)
    with ExitStack() as stack:
        then = Installation(servers, restored, stack, name="then")
        assert then.shows(AFTER), "control: the cache has a page from after the backup"
        assert dumps.manage(restored, "invalidate_cache") == "All cached pages are invalid.\n"
        assert not then.shows(AFTER)
        then.work()
        assert wait_until(lambda: all(map(then.is_done, before)), timeout=60), "accepted before the backup, and lost"
        with redis.Redis(port=servers.broker.port) as broker:
            queues = ("celery", "imports", "periodic")
            assert wait_until(lambda: not any(map(broker.llen, queues)) and not broker.hlen("unacked"), timeout=60)
        assert "Traceback" not in then.worker.log.read_text()
        # New rows have the numbers of lost ones, and messages of the time after the backup named these numbers.
        new = [then.call("/api/techs/", text=f"New {number}")["submission"]["id"] for number in range(20)]
        assert wait_until(lambda: all(map(then.is_done, new)), timeout=60)
        assert not any(name.startswith("Lost") for name in then.names())
        assert len({name for name in then.names() if name.startswith("New ")}) == 20
    connection.close()


def test_a_backup_is_whole_and_private(servers: Servers, env: dict[str, str], tmp_path: Path) -> None:
    if servers.database != "sqlite":
        pytest.skip("concerns only SQLite")
    file = tmp_path / "backup"
    dumps.manage(env, "backup", str(file))
    assert (file.stat().st_mode & 0o777, list(tmp_path.iterdir())) == (0o600, [file])
    with pytest.raises(AssertionError, match=r"exists\. Name a new file"):
        dumps.manage(env, "backup", str(file))
    with pytest.raises(AssertionError, match="could not be copied"):
        dumps.manage(env, "backup", str(tmp_path / "missing" / "backup"))


def test_backups_of_other_databases_have_their_own_tools(servers: Servers, env: dict[str, str], tmp_path: Path) -> None:
    if servers.database == "sqlite":
        pytest.skip("concerns only MySQL and MariaDB")
    with pytest.raises(AssertionError, match="mariadb-dump"):
        dumps.manage(env, "backup", str(tmp_path / "backup"))
