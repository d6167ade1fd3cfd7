"""Skip calls to a server for a moment after it has timed out."""

import time


class CircuitBreaker:
    """Create one per process and server. Threads may share it: at worst, a race costs one more timeout."""

    def __init__(self, *, pause: float) -> None:
        """pause: seconds to stay open after each failure."""
        self._pause = pause
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._open_until

    def open(self) -> None:
        self._open_until = time.monotonic() + self._pause

    def close(self) -> None:
        self._open_until = 0.0
