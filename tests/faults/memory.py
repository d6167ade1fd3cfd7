"""Measure the memory of Techlist's processes over time."""

import statistics
import threading
from collections.abc import Sequence
from contextlib import suppress

import psutil

from tests.support.servers import Server

INTERVAL = 2.0


class Memory:
    """Samples the total resident memory of a server's processes until stopped."""

    def __init__(self, server: Server) -> None:
        """Start sampling."""
        self.name = server.name
        self.samples: list[int] = []
        self._root = psutil.Process(server.pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        self._ended.set()
        self._thread.join()

    @property
    def growth(self) -> float:
        """Return the median of the last quarter divided by that of the second, which begins warm; 1.0 is flat."""
        quarter = len(self.samples) // 4
        return statistics.median(self.samples[-quarter:]) / statistics.median(self.samples[quarter : 2 * quarter])

    def __str__(self) -> str:
        quarter = len(self.samples) // 4
        warm, last = (_mib(part) for part in (self.samples[quarter : 2 * quarter], self.samples[-quarter:]))
        return f"{self.name}: {warm:.0f} MiB when warm, {last:.0f} MiB at the end ({self.growth - 1:+.1%})"

    def _sample(self) -> None:
        while not self._ended.wait(INTERVAL):
            total = 0
            for process in [self._root, *self._root.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    total += process.memory_info().rss
            self.samples.append(total)


def _mib(samples: Sequence[int]) -> float:
    return statistics.median(samples) / 2**20
