"""The distance between hosts, on real connections."""

import asyncio
import time

import pytest

from tests.containers.relay import serve

DELAY = 0.05


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def ask_through_relay(port: int | None, questions: list[bytes]) -> tuple[list[bytes], float]:
    """Return the answers, and the seconds that all of them took together."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    target = port or server.sockets[0].getsockname()[1]
    relay = await serve("127.0.0.1", target, delay=DELAY, listen=("127.0.0.1", 0))
    reader, writer = await asyncio.open_connection(*relay.sockets[0].getsockname())
    began = time.monotonic()
    writer.write(b"".join(questions))
    answers = [await reader.readexactly(len(question)) for question in questions]
    took = time.monotonic() - began
    writer.write_eof()
    assert await reader.read() == b"", "the end arrives, too"
    for each in (relay, server):
        each.close()
    return answers, took


def test_an_answer_comes_later() -> None:
    answers, took = asyncio.run(ask_through_relay(None, [b"one", b"two"]))
    assert answers == [b"one", b"two"]
    assert took >= DELAY * 0.9


def test_a_server_that_is_away_refuses() -> None:
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        asyncio.run(ask_through_relay(1, [b"one"]))
