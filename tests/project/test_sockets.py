"""Database, cache and broker at Unix sockets: nothing of Techlist opens a TCP connection to them."""

from contextlib import ExitStack
from typing import Any

import httpx
import psutil
import pytest
from django.db import connection

from techlist.local import valkey
from techlist.local.processes import wait_until
from techs.models import Submission, SubmissionState
from tests.support.servers import Servers, Valkey
from tests.support.services import Web, Worker, environment_for_processes, place, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class LoggedWorker(Worker):
    """A worker whose broker the test process does not use."""

    def _answers_ping(self) -> bool:
        return " ready." in self.log.read_text(errors="replace")


def database_url(servers: Servers) -> str:
    """Return the address of the test's database at the server's socket."""
    if servers.mariadb is None:
        return environment_for_processes(servers)["DATABASE_URL"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE USER techlist@localhost IDENTIFIED BY 'by socket'")
        cursor.execute("GRANT ALL ON *.* TO techlist@localhost")
    path = servers.directory / "mariadb.sock"
    return f"mysql://techlist:by%20socket@localhost/{connection.settings_dict['NAME']}?unix_socket={path}"


def remote_ports(pid: int) -> set[int]:
    process = psutil.Process(pid)
    everything = [process, *process.children(recursive=True)]
    return {each.raddr.port for one in everything for each in one.net_connections("tcp") if each.raddr}


def test_everything_by_sockets(servers: Servers) -> None:
    sockets = {name: servers.directory / f"{name}.sock" for name in ("s-cache", "s-broker")}
    places: Any = place(servers)
    with ExitStack() as stack:
        redis = []
        for name, options in {"s-cache": valkey.CACHE, "s-broker": valkey.BROKER}.items():
            server = Valkey(name, [*options, "--unixsocket", str(sockets[name])], **places)
            redis.append(stack.enter_context(running(server)))
        env = environment_for_processes(servers) | {
            "DATABASE_URL": database_url(servers),
            "REDIS_CACHE_URL": f"unix://{sockets['s-cache']}?db=2",
            "REDIS_BROKER_URL": f"unix://{sockets['s-broker']}?db=1",
        }
        web = stack.enter_context(running(Web(**places, env=env, name="web-sockets")))
        worker = stack.enter_context(running(LoggedWorker(**places, env=env, name="worker-sockets")))
        for text in ("Django 3.2", "Redis 5"):
            assert httpx.post(f"{web.url}/api/techs/", json={"text": text}, timeout=15).status_code == 202
        done = Submission.objects.filter(state=SubmissionState.DONE)
        assert wait_until(lambda: done.count() == 2, timeout=60)
        pages = [httpx.get(f"{web.url}/get", timeout=15).json() for _ in range(2)]
        assert (pages[1]["isCached"], len(pages[1]["data"])) == (True, 2)
        ports = {each.port for each in (*redis, *servers.all()) if hasattr(each, "port")}
        assert ports.isdisjoint(remote_ports(web.pid) | remote_ports(worker.pid))
