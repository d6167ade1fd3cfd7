"""The numbers that this process counts.

They are kept in memory, where counting takes less than a microsecond, and written to the file of this process every
second. A killed process loses at most the last second. Without metrics in the settings, nothing is counted.
"""

import atexit
import logging
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from techlist.metrics.catalogue import BUCKETS, Key, Metric, Values, combine
from techlist.metrics.files import Directory

logger = logging.getLogger(__name__)

# Seconds between two writes of the file.
INTERVAL = 1.0


class Figures:
    """The numbers of one process. A fork starts without numbers, and with a file of its own."""

    def __init__(self, path: Path) -> None:
        """path: the directory that the processes share. It is created when it is first needed."""
        self._path = path
        self._lock = threading.Lock()
        # Held while the file is claimed or written, and while numbers are added up.
        self._file_lock = threading.Lock()
        self._counted: dict[Key, list[float]] = {}
        self._watched: dict[Key, Callable[[], float]] = {}
        self._before: Values = {}
        self._written: Values = {}
        self._directory: Directory | None = None
        self._has_file = self._has_failed = self._is_running = False

    def add(self, metric: Metric, *labels: str, amount: float = 1) -> None:
        with self._lock:
            self._numbers(metric, labels)[0] += amount
        self._run()

    def observe(self, metric: Metric, *labels: str, seconds: float) -> None:
        with self._lock:
            numbers = self._numbers(metric, labels)
            numbers[bisect_left(BUCKETS, seconds)] += 1
            numbers[-1] += seconds
        self._run()

    def set(self, metric: Metric, value: float) -> None:
        with self._lock:
            self._numbers(metric, ())[0] = value
        self._run()

    def watch(self, metric: Metric, read: Callable[[], float]) -> None:
        """Read a counter that is counted elsewhere, whenever the numbers are needed."""
        self._watched[metric.name,] = read
        self._run()

    def total(self) -> dict[Key, list[float]]:
        """Add up the numbers of all processes that share the directory."""
        with self._file_lock:
            values = self._of_process()
            if directory := self.directory():
                for others in directory.others():
                    combine(values, others)
        return values

    def directory(self) -> Directory | None:
        """Return the directory, or None, and log it once, if it cannot be used."""
        if self._directory is None:
            try:
                self._directory = Directory(self._path)
            except OSError as error:
                self._warn(error)
        return self._directory

    def flush(self) -> None:
        """Write the numbers, if there are new ones, to the file of this process."""
        with self._file_lock:
            directory = self.directory()
            if directory is None or not (self._counted or self._watched):
                return
            if not self._has_file:
                self._before, self._has_file = directory.claim(), True
            values = self._of_process()
            if values != self._written:
                self._write(directory, values)

    def after_fork(self) -> None:
        if self._directory:
            self._directory.close()
        self.__init__(self._path)  # type: ignore[misc]  # locks and threads of the parent are not ours

    def _numbers(self, metric: Metric, labels: tuple[str, ...]) -> list[float]:
        key = (metric.name, *labels)
        numbers = self._counted.get(key)
        if numbers is None:
            numbers = self._counted[key] = [0.0] * metric.length
        return numbers

    def _of_process(self) -> dict[Key, list[float]]:
        """Return the numbers of this process, and of those that had its file before."""
        values: dict[Key, list[float]] = {}
        combine(values, self._before)
        with self._lock:
            combine(values, self._counted)
        combine(values, {key: [float(read())] for key, read in self._watched.items()})
        return values

    def _write(self, directory: Directory, values: Values) -> None:
        try:
            directory.write(values)
        except OSError as error:
            self._warn(error)
        else:
            self._written, self._has_failed = values, False

    def _warn(self, error: OSError) -> None:
        if not self._has_failed:
            logger.warning("Metrics cannot be stored in %s: %s", self._path, error)
        self._has_failed = True

    def _run(self) -> None:
        if not self._is_running:
            self._is_running = True
            threading.Thread(target=self._flush_again_and_again, daemon=True, name="metrics").start()

    def _flush_again_and_again(self) -> None:
        while True:
            time.sleep(INTERVAL)
            self.flush()


class _Nothing(Figures):
    """Counts nothing."""

    def add(self, metric: Metric, *labels: str, amount: float = 1) -> None: ...
    def observe(self, metric: Metric, *labels: str, seconds: float) -> None: ...
    def set(self, metric: Metric, value: float) -> None: ...
    def watch(self, metric: Metric, read: Callable[[], float]) -> None: ...


figures = (Figures if settings.METRICS.are_on else _Nothing)(settings.METRICS.directory)
if settings.METRICS.are_on:
    os.register_at_fork(after_in_child=figures.after_fork)
    atexit.register(figures.flush)
