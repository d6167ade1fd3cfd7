"""Metrics cost a repeated response no more than the addition of an integer, with or without them."""

import asyncio
import dis
import gc
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
import redis

from techlist.metrics.catalogue import REQUEST_SECONDS, REQUESTS
from techlist.metrics.figures import Figures
from techlist.server.near_cache import NearCache
from techs import cache
from techs.api.keeping import Lease
from tests.server.test_near_responses import Headers, page
from tests.support.servers import Servers

TOKEN = "t1"


@contextmanager
def calls() -> Generator[list[str], None, None]:
    """Collect the Python functions that this thread calls, as file:name."""
    found: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            found.append(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")

    gc.disable()  # it calls functions of others
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        gc.enable()


def hit(server: Any, figures: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the calls of a request that is answered from memory."""
    monkeypatch.setattr(server, "figures", figures)
    scope = SimpleNamespace(method="GET", path="/get", query_string="", headers=Headers({"host": "a"}), client="a:1")
    sent: list[int] = []
    protocol = SimpleNamespace(response_bytes=lambda status, headers, content: sent.append(status))
    application = server.BoundedServer()
    near = application._near

    async def work() -> list[str]:
        question = near.question(scope)
        for _ in range(2):
            near.keep(question, page(token=TOKEN))
            question = near.question(scope)
        # The first request connects to Redis, which drops everything.
        await application.__rsgi__(scope, protocol)
        for _ in range(2):
            near.keep(near.question(scope), page(token=TOKEN)._replace(lease=Lease(TOKEN), began=time.monotonic()))
        before = near.hits
        with calls() as found:
            await application.__rsgi__(scope, protocol)
        assert (near.hits, sent[-1]) == (before + 1, 200)
        return found

    monkeypatch.setattr(server, "_call_django", lambda *_: page(token=TOKEN))
    return asyncio.run(work())


@pytest.fixture
def _token(servers: Servers) -> None:
    with redis.Redis(port=servers.cache.port) as client:
        client.set(cache.token_key(), TOKEN)


@pytest.mark.one_database
@pytest.mark.usefixtures("_token")
def test_a_repeated_response(rsgi: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without = hit(rsgi, rsgi.figures, monkeypatch)
    monkeypatch.setattr("techlist.metrics.figures.INTERVAL", 3600)
    figures = Figures(tmp_path)
    assert hit(rsgi, figures, monkeypatch) == without
    assert len(without) > 5
    assert not [
        call for call in without if any(part in call for part in ("techlist/metrics", "prometheus", "middleware"))
    ]
    # The number is there for whoever asks.
    assert figures.total()["techlist_near_cache_hits_total",] == [1.0]


def test_counting_is_an_addition() -> None:
    """The test above sees no C functions, so look at what follows each reading of the number."""
    steps = [each for each in dis.get_instructions(NearCache.respond) if each.opname not in {"CACHE", "COPY"}]
    reads = [index for index, each in enumerate(steps) if each.opname == "LOAD_ATTR" and each.argval == "hits"]
    assert len(reads) == 2, "two ways lead to a response from memory"
    for index in reads:
        assert steps[index + 1].opname.startswith(("LOAD_CONST", "LOAD_SMALL_INT"))
        assert steps[index + 2].opname.startswith("BINARY_OP")


def test_counting_a_request_of_django_takes_microseconds(tmp_path: Path) -> None:
    """Counted in calls, so it does not depend on the machine."""
    figures = Figures(tmp_path)
    with calls() as found:
        figures.add(REQUESTS, "techs:get", "GET", "2xx")
        figures.observe(REQUEST_SECONDS, "techs:get", "GET", seconds=0.01)
    assert len([call for call in found if "techlist/metrics" in call]) <= 8
