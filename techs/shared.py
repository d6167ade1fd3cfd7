"""Share results between the threads of a process for a moment, so that frequent calls are cheap."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")

# Seconds for which a result is shared.
SHARED_FOR = 1.0


class Run(Generic[T]):
    """One run of the work, finished or not."""

    def __init__(self) -> None:
        self.result: Future[T] = Future()
        self._began = time.monotonic()
        self._shared_until = math.inf

    def get(self, *, timeout: float) -> T:
        """Return the result, or raise TimeoutError this many seconds after the start of the work.

        Work that hangs thus delays only its first callers, not all later ones.
        """
        return self.result.result(max(0.0, self._began + timeout - time.monotonic()))

    @property
    def is_current(self) -> bool:
        return time.monotonic() < self._shared_until

    def end(self) -> None:
        self._shared_until = time.monotonic() + SHARED_FOR


class Shared(Generic[T]):
    """The shared result of a function, which runs on demand in its own thread and never twice at the same time."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._run: Run[T] | None = None
        self.last: T | None = None

    def begin(self) -> Run[T]:
        """Return the current run, or start one if there is none."""
        with self._lock:
            if self._run is None or not self._run.is_current:
                run: Run[T] = Run()
                threading.Thread(target=self._do, args=[run], daemon=True).start()
                self._run = run
            return self._run

    def reset(self) -> None:
        # For tests, which share one process.
        self._run = self.last = None

    def _do(self, run: Run[T]) -> None:
        try:
            self.last = result = self._work()
        except BaseException as error:  # noqa: BLE001  raised by get()
            run.end()
            run.result.set_exception(error)
        else:
            run.end()
            run.result.set_result(result)
