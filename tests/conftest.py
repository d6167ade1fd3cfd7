"""Fixtures that all tests share. The servers themselves come from tests/support/servers.py."""

import time
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase, override_settings
from pytest_django import DjangoDbBlocker

from techlist import health
from techs import cache, counters
from techs.lifecycles import store
from techs.models import Webhook
from techs.submissions import outbox
from tests.support.lifecycle_server import TEN, Answer, LifecycleServer, document, lifecycle_server
from tests.support.receiver import Receiver, receiver
from tests.support.servers import SERVERS, MariaDB, Servers, Valkey
from tests.support.services import Web, Worker, environment_for_processes, place, running
from tests.support.tables import Tables

LEFT_OUT = pytest.StashKey[bool]()
# Tests of pages and of the API's wording, and of what happens before Django: another database changes nothing.
SAME_ON_ANY_DATABASE = tuple(
    Path(__file__).parent / path
    for path in (
        *("admin", "browser", "frontend", "security", "api/test_bad_input.py", "api/test_error_shape.py"),
        *("api/test_login_throttling.py", "api/test_schema.py", "exports/test_subscriptions.py"),
        "server/test_slow_clients.py",
    )
)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which of the two passes this is."""
    database = config.stash[SERVERS].database
    return f"database: {database}" + (", only the tests that use it" if database == "sqlite" else "")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files out of the pass on SQLite unread: making the cases of the schema alone takes 12 s of a processor."""
    is_sqlite = config.stash[SERVERS].database == "sqlite"
    return True if is_sqlite and collection_path in SAME_ON_ANY_DATABASE else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What uses no database, and what people see of it, needs no second run: the pass on SQLite leaves it out."""
    if config.stash[SERVERS].database == "sqlite":
        left_out = [item for item in items if not is_about_database(item)]
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = bool(left_out)
        items[:] = [item for item in items if is_about_database(item)]


def is_about_database(item: pytest.Item) -> bool:
    """True if another database may change its outcome."""
    return uses_database(item) and item.get_closest_marker("browser") is None


def uses_database(item: pytest.Item) -> bool:
    """True if the test may query it; pytest-django refuses every query of the others."""
    fixtures: set[str] = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint({"db", "transactional_db"})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Having nothing to do is no failure if all of it was left out."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.stash.get(LEFT_OUT, False):
        session.exitstatus = pytest.ExitCode.OK


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
    # A process leaves a server alone for a while that kept it waiting, and remembers the facts in force.
    # Each test is a new process in this respect.
    outbox.breaker.close()
    cache.breaker.close()
    store._active = None
    health.forget()


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Pages name their static files by content hash, as in service, so these must have been collected."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _quick_settings() -> Generator[None, None, None]:
    """What costs a process time only once, or is slow on purpose, would cost it in every test."""
    with override_settings(
        # Look a static file up when it is asked for: every new test client would read the whole directory.
        WHITENOISE_AUTOREFRESH=True,
        PASSWORD_HASHERS=["tests.support.passwords.QuickHasher"],
    ):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Generator[None, None, None]:
    """The new database, to which every test leads back. Extends pytest-django's."""
    with django_db_blocker.unblock():
        tables = Tables()
    with pytest.MonkeyPatch.context() as patch:
        # Django's own way empties all tables and makes the products and permissions anew, which takes most of a test.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: tables.restore())
        yield


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
    return environment_for_processes(servers)


@pytest.fixture
def celery_worker_process(servers: Servers, process_env: dict[str, str]) -> Generator[Worker, None, None]:
    """A real Celery worker on the test's database and broker; its log is shown if the test fails."""
    with running(Worker(**place(servers), env=process_env)) as worker:
        yield worker


@pytest.fixture
def web_process(servers: Servers, process_env: dict[str, str]) -> Generator[Web, None, None]:
    """The real web server on the test's database; for tests from end to end."""
    with running(Web(**place(servers), env=process_env)) as web:
        yield web


@pytest.fixture
def https_web_process(servers: Servers, process_env: dict[str, str]) -> Generator[Web, None, None]:
    """A web server that believes to stand behind a proxy that ends TLS."""
    with running(Web(**place(servers), env=process_env | {"TECHLIST_HTTPS": "on"}, name="web-https")) as web:
        yield web


@pytest.fixture(scope="session")
def _login_web_process(servers: Servers, django_db_setup: None) -> Generator[Web, None, None]:
    # One for all tests: settings are read once, so these need a process, and it keeps nothing of a test.
    environment = environment_for_processes(servers) | {"TECHLIST_ACCESS": "login"}
    with running(Web(**place(servers), env=environment, name="web-login")) as web:
        yield web


@pytest.fixture
def login_web_process(_login_web_process: Web, transactional_db: None) -> Web:
    """The real web server, asking for a login, on the test's database."""
    return _login_web_process


@pytest.fixture
def publisher(settings: Any) -> Generator[LifecycleServer, None, None]:
    """A stand-in for endoflife.date with ten products, which the settings name."""
    with lifecycle_server() as found:
        found.answer = Answer(document(*TEN), etag='"one"')
        settings.SYNC, settings.SYNC_URL = True, found.url
        yield found


@pytest.fixture
def hook() -> Generator[Receiver, None, None]:
    """A receiver of webhooks on this machine."""
    with receiver() as running:
        yield running


@pytest.fixture
def webhook(hook: Receiver, settings: Any) -> Webhook:
    """A webhook that leads to it, and is told of changes of level only."""
    settings.WEBHOOK_PRIVATE = True
    return Webhook.objects.create(name="Ours", url=hook.url, days_ahead=0)


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep all that this process counts in one window: the end of a minute would begin a new count."""
    now = time.time()
    monkeypatch.setattr(counters, "time", SimpleNamespace(time=lambda: now))
