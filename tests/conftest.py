"""Fixtures that all tests share. The servers themselves come from tests/servers.py."""

import os
import secrets
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from techlist.server import command as web_command
from techs import cache, submissions
from tests.servers import SERVERS, MariaDB, Server, Servers, Valkey, free_port

ServerType = TypeVar("ServerType", bound=Server)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """All servers of this run."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture
def redis_broker(servers: Servers) -> Generator[Valkey, None, None]:
    """The broker's server, up again at the end whatever the test does to it."""
    yield servers.broker
    servers.broker.ensure_running()


@pytest.fixture
def redis_cache(servers: Servers) -> Generator[Valkey, None, None]:
    """The cache's server, up again at the end whatever the test does to it."""
    yield servers.cache
    servers.cache.ensure_running()


@pytest.fixture
def mariadb(servers: Servers, transactional_db: None) -> Generator[MariaDB, None, None]:
    """The database server, up again at the end; skips on SQLite, which has none.

    It is up before transactional_db empties the tables, which needs it, and a new connection.
    """
    if servers.mariadb is None:
        pytest.skip("needs a database server")
    yield servers.mariadb
    servers.mariadb.ensure_running()
    connection.close()


@pytest.fixture(autouse=True)
def _fresh_servers(servers: Servers) -> None:
    """Every test begins with all servers up and both Redis servers empty."""
    for server in servers.all():
        server.ensure_running()
    for valkey in (servers.broker, servers.cache):
        with redis.Redis(port=valkey.port) as client:
            client.flushall()
    # A process leaves a server alone for a while that kept it waiting. Each test is a new process in this respect.
    submissions._broker_away_until = cache._away_until = 0.0


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Pages name their static files by content hash, as in service, so these must have been collected."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Servers) -> None:
    """SQLite's test database must be a file: worker and web processes open it too. Overrides pytest-django's."""
    if servers.database == "sqlite":
        settings.DATABASES["default"]["TEST"]["NAME"] = str(servers.directory / "test.sqlite3")


@pytest.fixture
def process_env(servers: Servers, transactional_db: None) -> dict[str, str]:
    """The environment in which another process sees the test's database.

    The rows must be committed to be seen there, hence transactional_db.
    """
    # Django gives the database another name while tests run.
    name = connection.settings_dict["NAME"]
    base = "sqlite:///" if servers.mariadb is None else servers.mariadb.url.removesuffix("techlist")
    return os.environ | {"DATABASE_URL": f"{base}{name}", "PYTHONUNBUFFERED": "1"}


@contextmanager
def _running(server: ServerType) -> Generator[ServerType, None, None]:
    """Start it, stop it; its log goes to the captured output, which pytest shows if the test fails."""
    try:
        server.start()
        yield server
    finally:
        server.stop()
        sys.stdout.write(f"--- log of {server.name} ---\n{server.log.read_text(errors='replace')}")
        server.log.unlink()


@pytest.fixture
def celery_worker_process(servers: Servers, process_env: dict[str, str]) -> Generator[Server, None, None]:
    """A real Celery worker on the test's database and broker; its log is shown if the test fails."""
    node = f"test-{secrets.token_hex(4)}@localhost"
    options = ["--concurrency", "2", "--loglevel", "INFO", "--hostname", node, "--without-gossip", "--without-mingle"]
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "celery_app", "worker", *options]

    def answers() -> bool:
        # A connection of its own: those in the pool may lead to a broker that an earlier test killed.
        with current_app.connection_for_write() as broker:
            return bool(current_app.control.ping(destination=[node], timeout=0.5, connection=broker))

    directory, guard = servers.directory, servers.guard
    worker = Server("worker", command, answers=answers, directory=directory, guard=guard, env=process_env)
    with _running(worker):
        yield worker


class Web(Server):
    """The web server, with the address it listens on."""

    url: str


@pytest.fixture
def web_process(servers: Servers, process_env: dict[str, str]) -> Generator[Web, None, None]:
    """The real web server on a free port, on the test's database; for tests from end to end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = web_command(host="127.0.0.1", port=port, workers=1)

    def answers() -> bool:
        try:
            with urlopen(f"{url}/healthz", timeout=2) as response:  # noqa: S310  # our own address
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    web = Web("web", command, answers=answers, directory=servers.directory, guard=servers.guard, env=process_env)
    web.url = url
    with _running(web):
        yield web
