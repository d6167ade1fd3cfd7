"""System checks: each one fires on its problem, stays silent otherwise, and stops processes that would serve."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.checks import Tags, run_checks
from django.db import connection
from django.test import override_settings

from techlist.checks import settings_checks
from techlist.checks.server_checks import _mysql_messages
from techlist.checks.settings_checks import RedisPlace
from techlist.local import embedded
from techlist.local.embedded import BASE_DIR
from tests.support.servers import Servers, Valkey, free_port

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")

ONE = "redis://127.0.0.1:6379/0"


def found(**changes: Any) -> set[str]:
    """Return the ids of the settings checks that fire with these settings."""
    # Django's test client uses another host, which is not in the tests' settings.
    with override_settings(**({"ALLOWED_HOSTS": ["localhost"]} | changes)):
        return {str(message.id) for message in run_checks(tags=[settings_checks.SETTINGS])}


def cache_at(url: str, **options: Any) -> dict[str, Any]:
    alias = settings.CACHES["default"]
    return {"default": alias | {"LOCATION": url, "OPTIONS": alias["OPTIONS"] | options}}


def database(**options: Any) -> dict[str, Any]:
    return {"default": {"ENGINE": "techlist.mysql", "OPTIONS": options}}


def test_the_settings_of_the_tests_are_fine() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("redis://localhost/0", "redis://127.0.0.1:6379/0"),
        ("redis://[::1]:6379", "redis://LOCALHOST:6379/0"),
        ("redis://user:password@Redis.Example:6379/2", "redis://redis.example/2"),
        ("rediss://redis.example:6379/1?x=y", "redis://redis.example:6379?db=1"),
        ("unix:///tmp/a%20b.sock?db=0", "redis+socket:///tmp/a%20b.sock?virtual_host=0"),
        ("unix:///tmp/../tmp/a.sock", "redis+socket:///tmp/a.sock"),
    ],
)
def test_one_place_in_two_spellings(first: str, second: str) -> None:
    assert RedisPlace.of(first) == RedisPlace.of(second)
    assert "techlist.E001" in found(CELERY_BROKER_URL=second, CACHES=cache_at(first))


@pytest.mark.parametrize(
    ("first", "second"),
    [(ONE, "redis://127.0.0.1:6379/1"), (ONE, "redis://127.0.0.1:6380/0"), (ONE, "redis://other/0")]
    + [("unix:///tmp/a.sock?db=1", "redis+socket:///tmp/a.sock?virtual_host=0"), (ONE, "unix:///tmp/a.sock")],
)
def test_two_places(first: str, second: str) -> None:
    assert RedisPlace.of(first) != RedisPlace.of(second)
    assert "techlist.E001" not in found(CELERY_BROKER_URL=second, CACHES=cache_at(first))


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"CACHES": cache_at(ONE, IGNORE_EXCEPTIONS=True)}, True),
        ({"CACHES": cache_at(ONE, IGNORE_EXCEPTIONS=False), "DJANGO_REDIS_IGNORE_EXCEPTIONS": True}, False),
        ({"CACHES": {"default": {"LOCATION": ONE}}, "DJANGO_REDIS_IGNORE_EXCEPTIONS": True}, True),
        ({"CACHES": {"default": {"LOCATION": ONE}}}, False),
    ],
)
def test_silent_cache(changes: dict[str, Any], *, is_found: bool) -> None:
    assert ("techlist.E003" in found(**changes)) is is_found


@pytest.mark.parametrize(
    ("key", "is_found"),
    [("x" * 60, True), ("abcdefghij" * 4, True), ("django-insecure-" + "abcdefghij" * 5, True)]
    + [("abcdefghij" * 5, False)],
)
def test_secret_key(key: str, *, is_found: bool) -> None:
    assert ("techlist.E004" in found(SECRET_KEY=key)) is is_found


def embedded_settings() -> dict[str, Any]:
    return {
        "CELERY_BROKER_URL": embedded.broker_url(),
        "CACHES": cache_at(embedded.cache_url()),
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}},
        "ACCESS": "open",
    }


@pytest.mark.parametrize(
    "real", [{"CELERY_BROKER_URL": ONE}, {"CACHES": cache_at(ONE)}, {"DATABASES": database()}, {"ACCESS": "login"}]
)
def test_debug_in_service(real: dict[str, Any]) -> None:
    assert "techlist.E005" in found(**embedded_settings() | real, DEBUG=True)
    assert "techlist.E005" not in found(**embedded_settings() | real, DEBUG=False)
    assert "techlist.E005" not in found(**embedded_settings(), DEBUG=True)


def test_isolation_in_the_settings() -> None:
    assert "techlist.E006" in found(DATABASES=database(isolation_level="repeatable read"))
    assert "techlist.E006" in found(DATABASES=database(isolation_level=None))
    assert "techlist.E006" not in found(DATABASES=database(isolation_level="read committed"))
    assert "techlist.E006" not in found(DATABASES=database())


def test_encryption_without_verification() -> None:
    assert "techlist.W010" in found(DATABASES=database(ssl_mode="REQUIRED"))
    assert "techlist.W010" not in found(DATABASES=database(ssl_mode="VERIFY_IDENTITY"))
    assert "techlist.W010" not in found(DATABASES=database())


def test_hosts() -> None:
    assert found(ALLOWED_HOSTS=["*"], ACCESS="login") == {"techlist.W005"}
    assert found(ALLOWED_HOSTS=["techlist.example.org"], ACCESS="open") == {"techlist.W004"}
    assert found(ALLOWED_HOSTS=["techlist.example.org"], ACCESS="login") == set()
    assert found(ALLOWED_HOSTS=["localhost", "127.0.0.1"], ACCESS="open") == set()


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"HTTPS": True, "PROXIES": 0}, True),
        ({"HTTPS": True, "PROXIES": 0, "ACCESS": "login"}, True),
        ({"HTTPS": True, "PROXIES": 1}, False),
        ({"HTTPS": True, "PROXIES": 2}, False),
        ({"HTTPS": False, "PROXIES": 0, "ACCESS": "login"}, False),
    ],
)
def test_one_address_for_everybody(changes: dict[str, Any], *, is_found: bool) -> None:
    assert found(**changes) == ({"techlist.W008"} if is_found else set())


SERVICE = {
    "ALLOWED_HOSTS": "techlist.example.org",
    "DJANGO_SETTINGS_MODULE": "techlist.settings",
    "REDIS_CACHE_URL": ONE,
    "SECRET_KEY": "abcdefghij" * 5,
    "TECHLIST_ACCESS": "login",
    "TECHLIST_HTTPS": "",
}


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [({}, True), ({"TECHLIST_PROXIES": "1"}, False), ({"TECHLIST_HTTPS": "off"}, False)],
)
def test_a_service_is_told_of_it(changes: dict[str, str], *, is_found: bool) -> None:
    """A service uses HTTPS by default, and the number of proxies is easily forgotten."""
    end = ended(["django", "check"], **SERVICE | changes)
    assert (end.returncode, "techlist.W008" in end.stderr) == (0, is_found), end.stderr
    assert ("TECHLIST_PROXIES to the number of proxies" in end.stderr) is is_found


def test_waits() -> None:
    assert found(CELERY_BROKER_TRANSPORT_OPTIONS={"visibility_timeout": 40}) == {"techlist.E009"}
    assert found(CELERY_BROKER_TRANSPORT_OPTIONS={"visibility_timeout": 41}) == set()
    assert found(SWEEP_AFTER=10, SWEEP_AFTER_MAX=9) == {"techlist.E010"}
    assert found(SWEEP_AFTER=10, SWEEP_AFTER_MAX=10) == set()


def of_broker() -> set[str]:
    return {str(message.id) for message in run_checks(tags=[settings_checks.REDIS], databases=[])}


def set_up(server: Valkey, **options: str) -> None:
    with redis.Redis(port=server.port) as client:
        for option, value in options.items():
            client.config_set(option.replace("_", "-"), value)


def test_broker_as_it_should_be() -> None:
    assert of_broker() == set()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, {"techlist.E002"}),
        ({"maxmemory_policy": "volatile-lru"}, set()),
        ({"appendfsync": "no"}, {"techlist.W002"}),
        ({"appendfsync": "everysec"}, set()),
        ({"appendonly": "no"}, {"techlist.W002"}),
    ],
)
def test_broker_that_may_lose_messages(redis_broker: Valkey, options: dict[str, str], expected: set[str]) -> None:
    set_up(redis_broker, **options)
    try:
        assert of_broker() == expected
    finally:
        # Changes by CONFIG SET end with the process.
        redis_broker.kill()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"save": "3600 1"}, {"techlist.W011"}),
        ({"appendonly": "yes", "appendfsync": "everysec"}, {"techlist.W011"}),
        ({"appendonly": "yes", "appendfsync": "always", "save": "3600 1"}, set()),
    ],
)
def test_a_cache_that_would_return_with_old_pages(
    redis_cache: Valkey, options: dict[str, str], expected: set[str]
) -> None:
    set_up(redis_cache, **options)
    try:
        assert of_broker() == expected
    finally:
        set_up(redis_cache, save="", appendonly="no")
        redis_cache.kill()


def test_broker_on_the_cache_that_evicts(redis_cache: Valkey) -> None:
    with override_settings(CELERY_BROKER_URL=redis_cache.url.removesuffix("0") + "5"):
        messages = run_checks(tags=[settings_checks.REDIS], databases=[])
    assert "the cache on the same server" in next(message.msg for message in messages if message.id == "techlist.E002")


@pytest.mark.parametrize("is_service", [True, False])
def test_one_server_under_two_addresses(redis_broker: Valkey, is_service: bool) -> None:  # noqa: FBT001
    cache = cache_at(f"redis://127.1:{redis_broker.port}/1")
    with override_settings(CACHES=cache, IS_SERVICE=is_service):
        assert of_broker() == ({"techlist.W007"} if is_service else set())


def test_broker_that_does_not_answer(redis_broker: Valkey) -> None:
    redis_broker.pause()
    assert of_broker() == {"techlist.W001"}
    redis_broker.kill()
    assert of_broker() == {"techlist.W001"}
    with override_settings(CELERY_BROKER_URL="redis+socket:///does/not/exist"):
        assert of_broker() == {"techlist.W001"}


def test_no_server_is_asked_unless_somebody_asks_for_it(redis_broker: Valkey) -> None:
    redis_broker.kill()
    assert {str(message.id) for message in run_checks()} & {"techlist.W001"} == set()


def of_database() -> set[str]:
    messages = run_checks(tags=[Tags.database], databases=["default"])
    return {str(message.id) for message in messages if str(message.id).startswith("techlist")}


@pytest.mark.django_db
def test_the_database_as_it_should_be() -> None:
    assert of_database() == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", {"techlist.E007"}),
        ("SET SESSION sql_mode = ''", {"techlist.E008"}),
        ("SET SESSION sql_mode = 'STRICT_ALL_TABLES'", set()),
    ],
)
def test_a_session_that_is_not_ours(servers: Servers, statement: str, expected: set[str]) -> None:
    if servers.database == "sqlite":
        pytest.skip("needs a database server")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    try:
        assert of_database() == expected
    finally:
        connection.close()


def test_a_database_that_forgets_its_last_second() -> None:
    judged = [
        _mysql_messages(isolation="READ-COMMITTED", sql_mode="STRICT_TRANS_TABLES", flush=flush) for flush in (0, 1)
    ]
    assert [[message.id for message in messages] for messages in judged] == [["techlist.W003"], []]


WEAK = {"SECRET_KEY": "too-short"}
RUNS: Sequence[Sequence[str]] = (
    ["techlist.server", "--workers", "1", "--port", "0"],
    ["celery", "-A", "celery_app", "worker", "--concurrency", "1"],
    ["celery", "-A", "celery_app", "beat", "--schedule", "beat-schedule", "--pidfile="],
)


def ended(command: Sequence[str], **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a process that must end soon."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        env=os.environ | changes,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", RUNS, ids=["web", "worker", "beat"])
def test_nothing_serves_with_an_error(command: Sequence[str], tmp_path: Path) -> None:
    command = [str(tmp_path / part) if part == "beat-schedule" else part for part in command]
    if "--port" in command:
        command[command.index("--port") + 1] = str(free_port())
    end = ended(command, **WEAK)
    assert end.returncode != 0
    assert "techlist.E004" in end.stdout + end.stderr
    assert "HINT: Generate one with" in end.stdout + end.stderr


@pytest.mark.slow
def test_migrate_does_not_go_on_with_a_broker_that_evicts(servers: Servers) -> None:
    shared = {"REDIS_BROKER_URL": servers.cache.url.removesuffix("0") + "1"}
    command = ["django", "migrate", "--plan"]
    assert "techlist.E002" in ended(command, **shared, DJANGO_SETTINGS_MODULE="techlist.settings").stderr
    assert ended(command, DJANGO_SETTINGS_MODULE="techlist.settings").returncode == 0


@pytest.mark.parametrize(
    "url", ["mysql://u:p@h/name?isolation_level=x", "mysql://u:p@h/name#x", "sqlite:////tmp/x?timeout=9", "mysql://h/"]
)
def test_a_database_address_carries_no_options(url: str) -> None:
    end = ended(["django", "check"], DATABASE_URL=url, DJANGO_SETTINGS_MODULE="techlist.settings")
    assert end.returncode != 0
    assert "DATABASE_URL" in end.stderr
