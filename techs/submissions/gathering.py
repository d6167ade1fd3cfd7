"""Work on items in another thread, on those together that arrive within a moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Gatherer(Generic[Item]):
    """A thread that works on items. It ends with the process, once it has worked on those that are waiting.

    An item that comes alone is worked on at once. After that, others gather for a moment.
    """

    def __init__(self, work: Callable[[list[Item]], None], *, most: int, pause: float, name: str) -> None:
        """most: items that wait; others are left out. pause: seconds between two calls of work, at least."""
        self._work, self._most, self._pause = work, most, pause
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._lock = Lock()
        self._waiting: list[Item] = []
        self._worked_at = 0.0

    def add(self, item: Item) -> None:
        """Let the thread work on an item. Raises RuntimeError if the process is ending, or cannot start a thread."""
        with self._lock:
            if not self._waiting:
                self._pool.submit(self._work_on_waiting)
            if len(self._waiting) < self._most:
                self._waiting.append(item)

    def finish(self) -> None:
        """Work on the items that are waiting, and end the thread."""
        self._pool.shutdown()

    def _work_on_waiting(self) -> None:
        time.sleep(max(0.0, self._worked_at + self._pause - time.monotonic()))
        with self._lock:
            items, self._waiting = self._waiting, []
        try:
            self._work(items)
        finally:
            self._worked_at = time.monotonic()
