"""Techlist's own processes for tests: web server, worker and beat, on the caller's servers."""

import os
import secrets
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Self, TypeVar
from urllib.error import URLError
from urllib.request import urlopen

from celery import current_app
from django.db import connection

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import OrphanReaper
from techlist.server.command import command as web_command
from tests.support.servers import Server, Servers, free_port

ServerType = TypeVar("ServerType", bound=Server)


def environment_for_processes(servers: Servers) -> dict[str, str]:
    """Return the environment in which another process uses the test's database."""
    # Django gives the database another name while tests run.
    name = connection.settings_dict["NAME"]
    base = "sqlite://" if servers.database == "sqlite" else servers.url.rpartition("/")[0]
    return os.environ | {"DATABASE_URL": f"{base}/{name}", "PYTHONUNBUFFERED": "1"}


def place(servers: Servers) -> dict[str, Any]:
    """The directory for a process's files, and the watchdog that ends the process with the test run."""
    return {"directory": servers.directory, "reaper": servers.reaper}


@contextmanager
def running(server: ServerType) -> Generator[ServerType, None, None]:
    """Start a process and kill it at the end. Its log becomes captured output, which pytest shows on failure.

    An orderly stop of a worker takes seconds, and is tested in tests/project/test_run.py.
    """
    try:
        server.start()
        yield server
    finally:
        server.kill()
        sys.stdout.write(f"--- log of {server.name} ---\n{server.log.read_text(errors='replace')}")
        server.log.unlink()


class Shared(Generic[ServerType]):
    """A process that tests borrow one after another."""

    def __init__(self, process: ServerType, servers: Servers) -> None:
        self._process, self._servers = process, servers
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()

    @contextmanager
    def lent(self) -> Generator[ServerType, None, None]:
        """Yield the process, and show what it has logged meanwhile."""
        # Its connections do not outlive a restart of the server they lead to.
        pids = [server.pid for server in self._servers.all()]
        if pids != self._pids or not self._process.is_alive():
            self._process.restart()
            self._pids = pids
        begin = self._process.log.stat().st_size
        try:
            yield self._process
        finally:
            with self._process.log.open(errors="replace") as log:
                log.seek(begin)
                sys.stdout.write(f"--- log of {self._process.name} ---\n{log.read()}")


class Web(Server):
    """The web server on a free port."""

    def __init__(  # noqa: PLR0913  all that a process needs
        self,
        *,
        directory: Path,
        reaper: OrphanReaper,
        env: Mapping[str, str],
        name: str = "web",
        application: str = "techlist.server.rsgi:application",
        processes: int = 1,
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        *options, _ = web_command(host="127.0.0.1", port=port, workers=processes)
        command = [*options, application]
        super().__init__(name, command, answers=self._is_healthy, directory=directory, reaper=reaper, env=env)

    def _is_healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=2) as response:  # noqa: S310  our own address
                return bool(response.status == 200)
        except (URLError, OSError):
            return False


class Worker(Server):
    """A Celery worker, usually with two pool processes."""

    def __init__(  # noqa: PLR0913  # what a process needs
        self,
        *,
        directory: Path,
        reaper: OrphanReaper,
        env: Mapping[str, str],
        name: str = "worker",
        application: str = "celery_app",
        cwd: Path = BASE_DIR,
        queues: str = "",
        processes: int = 2,
    ) -> None:
        self.node = f"test-{secrets.token_hex(4)}@localhost"
        options = ["--concurrency", str(processes), "--loglevel", "INFO", "--hostname", self.node]
        if queues:
            options += ["--queues", queues]
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        command = [sys.executable, "-m", "celery", "--quiet", "--app", application, "worker", *options, *alone]
        places: Any = {"directory": directory, "reaper": reaper, "env": env, "cwd": cwd}
        super().__init__(name, command, answers=self._answers_ping, **places)

    def _answers_ping(self) -> bool:
        # A new connection: those in the pool may lead to a broker that an earlier test killed.
        with current_app.connection_for_write() as broker:
            return bool(current_app.control.ping(destination=[self.node], timeout=0.5, connection=broker))


class Beat(Server):
    """Beat, which triggers the sweep."""

    def __init__(
        self,
        *,
        directory: Path,
        reaper: OrphanReaper,
        env: Mapping[str, str],
        name: str = "beat",
        cwd: Path = BASE_DIR,
    ) -> None:
        schedule = directory / f"{name}-schedule"
        options = ["--schedule", str(schedule), "--pidfile=", "--loglevel", "INFO"]
        command = [sys.executable, "-m", "celery", "--quiet", "--app", "celery_app", "beat", *options]
        super().__init__(name, command, answers=self._has_begun, directory=directory, reaper=reaper, env=env, cwd=cwd)

    def _has_begun(self) -> bool:
        return "beat: Starting" in self.log.read_text(errors="replace")
