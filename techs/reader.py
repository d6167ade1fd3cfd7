"""Read all pages of one reader under one token, and sums that several of them show only once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Reader:
    """token: the one that this reader found before it read anything; None without Redis."""

    token: str | None
    values: dict[str, Any] = field(default_factory=dict)


current: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def reading(token: str | None) -> Iterator[None]:
    """Let pages that are rendered from other pages read these for the same reader, under the same token."""
    if current.get():
        yield
        return
    before = current.set(Reader(token))
    try:
        yield
    finally:
        current.reset(before)


def once(name: str, read: Callable[[], Value]) -> Value:
    """Return a value that this reader has read before, or read it. Pages under a token may be newer, never older."""
    reader = current.get()
    if reader is None:
        return read()
    if name not in reader.values:
        reader.values[name] = read()
    value: Value = reader.values[name]
    return value
