"""Fixtures of all tests. The servers come from tests/support/servers.py."""

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
from tests.support.services import Shared, Web, Worker, environment_for_processes, place, running
from tests.support.tables import Tables

LEFT_OUT = pytest.StashKey[bool]()
# All tests run on MariaDB, and on these only those that depend on the database.
FURTHER_PASSES = {"sqlite", "mysql"}
# Tests of pages, API wording, files, other servers and code before Django: another database makes no difference.
SAME_ON_ANY_DATABASE = tuple(
    Path(__file__).parent / path
    for path in (
        *("admin", "browser", "cli", "coherence", "frontend", "imports/manifests", "net", "security"),
        *("api/test_bad_input.py", "api/test_browsable.py", "api/test_description.py", "api/test_error_shape.py"),
        *("api/test_login_throttling.py", "api/test_schema.py", "api/test_throttling.py"),
        *("api/test_unknown_fields.py", "exports/test_subscriptions.py", "imports/test_options.py"),
        *("lifecycles/test_sync_service.py", "lifecycles/test_sync_trouble.py", "server/test_health_access.py"),
        "server/test_slow_clients.py",
    )
)


def pytest_report_header(config: pytest.Config) -> str:
    """Report which of the passes this is."""
    database = config.stash[SERVERS].database
    return f"database: {database}" + (", only the tests that use it" if database in FURTHER_PASSES else "")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip files without importing them in further passes: creating the schema's cases alone takes 12 s of CPU."""
    is_further = config.stash[SERVERS].database in FURTHER_PASSES
    return True if is_further and collection_path in SAME_ON_ANY_DATABASE else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests in further passes that do not depend on the database."""
    if config.stash[SERVERS].database in FURTHER_PASSES:
        left_out = [item for item in items if not is_about_database(item)]
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = bool(left_out)
        items[:] = [item for item in items if is_about_database(item)]


def is_about_database(item: pytest.Item) -> bool:
    """Return whether another database may change the result."""
    return uses_database(item) and not any(map(item.get_closest_marker, ("browser", "one_database")))


def uses_database(item: pytest.Item) -> bool:
    """Return whether the test may use the database; pytest-django blocks queries of others."""
    fixtures: set[str] = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint({"db", "transactional_db"})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """If everything was deselected, that is not a failure."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.stash.get(LEFT_OUT, False):
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[SERVERS]


@pytest.fixture
def redis_broker(servers: Servers) -> Generator[Valkey, None, None]:
    """The broker's server, running again after the test."""
    yield servers.broker
    servers.broker.ensure_running()


@pytest.fixture
def redis_cache(servers: Servers) -> Generator[Valkey, None, None]:
    """The cache's server, running again after the test."""
    yield servers.cache
    servers.cache.ensure_running()


@pytest.fixture
def rsgi(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module of the web server, whose threads do not start here, since they would outlive the test."""
    monkeypatch.setattr("techs.submissions.overload.watch", lambda: None)
    monkeypatch.setattr("techs.submissions.outbox.publish_in_background", lambda: None)
    # When it is imported, it looks for migrations and static files, and starts the threads.
    from techlist.server import rsgi  # noqa: PLC0415

    return rsgi


@pytest.fixture
def publisher_thread(monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    """Publish in a thread, as the web server does."""
    monkeypatch.setattr(outbox, "_background", None)
    outbox.publish_in_background()
    yield
    assert outbox._background
    outbox._background.finish()


@pytest.fixture
def mysql(transactional_db: None) -> None:
    """A database of MySQL or MariaDB, whose server keeps running; skips on SQLite."""
    if connection.vendor != "mysql":
        pytest.skip("concerns only MySQL and MariaDB")


@pytest.fixture
def mariadb(servers: Servers, transactional_db: None) -> Generator[MariaDB, None, None]:
    """The tests' own database server, running again after the test; skips on SQLite and on a MySQL server of others.

    It runs again, with a new connection, before transactional_db empties the tables.
    """
    if servers.mariadb is None:
        pytest.skip("needs a database server that the tests may stop")
    yield servers.mariadb
    servers.mariadb.ensure_running()
    connection.close()


@pytest.fixture(autouse=True)
def _fresh_servers(servers: Servers) -> None:
    """Start every test with all servers up and both Redis servers empty."""
    for server in servers.all():
        server.ensure_running()
    for valkey in (servers.broker, servers.cache):
        with redis.Redis(port=valkey.port) as client:
            client.flushall()
    # A process avoids servers that timed out for a moment, and caches the active lifecycle data.
    # Each test starts like a new process.
    outbox.breaker.close()
    cache.breaker.close()
    store._active = None
    health.reset()


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Collect static files: pages name them by content hash, as in production."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _quick_settings() -> Generator[None, None, None]:
    """Avoid costs that a process pays once, or pays deliberately, and each test would pay again."""
    with override_settings(
        # Look up static files when requested: each new test client would scan the whole directory.
        WHITENOISE_AUTOREFRESH=True,
        PASSWORD_HASHERS=["tests.support.passwords.QuickHasher"],
    ):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Generator[None, None, None]:
    """Create the database and restore it after each test. Extends pytest-django's fixture."""
    with django_db_blocker.unblock():
        tables = Tables()
    with pytest.MonkeyPatch.context() as patch:
        # Django's own way empties all tables and recreates products and permissions, which takes most of a test's time.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: tables.restore())
        yield
    # To drop the database may take longer than a statement of the program may.
    for limit in ("read_timeout", "write_timeout"):
        connection.settings_dict["OPTIONS"].pop(limit, None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Servers) -> None:
    """Use a file for SQLite's test database, as other processes open it too. Overrides pytest-django's fixture."""
    if servers.database == "sqlite":
        settings.DATABASES["default"]["TEST"]["NAME"] = str(servers.directory / "test.sqlite3")


@pytest.fixture
def process_env(servers: Servers, transactional_db: None) -> dict[str, str]:
    """Return the environment in which another process uses the test's database.

    The process sees only committed rows, hence transactional_db.
    """
    return environment_for_processes(servers)


@pytest.fixture
def celery_worker_process(servers: Servers, process_env: dict[str, str]) -> Generator[Worker, None, None]:
    """Run a real Celery worker on the test's database and broker. The test may kill it."""
    with running(Worker(**place(servers), env=process_env)) as worker:
        yield worker


@pytest.fixture(scope="session")
def _shared_web(servers: Servers, django_db_setup: None) -> Generator[Shared[Web], None, None]:
    with Shared(Web(**place(servers), env=environment_for_processes(servers), name="web-shared"), servers) as shared:
        yield shared


@pytest.fixture
def web_process(
    request: pytest.FixtureRequest, servers: Servers, process_env: dict[str, str]
) -> Generator[Web, None, None]:
    """Run the real web server on the test's database.

    Tests share one, except those that take a server down: the web server would remember the outage.
    """
    if {"redis_broker", "redis_cache", "mariadb"}.isdisjoint(request.fixturenames):
        with request.getfixturevalue("_shared_web").lent() as web:
            yield web
    else:
        with running(Web(**place(servers), env=process_env)) as web:
            yield web


@pytest.fixture
def https_web_process(servers: Servers, process_env: dict[str, str]) -> Generator[Web, None, None]:
    """Run a web server as if behind a proxy that terminates TLS."""
    with running(Web(**place(servers), env=process_env | {"TECHLIST_HTTPS": "on"}, name="web-https")) as web:
        yield web


@pytest.fixture(scope="session")
def _login_web_process(servers: Servers, django_db_setup: None) -> Generator[Web, None, None]:
    # One for all tests: settings are read at the start, so these need a process, and it keeps no state.
    environment = environment_for_processes(servers) | {
        "TECHLIST_ACCESS": "login",
        "DJANGO_SETTINGS_MODULE": "tests.support.quick_settings",
    }
    with running(Web(**place(servers), env=environment, name="web-login")) as web:
        yield web


@pytest.fixture
def login_web_process(_login_web_process: Web, transactional_db: None) -> Web:
    """Run the real web server with logins, on the test's database."""
    return _login_web_process


@pytest.fixture
def publisher(settings: Any) -> Generator[LifecycleServer, None, None]:
    """Run a stand-in for endoflife.date with ten products, and point the settings to it."""
    with lifecycle_server() as found:
        found.answer = Answer(document(*TEN), etag='"one"')
        settings.SYNC, settings.SYNC_URL = True, found.url
        yield found


@pytest.fixture
def hook() -> Generator[Receiver, None, None]:
    """Run a local receiver of webhooks."""
    with receiver() as running:
        yield running


@pytest.fixture
def webhook(hook: Receiver, settings: Any) -> Webhook:
    """A webhook to the local receiver, for level changes only."""
    settings.WEBHOOK_PRIVATE = True
    return Webhook.objects.create(name="Ours", url=hook.url, days_ahead=0)


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep all counts of this process in one window: at the end of a minute, a new count would start."""
    now = time.time()
    monkeypatch.setattr(counters, "time", SimpleNamespace(time=lambda: now))
