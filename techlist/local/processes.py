"""Child processes that cannot outlive their parent, for `make run` and the tests.

Every child leads its own process group, so Ctrl-C in a terminal reaches only the parent, which stops its children in
order. If the parent is killed instead, the reaper kills the groups.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn, Protocol

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Child(Protocol):
    """A child process, whether it runs a program or is a fork."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self) -> int: ...
    def terminate(self) -> None: ...
    def send_signal(self, number: int, /) -> None: ...


class OrphanReaper:
    """A process that kills the watched groups as soon as its creator is gone, for any reason.

    It waits for the end of a pipe that only its creator keeps open. Being a fork without exec, it also shares its
    creator's file locks until the groups are gone, so a new run never meets remains of the old one.
    """

    def __init__(self) -> None:
        read, self._write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._write)
            _reaper(read)
        os.close(read)

    def watch(self, group: int) -> None:
        """Kill this group when the creator ends. Child processes call this themselves, before exec."""
        os.write(self._write, b"+%d\n" % group)

    def unwatch(self, group: int) -> None:
        """Stop watching a group that is gone, since its number may be reused."""
        # The reaper may have been killed, which does not matter here.
        with suppress(BrokenPipeError):
            os.write(self._write, b"-%d\n" % group)

    def close(self) -> None:
        """End the reaper, which kills the groups still watched."""
        os.close(self._write)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _reaper(read: int) -> NoReturn:
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        groups: set[int] = set()
        with os.fdopen(read, "rb") as lines:
            for line in lines:
                (groups.add if line.startswith(b"+") else groups.discard)(int(line[1:]))
        for group in groups:
            kill_group(group)
        wait_until(lambda: not any(map(_group_exists, groups)), timeout=2)
    finally:
        os._exit(0)


def spawn(
    command: Sequence[str],
    *,
    reaper: OrphanReaper,
    output: int | IO[bytes],
    cwd: Path,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command as the leader of its own group. It dies with this process, and so do its children."""
    parent = os.getpid()
    is_tied = threading.current_thread() is threading.main_thread()

    def before_exec() -> None:
        reaper.watch(os.getpid())
        if is_tied:
            tie_to(parent)

    return subprocess.Popen(  # noqa: S603  # commands are our own
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=before_exec,  # noqa: PLW1509  # between fork and exec only a few system calls run
    )


def tie_to(parent: int) -> None:
    """Let Linux end this process with its parent. Only the parent's main thread may fork it, since threads count."""
    if sys.platform != "linux":
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def stop(process: subprocess.Popen[bytes], *, reaper: OrphanReaper, timeout: float) -> None:
    """Terminate a child, which stops its own children in order, and then kill the rest of its group."""
    if process.poll() is None:
        process.terminate()
        # A stopped process receives SIGTERM only after SIGCONT.
        process.send_signal(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout)
    kill(process, reaper=reaper)


def kill(process: Child, *, reaper: OrphanReaper) -> None:
    """Kill a child and its whole group."""
    kill_group(process.pid)
    process.wait()
    reaper.unwatch(process.pid)


def kill_group(group: int) -> None:
    # macOS raises PermissionError for a group that consists of zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def wait_until(condition: Callable[[], object], *, timeout: float, step: float = 0.02) -> bool:
    """Poll a condition. Return False on timeout."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True
