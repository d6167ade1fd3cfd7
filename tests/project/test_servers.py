"""The tests' own servers and processes, on which other tests rely."""

import subprocess
import sys
from urllib.request import urlopen

import psutil
import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import connection

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from tests.support.servers import MariaDB, Server, Servers, Valkey, runs
from tests.support.services import Web


def test_the_broker_keeps_its_data_over_a_crash(redis_broker: Valkey) -> None:
    with redis.Redis(port=redis_broker.port) as client:
        client.set("kept", "1")
        redis_broker.kill()
        redis_broker.start()
        assert client.get("kept") == b"1"


def test_the_cache_forgets_over_a_restart(redis_cache: Valkey) -> None:
    with redis.Redis(port=redis_cache.port) as client:
        client.set("gone", "1")
        redis_cache.restart()
        assert client.get("gone") is None


@pytest.mark.parametrize("harm", [Valkey.stop, Valkey.kill, Valkey.pause])
def test_what_a_test_takes_down_is_up_again(redis_cache: Valkey, harm: object) -> None:
    assert callable(harm)
    harm(redis_cache)
    redis_cache.ensure_running()
    with redis.Redis(port=redis_cache.port) as client:
        assert client.ping()


def test_mariadb_keeps_its_rows_over_a_crash(mariadb: MariaDB) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id INT PRIMARY KEY)")
        cursor.execute("INSERT INTO kept VALUES (1)")
    connection.close()
    mariadb.kill()
    mariadb.start()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM kept")
        assert cursor.fetchone() == (1,)
        cursor.execute("DROP TABLE kept")


def test_settings_see_only_the_private_servers(redis_broker: Valkey, redis_cache: Valkey) -> None:
    assert redis_broker.url == settings.CELERY_BROKER_URL
    assert settings.CACHES["default"]["LOCATION"] == redis_cache.url
    assert "techlist-tests-" in str(settings.DATA_DIR)


def test_a_mysql_server_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "mysql://root:password@127.0.0.1:3306/techlist"
    monkeypatch.setenv("TECHLIST_TEST_DATABASE_URL", url)
    servers = Servers("mysql")
    servers.close()
    assert servers.url == url


def test_a_mysql_server_that_nobody_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TECHLIST_TEST_DATABASE_URL", raising=False)
    if subprocess.run([BASE_DIR / "scripts" / "find-mysql"], capture_output=True, check=False).returncode == 0:
        pytest.skip("a MySQL is installed")
    with pytest.raises(pytest.UsageError, match="TECHLIST_TEST_DATABASE_URL=mysql://"):
        Servers("mysql")


@pytest.mark.slow
def test_the_worker_answers_and_is_gone_afterwards(celery_worker_process: Server) -> None:
    assert current_app.control.ping(timeout=1)
    main = psutil.Process(celery_worker_process.pid)
    processes = [main, *main.children(recursive=True)]
    assert len(processes) > 1
    celery_worker_process.kill()
    assert wait_until(lambda: not any(map(runs, processes)), timeout=60)


@pytest.mark.slow
def test_the_web_process_serves(web_process: Web) -> None:
    with urlopen(f"{web_process.url}/healthz") as response:  # noqa: S310
        assert response.status == 200


@pytest.mark.slow
def test_another_process_is_on_the_test_database(process_env: dict[str, str]) -> None:
    """On any other database it would find unapplied migrations."""
    command = [sys.executable, "manage.py", "migrate", "--check"]
    assert subprocess.run(command, env=process_env, cwd=BASE_DIR, check=False).returncode == 0
