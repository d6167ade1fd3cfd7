"""The responses that the near cache keeps: which, for how long, in how much memory, and for which requests."""

import asyncio
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from techlist.server.near_cache import NearCache, Question, Response
from techlist.server.turns import Turns
from techs import cache
from techs.api.keeping import Lease
from tests.support.servers import Servers
from tests.support.waiting import HANG

pytestmark = pytest.mark.one_database


@dataclass
class Headers:
    """The headers of a request, as Granian gives them."""

    values: Mapping[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get_all(self, name: str) -> list[str]:
        return [self.values[name]] if name in self.values else []


def asked(near: NearCache, path: str) -> Question:
    scope: Any = SimpleNamespace(method="GET", path=path, query_string="", headers=Headers({"host": "a"}))
    question = near.question(scope)
    assert question is not None
    return question


def kept(near: NearCache, path: str, response: Response) -> bool:
    """Let Django answer twice with a response, and return whether it is kept."""
    near.keep(asked(near, path), response)
    near.keep(asked(near, path), response)
    return near._find(asked(near, path))[1] is not None


KIB = 1024


def page(*headers: tuple[str, str], size: int = KIB, token: str = "t1") -> Response:  # noqa: S107  no password
    return Response(200, [("ETag", '"a"'), *headers], b"a" * size, Lease(token), time.monotonic())


@pytest.mark.parametrize(
    ("response", "is_kept"),
    [
        (page(("Vary", "Accept, origin,cookie")), True),
        (page(("vary", "Accept"), ("Vary", "User-Agent")), False),
        (page(("Vary", "*")), False),
        (page(("Set-Cookie", "a=b")), False),
        (page(token=""), False),
        (page(size=100 * KIB), False),
    ],
)
def test_only_repeatable_responses_are_kept(response: Response, *, is_kept: bool) -> None:
    assert kept(NearCache(64 * KIB), "/get", response._replace(began=time.monotonic())) == is_kept


def test_the_least_recently_used_are_dropped() -> None:
    near = NearCache(64 * KIB)
    for number in range(20):
        assert kept(near, f"/{number}", page(size=10 * KIB))
        assert near._used <= 64 * KIB
    assert len(near._kept) == 5
    assert near._used == sum(each.size for each in near._kept.values())
    near.keep(asked(near, "/new"), page(token="t2"))
    assert not near._kept


def test_one_request_renews_a_response_before_it_is_too_old() -> None:
    near = NearCache(64 * KIB)
    assert kept(near, "/get", page())
    question = asked(near, "/get")

    def answers(age: float) -> bool:
        return near._find(replace(question, asked_at=question.asked_at + age))[1] is not None

    assert [answers(age) for age in (29, 31, 31, 59, 61, 61)] == [True, False, True, True, False, False]


def test_age_counts_from_when_django_began(settings: Any) -> None:
    """With logins, a response lasts for a second, and a request may have waited for a thread for longer than that."""
    settings.ACCESS = "login"
    near = NearCache(64 * KIB)
    assert kept(near, "/other", page())
    question = asked(near, "/get")
    early = replace(question, asked_at=question.asked_at - 2)
    near.keep(early, page()._replace(began=early.asked_at))
    assert near._find(question)[1] is None
    near.keep(early, page())
    assert near._find(question)[1]


def test_an_older_response_does_not_replace_a_newer_one() -> None:
    """Otherwise, one slow answer by Django would send every request to Django once more."""
    near = NearCache(64 * KIB)
    older, newer = page(), page(("X-Newer", ""))
    assert kept(near, "/get", newer)
    near.keep(asked(near, "/get"), older)
    found = near._find(asked(near, "/get"))[1]
    assert found
    assert found.response is newer


def test_a_response_renewed_meanwhile_is_repeated(servers: Servers) -> None:
    """Otherwise, one answer by Django sends those that wait for the token to Django, too, and theirs the next ones."""

    async def work() -> None:
        near = NearCache(64 * KIB)
        with redis.Redis(port=servers.cache.port) as client:
            client.set(cache.token_key(), "t1")
        assert kept(near, "/get", page())
        assert await near.answer(asked(near, "/get")) is None  # a new connection
        assert kept(near, "/get", page())
        renewed = page(("X-Renewed", ""))
        waiting = asyncio.ensure_future(near.answer(asked(near, "/get")))
        await asyncio.sleep(0)
        near.keep(asked(near, "/get"), renewed)
        assert await waiting is renewed

    asyncio.run(work())


REQUESTS = 20


@pytest.mark.parametrize(("patience", "most"), [(30.0, 2), (0.0, REQUESTS)])
def test_after_a_write_few_of_the_waiting_requests_reach_django(servers: Servers, patience: float, most: int) -> None:
    """Without patience, all do: a control, and the way if Django takes long."""
    near = NearCache(64 * KIB)
    near._turns = Turns(patience)
    asked_django = []

    async def ask_django() -> Response:
        asked_django.append(1)
        await asyncio.sleep(0.01)
        return page()

    async def work() -> None:
        with redis.Redis(port=servers.cache.port) as client:
            client.set(cache.token_key(), "t1")
        # The first request connects to Redis.
        assert kept(near, "/get", page())
        await near.answer(asked(near, "/get"))
        near._expect(None)
        responses = [near.respond(asked(near, "/get"), ask_django) for _ in range(REQUESTS)]
        assert len(await asyncio.gather(*responses)) == REQUESTS

    asyncio.run(work())
    assert len(asked_django) == most


def unkept(*headers: tuple[str, str], is_shared: bool = True) -> Response:
    """Return an answer of Django to a question that comes now, while technologies change all the time."""
    return page(*headers, token="")._replace(lease=Lease(is_shared=is_shared))


@pytest.mark.parametrize(
    ("headers", "is_shared", "asked_django"),
    [([], True, 2), ([], False, 4), ([("Set-Cookie", "a=b")], True, 4), ([("Vary", "User-Agent")], True, 4)],
)
def test_an_answer_that_cannot_be_kept_serves_those_who_came_before_it_began(
    servers: Servers, headers: list[tuple[str, str]], *, is_shared: bool, asked_django: int
) -> None:
    """Two ask before Django begins to answer and two after that, which might miss a change between."""
    near = NearCache(64 * KIB)
    answers: list[Response] = []
    later: list[asyncio.Future[Response]] = []

    async def ask_django() -> Response:
        response = unkept(*headers, is_shared=is_shared)
        answers.append(response)
        if not later:
            later.extend(asyncio.ensure_future(near.respond(asked(near, "/get"), ask_django)) for _ in range(2))
            await asyncio.sleep(0.01)
        return response

    async def work() -> list[Response]:
        earlier = [near.respond(asked(near, "/get"), ask_django) for _ in range(2)]
        return [*await asyncio.gather(*earlier), *await asyncio.gather(*later)]

    found = asyncio.run(work())
    assert len(answers) == asked_django
    assert [each.content for each in found] == [answers[0].content] * 4
    if is_shared and not headers:
        assert [answers.index(each) for each in found] == [0, 0, 1, 1]


def test_a_shared_answer_is_a_304_for_whoever_has_its_content(servers: Servers) -> None:
    near = NearCache(64 * KIB)

    async def ask_django() -> Response:
        await asyncio.sleep(0.01)
        return response

    async def work() -> list[Response]:
        first = asked(near, "/get")
        second = replace(first, etags='"a"')
        return list(await asyncio.gather(near.respond(first, ask_django), near.respond(second, ask_django)))

    response = unkept()._replace(began=time.monotonic() + HANG)
    assert [each.status for each in asyncio.run(work())] == [200, 304]


def test_requests_do_not_wait_for_one_that_takes_long(servers: Servers) -> None:
    near = NearCache(64 * KIB)
    near._turns = Turns(0.01)
    may_go_on = asyncio.Event()

    async def answer_late() -> Response:
        await may_go_on.wait()
        return page(token="")

    async def answer() -> Response:
        return page(token="")

    async def work() -> None:
        late = asyncio.ensure_future(near.respond(asked(near, "/get"), answer_late))
        await asyncio.sleep(0)
        assert await near.respond(asked(near, "/get"), answer)
        assert not late.done()
        may_go_on.set()
        assert await late
        assert not near._turns._turns

    asyncio.run(work())


def test_nobody_waits_too_long_who_arrives_while_a_turn_passes_on() -> None:
    turns: Turns[object] = Turns(0.01)
    first_may_end, second_may_end = asyncio.Event(), asyncio.Event()

    async def have_turn(until: asyncio.Event) -> None:
        async with turns.of("key"):
            await until.wait()

    async def work() -> None:
        others = [asyncio.ensure_future(have_turn(until)) for until in (first_may_end, second_may_end)]
        await asyncio.sleep(0)
        first_may_end.set()
        # The first ends, and the second is about to continue.
        await asyncio.sleep(0)
        async with asyncio.timeout(HANG), turns.of("key") as (_, has_waited):
            assert has_waited
        second_may_end.set()
        await asyncio.gather(*others)

    asyncio.run(work())


def test_token_must_be_older_than_the_request() -> None:
    near = NearCache(64 * KIB)
    assert kept(near, "/other", page(token="t1"))
    question = asked(near, "/get")
    # The client's access may have changed between its check and the reading of this token.
    near.keep(question, page(token="t2"))
    near.keep(question, page(token="t2"))
    assert near._find(question)[1] is None


def test_pages_of_yesterday_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some pages contain days counted from today, and change without a write."""
    near = NearCache(64 * KIB)
    midnight = datetime(2026, 11, 30, tzinfo=UTC).timestamp()
    monkeypatch.setattr("techlist.server.near_cache.time.time", lambda: midnight - 0.001)
    assert kept(near, "/get", page())
    monkeypatch.setattr("techlist.server.near_cache.time.time", lambda: midnight)
    assert near._find(asked(near, "/get"))[1] is None


def test_answers_end_with_the_access_of_the_client() -> None:
    near = NearCache(64 * KIB)
    now = time.time()
    assert kept(near, "/get", page()._replace(lease=Lease("t1", now + 20)))
    question = asked(near, "/get")
    found = [near._find(replace(question, asked_at=question.asked_at + age))[1] is not None for age in (19, 21, 22)]
    assert found == [True, False, False]
    assert not kept(near, "/get", page()._replace(lease=Lease("t1", now)))


def test_size_covers_the_memory_in_use() -> None:
    near = NearCache(64 * 1024 * KIB)
    assert kept(near, "/warm", page())
    tracemalloc.start()
    for number in range(500):
        headers = [(f"X-Header-{number}-{each}", f"value {number} {each}") for each in range(15)]
        assert kept(near, f"/{number}?{'x' * 500}", page(*headers))
    in_use = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert in_use <= near._used <= 2 * in_use
