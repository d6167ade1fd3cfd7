"""The namespace token in Redis, read on the event loop."""

import asyncio
from collections.abc import Callable

from django.conf import settings
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from techs import cache

# Seconds to wait for an answer, including those to connect.
TIMEOUT = 0.3


class TokenSource:
    """Reads the token with one question at a time, which all waiting requests share.

    A request joins only a question that is sent after the request came. An answer on its way may be older than the
    request, and a write may have finished in between.
    """

    def __init__(self, *, on_connect: Callable[[], None], timeout: float = TIMEOUT) -> None:
        """on_connect is called before the first question on each new connection."""
        pool = ConnectionPool.from_url(
            settings.CACHES["default"]["LOCATION"],
            **settings.REDIS_CACHE_TLS,
            # This class limits the time of each question as a whole.
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._connection = pool.make_connection()  # type: ignore[no-untyped-call]
        self._question = self._connection.pack_command("GET", cache.token_key())
        self._on_connect = on_connect
        self._timeout = timeout
        self._waiting: list[asyncio.Future[str | None]] = []
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
        waiting: list[asyncio.Future[str | None]] = []
        token = None
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                token = await self._ask()
                if token is None:
                    break
                _tell(waiting, token)
        finally:
            # Those that came meanwhile need not wait for another timeout: None is right at any time.
            _tell(waiting + self._waiting, None)
            self._waiting, self._work = [], None

    async def _ask(self) -> str | None:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._read()
        except (RedisError, OSError):
            # Django asks next, and logs the reason. An answer that comes late must not be taken for that to the next
            # question.
            await self._connection.disconnect(nowait=True)
            return None

    async def _read(self) -> str | None:
        if not self._connection.is_connected:
            await self._connection.connect()
            self._on_connect()
        await self._connection.send_packed_command(self._question, check_health=False)
        answer = await self._connection.read_response()
        return None if answer is None else answer.decode()


def _tell(waiting: list[asyncio.Future[str | None]], token: str | None) -> None:
    for waiter in waiting:
        # The request of a cancelled one has ended.
        if not waiter.done():
            waiter.set_result(token)
