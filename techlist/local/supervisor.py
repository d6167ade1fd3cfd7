"""Run Techlist with all its processes in the foreground until Ctrl-C.

The supervisor starts an embedded Valkey (unless the environment names both Redis servers), prepares the database and
the static files if something has changed, and then starts the web server and the worker, which includes beat. If one
process ends, it stops all of them, because otherwise work would be accepted but never done. A single thread forwards
output and watches the processes.

Valkey is a program. All others are forks of the supervisor, which imports their code first.
"""

import http.client
import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from techlist import heaps, secret_files
from techlist.local import embedded, preloading, valkey
from techlist.local.environment import advice_for
from techlist.local.managed_process import PYTHON, ChildEndedError, ManagedProcess, print_line
from techlist.local.processes import OrphanReaper, kill, wait_until
from techlist.server import command as server
from techlist.server.address import Address, RefusedError

# Seconds before each process is killed. The web server stops first, so that no new work arrives.
_STOP_ORDER: Sequence[Mapping[str, float]] = (
    {"migrate": 5, "collectstatic": 5},
    {"web": 5},
    {"worker": 10},
    {"valkey": 5},
)
_WEB_STOP_TIMEOUT = 4
_READY_TIMEOUT = 60.0


class StoppedError(Exception):
    """A signal asked Techlist to stop."""


class Supervisor:
    """Starts, watches and stops the processes."""

    def __init__(self, address: Address, *, stop_with_parent: bool, on_stop: Callable[[], None]) -> None:
        self._address = address
        self._on_stop = on_stop
        self._parent = os.getppid() if stop_with_parent else None
        self._children: list[ManagedProcess] = []
        self._selector = selectors.DefaultSelector()
        self._asked_to_stop = 0
        # nohup works by ignoring SIGHUP, so leave it ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._handle_signal)
        preloading.preload()
        from techlist.local import preparation  # noqa: PLC0415  Django must be set up first

        self._steps = preparation.needed()
        heaps.fill_gaps()
        # This is a fork, too, and shares the memory.
        self._reaper = OrphanReaper()

    def _handle_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def run(self) -> int:
        """Run until a signal, the end of a process or a failed start. Return the exit status."""
        status = 1
        try:
            self._start()
            print_line(f"Techlist is ready at {self._address.url} (Ctrl-C stops everything)")
            for advice in advice_for(os.environ, self._address):
                print_line(advice)
            self._wait(lambda: False)
        except StoppedError:
            status = 0
        except ChildEndedError as error:
            self._report(error.child)
        except (RefusedError, OSError) as error:
            print_line(str(error))
        finally:
            self._stop_all()
        return status

    def _start(self) -> None:
        if not all(secret_files.is_set(os.environ, name) for name in ("REDIS_BROKER_URL", "REDIS_CACHE_URL")):
            self._start_valkey()
        self._prepare()
        print_line("Starting the web server and the worker...")
        # One process is enough, since SQLite has one writer, and the list comes from the cache.
        host, port = self._address.number, self._address.port
        self._add("web", server.command(host=host, port=port, workers=1, stop_timeout=_WEB_STOP_TIMEOUT))
        self._add("worker", [*PYTHON, "techlist.local.worker"])
        self._wait(self._web_answers, name="The web server")

    def _start_valkey(self) -> None:
        directory = embedded.data_dir() / "valkey"
        directory.mkdir(mode=0o700, exist_ok=True)
        path = embedded.make_socket_dir()
        # Quiet until it answers, because its first output is advice about kernel settings.
        child = self._add("valkey", valkey.command(directory, *valkey.BOTH, *valkey.on_socket(path)), quiet=True)
        self._wait(lambda: valkey.answers(path), name="The embedded Valkey")
        child.quiet = False

    def _add(self, name: str, command: Sequence[str], *, quiet: bool = False) -> ManagedProcess:
        child = ManagedProcess(name, command, reaper=self._reaper, quiet=quiet)
        self._children.append(child)
        self._selector.register(child, selectors.EVENT_READ)
        return child

    def _prepare(self) -> None:
        """Migrate and collect static files, unless nothing has changed since that was last done."""
        if not self._steps:
            return
        print_line("Preparing the database and the static files...")
        module = "techlist.local.prepare"
        steps = [self._add(name, [*PYTHON, module, name, mark], quiet=True) for name, mark in self._steps.items()]
        for step in steps:
            self._finish(step, others=steps)

    def _finish(self, step: ManagedProcess, *, others: Sequence[ManagedProcess]) -> None:
        # There is no time limit, because migrating a large table takes long.
        self._wait(lambda: step.process.poll() is not None, may_end=others)
        self._remove(step)
        if step.process.returncode != 0:
            raise ChildEndedError(step)

    def _wait(
        self,
        condition: Callable[[], bool],
        *,
        name: str = "",
        may_end: Sequence[ManagedProcess] = (),
    ) -> None:
        """Forward output and watch all processes until the condition holds. Those in may_end may end.

        A name limits the wait, and appears in the error.
        """
        deadline = time.monotonic() + _READY_TIMEOUT
        while not condition():
            self._forward(0.02 if name else 0.1)
            if self._asked_to_stop or (self._parent is not None and os.getppid() != self._parent):
                raise StoppedError
            for child in self._children:
                if child not in may_end and child.process.poll() is not None:
                    raise ChildEndedError(child)
            if name and time.monotonic() > deadline:
                raise RefusedError(f"{name} did not start in time.")

    def _web_answers(self) -> bool:
        address = self._address
        client = http.client.HTTPConnection(address.reachable_host, address.port, timeout=2)
        try:
            client.request("GET", "/healthz")
            return client.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()

    def _forward(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            child = key.fileobj
            if isinstance(child, ManagedProcess) and not child.read():
                self._selector.unregister(child)

    def _report(self, child: ManagedProcess) -> None:
        kill(child.process, reaper=self._reaper)
        self._drain(child)
        print_line(f"Techlist stops: {child.name} ended ({child.how_it_ended()}). Its last lines:")
        for line in child.last_lines:
            print_line(f"    {line}")

    def _drain(self, child: ManagedProcess) -> None:
        if child.fileno() in self._selector.get_map():
            wait_until(lambda: not child.read(), timeout=1)
            self._selector.unregister(child)

    def _remove(self, child: ManagedProcess) -> None:
        kill(child.process, reaper=self._reaper)
        self._drain(child)
        child.close()
        self._children.remove(child)

    def _stop_all(self) -> None:
        self._on_stop()
        signals_before = self._asked_to_stop
        if self._children:
            print_line("Stopping...")
        for timeouts in _STOP_ORDER:
            children = [child for child in self._children if child.name in timeouts]
            self._terminate(children)
            deadline = time.monotonic() + max(timeouts.values())
            while self._asked_to_stop == signals_before and time.monotonic() < deadline:
                if all(child.process.poll() is not None for child in children):
                    break
                self._forward(0.05)
            for child in children:
                self._remove(child)
        embedded.remove_socket_dir()
        self._reaper.close()

    @staticmethod
    def _terminate(children: Sequence[ManagedProcess]) -> None:
        # Only the leaders, since each ends its own children when their work is done. A stopped process must continue
        # to receive the signal.
        for child in children:
            if child.process.poll() is None:
                child.process.terminate()
                child.process.send_signal(signal.SIGCONT)
