"""How many requests run at once, and who never waits for them."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import StreamingHttpResponse

from techlist.local.processes import wait_until

pytestmark = pytest.mark.one_database


class SlowDjango:
    """Answers only when told to, and counts the requests that it has begun."""

    def __init__(self) -> None:
        self.began = 0
        self.may_answer = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, scope: Any, body: bytes) -> str:
        if scope.path == "/healthz":
            return "healthy"
        with self._lock:
            self.began += 1
        assert self.may_answer.wait(20)
        return "done"


@pytest.fixture
def slow(rsgi: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDjango]:
    slow = SlowDjango()
    monkeypatch.setattr(rsgi, "_call_django", slow)
    yield slow
    slow.may_answer.set()


def get(path: str) -> Any:
    return SimpleNamespace(method="GET", path=path)


async def wait_for(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, condition, timeout=20)
    assert condition()


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_quick_requests_take_turns(rsgi: Any, slow: SlowDjango, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi, "MOMENT", 60.0)

    async def test() -> None:
        shell = rsgi.BoundedServer()
        requests = [asyncio.create_task(shell._in_thread(get("/"), b"")) for _ in range(rsgi.RUNNING + 3)]
        await wait_for(lambda: slow.began == rsgi.RUNNING)
        assert await shell._in_thread(get("/healthz"), b"") == "healthy"
        assert slow.began == rsgi.RUNNING
        slow.may_answer.set()
        assert await asyncio.gather(*requests) == ["done"] * (rsgi.RUNNING + 3)
        assert (shell._running._value, shell._threads._value) == (rsgi.RUNNING, rsgi.THREADS)

    run(test())


def test_slow_requests_hold_nobody_up(rsgi: Any, slow: SlowDjango, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports and exports take every thread, but health checks have their own."""
    monkeypatch.setattr(rsgi, "MOMENT", 0.001)

    async def test() -> None:
        shell = rsgi.BoundedServer()
        requests = [asyncio.create_task(shell._in_thread(get("/"), b"")) for _ in range(rsgi.THREADS)]
        await wait_for(lambda: slow.began == rsgi.THREADS)
        assert await shell._in_thread(get("/healthz"), b"") == "healthy"
        slow.may_answer.set()
        await asyncio.gather(*requests)
        assert (shell._running._value, shell._threads._value) == (rsgi.RUNNING, rsgi.THREADS)

    run(test())


def test_no_thread_renders_a_long_response_for_its_head(rsgi: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def parts() -> Iterator[bytes]:
        pytest.fail("rendered")
        yield b""

    def answer(_environ: Any, start_response: Callable[..., None]) -> StreamingHttpResponse:
        start_response("200 OK", [])
        return StreamingHttpResponse(parts())

    monkeypatch.setattr(rsgi, "_environ", lambda _scope, _body: {})
    monkeypatch.setattr(rsgi, "django", answer)
    response = rsgi._call_django(SimpleNamespace(method="HEAD", path="/"), b"")
    assert (response.status, response.content, response.parts) == (200, b"", None)
