"""Turns of requests that ask the same."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Lets those with equal keys go on one after another. Nobody waits for longer than patience, in seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        # Semaphores, since a lock that passes to a waiting task seems free for a moment. Each lasts as long as somebody
        # has it or waits for it.
        self._locks: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncGenerator[bool, None]:
        """Wait for the turn, and yield whether others were first."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Semaphore(1)
        has_waited = lock.locked()
        has_lock = await self._acquired(lock)
        try:
            yield has_waited
        finally:
            if has_lock:
                lock.release()

    async def _acquired(self, lock: asyncio.Semaphore) -> bool:
        if not lock.locked():
            return await lock.acquire()
        try:
            async with asyncio.timeout(self._patience):
                return await lock.acquire()
        except TimeoutError:
            return False
