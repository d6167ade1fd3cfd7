"""The processes of one version, old or present, on given servers."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.servers import Server, Servers, free_port
from tests.support.services import Beat, Worker, place

PASSWORD = "correct horse battery staple"
_GRANIAN = ["-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error"]


class Installation:
    """A checkout with its environment. Every version runs with the packages of the present one."""

    def __init__(self, root: Path, servers: Servers, *, env: dict[str, str]) -> None:
        self.root = root
        self._servers = servers
        self.env = env
        self.url = ""

    def manage(self, *arguments: str, **env: str) -> str:
        """Run a management command and return its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.root,
            env=self.env | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(arguments)} of {self.root}:\n{done.stdout}"
        return done.stdout

    def prepare(self) -> None:
        self.manage("migrate", "--no-input")
        self.manage("collectstatic", "--no-input", "--verbosity=0")

    def make_token(self, username: str) -> str:
        """Return an API token. Up to 0.3.0, it is the same one each time."""
        return self.manage("drf_create_token", username).split()[2]

    @contextmanager
    def web(self) -> Generator[Server, None, None]:
        """Run the web server. While it runs, self.url is its address."""
        port = str(free_port())
        self.url = f"http://127.0.0.1:{port}"
        command = ["-m", "techlist.server", "--workers", "1"]
        if not list(self.root.glob("techlist/server*")):
            command = [*_GRANIAN, "--workers", "1", "techlist.wsgi:application"]
        command = [sys.executable, *command, "--host", "127.0.0.1", "--port", port]
        with self._running("web", command) as server:
            yield server

    @contextmanager
    def all(self) -> Generator[Server, None, None]:
        """Run everything, as `make run` does."""
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        module = "techlist.local" if (self.root / "techlist" / "local").exists() else "techlist.run"
        command = [sys.executable, "-m", module]
        with self._running("run", command) as server:
            yield server

    @contextmanager
    def worker(self) -> Generator[Server, None, None]:
        with stopped_at_the_end(Worker(**place(self._servers), env=self.env, cwd=self.root)) as worker:
            yield worker

    @contextmanager
    def beat(self) -> Generator[Server, None, None]:
        with stopped_at_the_end(Beat(**place(self._servers), env=self.env, cwd=self.root)) as beat:
            yield beat

    @contextmanager
    def _running(self, name: str, command: list[str]) -> Generator[Server, None, None]:
        """Run a program that answers at self.url."""
        options = place(self._servers) | {"env": self.env, "cwd": self.root}
        server = Server(f"{name}-{self.root.name}", command, answers=self._is_healthy, **options)
        with stopped_at_the_end(server):
            yield server

    def _is_healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=2) as response:  # noqa: S310  our own address
                return bool(response.status == 200)
        except (URLError, OSError):
            return False


@contextmanager
def stopped_at_the_end(server: Server) -> Generator[Server, None, None]:
    """Run a server and stop it in an orderly way. Its log must hold no traceback, and goes to the captured output."""
    try:
        server.start()
        yield server
    finally:
        server.stop()
        log = server.log.read_text(errors="replace")
        sys.stdout.write(f"--- log of {server.name} ---\n{log}")
        server.log.unlink()
    assert "Traceback" not in log, log
    assert "unregistered task" not in log, log


def as_service(servers: Servers, database: str, *, data: Path, **env: str) -> dict[str, str]:
    """Return the environment of a service with logins and short waits, for every version."""
    base = "sqlite://" if servers.database == "sqlite" else servers.url.rpartition("/")[0]
    places = {"DATABASE_URL": f"{base}/{database}", "TECHLIST_DATA_DIR": str(data)}
    brisk = {"TECHLIST_SWEEP_AFTER": "2", "TECHLIST_SWEEP_AFTER_MAX": "8", "TECHLIST_SWEEP_INTERVAL": "1"}
    service = {"TECHLIST_ACCESS": "login", "TECHLIST_WEBHOOK_PRIVATE": "on", "PYTHONUNBUFFERED": "1"}
    person = {"DJANGO_SUPERUSER_USERNAME": "ada", "DJANGO_SUPERUSER_EMAIL": "", "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    return os.environ | places | brisk | service | person | env


def as_make_run(*, data: Path) -> dict[str, str]:
    """Return the environment of somebody who sets nothing but a port and a data directory."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"TECHLIST_DATA_DIR": str(data), "TECHLIST_SYNC": "off", "PORT": str(free_port())}
