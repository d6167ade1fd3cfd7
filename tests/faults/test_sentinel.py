"""The broker's server fails, and Sentinel promotes a replica: nothing accepted is lost, and no process is restarted."""

import itertools
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from techlist.local import valkey
from techlist.local.processes import wait_until
from techs.models import Submission, SubmissionState
from tests.faults.rig import BRISK
from tests.support.servers import Server, Servers, Valkey, free_port
from tests.support.services import Beat, Web, Worker, environment_for_processes, place, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.faults]

NAME, PASSWORD = "techlist broker", "of the sentinel"


class LoggedWorker(Worker):
    """A worker whose broker the test process does not use."""

    def _answers_ping(self) -> bool:
        return " ready." in self.log.read_text(errors="replace")


class Sentinel(Server):
    """A Sentinel that promotes a replica after half a second."""

    def __init__(self, port: int, *, directory: Path, reaper: Any) -> None:
        self.port = free_port()
        config = directory / "sentinel.conf"
        config.write_text(
            f'port {self.port}\nbind 127.0.0.1\ndir {directory}\nrequirepass "{PASSWORD}"\n'
            f'sentinel monitor "{NAME}" 127.0.0.1 {port} 1\n'
            f'sentinel down-after-milliseconds "{NAME}" 500\nsentinel failover-timeout "{NAME}" 3000\n'
        )
        command = [str(valkey._program()), str(config), "--sentinel"]
        super().__init__("sentinel", command, answers=self._sees_replica, directory=directory, reaper=reaper)

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, password=PASSWORD, decode_responses=True)

    def _sees_replica(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.sentinel_slaves(NAME))
        except redis.RedisError:
            return False

    def current(self) -> int:
        with self.client() as client:
            return int(client.sentinel_get_master_addr_by_name(NAME)[1])


@dataclass
class Watched:
    """Two servers for the broker, of which one replicates the other, and their Sentinel."""

    first: Valkey
    second: Valkey
    sentinel: Sentinel

    @property
    def url(self) -> str:
        # The first Sentinel is down, which must not delay anything.
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{self.sentinel.port}"
        return f"redis+sentinel://{hosts}/{NAME.replace(' ', '%20')}/0?sentinel_password={PASSWORD.replace(' ', '%20')}"


@pytest.fixture
def watched(servers: Servers) -> Generator[Watched, None, None]:
    places: Any = place(servers)
    with ExitStack() as stack:
        first = stack.enter_context(running(Valkey("first", valkey.BROKER, **places)))
        replica = [*valkey.BROKER, "--replicaof", f"127.0.0.1 {first.port}"]
        second = stack.enter_context(running(Valkey("second", replica, **places)))
        yield Watched(first, second, stack.enter_context(running(Sentinel(first.port, **places))))


class Load:
    """Submissions over HTTP, all of which must be accepted and done."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._names = itertools.count()
        self.accepted = 0

    def send(self, count: int) -> None:
        for number in itertools.islice(self._names, count):
            sent = httpx.post(f"{self._url}/api/techs/", json={"text": f"thing {number}"}, timeout=15)
            assert sent.status_code == 202, sent.text
            self.accepted += 1

    def is_done(self) -> bool:
        return Submission.objects.filter(state=SubmissionState.DONE).count() == self.accepted


def test_a_replica_takes_over(watched: Watched, servers: Servers) -> None:
    env = environment_for_processes(servers) | BRISK | {"REDIS_BROKER_URL": watched.url}
    places: Any = place(servers)
    with ExitStack() as stack:
        web = stack.enter_context(running(Web(**places, env=env, name="web-sentinel")))
        worker = stack.enter_context(running(LoggedWorker(**places, env=env, name="worker-sentinel")))
        beat = stack.enter_context(running(Beat(**places, env=env, name="beat-sentinel")))
        load = Load(web.url)
        load.send(5)
        assert wait_until(load.is_done, timeout=30)
        watched.first.kill()
        load.send(20)  # some of them while nobody listens
        assert wait_until(lambda: watched.sentinel.current() == watched.second.port, timeout=30)
        load.send(20)
        assert wait_until(load.is_done, timeout=90)
        # The old one comes back as a replica, and takes over again.
        watched.first.start()
        with watched.sentinel.client() as sentinel:
            assert wait_until(lambda: _is_ready(sentinel), timeout=60)
            assert wait_until(lambda: _failed_over(sentinel), timeout=60)
        load.send(20)
        assert wait_until(lambda: watched.sentinel.current() == watched.first.port, timeout=60)
        load.send(20)
        assert wait_until(load.is_done, timeout=90)
        assert all(process.is_alive() for process in (web, worker, beat))


def _is_ready(sentinel: Any) -> bool:
    return any(
        not {"s_down", "disconnected"} & {*str(each["flags"]).split(",")} and each["master-link-status"] == "ok"
        for each in sentinel.sentinel_slaves(NAME)
    )


def _failed_over(sentinel: Any) -> bool:
    try:
        return bool(sentinel.execute_command("SENTINEL", "FAILOVER", NAME))
    except redis.ResponseError:
        return False  # too soon after the last one
