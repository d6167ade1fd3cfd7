"""The lock that prevents two runs with the same data directory."""

import fcntl
import os
from pathlib import Path
from typing import IO

from techlist.local.processes import wait_until
from techlist.server.address import RefusedError

# Seconds. The second is a little more than the supervisor waits for its processes.
_GRACE = 1
_LONGEST_STOP = 30


def lock(directory: Path, *, url: str) -> IO[str]:
    """Lock the data directory until this process ends. Raises RefusedError if another run has locked it."""
    file = (directory / "run.lock").open("a+", encoding="utf-8")
    if not _obtained(file):
        raise RefusedError(f"Techlist is already running with the data directory {directory} ({_holder(file)}).")
    file.truncate(0)
    file.write(f"process {os.getpid()}, {url}")
    file.flush()
    return file


def mark_stopping(file: IO[str]) -> None:
    """Make the next run wait for the lock instead of refusing to start."""
    file.truncate(0)


def _obtained(file: IO[str]) -> bool:
    # A run whose parent has just been killed takes a moment to notice that it has to stop.
    if wait_until(lambda: _locked(file), timeout=_GRACE):
        return True
    return wait_until(lambda: _locked(file) or _is_holder_alive(file), timeout=_LONGEST_STOP) and _locked(file)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "stopping"


def _is_holder_alive(file: IO[str]) -> bool:
    """Return True if a run holds the lock and is not about to end.

    A run that stops removes its process id, and after a killed run its reaper holds the lock for a moment.
    """
    words = _holder(file).replace(",", "").split()
    if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004
        return False
    try:
        os.kill(int(words[1]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
