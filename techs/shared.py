"""Results that all threads of a process share for a moment, so that asking often costs nothing."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")

# Seconds that a result is shared.
SHARED_FOR = 1.0


class Run(Generic[T]):
    """One run of the work, which may go on."""

    def __init__(self) -> None:
        self.result: Future[T] = Future()
        self._began = time.monotonic()
        self._shared_until = math.inf

    def get(self, *, timeout: float) -> T:
        """Return the result, or raise TimeoutError so many seconds after the work has begun.

        So work that hangs keeps one of its callers waiting, and not everybody who comes later.
        """
        return self.result.result(max(0.0, self._began + timeout - time.monotonic()))

    @property
    def is_current(self) -> bool:
        """Whether its result is still the one to share."""
        return time.monotonic() < self._shared_until

    def end(self) -> None:
        """Share the result for a moment from now on."""
        self._shared_until = time.monotonic() + SHARED_FOR


class Shared(Generic[T]):
    """The result of a function. A thread of its own runs it when somebody asks, and never twice at once."""

    def __init__(self, work: Callable[[], T]) -> None:
        """Run nothing yet."""
        self._work = work
        self._lock = threading.Lock()
        self._run: Run[T] | None = None
        self.last: T | None = None

    def begin(self) -> Run[T]:
        """Return the run whose result is shared; start one if there is none."""
        with self._lock:
            if self._run is None or not self._run.is_current:
                run: Run[T] = Run()
                threading.Thread(target=self._do, args=[run], daemon=True).start()
                self._run = run
            return self._run

    def forget(self) -> None:
        """Work it out anew when somebody asks next. For tests, each of which is a new process in this respect."""
        self._run = self.last = None

    def _do(self, run: Run[T]) -> None:
        try:
            self.last = result = self._work()
        except BaseException as error:  # noqa: BLE001  who asks for the result gets it
            run.end()
            run.result.set_exception(error)
        else:
            run.end()
            run.result.set_result(result)
