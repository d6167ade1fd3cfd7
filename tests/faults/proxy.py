"""A TCP proxy that breaks connections on demand: between the processes of the product and their servers.

It runs in a thread of the test, with an event loop of its own; every method may be called from any thread.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from enum import Enum
from typing import Any

_CHUNK = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Mode(Enum):
    """What happens to bytes on their way."""

    PASS = "pass"
    STALL = "stall"  # nothing moves, and every connection stays open: a half-open network
    DROP_REPLIES = "drop replies"  # commands arrive and are executed; their answers get lost
    REFUSE = "refuse"  # new connections are reset


class Proxy:
    """Listens on a free port of this machine, and passes on to another one until told otherwise."""

    def __init__(self, target: int) -> None:
        """Start it before a port: target."""
        self._target = target
        self._mode = Mode.PASS
        self._links: set[_Link] = set()
        self._cut_after: bytes | None = None
        self.cuts = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._flowing = asyncio.Event()
        self._server = self._call(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.mode(Mode.PASS)

    def mode(self, mode: Mode) -> None:
        """Change what happens from now on, to open connections as well."""
        self._run(lambda: self._set_mode(mode))

    def cut(self) -> None:
        """Reset every open connection, as a router does that forgot them."""
        self._run(self._reset_all)

    def cut_after(self, request: bytes) -> None:
        """The next time a request with these bytes is answered, lose the answer and reset the connection."""
        self._run(lambda: setattr(self, "_cut_after", request))

    def close(self) -> None:
        """End it, with all its connections."""
        self._call(self._end())
        self._run(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        (self._flowing.clear if mode is Mode.STALL else self._flowing.set)()

    def _reset_all(self) -> None:
        for link in list(self._links):
            link.reset()
        self.cuts += 1

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode is Mode.REFUSE:
            _reset(writer)
            return
        try:
            onward = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        link = _Link(writer, onward[1])
        self._links.add(link)
        try:
            await asyncio.gather(self._requests(link, reader, onward[1]), self._replies(link, onward[0], writer))
        finally:
            link.reset()
            self._links.discard(link)

    async def _requests(self, link: "_Link", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await self._next(link, reader):
            if self._cut_after is not None and self._cut_after in data:
                self._cut_after = None
                link.is_doomed = True
            await _send(writer, data)

    async def _replies(self, link: "_Link", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await self._next(link, reader):
            if link.is_doomed:
                self.cuts += 1
                link.reset()
            elif self._mode is not Mode.DROP_REPLIES:
                await _send(writer, data)

    async def _next(self, link: "_Link", reader: asyncio.StreamReader) -> bytes:
        """The next bytes of one side; none when it has ended, which ends the other side too."""
        data = b""
        with suppress(OSError):
            await self._flowing.wait()
            data = await reader.read(_CHUNK)
            await self._flowing.wait()
        if not data:
            link.close()
        return data

    def _run(self, action: Callable[[], Any]) -> None:
        self._loop.call_soon_threadsafe(action)

    def _call(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(timeout=5)


class _Link:
    """The two connections of one client."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self._writers = writers
        self.is_doomed = False

    def reset(self) -> None:
        for writer in self._writers:
            _reset(writer)

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(OSError):
        writer.write(data)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of a goodbye."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
