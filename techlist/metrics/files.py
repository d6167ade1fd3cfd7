"""The files in which the processes of one machine add up their numbers.

Each process has the first file that no other process has, and goes on from the numbers in it. So counters never go
back, not even when a process is replaced, and there are never more files than there were processes at the same time.
The locks are ranges of one file, which the kernel releases when their process ends. They also work between containers.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from techlist.metrics.catalogue import Values

_MOST = 10_000  # processes
_PORTS = 1_000_000  # where the locks of ports begin


class Directory:
    """The directory, as seen by one process. A fork needs its own, since it does not inherit locks."""

    def __init__(self, path: Path) -> None:
        """Create the directory if needed. Raises OSError."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        # Not opened a second time, because closing any file object would release all locks.
        self._locks = os.open(path / "locks", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._file: Path | None = None

    def close(self) -> None:
        os.close(self._locks)

    def claim(self) -> Values:
        """Claim a file for this process. Return the numbers in it."""
        number = next(number for number in range(_MOST) if self._lock(number))
        self._file = self._path / f"{number}.json"
        return _read(self._file)

    def claim_port(self, port: int) -> bool:
        """Return True if no other process with this directory opens the port."""
        return self._lock(_PORTS + port)

    def write(self, values: Values) -> None:
        """Replace the numbers in the file of this process. Raises OSError."""
        assert self._file is not None  # noqa: S101  claim() comes first
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps([[*key, numbers] for key, numbers in values.items()]))
        new.replace(self._file)

    def others(self) -> Iterator[Values]:
        """Yield the numbers of all other processes, even of those that have ended."""
        for path in self._path.glob("*.json"):
            if path != self._file:
                yield _read(path)

    def _lock(self, number: int) -> bool:
        try:
            fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except (BlockingIOError, PermissionError):
            return False
        return True


def _read(path: Path) -> Values:
    try:
        rows = json.loads(path.read_text())
        return {tuple(key): numbers for *key, numbers in rows if key and isinstance(numbers, list)}
    except (OSError, ValueError, TypeError):
        # It does not exist yet, or the disk was full.
        return {}
