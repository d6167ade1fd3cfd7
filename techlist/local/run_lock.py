"""The lock that prevents two runs with the same data directory."""

import fcntl
import os
from pathlib import Path
from typing import IO

from techlist.local.processes import wait_until
from techlist.server.address import RefusedError


def lock(directory: Path, *, url: str) -> IO[str]:
    """Lock the data directory until this process ends. Raises RefusedError if another run has locked it."""
    file = (directory / "run.lock").open("a+", encoding="utf-8")
    if not wait_until(lambda: _locked(file) or _is_holder_alive(file), timeout=5) or not _locked(file):
        raise RefusedError(f"Techlist is already running with the data directory {directory} ({_holder(file)}).")
    file.truncate(0)
    file.write(f"process {os.getpid()}, {url}")
    file.flush()
    return file


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip()


def _is_holder_alive(file: IO[str]) -> bool:
    """Return True if the run that wrote its process id is alive. If not, its reaper has the lock for a moment."""
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
