"""Thousands of idle connections delay no health check."""

import resource
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest

from techlist.local.processes import wait_until
from techlist.server import open_files
from tests.support.services import Web
from tests.support.waiting import HANG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database, pytest.mark.slow]

IDLE = 2_000
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def open_file_limit(soft: int) -> Generator[None, None, None]:
    """Set the limit of this process, which those that it starts inherit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def connect(web: Web) -> socket.socket:
    host, port = web.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=HANG)


def server_of(web: Web) -> psutil.Process:
    """Return the process that has the connections."""
    children = psutil.Process(web.pid).children(recursive=True)
    return max([psutil.Process(web.pid), *children], key=lambda process: process.num_fds())


@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nHost: local", GET], ids=["silent", "half", "kept alive"])
def test_health_checks_do_not_wait_for_idle_connections(web_process: Web, begin: bytes) -> None:
    if open_files.connections() < IDLE + 100:
        pytest.skip("needs a hard limit of 4,096 open files: ulimit -Hn")
    with open_file_limit(resource.getrlimit(resource.RLIMIT_NOFILE)[1]), ExitStack() as stack:
        idle = [stack.enter_context(connect(web_process)) for _ in range(IDLE)]
        for client in idle:
            client.sendall(begin)
        if begin == GET:
            # Once the last has its answer, all are idle.
            assert idle[-1].recv(100).startswith(b"HTTP/1.1 200")
        with connect(web_process) as checked:
            checked.sendall(GET)
            assert checked.recv(100).startswith(b"HTTP/1.1 200")
        # The server closes idle connections after 5 s, and has not waited for that.
        assert not is_closed(idle[0])


def is_closed(client: socket.socket) -> bool:
    client.settimeout(0)
    with suppress(BlockingIOError):
        while client.recv(1000):
            pass
        return True
    return False


def test_a_low_limit_is_raised(web_process: Web) -> None:
    assert wait_until(lambda: server_of(web_process).is_running(), timeout=5)
    soft, _ = server_of(web_process).rlimit(psutil.RLIMIT_NOFILE)
    assert soft >= open_files.connections() + 224


@pytest.mark.parametrize(
    ("limits", "expected", "raised"),
    [
        ((1024, 1024), 800, None),
        ((1024, 2048), 1824, 2048),
        ((1024, 1_048_576), 3872, 4096),
        ((1024, resource.RLIM_INFINITY), 3872, 4096),
        ((20_000, 20_000), 3872, None),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 3872, None),
    ],
)
def test_limits(monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], expected: int, raised: int | None) -> None:
    new: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, value: new.append(value))
    open_files.raise_limit()
    assert open_files.connections() == expected
    assert new == ([(raised, limits[1])] if raised else [])
