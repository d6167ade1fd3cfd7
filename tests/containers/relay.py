"""A distance: `python relay.py HOST PORT SECONDS` forwards a port, and an answer takes so much longer.

It runs alone in a container, so it imports nothing of the project.
"""

import asyncio
import sys
from contextlib import suppress

_CHUNK = 65536


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Pass bytes on later, without making the next ones wait for that."""
    later = asyncio.get_running_loop().call_later
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            later(delay, writer.write, data)
    later(delay, writer.close)


async def serve(host: str, port: int, *, delay: float, listen: tuple[str, int]) -> asyncio.Server:
    """Forward connections to a host, which may be away. delay: seconds for request and answer together."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(
            _forward(reader, onward_writer, delay / 2),
            _forward(onward_reader, writer, delay / 2),
        )

    return await asyncio.start_server(accept, *listen)


async def main(host: str, port: int, delay: float) -> None:
    server = await serve(host, port, delay=delay, listen=("0.0.0.0", port))  # noqa: S104  the container's own network
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
