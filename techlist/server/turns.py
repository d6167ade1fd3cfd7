"""Waiting for a semaphore, for a limited time, and turns of identical requests."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Result = TypeVar("Result")


async def acquire_within(seconds: float, semaphore: asyncio.Semaphore) -> bool:
    """Acquire a semaphore. Return False if that takes too long."""
    if not semaphore.locked():
        return await semaphore.acquire()
    try:
        async with asyncio.timeout(seconds):
            return await semaphore.acquire()
    except TimeoutError:
        return False


@dataclass(eq=False)
class Turn(Generic[Result]):
    """What requests with equal keys wait for, and the newest result of those that have had their turn."""

    # Not asyncio.Lock, which seems free for a moment while it passes to a waiting task.
    lock: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    result: Result | None = None


class Turns(Generic[Result]):
    """Lets requests with equal keys continue one after another. None waits longer than patience, in seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        # A turn lasts for as long as a request has it or waits for it.
        self._turns: WeakValueDictionary[Hashable, Turn[Result]] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncGenerator[tuple[Turn[Result], bool], None]:
        """Wait for the turn, and yield it with whether others were first."""
        turn = self._turns.setdefault(key, Turn())
        has_waited = turn.lock.locked()
        has_lock = await acquire_within(self._patience, turn.lock)
        try:
            yield turn, has_waited
        finally:
            if has_lock:
                turn.lock.release()
