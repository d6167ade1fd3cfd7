"""Cache-key flooding: any requests create few keys, which all expire, and the usual pages stay cached."""

import random
from urllib.parse import quote, urlencode

import pytest
import redis
from django.test import Client

from techs import cache
from tests.support.factories import add
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/techs/"
QUESTIONS = 2_500


@pytest.fixture
def stored(redis_cache: Valkey) -> redis.Redis:
    """Return a connection to the cache's server."""
    return redis.Redis(port=redis_cache.port)


def pages(stored: redis.Redis) -> list[bytes]:
    """Return the keys of all pages."""
    return [key for key in stored.scan_iter() if key.rpartition(b":")[2] not in (b"token", b"unusual")]


def hostile(chance: random.Random) -> str:
    """Return a query that nobody has sent before."""
    text = "".join(chr(chance.choice([0x61, 0xE9, 0x4E00, 0xFF41, 0x1F984]) + chance.randrange(20)) for _ in range(40))
    return urlencode(
        {
            "q": text * chance.choice([0, 1, 1, 4]),
            "page_size": chance.randrange(600),
            "ordering": chance.choice(["", "name", "-name", "-submitted_at"]),
            "priority": chance.choice(["", "low", "LOW,high", ",,low"]),
            text: text,
        }
    )


@pytest.mark.parametrize(
    "same",
    [
        "?",
        "?x=1&y=2",
        "?q=",
        "?q=%20%20",
        "?priority=",
        "?priority=,",
        "?priority=critical,high,medium,unknown,low&priority=",
        "?ordering=priority",
        "?ordering=",
        "?page_size=100",
        "?page_size=000100",
        "?page_size=",
        "?cursor=",
        "?q=Django&q=",
        "?" + "&".join(f"a{n}=b" for n in range(900)),
    ],
)
def test_spellings_of_one_question_share_one_key(client: Client, stored: redis.Redis, same: str) -> None:
    assert client.get(URL).json()["isCached"] is False
    assert client.get(URL + same).json()["isCached"] is True
    assert len(pages(stored)) == 1


@pytest.mark.parametrize("same", ["DJANGO", " django ", "ｄｊａｎｇｏ", "Django%E2%80%8B", "django&page_size=501"])
def test_spellings_of_one_search_share_one_key(client: Client, stored: redis.Redis, same: str) -> None:
    client.get(f"{URL}?q=django&page_size=500")
    client.get(f"{URL}?page_size=9999&q={quote(same, safe='%&=')}")
    assert len(pages(stored)) == 1


@pytest.mark.parametrize("path", [f"export.{kind}" for kind in ("csv", "json", "md")])
def test_exports_without_links_share_one_key(client: Client, stored: redis.Redis, path: str) -> None:
    for port in range(5):
        client.get(f"{URL}{path}", headers={"host": f"localhost:{port}"})
    assert len(pages(stored)) == 1


@pytest.mark.parametrize("path", ["calendar.ics", "changes.atom"])
def test_exports_with_links_count_as_unusual(client: Client, stored: redis.Redis, path: str) -> None:
    client.get(URL + path)
    assert list(stored.scan_iter("*unusual"))


def test_a_flood_leaves_little_behind(client: Client, stored: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "UNUSUAL_BYTES", 1024 * 1024)
    add("Django 3.2")
    client.get(URL)
    before = stored.info("memory")["used_memory"]
    chance = random.Random(20261124)  # noqa: S311  a seed, no secret
    answers = {client.get(f"{URL}?{hostile(chance)}").status_code for _ in range(QUESTIONS)}
    assert answers == {200}
    grown = stored.info("memory")["used_memory"] - before
    keys = pages(stored)
    assert 100 < len(keys) <= 1024
    assert grown < 1.5 * 1024 * 1024
    # On a slow machine, the first ones have expired by now (-2).
    assert all(stored.ttl(key) in {-2, *range(cache.PAGE_TIMEOUT + 1)} for key in keys)
    assert 0 < stored.ttl(next(iter(stored.scan_iter("*unusual")))) <= cache.PAGE_TIMEOUT
    client.get(URL)
    for _ in range(QUESTIONS // 20):
        client.get(f"{URL}?{hostile(chance)}")
    assert client.get(URL).json()["isCached"] is True


def test_usual_pages_are_cached_during_a_flood(
    client: Client, stored: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "UNUSUAL_BYTES", 0)
    for question, is_kept in [("", True), ("?ordering=-name&priority=low", True), ("?q=django", False)]:
        client.get(URL + question)
        assert client.get(URL + question).json()["isCached"] is is_kept
    client.get("/get")
    assert client.get("/get").json()["isCached"] is True
