"""More clients than the server can handle: each gets an answer in time, and none of these is an error of Techlist."""

import asyncio
import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count

import pytest
from django.db import connection

from techs.models import Submission
from tests.support.servers import Servers, Valkey
from tests.support.services import Web

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

POSTERS, READERS, SECONDS = 200, 100, 3.0
# The most that any answer may take, and the delay that this client itself may have on a busy machine.
LONGEST = 20.0
ALLOWED = {200, 202, 429, 503}


@dataclass
class Seen:
    """The results of all clients."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    without_retry_after: int = 0
    broken: list[str] = field(default_factory=list)


async def load(url: str) -> Seen:
    """Let all clients send one request after another, each on a new connection."""
    seen, number = Seen(), count()
    end = time.monotonic() + SECONDS
    host, port = url.removeprefix("http://").split(":")

    async def one_client(*, is_poster: bool) -> None:
        while time.monotonic() < end:
            try:
                async with asyncio.timeout(4 * LONGEST):
                    await _ask(host, int(port), _post(next(number)) if is_poster else _GET, seen)
            except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
                seen.broken.append(repr(error))

    async with asyncio.TaskGroup() as clients:
        for i in range(POSTERS + READERS):
            clients.create_task(one_client(is_poster=i < POSTERS))
    return seen


_GET = b"GET /api/techs/ HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n\r\n"


def _post(number: int) -> bytes:
    body = json.dumps({"text": f"Django 3.2.{number % 50}"})
    head = "POST /api/techs/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


async def _ask(host: str, port: int, request: bytes, seen: Seen) -> None:
    started = time.monotonic()
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.read()
    finally:
        writer.close()
    status = int(head[9:12])
    seen.slowest = max(seen.slowest, time.monotonic() - started)
    seen.statuses[status] += 1
    seen.without_retry_after += status in {429, 503} and b"\r\nretry-after:" not in head


def share_of_connections() -> float:
    """Return the most connections that the database server has ever had, as a share of those it allows."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Max_used_connections'")
        used = int(cursor.fetchone()[1])
        cursor.execute("SELECT @@max_connections")
        (most,) = cursor.fetchone()
    return used / int(most)


def test_everybody_gets_an_answer(web_process: Web, servers: Servers) -> None:
    seen = asyncio.run(load(web_process.url))
    assert not seen.broken
    assert set(seen.statuses) <= ALLOWED, seen.statuses
    assert seen.without_retry_after == 0
    assert seen.slowest < LONGEST, seen
    # Refusing everything would not be a solution.
    assert seen.statuses[202] > POSTERS / 10
    assert seen.statuses[200] > READERS / 10
    assert Submission.objects.count() >= seen.statuses[202]
    assert servers.mariadb is None or share_of_connections() < 1 / 2


@pytest.mark.one_database
def test_a_cached_list_is_served_while_writers_wait_for_the_broker(web_process: Web, redis_broker: Valkey) -> None:
    redis_broker.pause()
    seen = asyncio.run(load(web_process.url))
    assert not seen.broken
    assert set(seen.statuses) <= ALLOWED, seen.statuses
    assert seen.slowest < LONGEST, seen
    assert seen.statuses[200] > READERS / 10


def test_a_database_that_somebody_has_locked(web_process: Web, servers: Servers) -> None:
    if servers.database != "sqlite":
        pytest.skip("only SQLite has one lock for all")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        seen = asyncio.run(load(web_process.url))
    assert not seen.broken
    assert set(seen.statuses) == {200, 503}, seen.statuses
    assert seen.without_retry_after == 0
    assert seen.slowest < LONGEST, seen
    assert not Submission.objects.exists()
