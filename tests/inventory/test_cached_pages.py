"""Reading several cached pages: round trips, the token, and locks."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis

from techs import cache, reader
from techs.cache import PageRequest, RenderedPage
from tests.support.round_trips import counted_round_trips
from tests.support.servers import Valkey


class Pages:
    """Pages whose content tells how often they were rendered."""

    def __init__(self) -> None:
        self.rendered = 0

    def requests(self, *names: str, is_composed: bool = False) -> list[PageRequest]:
        return [PageRequest(name=name, render=self.render, is_usual=True, is_composed=is_composed) for name in names]

    def render(self) -> RenderedPage:
        self.rendered += 1
        return RenderedPage.of(b"%d" % self.rendered)


@pytest.fixture
def pages() -> Iterator[Pages]:
    cache.invalidate()
    yield Pages()
    cache.invalidate()


def contents(found: list[tuple[RenderedPage, bool]]) -> list[tuple[bytes, bool]]:
    return [(page.data, is_cached) for page, is_cached in found]


def test_cached_pages_take_one_round_trip(pages: Pages) -> None:
    asked = pages.requests("a", "b")
    assert contents(cache.read_all(asked)) == [(b"1", False), (b"2", False)]
    with counted_round_trips() as sent:
        assert contents(cache.read_all(asked)) == [(b"1", True), (b"2", True)]
    assert len(sent) == 1


def test_a_process_that_does_not_know_the_token_takes_two(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.read_all(pages.requests("a"))
    monkeypatch.setattr(cache, "_last_token", "")
    with counted_round_trips() as sent:
        assert contents(cache.read_all(pages.requests("a"))) == [(b"1", True)]
    assert len(sent) == 2


def test_pages_of_another_token_are_not_read(pages: Pages) -> None:
    """They still exist in Redis, under the token that this process saw last."""
    cache.read_all(pages.requests("a"))
    cache.invalidate()
    assert contents(cache.read_all(pages.requests("a"))) == [(b"2", False)]
    cache.invalidate()
    other_process = cache._token()
    assert other_process
    assert contents(cache.read_all(pages.requests("a"))) == [(b"3", False)]


def test_only_missing_pages_are_rendered(pages: Pages) -> None:
    cache.read_all(pages.requests("a"))
    assert contents(cache.read_all(pages.requests("a", "b"))) == [(b"1", True), (b"2", False)]


def test_without_redis_all_are_rendered(pages: Pages, redis_cache: Valkey) -> None:
    cache.read_all(pages.requests("a"))
    redis_cache.kill()
    assert contents(cache.read_all(pages.requests("a", "b"))) == [(b"2", False), (b"3", False)]
    redis_cache.ensure_running()


@pytest.mark.parametrize(("timeout", "lasts"), [(3.0, 3), (9_999.0, cache.PAGE_TIMEOUT)])
def test_a_page_expires_when_its_content_changes_with_time(
    pages: Pages, redis_cache: Valkey, timeout: float, lasts: int
) -> None:
    def render() -> RenderedPage:
        return replace(pages.render(), timeout=timeout)

    cache.read_through("new", render, is_usual=True)
    with redis.Redis(port=redis_cache.port) as stored:
        (left,) = [stored.pttl(key) for key in stored.scan_iter() if not key.endswith(b"token")]
    assert lasts - 2 < left / 1000 <= lasts


class Busy:
    """A lock that may not be waited for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def acquire(self, **options: Any) -> bool:
        is_free = self._lock.acquire(blocking=False)
        assert is_free, "a thread waits for itself"
        return is_free

    def release(self) -> None:
        self._lock.release()


def test_a_page_made_of_others_does_not_wait_for_itself(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if all pages share one lock."""
    for locks in ("_filling", "_composing"):
        monkeypatch.setattr(cache, locks, [Busy()])

    def compose() -> RenderedPage:
        (part, _), (other, _) = cache.read_all(pages.requests("part", "other"))
        return RenderedPage.of(part.data + other.data)

    whole = PageRequest(name="whole", render=compose, is_usual=True, is_composed=True)
    assert contents(cache.read_all([whole])) == [(b"12", False)]
    assert contents(cache.read_all([whole])) == [(b"12", True)]


def composed(*names: str, render: Any) -> list[PageRequest]:
    return [PageRequest(name=name, render=render, is_usual=True, is_composed=True) for name in names]


def test_a_page_and_its_parts_have_one_token(pages: Pages) -> None:
    """A write while a page is rendered: its parts stay those of the token that its reader found."""
    states = []

    def render() -> RenderedPage:
        for name in ("a", "b"):
            [(part, _)] = cache.read_all(pages.requests(name))
            states.append(part.state)
            cache.invalidate()
        return pages.render()

    [(page, _)] = cache.read_all(composed("whole", render=render))
    assert {page.state, *states} == {page.state}
    assert contents(cache.read_all(pages.requests("a"))) == [(b"4", False)], "parts of the dead token are not read"


def test_parts_take_one_round_trip_each_for_reading(pages: Pages) -> None:
    cache.read_all(pages.requests("a"))
    with counted_round_trips() as sent:
        [(page, _)] = cache.read_all(composed("whole", render=lambda: cache.read_all(pages.requests("a"))[0][0]))
    assert page.data == b"1"
    assert len(sent) == 3, "the page, its part, and the page to store"


def test_values_are_read_once_for_a_reader(pages: Pages) -> None:
    values = iter(range(10))

    def render() -> RenderedPage:
        return RenderedPage.of(b"%d" % reader.once("number", lambda: next(values)))

    two = composed("a", "b", render=render)
    assert contents(cache.read_all(two)) == [(b"0", False), (b"0", False)]
    cache.invalidate()
    assert contents(cache.read_all(two)) == [(b"1", False), (b"1", False)], "another reader reads again"
    assert [reader.once("number", lambda: next(values)) for _ in range(2)] == [2, 3]


def test_without_redis_parts_do_not_ask_it_again(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def away(digests: Any) -> Any:
        asked.append(digests)
        raise redis.ConnectionError

    monkeypatch.setattr(cache, "_read_under_token", away)
    cache.read_all(composed("whole", render=lambda: cache.read_all(pages.requests("a"))[0][0]))
    assert len(asked) == 1
