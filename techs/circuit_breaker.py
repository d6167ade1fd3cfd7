"""Leaving a server alone for a moment after it has let a caller wait in vain."""

import time


class CircuitBreaker:
    """One per process and server. Threads may share it: the worst that a race costs is one more wait."""

    def __init__(self, *, pause: float) -> None:
        """Stay open for so many seconds after each failure."""
        self._pause = pause
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the server is to be left alone."""
        return time.monotonic() < self._open_until

    def open(self) -> None:
        """Leave the server alone from now on, for the pause."""
        self._open_until = time.monotonic() + self._pause

    def close(self) -> None:
        """Ask the server again at once."""
        self._open_until = 0.0
