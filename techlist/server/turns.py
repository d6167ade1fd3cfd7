"""Waiting for a semaphore, for a limited time, and turns of identical requests."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


async def acquire_within(seconds: float, semaphore: asyncio.Semaphore) -> bool:
    """Acquire a semaphore. Return False if that takes too long."""
    if not semaphore.locked():
        return await semaphore.acquire()
    try:
        async with asyncio.timeout(seconds):
            return await semaphore.acquire()
    except TimeoutError:
        return False


class Turns:
    """Lets requests with equal keys continue one after another. None waits longer than patience, in seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        # Not asyncio.Lock, which seems free for a moment while it passes to a waiting task. A semaphore lasts for as
        # long as it is held or waited for.
        self._locks: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncGenerator[bool, None]:
        """Wait for the turn, and yield whether others were first."""
        lock = self._locks.setdefault(key, asyncio.Semaphore(1))
        has_waited = lock.locked()
        has_lock = await acquire_within(self._patience, lock)
        try:
            yield has_waited
        finally:
            if has_lock:
                lock.release()
