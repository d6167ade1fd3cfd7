"""HTTP/1.1 on kept connections, cheap enough to make load next to the server that answers it."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Self
from urllib.parse import urlsplit

_BROKEN = 0
_LONGEST_PAUSE = 2.0
_runs = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The status of an answer, 0 if none came, and the milliseconds that it took."""

    status: int
    milliseconds: float
    says_when_to_retry: bool = False


class Connection:
    """A connection to the server of an address."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._says_close, self._used_at = False, time.monotonic()

    @classmethod
    async def open(cls, url: str) -> Self:
        split = urlsplit(url)
        return cls(*await asyncio.open_connection(split.hostname, split.port))

    async def ask(self, request: bytes, *, since: float | None = None) -> Answer:
        """Send a request and read its whole answer. It took the time since then, by default since it was sent."""
        started = time.perf_counter() if since is None else since
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        self._says_close = b"\r\nconnection: close" in head.lower()
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        await self._reader.readexactly(int(length[1]) if length else 0)
        self._used_at = time.monotonic()
        return Answer(
            status=int(head.split(b" ", 2)[1]),
            milliseconds=(time.perf_counter() - started) * 1000,
            says_when_to_retry=b"\r\nretry-after:" in head.lower(),
        )

    @property
    def is_usable(self) -> bool:
        """Return whether another request can be sent. Servers close connections that wait for some seconds."""
        is_fresh = time.monotonic() - self._used_at < _LONGEST_PAUSE
        return is_fresh and not (self._says_close or self._reader.at_eof())

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


def request(url: str, headers: Mapping[str, str], body: str = "") -> bytes:
    """Return the bytes of a GET, or of a POST if there is a body."""
    split = urlsplit(url)
    path = f"{split.path}?{split.query}" if split.query else split.path
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {split.netloc}\r\n{fields}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def unused() -> str:
    """Return a text for new names that no earlier load of this process used."""
    return str(next(_runs))


@dataclass(kw_only=True)
class Steady:
    """Requests at a constant rate, whether or not earlier ones have been answered.

    Answers take the time since the request was due: a server that holds up the next request cannot hide that.
    """

    url: str
    requests: Iterator[bytes]
    per_second: float
    answers: list[Answer] = field(default_factory=list)
    _idle: list[Connection] = field(default_factory=list)

    def run(self, *, seconds: float = float("inf"), ended: threading.Event | None = None) -> list[Answer]:
        """Ask for this long or until an event, and return all answers."""
        asyncio.run(self._ask_all(seconds, ended or threading.Event()))
        return self.answers

    async def _ask_all(self, seconds: float, ended: threading.Event) -> None:
        began, pending = time.perf_counter(), set()
        for number in count():
            due = began + number / self.per_second
            await asyncio.sleep(due - time.perf_counter())
            if ended.is_set() or number / self.per_second >= seconds:
                break
            task = asyncio.create_task(self._ask(next(self.requests), due))
            pending.add(task)
            task.add_done_callback(pending.discard)
        await asyncio.gather(*pending)
        for connection in self._idle:
            await connection.close()

    async def _ask(self, request: bytes, due: float) -> None:
        try:
            connection = await self._connection()
            self.answers.append(await connection.ask(request, since=due))
            self._idle.append(connection)
        except (OSError, EOFError):
            self.answers.append(Answer(status=_BROKEN, milliseconds=(time.perf_counter() - due) * 1000))

    async def _connection(self) -> Connection:
        while self._idle:
            if (connection := self._idle.pop()).is_usable:
                return connection
            await connection.close()
        return await Connection.open(self.url)


@contextmanager
def meanwhile(work: Callable[[threading.Event], object]) -> Iterator[None]:
    """Run in a thread until the end of the block, which fails if the work fails."""
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work, ended)
        try:
            yield
        finally:
            ended.set()
        future.result()
