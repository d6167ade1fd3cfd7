"""The queue in which the writers of all processes wait for their turn to write to an SQLite database.

SQLite has one writer at a time. Others ask again after ever longer pauses, so one that is unlucky, or that waits beside
a process with many transactions, is refused at the end of its time.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

# Seconds between two attempts. The kernel's own wait for a lock has no time limit.
_PAUSE = 0.001
_DIGITS = 20


class WriterQueue:
    """The place of one connection in the queue.

    Everyone locks a ticket, a file with a number, and waits until the lock of the ticket before is free. The kernel
    also releases it if the process is killed. One that gives up writes on its ticket for which one the next must wait.
    """

    def __init__(self, database: Path) -> None:
        self._directory = database.with_name(f"{database.name}-queue")
        self._path = self._directory / "0"
        self._ticket: int | None = None
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, exist_ok=True)

    def __del__(self) -> None:
        # A connection that is forgotten within a transaction would keep all others waiting.
        self._drop()

    def enter(self, *, timeout: float) -> bool:
        """Wait for the turn. Return False if it does not come in time.

        Without the files, such as on a full disk, there is no queue, and SQLite says why.
        """
        if self._ticket is not None:
            return True
        deadline = time.monotonic() + timeout
        try:
            number = self._draw(deadline)
            return number is not None and self._wait_for(number, deadline)
        except OSError:
            return True
        except BaseException:
            # Such as Ctrl-C or the time limit of a task: the caller does not know that it has a ticket.
            self.leave()
            raise

    def leave(self) -> None:
        """Let the next one write."""
        if self._ticket is not None:
            with suppress(OSError):
                self._path.unlink()
            self._drop()

    def _draw(self, deadline: float) -> int | None:
        """Lock a ticket. Return the number of the one before, or None if time is up."""
        last = _open(self._directory / "last")
        try:
            if not _lock(last, deadline):
                return None
            number = _read(last)
            self._path = self._directory / str(number + 1)
            self._ticket = _open(self._path)
            _lock(self._ticket, deadline)
            _write(last, number + 1)
        finally:
            os.close(last)
        return number

    def _wait_for(self, number: int, deadline: float) -> bool:
        """Wait until a ticket is free. If its owner gave up, wait for the one that it waited for."""
        while number:
            path = self._directory / str(number)
            try:
                file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                return True
            try:
                if not _lock(file, deadline):
                    self._give_up(number)
                    return False
                number = _read(file)
            finally:
                os.close(file)
            with suppress(FileNotFoundError):
                path.unlink()  # of one that gave up or was killed
        return True

    def _give_up(self, number: int) -> None:
        if self._ticket is not None:
            _write(self._ticket, number)
            self._drop()

    def _drop(self) -> None:
        if self._ticket is not None:
            os.close(self._ticket)
            self._ticket = None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _read(file: int) -> int:
    text = os.pread(file, _DIGITS, 0)
    return int(text) if text.isdigit() else 0


def _write(file: int, number: int) -> None:
    os.pwrite(file, b"%0*d" % (_DIGITS, number), 0)


def _lock(file: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True
