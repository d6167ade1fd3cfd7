"""Child processes that run a Python module in a fork, so that they share the memory of everything imported before."""

import atexit
import ctypes
import gc
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from techlist.local.processes import OrphanReaper, tie_to

_PR_SET_NAME = 15
# The handlers of the parent, which must not run in a child.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_libc = ctypes.CDLL(None)


class Fork:
    """A fork that its parent waits for, with the part of Popen's methods that is needed."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def wait(self) -> int:
        status = self._wait(0)
        assert status is not None  # noqa: S101  only WNOHANG returns without one
        return status

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        # The number of an ended process may belong to another one.
        if self.poll() is None:
            os.kill(self.pid, number)

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode


def fork(name: str, module: str, arguments: Sequence[str], *, reaper: OrphanReaper, output: int) -> Fork:
    """Run `python -m module arguments` in a fork, the leader of its own group, which dies with this process.

    There must be no other thread, and no connection that the fork could use as well.
    """
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    # If this process was started with SIGCHLD ignored, nobody learns how its children end.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Signals wait until the fork has replaced the handlers.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    pid = os.fork()
    if pid == 0:
        with _ending():
            os.setsid()
            reaper.watch(os.getpid())
            tie_to(parent)
            _show_as(name)
            _replace_files(output)
            _reset_signals()
            gc.enable()
            _run(module, arguments)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return Fork(pid)


@contextmanager
def _ending() -> Iterator[None]:
    """End this process, since a fork must not return to its parent's code."""
    try:
        yield
    except BaseException:  # noqa: BLE001  see above
        traceback.print_exc()
    finally:
        os._exit(1)


def _show_as(name: str) -> None:
    """Set the name in the output of ps and top, since the command line is that of the parent."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_NAME, f"techlist-{name}".encode())


def _replace_files(output: int) -> None:
    """Keep only the output open. Python's file objects of the others stay, but nothing uses them again."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream, file in ((0, null), (1, output), (2, output)):
        os.dup2(file, stream)
    for path in list(Path("/dev/fd").iterdir()):
        if int(path.name) > 2:  # noqa: PLR2004  the standard streams
            with suppress(OSError):  # the listing's own
                os.close(int(path.name))
    stdout: Any = sys.stdout
    stdout.reconfigure(line_buffering=True)


def _reset_signals() -> None:
    for number in _SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _run(module: str, arguments: Sequence[str]) -> NoReturn:
    """Run a module as a new interpreter would, and exit with its status."""
    sys.argv = [module, *arguments]
    status = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = _status(end.code)
    atexit._run_exitfuncs()  # noqa: SLF001  only the end of an interpreter calls it otherwise
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(status)


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    sys.stderr.write(f"{code}\n")
    return 1
