"""A TCP proxy between processes and their servers that breaks connections on demand."""

import asyncio
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from enum import Enum

from techlist.local.embedded import BASE_DIR

_CHUNK = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Mode(Enum):
    """How the proxy treats traffic."""

    PASS = "pass"
    STALL = "stall"  # hold all bytes and keep connections open: a half-open network
    DROP_REPLIES = "drop replies"  # deliver commands, but drop their answers
    REFUSE = "refuse"  # reset new connections


class Proxy:
    """A proxy in its own process, which the test controls through a pipe.

    A thread would compete for the interpreter with the clients of the load.
    """

    def __init__(self, target: int) -> None:
        """Start a proxy in front of port `target`."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(target)],
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.port = int(self._answer())

    def mode(self, mode: Mode) -> None:
        """Change how existing and new connections are treated from now on."""
        self._tell(f"mode {mode.value}")

    def delay(self, seconds: float) -> None:
        """Deliver answers this much later from now on, like a distant server. Requests need not wait for each other."""
        self._tell(f"delay {seconds}")

    def cut(self) -> None:
        """Reset all open connections, like a router that lost its state."""
        self._tell("cut")

    def cut_after(self, request: bytes) -> None:
        """Reset the next connection that answers a request with these bytes, and drop the answer."""
        self._tell(f"cut-after {request.hex()}")

    @property
    def cuts(self) -> int:
        """Return the number of answers dropped by cut_after()."""
        return int(self._tell("cuts"))

    def close(self) -> None:
        """End the proxy with all its connections."""
        self._process.kill()
        self._process.wait()

    def _tell(self, command: str) -> str:
        """Send a command and wait until it is carried out."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


class Relay:
    """The process behind Proxy."""

    def __init__(self, target: int) -> None:
        """Forward to this port, until a command changes that."""
        self._target = target
        self._mode = Mode.PASS
        self._delay = 0.0
        self._links: set[_Link] = set()
        self._cut_after: bytes | None = None
        self._cuts = 0
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def run(self) -> None:
        """Listen on a free port, report it, and follow commands until the pipe closes."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        _say(server.sockets[0].getsockname()[1])
        commands = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        while line := await commands.readline():
            self._obey(*line.decode().strip().split(" ", 1))
            _say(self._cuts)

    def _obey(self, command: str, argument: str = "") -> None:
        if command == "mode":
            self._mode = Mode(argument)
            (self._flowing.clear if self._mode is Mode.STALL else self._flowing.set)()
        elif command == "delay":
            self._delay = float(argument)
        elif command == "cut":
            for link in list(self._links):
                link.reset()
        elif command == "cut-after":
            self._cut_after = bytes.fromhex(argument)

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
                self._cuts += 1
                link.reset()
            elif self._mode is not Mode.DROP_REPLIES:
                await self._deliver(writer, data)

    async def _deliver(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, writer.write, data)
        else:
            await _send(writer, data)

    async def _next(self, link: "_Link", reader: asyncio.StreamReader) -> bytes:
        """Return the next bytes of one side; empty at its end, which closes the other side too."""
        data = b""
        with suppress(OSError):
            await self._flowing.wait()
            data = await reader.read(_CHUNK)
            await self._flowing.wait()
        if not data:
            await asyncio.sleep(self._delay)  # for the answers that are on their way
            link.close()
        return data


class _Link:
    """The two connections of a client."""

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
    """Close with a reset instead of an orderly shutdown."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(Relay(int(sys.argv[1])).run())
