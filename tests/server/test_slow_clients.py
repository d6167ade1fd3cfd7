"""Slow, large or many clients get an answer in time, and others do not wait for them."""

import json
import socket
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager

import pytest

from techs.models import Submission
from tests.support.services import Web
from tests.support.waiting import HANG

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

POST = b"POST /api/techs/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
BODY = json.dumps({"text": "Django 3.2"}).encode()
GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"


def connect(web: Web) -> socket.socket:
    host, port = web.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=15)


def ask(web: Web, request: bytes) -> tuple[int, bytes, float]:
    """Return the status, the rest of the answer, and the seconds it took."""
    started = time.monotonic()
    with closing(connect(web)) as client:
        client.sendall(request)
        answer = client.recv(65536)
    return int(answer[9:12]), answer, time.monotonic() - started


def read_to_end(client: socket.socket) -> bytes:
    """Return all bytes until the server closes the connection."""
    return b"".join(iter(lambda: client.recv(65536), b""))


@contextmanager
def slow_senders(web: Web, count: int) -> Generator[list[socket.socket], None, None]:
    """Open this many POSTs whose bodies trickle in byte by byte."""
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(0.5):
            for client in clients:
                # The server may have closed it, as it should.
                client.send(b" ", socket.MSG_NOSIGNAL) if client.fileno() >= 0 else None

    def quietly() -> None:
        try:
            trickle()
        except OSError:
            return

    with ExitStack() as stack:
        clients = [stack.enter_context(closing(connect(web))) for _ in range(count)]
        for client in clients:
            client.sendall(POST % 1000 + b"{")
        thread = threading.Thread(target=quietly)
        thread.start()
        try:
            yield clients
        finally:
            stop.set()
            thread.join()


@pytest.mark.parametrize("count", [64, 500])
def test_nobody_waits_for_slow_senders(web_process: Web, count: int) -> None:
    with slow_senders(web_process, count):
        for request, expected in [(GET % b"/healthz", 200), (GET % b"/api/techs/", 200)]:
            status, _, seconds = ask(web_process, request)
            assert (status, seconds < HANG) == (expected, True)
        status, _, seconds = ask(web_process, POST % len(BODY) + BODY)
        assert (status, seconds < HANG) == (202, True)
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("path", [b"/api/techs/", b"/add/"])
def test_a_body_that_does_not_come(web_process: Web, path: bytes) -> None:
    started = time.monotonic()
    with closing(connect(web_process)) as client:
        client.sendall((POST % 100).replace(b"/api/techs/", path) + b'{"text"')
        answer = read_to_end(client)
    assert 4 < time.monotonic() - started < HANG
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"content-security-policy: default-src 'none'" in answer
    assert b"Nothing was stored" in answer
    assert (b'{"detail": "' in answer) is (path == b"/api/techs/")
    assert not Submission.objects.exists()


def test_a_slow_body_that_comes_in_time(web_process: Web) -> None:
    with closing(connect(web_process)) as client:
        client.sendall(POST % len(BODY))
        for byte in BODY:
            time.sleep(1 / len(BODY))
            client.sendall(bytes([byte]))
        assert client.recv(100).startswith(b"HTTP/1.1 202")


def test_a_body_that_is_cut_off(web_process: Web) -> None:
    with closing(connect(web_process)) as client:
        client.sendall(POST % len(BODY) + BODY[:-1])
        client.shutdown(socket.SHUT_WR)
        read_to_end(client)
    assert not Submission.objects.exists()
    assert ask(web_process, GET % b"/healthz")[0] == 200


@pytest.mark.parametrize("path", [b"/api/imports/", b"/import/"])
def test_a_file_may_be_larger(web_process: Web, path: bytes) -> None:
    size = 1024 * 1024
    head = POST.replace(b"/api/techs/", path).replace(b"application/json", b"text/plain")
    status, answer, seconds = ask(web_process, head % (size + 1))
    assert (status, seconds < HANG) == (413, True)
    assert b"send at most 1024 KiB" in answer
    # It is read, and refused for its content: a line that is too long, or a form without its token.
    assert ask(web_process, head % size + b"x" * size)[0] == (400 if path == b"/api/imports/" else 403)


def test_a_file_may_take_longer(web_process: Web) -> None:
    body = b'{"lines": ["Django 3.2"]}'
    with closing(connect(web_process)) as client:
        client.sendall(POST.replace(b"/api/techs/", b"/api/imports/") % len(body) + body[:-1])
        time.sleep(7)  # longer than other bodies may take
        client.sendall(body[-1:])
        assert client.recv(100).startswith(b"HTTP/1.1 202")


@pytest.mark.parametrize("path", [b"/api/techs/", b"/create", b"/add/"])
def test_a_large_body_is_refused_before_it_comes(web_process: Web, path: bytes) -> None:
    status, answer, seconds = ask(web_process, (POST % 65537).replace(b"/api/techs/", path))
    assert (status, seconds < HANG) == (413, True)
    assert b"send at most 64 KiB" in answer


def test_clients_that_leave_are_no_errors(web_process: Web) -> None:
    for _ in range(20):
        with connect(web_process) as client:
            client.sendall(POST % 30 + b"{")
    ask(web_process, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert "Traceback" not in web_process.log.read_text()


def test_chunks_are_refused(web_process: Web) -> None:
    request = (POST % 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    status, answer, seconds = ask(web_process, request)
    assert (status, seconds < HANG) == (411, True)
    assert b"Content-Length" in answer


def test_headers_that_do_not_come(web_process: Web) -> None:
    started = time.monotonic()
    with closing(connect(web_process)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: local")
        read_to_end(client)
    assert 4 < time.monotonic() - started < HANG


def test_a_connection_that_says_nothing_any_more(web_process: Web) -> None:
    with closing(connect(web_process)) as client:
        client.sendall(GET % b"/healthz")
        client.recv(65536)
        started = time.monotonic()
        assert read_to_end(client) == b""
    assert time.monotonic() - started < HANG


def test_what_a_proxy_says_cannot_be_said_with_an_underscore(web_process: Web) -> None:
    """WSGI does not distinguish hyphens and underscores."""
    request = (POST % len(BODY)).replace(b"Content-Length", b"Idempotency_Key: one\r\nContent-Length") + BODY
    assert [ask(web_process, request)[0] for _ in range(2)] == [202, 202]
    assert Submission.objects.filter(idempotency_key=None).count() == 2
