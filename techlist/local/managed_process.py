"""One child process of `make run`, and its output."""

import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from techlist.local import embedded
from techlist.local.forks import fork
from techlist.local.processes import Child, OrphanReaper, spawn

# How the command of a Python module begins. It runs in a fork.
PYTHON = (sys.executable, "-m")
_LAST_LINES = 20


class ManagedProcess:
    """A running child and its last lines of output."""

    def __init__(self, name: str, command: Sequence[str], *, reaper: OrphanReaper, quiet: bool = False) -> None:
        self.name = name
        self.quiet = quiet
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._rest = b""
        self._pipe, write = os.pipe()
        os.set_blocking(self._pipe, False)
        self.process = _start(name, command, reaper=reaper, output=write)
        os.close(write)

    def fileno(self) -> int:
        return self._pipe

    def read(self) -> bool:
        """Read the available output. Return False at its end."""
        try:
            data = os.read(self._pipe, 65536)
        except BlockingIOError:
            return True
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            self._handle(line.decode(errors="replace").rstrip())
        return bool(data)

    def _handle(self, line: str) -> None:
        self.last_lines.append(line)
        if not self.quiet:
            print_line(f"{self.name:<6} | {line}")

    def how_it_ended(self) -> str:
        status = self.process.returncode or 0
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

    def close(self) -> None:
        os.close(self._pipe)


def _start(name: str, command: Sequence[str], *, reaper: OrphanReaper, output: int) -> Child:
    if tuple(command[:2]) == PYTHON:
        return fork(name, command[2], command[3:], reaper=reaper, output=output)
    return spawn(command, reaper=reaper, output=output, cwd=embedded.BASE_DIR)


class ChildEndedError(Exception):
    """A child process ended that should run until Ctrl-C."""

    def __init__(self, child: "ManagedProcess") -> None:
        super().__init__(child.name)
        self.child = child


def print_line(line: str) -> None:
    """Print a line at once. If the terminal is closed, ignore that, so that the children can still be stopped."""
    with suppress(OSError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
