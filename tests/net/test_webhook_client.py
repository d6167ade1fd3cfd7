"""POSTs to webhooks have time limits, follow no redirects, and go to the checked address."""

import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from techs.net.webhook_client import Limits, PostFailed, post
from tests.support.loopback import silent_port
from tests.support.receiver import Receiver
from tests.support.servers import free_port
from tests.support.waiting import HANG

QUICK = Limits(connect=0.3, total=0.8)


def send(url: str, *, is_private_allowed: bool = True, limits: Limits = QUICK) -> None:
    post(url, '{"a": "ü"}', headers={"x-a": "1"}, is_private_allowed=is_private_allowed, limits=limits)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_arrives(hook: Receiver, status: int) -> None:
    hook.status, hook.size = status, 0
    send(hook.url)
    (request,) = hook.requests
    assert (request.path, request.body, request.headers["x-a"]) == ("/hook?key=secret", '{"a": "ü"}'.encode(), "1")
    assert request.headers["host"] == hook.url.split("/")[2]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_redirects_are_not_followed(hook: Receiver, status: int) -> None:
    hook.status, hook.headers = status, {"Location": hook.url}
    with pytest.raises(PostFailed, match=f"answered {status}. Redirects are not followed"):
        send(hook.url)
    assert len(hook.requests) == 1


@pytest.mark.parametrize("status", [304, 400, 401, 404, 410, 429, 500, 503])
def test_anything_else_has_not_arrived(hook: Receiver, status: int) -> None:
    hook.status, hook.size = status, 0
    with pytest.raises(PostFailed, match=f"127.0.0.1 answered {status}"):
        send(hook.url)


def test_slow_answer(hook: Receiver) -> None:
    hook.pause = 3
    started = time.monotonic()
    with pytest.raises(PostFailed, match=r"No response within 0\.8 seconds"):
        send(hook.url)
    assert time.monotonic() - started < HANG


def test_a_huge_answer_is_not_read(hook: Receiver) -> None:
    hook.size = 2**40
    started = time.monotonic()
    send(hook.url, limits=Limits())
    assert time.monotonic() - started < HANG


def test_an_answer_without_end(hook: Receiver) -> None:
    """Neither oversized nor endless headers hold it up."""
    hook.headers = {"X-Large": "x" * 10_000_000}
    with pytest.raises(PostFailed, match="connection was lost"):
        send(hook.url)
    hook.headers, hook.drip = {"X-Slow": "x"}, 0.2
    started = time.monotonic()
    with pytest.raises(PostFailed, match=r"No response within 0\.8 seconds"):
        send(hook.url)
    assert time.monotonic() - started < HANG


def test_gone(hook: Receiver) -> None:
    hook.answers = [410, 404]
    for is_gone in (True, False):
        with pytest.raises(PostFailed) as failed:
            send(hook.url)
        assert failed.value.is_gone == is_gone


def test_when_to_try_again(hook: Receiver) -> None:
    hook.status, hook.headers = 429, {"Retry-After": "90"}
    with pytest.raises(PostFailed) as failed:
        send(hook.url)
    assert failed.value.retry_at is not None
    assert abs((failed.value.retry_at - datetime.now(UTC)).total_seconds() - 90) < 10


def test_reset(hook: Receiver) -> None:
    hook.is_reset = True
    with pytest.raises(PostFailed, match="connection was lost"):
        send(hook.url)


def test_nobody_listens() -> None:
    with pytest.raises(PostFailed, match="Cannot connect"):
        send(f"http://127.0.0.1:{free_port()}/")


def test_nobody_accepts() -> None:
    with silent_port() as port, pytest.raises(PostFailed, match="No connection"):
        send(f"http://127.0.0.1:{port}/")


def test_a_name_that_is_none() -> None:
    with pytest.raises(PostFailed, match="Nothing was sent"):
        send("http://nobody.invalid/", limits=Limits())


def test_the_environments_proxy_is_not_used(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    send(hook.url)
    assert len(hook.requests) == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0", "127.1"]
)
def test_private_addresses_are_refused(hook: Receiver, host: str) -> None:
    port = hook.url.split(":")[2].split("/")[0]
    with pytest.raises(PostFailed, match="is in a private network"):
        send(f"https://{host}:{port}/", is_private_allowed=False)
    assert hook.requests == []


def test_plain_http_is_refused(hook: Receiver) -> None:
    with pytest.raises(PostFailed, match="begins with https://"):
        send(hook.url, is_private_allowed=False)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Simulate a name server that changes its answers, as in an attack on an internal network."""
    asked: list[str] = []
    left = list(answers)
    original = socket.getaddrinfo

    def answer(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.example":
            return original(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


@pytest.mark.parametrize(
    "private", ["10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00::1", "169.254.169.254"]
)
def test_one_private_address_is_enough(monkeypatch: pytest.MonkeyPatch, private: str) -> None:
    resolve_to(monkeypatch, ["93.184.215.14", private])
    with pytest.raises(PostFailed, match="private network"):
        send("https://rebind.example/", is_private_allowed=False)


def test_a_name_is_resolved_once(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second answer would lead elsewhere, but the name is resolved only once."""
    asked = resolve_to(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    port = hook.url.split(":")[2].split("/")[0]
    send(f"http://rebind.example:{port}/hook")
    assert len(asked) == 1
    assert hook.requests[0].headers["host"] == f"rebind.example:{port}"


def test_a_silent_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes no longer than a message may."""
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: is_over.wait(10) or [])
    started = time.monotonic()
    try:
        with pytest.raises(PostFailed, match=r"No response within 0\.8 seconds"):
            send("https://silent.example/")
        assert time.monotonic() - started < HANG
    finally:
        is_over.set()


def test_the_next_address_if_one_accepts_nothing(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    port = hook.url.split(":")[2].split("/")[0]
    send(f"http://rebind.example:{port}/hook")
    assert len(hook.requests) == 1


def test_tls_asks_for_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the pinned address, and the certificate must match the name."""
    resolve_to(monkeypatch, ["127.0.0.1"])
    greeting: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: greeting.append(_first_bytes(server)))
        thread.start()
        with pytest.raises(PostFailed):
            send(f"https://rebind.example:{server.getsockname()[1]}/")
        thread.join()
    assert b"rebind.example" in greeting[0]


def _first_bytes(server: socket.socket) -> bytes:
    client, _ = server.accept()
    with client:
        return client.recv(4096)
