"""The containers of docker/compose.yaml under a name of their own, with new networks and volumes."""

import os
import secrets
import shlex
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import yaml

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from tests.coherence.client import Api
from tests.containers.engine import Engine, run, say
from tests.support.servers import free_port

COMPOSE_FILE = BASE_DIR / "docker" / "compose.yaml"
SERVERS = ("database", "redis-broker", "redis-cache")
PARTS = ("worker", "beat", "web", "web-2", "caddy")
# Seconds until a container works. A database prepares an empty volume first.
TIMEOUT = 600.0
_CERTIFICATE = "/data/caddy/pki/authorities/local/root.crt"


class Project:
    """One installation. url is the address of its proxy, which this process trusts from start() on."""

    def __init__(self, engine: Engine, directory: Path, *, files: Sequence[Path] = (), **env: str) -> None:
        """Use these compose files after docker/compose.yaml, and these variables."""
        self.engine = engine
        self.name = f"techlist-test-{secrets.token_hex(3)}"
        ports = {"HTTP_PORT": str(free_port()), "HTTPS_PORT": str(free_port()), "PUBLISH": f"127.0.0.1:{free_port()}"}
        self.url = f"https://localhost:{ports['HTTPS_PORT']}"
        self._directory = directory
        self._settings = _defaults() | ports
        # Not docker/.env, which belongs to somebody's own installation.
        options = ["--project-name", self.name, "--env-file", str(directory / "settings.env"), "--profile", "proxy"]
        names = [word for file in (COMPOSE_FILE, *files) for word in ("--file", str(file))]
        self.command = [*engine.compose, *options, *names]
        self.set(**env)

    def set(self, **env: str) -> None:
        """Set variables for containers that are started from now on."""
        self._settings |= env
        lines = (f"{name}={value}\n" for name, value in self._settings.items())
        (self._directory / "settings.env").write_text("".join(lines))

    @property
    def environ(self) -> dict[str, str]:
        return os.environ | self._settings

    def compose(self, *arguments: str) -> str:
        return run([*self.command, *arguments], env=self.environ)

    def up(self, *services: str, **scale: int) -> None:
        scales = [word for service, number in scale.items() for word in ("--scale", f"{service}={number}")]
        self.compose("up", "--detach", "--no-deps", *scales, *services)

    def exec(self, service: str, *command: str) -> str:
        return self.compose("exec", "-T", service, *command)

    def start(self, *others: str, workers: int = 1) -> None:
        """Start everything in the order of its dependencies, and wait until it works."""
        self.up(*SERVERS, *others)
        for server in SERVERS:
            self.wait_healthy(server)
        say("Migrating the database...")
        self.compose("run", "--rm", "--no-deps", "migrate")
        self.up(*PARTS, worker=workers)
        self.wait_healthy("web")
        self.wait_healthy("web-2")
        self._trust()
        if not wait_until(lambda: self._status() == "ok", timeout=TIMEOUT, step=1):
            raise RuntimeError(f"/readyz does not answer that everything is ok, but: {self._status()}")

    def _status(self) -> str:
        try:
            return str(Api(self.url).call("GET", "/readyz").json()["status"])
        except (OSError, HTTPException, ValueError) as error:
            return repr(error)

    def wait_healthy(self, service: str) -> None:
        """Wait until the health check of the compose file, or /readyz, is content."""
        check = health_check(service)
        if not wait_until(lambda: self._works(service, check), timeout=TIMEOUT, step=1):
            raise RuntimeError(f"{service} does not get healthy:\n{self.logs(service)}")
        say(f"{service} is healthy.")

    def _works(self, service: str, check: Sequence[str]) -> bool:
        command = [*self.command, "exec", "-T", service, *check]
        return not subprocess.run(command, env=self.environ, capture_output=True, check=False).returncode

    def _trust(self) -> None:
        """Verify certificates by the authority that Caddy has made."""
        wait_until(lambda: self._works("caddy", ["test", "-e", _CERTIFICATE]), timeout=TIMEOUT, step=0.5)
        certificate = self._directory / "authority.pem"
        certificate.write_text(self.exec("caddy", "cat", _CERTIFICATE))
        os.environ["SSL_CERT_FILE"] = str(certificate)

    def container(self, service: str, number: int = 1) -> str:
        return self.engine.container(self.name, service, number)

    def disconnect(self, service: str, *networks: str) -> None:
        """Cut a container off. Its connections stay open, but no packet passes, as with a broken cable."""
        for network in networks:
            run([self.engine.program, "network", "disconnect", f"{self.name}_{network}", self.container(service)])

    def connect(self, service: str, *networks: str) -> None:
        for network in networks:
            full_name, container = f"{self.name}_{network}", self.container(service)
            run([self.engine.program, "network", "connect", "--alias", service, full_name, container])

    def logs(self, service: str) -> str:
        command = [self.engine.program, "logs", "--tail", "50", self.container(service)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def down(self) -> None:
        """Remove containers, networks and volumes."""
        say("Taking everything down...")
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")


def _defaults() -> dict[str, str]:
    """Return an environment that asks for no login, so that the original client can call, and that is quick."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE": "mysql",
        "DATABASE_PASSWORD": secrets.token_hex(16),
        "SITE": "localhost",
        "TECHLIST_ACCESS": "open",
        "TECHLIST_HTTPS": "on",
        "TECHLIST_PROXIES": "1",
        "TECHLIST_SYNC": "off",
        "TECHLIST_SWEEP_AFTER": "2",
        "TECHLIST_SWEEP_AFTER_MAX": "8",
        "TECHLIST_SWEEP_INTERVAL": "1",
    }


def health_check(service: str) -> list[str]:
    """Return the command of a service's health check."""
    services: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())["services"]
    if "healthcheck" not in services[service]:
        ask = "from urllib.request import urlopen; urlopen('http://localhost:8000/readyz', timeout=5)"
        return ["python", "-c", ask]
    test = services[service]["healthcheck"]["test"]
    return ["sh", "-c", test.replace("$$", "$")] if isinstance(test, str) else test[1:]


@contextmanager
def running(project: Project) -> Generator[Project, None, None]:
    """Show the logs if the block fails, and remove everything in any case."""
    try:
        yield project
    except Exception:
        for service in (*SERVERS, *PARTS):
            say(f"The last lines of {service}:\n{project.logs(service)}")
        raise
    finally:
        project.down()


def check_out(commit: str, *, into: Path) -> Path:
    """Write the files of a commit into a directory, and return it."""
    into.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=BASE_DIR, capture_output=True, check=False)
    if archive.returncode:
        raise RuntimeError(f"{shlex.join(archive.args)}: {archive.stderr.decode()}")
    subprocess.run(["tar", "-x", "-C", str(into)], input=archive.stdout, check=True)
    return into
