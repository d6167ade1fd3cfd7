"""Requests share questions for the token, but never one that was sent before they came."""

import asyncio
from collections.abc import Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
import uvloop
from django.conf import settings

from techlist import tls
from techlist.local import valkey
from techlist.server.token_source import PAUSE, TokenSource
from techs import cache
from tests.faults.proxy import Proxy
from tests.support.certificates import Authority
from tests.support.servers import Servers, Valkey
from tests.support.services import running
from tests.support.tls_proxy import tls_before
from tests.support.waiting import HANG

pytestmark = pytest.mark.one_database
PATIENT = 30.0


def source(timeout: float = PATIENT) -> tuple[TokenSource, list[int]]:
    """Return a source, and a list that grows with each connection."""
    connections: list[int] = []
    return TokenSource(on_connect=lambda: connections.append(1), timeout=timeout), connections


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run it on the event loop that Granian uses, whose errors differ from those of asyncio's own."""
    uvloop.run(work)


def hold_answers(tokens: TokenSource, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Hold each answer once it has arrived. Return the event of that, and the one to set to go on."""
    answered, go_on, read = asyncio.Event(), asyncio.Event(), tokens._read

    async def read_and_hold(line: Any) -> str | None:
        answer = await read(line)
        answered.set()
        await go_on.wait()
        return answer

    monkeypatch.setattr(tokens, "_read", read_and_hold)
    return answered, go_on


def put(servers: Servers, token: str) -> None:
    with redis.Redis(port=servers.cache.port) as client:
        client.set(cache.token_key(), token)


def test_those_who_come_together_share_a_question(servers: Servers) -> None:
    async def work() -> None:
        tokens, connections = source()
        assert await tokens.current() is None
        put(servers, "t1")
        before = servers.cache.calls("get")
        assert await asyncio.gather(*[tokens.current() for _ in range(50)]) == ["t1"] * 50
        assert servers.cache.calls("get") == before + 1
        assert connections == [1]

    run(work())


def test_those_who_come_later_share_the_next_question(servers: Servers, redis_cache: Valkey) -> None:
    async def work() -> None:
        tokens, _ = source()
        put(servers, "t1")
        assert await tokens.current() == "t1"
        before = servers.cache.calls("get")
        redis_cache.pause()
        first = [asyncio.ensure_future(tokens.current()) for _ in range(10)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not tokens._waiting
        second = [asyncio.ensure_future(tokens.current()) for _ in range(10)]
        await asyncio.sleep(0)
        assert len(tokens._waiting) == 10
        redis_cache.resume()
        assert await asyncio.gather(*first, *second) == ["t1"] * 20
        assert servers.cache.calls("get") == before + 2

    run(work())


def test_answer_is_never_older_than_the_request(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        tokens, _ = source()
        answered, go_on = hold_answers(tokens, monkeypatch)
        put(servers, "old")
        early = asyncio.ensure_future(tokens.current())
        await answered.wait()
        put(servers, "new")
        late = asyncio.ensure_future(tokens.current())
        await asyncio.sleep(0)
        go_on.set()
        assert (await early, await late) == ("old", "new")

    run(work())


def test_a_distant_redis_gets_further_questions_before_its_answer(servers: Servers, redis_cache: Valkey) -> None:
    async def work() -> None:
        tokens, connections = source()
        put(servers, "t1")
        assert await tokens.current() == "t1"
        before = servers.cache.calls("get")
        tokens._round_trip = 2 * PAUSE
        redis_cache.pause()
        asked = []
        for number in range(1, 4):
            asked.append(asyncio.ensure_future(tokens.current()))
            while len(tokens._line.asked) < number:
                await asyncio.sleep(0)
        redis_cache.resume()
        assert await asyncio.gather(*asked) == ["t1"] * 3
        assert servers.cache.calls("get") == before + 3
        assert connections == [1]

    run(work())


def test_a_distant_redis_that_stalls_ends_all_questions(servers: Servers, redis_cache: Valkey) -> None:
    async def work() -> None:
        tokens, connections = source(timeout=0.3)
        put(servers, "t1")
        assert await tokens.current() == "t1"
        tokens._round_trip = 2 * PAUSE
        redis_cache.pause()
        asked = [asyncio.ensure_future(tokens.current())]
        await asyncio.sleep(0.1)
        asked.append(asyncio.ensure_future(tokens.current()))
        assert await asyncio.gather(*asked) == [None, None]
        redis_cache.resume()
        while await tokens.current() != "t1":
            await asyncio.sleep(0.1)
        assert len(connections) > 1

    run(work())


def test_a_line_that_is_dropped_while_its_answer_is_read(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        tokens, _ = source()
        put(servers, "t1")
        assert await tokens.current() == "t1"
        answered, go_on = hold_answers(tokens, monkeypatch)
        tokens._round_trip = 2 * PAUSE
        asked = asyncio.ensure_future(tokens.current())
        await answered.wait()
        reader = tokens._line.reader
        assert reader
        await tokens._drop(tokens._line)
        go_on.set()
        await reader
        assert await asked is None

    run(work())


def test_one_slow_answer_makes_no_distance(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        tokens, _ = source()
        put(servers, "t1")
        assert await tokens.current() == "t1"
        read = tokens._read

        async def read_late(line: Any) -> str | None:
            await asyncio.sleep(5 * PAUSE)
            return await read(line)

        with monkeypatch.context() as patch:
            patch.setattr(tokens, "_read", read_late)
            await tokens.current()
            assert tokens._round_trip < PAUSE
            for _ in range(20):
                await tokens.current()
            assert tokens._round_trip > PAUSE

    run(work())


def test_redis_that_stalls(servers: Servers, redis_cache: Valkey) -> None:
    async def work() -> None:
        tokens, connections = source(timeout=0.3)
        put(servers, "t1")
        assert await tokens.current() == "t1"
        redis_cache.pause()
        asked = [asyncio.ensure_future(tokens.current())]
        await asyncio.sleep(0.1)
        asked.append(asyncio.ensure_future(tokens.current()))
        # The second does not wait for a timeout of its own.
        assert await asyncio.gather(*asked) == [None, None]
        assert tokens._work is None
        redis_cache.resume()
        while await tokens.current() != "t1":
            await asyncio.sleep(0.1)
        assert len(connections) > 1

    run(work())


def test_redis_that_is_away(servers: Servers, redis_cache: Valkey) -> None:
    async def work() -> None:
        tokens, connections = source()
        put(servers, "t1")
        assert await tokens.current() == "t1"
        redis_cache.kill()
        assert await tokens.current() is None
        assert await tokens.current() is None
        redis_cache.start()
        assert await tokens.current() is None
        put(servers, "t2")
        assert await tokens.current() == "t2"
        assert len(connections) == 2

    run(work())


@pytest.mark.parametrize("event_loop", [asyncio, uvloop])
def test_a_connection_that_is_reset_while_idle(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, event_loop: Any
) -> None:
    async def work() -> list[str | None]:
        tokens, _ = source()
        found = [await tokens.current()]
        proxy.cut()
        async with asyncio.timeout(HANG):
            reader = tokens._line.connection._reader
            while not (reader.at_eof() or reader.exception()):
                await asyncio.sleep(0.01)
            found += [await tokens.current(), await tokens.current()]
        return found

    put(servers, "t1")
    with closing(Proxy(servers.cache.port)) as proxy:
        monkeypatch.setitem(settings.CACHES["default"], "LOCATION", f"redis://127.0.0.1:{proxy.port}/0")
        assert event_loop.run(work()) == ["t1", None, "t1"]


def test_cancelled_request_leaves_the_others_alone(servers: Servers) -> None:
    async def work() -> None:
        tokens, _ = source()
        put(servers, "t1")
        asked = [asyncio.ensure_future(tokens.current()) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        assert await asyncio.gather(*asked[1:]) == ["t1", "t1"]

    run(work())


def test_over_tls(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, stranger = Authority(tmp_path, "ours"), Authority(tmp_path, "stranger")
    put(servers, "t1")
    found = []
    with tls_before(servers.cache.port, ours.certify("IP:127.0.0.1")) as port:
        for authority in (ours, stranger):
            url = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authority.file}"
            location, options = tls.split_redis_url("REDIS_CACHE_URL", url, {})
            monkeypatch.setitem(settings.CACHES["default"], "LOCATION", location)
            monkeypatch.setattr(settings, "REDIS_CACHE_TLS", options)
            found.append(asyncio.run(source()[0].current()))
    assert found == ["t1", None]


def test_over_a_socket_with_a_database_and_a_password(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "valkey.sock"
    options = [*valkey.CACHE, "--unixsocket", str(path)]
    with running(Valkey("socket", options, directory=servers.directory, reaper=servers.reaper)) as server:
        with redis.Redis(port=server.port, db=1) as client:
            client.set(cache.token_key(), "t1")
            client.acl_setuser("ada", enabled=True, passwords=["+p@ss"], keys=["*"], commands=["+@all"])
        addresses = {
            f"unix://{path}?db=1": "t1",  # as with `make run`
            f"unix://ada:p%40ss@{path}?db=1": "t1",
            f"redis://ada:p%40ss@127.0.0.1:{server.port}/1": "t1",
            f"redis://ada:wrong@127.0.0.1:{server.port}/1": None,
            f"redis://127.0.0.1:{server.port}/0": None,
        }
        for address, token in addresses.items():
            monkeypatch.setitem(settings.CACHES["default"], "LOCATION", address)
            assert asyncio.run(source()[0].current()) == token, address
