"""The namespace token in Redis, read on the event loop."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from django.conf import settings
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from techs import cache

# Seconds to wait for an answer, including those to connect.
TIMEOUT = 0.3
# Seconds between two questions if Redis is too distant to answer the first one by then.
PAUSE = 0.001
# Seconds that the assumed round trip grows with each slower answer. A single one only shows that this process is busy.
_GROWTH = 0.0001

# uvloop raises RuntimeError for a connection that Redis has reset meanwhile.
_FAILURES = (RedisError, OSError, RuntimeError)

Waiting = list[asyncio.Future[str | None]]


class _Line:
    """A connection, and its unanswered questions: when each was sent, and the requests that wait for its answer."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.asked: deque[tuple[float, Waiting]] = deque()
        self.reader: asyncio.Task[None] | None = None


class TokenSource:
    """Reads the token with questions that waiting requests share.

    A request joins only a question that is sent after the request came. An answer on its way may be older than the
    request, and a write may have finished in between. A near Redis gets one question at a time. A distant one gets
    further questions before its answer, or requests that just missed a question would wait for two round trips.
    """

    def __init__(self, *, on_connect: Callable[[], None], timeout: float = TIMEOUT) -> None:
        """on_connect is called before the first question on each new connection."""
        self._pool = ConnectionPool.from_url(
            settings.CACHES["default"]["LOCATION"],
            **settings.REDIS_CACHE_TLS,
            # This class limits the time of each question as a whole.
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._line = self._new_line()
        self._question = self._line.connection.pack_command("GET", cache.token_key())
        self._on_connect = on_connect
        self._timeout = timeout
        self._waiting: Waiting = []
        self._round_trip = 0.0
        self._work: asyncio.Task[None] | None = None

    async def current(self) -> str | None:
        """Return the token at a moment after this call, or None if there is no token or Redis does not answer."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        if self._work is None:
            self._work = asyncio.create_task(self._ask_while_needed())
        token: str | None = await waiter
        return token

    async def _ask_while_needed(self) -> None:
        try:
            while self._waiting:
                line = self._line
                await self._ask(line)
                if line.reader is None and self._round_trip <= PAUSE:
                    await self._read_answers(line)
                    continue
                if line.reader is None:
                    line.reader = asyncio.create_task(self._read_answers(line))
                await asyncio.sleep(PAUSE)
        finally:
            self._work = None

    async def _ask(self, line: _Line) -> None:
        waiting, self._waiting = self._waiting, []
        now = asyncio.get_running_loop().time()
        line.asked.append((now, waiting))
        try:
            async with asyncio.timeout_at(now + self._timeout):
                if not line.connection.is_connected:
                    await line.connection.connect()
                    self._on_connect()
                await line.connection.send_packed_command(self._question, check_health=False)
        except _FAILURES:
            await self._drop(line)

    async def _read_answers(self, line: _Line) -> None:
        """Read the answers to all questions, including those that are sent meanwhile."""
        loop = asyncio.get_running_loop()
        try:
            while line.asked:
                sent, waiting = line.asked[0]
                async with asyncio.timeout_at(sent + self._timeout):
                    token = await self._read(line)
                if self._line is not line:
                    return  # dropped meanwhile: all who waited know
                line.asked.popleft()
                self._round_trip = min(loop.time() - sent, self._round_trip + _GROWTH)
                _tell(waiting, token)
        except _FAILURES:
            await self._drop(line)
        finally:
            line.reader = None

    async def _read(self, line: _Line) -> str | None:
        answer = await line.connection.read_response()
        return None if answer is None else answer.decode()

    async def _drop(self, line: _Line) -> None:
        """Let Django answer all who wait. It asks next, and logs the reason.

        The line is not used again: a late answer must not be taken for that to another question.
        """
        if self._line is line:
            self._line = self._new_line()
        # Those whose question was not sent yet need not wait for another timeout: None is right at any time.
        for waiting in (*(each for _, each in line.asked), self._waiting):
            _tell(waiting, None)
        line.asked.clear()
        self._waiting = []
        await line.connection.disconnect(nowait=True)

    def _new_line(self) -> _Line:
        return _Line(self._pool.make_connection())  # type: ignore[no-untyped-call]


def _tell(waiting: Waiting, token: str | None) -> None:
    for waiter in waiting:
        # The request of a cancelled one has ended.
        if not waiter.done():
            waiter.set_result(token)
