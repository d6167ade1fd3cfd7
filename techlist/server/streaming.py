"""Send a response in parts, at the pace of its reader and in constant memory.

Granian queues the parts of a stream without limit, and ends it in the same way whether it is complete or not. But it
reads a file only as fast as its client does. So it gets a pipe as a file. If a part fails or the process ends, the
connection is reset: even a client of HTTP/1.0, such as nginx by default, then knows that the response is incomplete,
although its responses end with the connection.
"""

import asyncio
import logging
import os
import select
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # granian's types do not export it

from techlist.server.near_cache import Response

logger = logging.getLogger(__name__)

# Seconds for which a client may read nothing.
STALL_TIMEOUT = 60.0
_PIECE = 64 * 1024
# Seconds within which Granian opens a pipe, unless the client has left.
_OPEN_TIMEOUT = 10.0
_POLL = 0.01
_RESET_TIMEOUT = 5.0
_RESET_ON_CLOSE, _END_ON_CLOSE = struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)

NextPart = Callable[[], Awaitable[bytes | None]]


class ClientLeft(Exception):
    """The client has left."""


async def send(scope: Scope, protocol: HTTPProtocol, response: Response, next_part: NextPart) -> None:
    """Send the parts of a response until next_part returns None. If a part fails, log it and reset the connection."""
    pipe = await _Pipe.open()
    try:
        # One of known length never looks complete too early, and may end before its pipe does.
        has_length = _has_length(response)
        if not has_length:
            _on_close(scope.client, _RESET_ON_CLOSE)
        protocol.response_file(response.status, response.headers, pipe.path)
        while (part := await next_part()) is not None:
            await pipe.send(part)
        if not has_length:
            _on_close(scope.client, _END_ON_CLOSE)
    except ClientLeft:
        await pipe.reset(scope.client)
    except Exception:
        logger.exception("The response to %s %s is incomplete", scope.method, scope.path)
        await pipe.reset(scope.client)
    finally:
        pipe.close()


def _has_length(response: Response) -> bool:
    return any(name.lower() == "content-length" for name, _ in response.headers)


class _Flow(asyncio.BaseProtocol):
    """The state of a pipe: whether there is room in it, and whether it is still read."""

    def __init__(self) -> None:
        self.has_room = asyncio.Event()
        self.has_room.set()
        self.is_lost = asyncio.Event()

    def pause_writing(self) -> None:
        self.has_room.clear()

    def resume_writing(self) -> None:
        self.has_room.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_lost.set()
        self.has_room.set()


class _Pipe:
    """A pipe that Granian reads as a file."""

    def __init__(self, reading: int, writing: asyncio.WriteTransport, flow: _Flow) -> None:
        self._reading: int | None = reading
        self._writing, self._flow = writing, flow
        self.path = f"/dev/fd/{reading}"

    @classmethod
    async def open(cls) -> Self:
        reading, writing = os.pipe()
        loop = asyncio.get_running_loop()
        transport, flow = await loop.connect_write_pipe(_Flow, os.fdopen(writing, "wb"))
        return cls(reading, transport, flow)

    async def send(self, part: bytes) -> None:
        """Raises ClientLeft, also if the client does not read."""
        try:
            for begin in range(0, len(part), _PIECE):
                await self._send(part[begin : begin + _PIECE])
        except TimeoutError as error:
            raise ClientLeft from error

    async def _send(self, piece: bytes) -> None:
        async with asyncio.timeout(STALL_TIMEOUT):
            await self._flow.has_room.wait()
        if self._flow.is_lost.is_set():
            raise ClientLeft
        self._writing.write(piece)
        if self._reading is not None:
            await self._let_go(self._reading)

    async def reset(self, client: str) -> None:
        """Reset the connection, and wait for that, since the end of the pipe would end the response."""
        _on_close(client, _RESET_ON_CLOSE)
        _with_connection(client, lambda connection: connection.shutdown(socket.SHUT_RD))
        self._close_reading()
        with suppress(TimeoutError):
            async with asyncio.timeout(_RESET_TIMEOUT):
                await self._flow.is_lost.wait()

    def close(self) -> None:
        self._close_reading()
        self._writing.close()

    async def _let_go(self, reading: int) -> None:
        """Once Granian reads, leave the pipe to it, so that its end closes when the client leaves."""
        poll = select.poll()
        poll.register(reading, select.POLLIN)
        async with asyncio.timeout(_OPEN_TIMEOUT):
            # The first pause lets the event loop write.
            await asyncio.sleep(_POLL)
            while poll.poll(0):
                await asyncio.sleep(_POLL)
        self._close_reading()

    def _close_reading(self) -> None:
        if self._reading is not None:
            os.close(self._reading)
        self._reading = None


def _on_close(client: str, linger: bytes) -> None:
    """Choose how the connection of a client ends, also if this process is killed."""
    _with_connection(client, lambda connection: connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger))


def _with_connection(client: str, use: Callable[[socket.socket], None]) -> None:
    """Use the connection of a client, unless it has ended. Granian has it open in this process.

    No descriptor may be closed here, not even a copy: the process would lose its locks of that file, and SQLite read
    outdated data or damage the database (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    host, _, port = client.rpartition(":")
    for path in Path("/dev/fd").iterdir():
        try:
            connection = socket.socket(fileno=int(path.name))
        except OSError:  # no socket, or just closed
            continue
        with suppress(OSError):
            if connection.getpeername()[:2] == (host.strip("[]"), int(port)):
                use(connection)
        connection.detach()
