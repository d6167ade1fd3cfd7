"""When a server is unavailable, reads still work, POSTs are accepted or refused in time, and nothing hangs."""

from typing import Any

import pytest
from django.db import connections
from django.test import Client

from techs.models import Submission, Tech
from tests.support.factories import add
from tests.support.servers import MariaDB, Server, Valkey
from tests.support.waiting import no_hang

pytestmark = pytest.mark.django_db(transaction=True)


def take_away(server: Server, how: str) -> None:
    server.kill() if how == "killed" else server.pause()


@pytest.fixture
def patient_client() -> Client:
    """Return a client that gets responses instead of exceptions."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize("url", ["/api/techs/", "/get", "/"])
def test_read_without_the_cache(client: Client, redis_cache: Valkey, how: str, url: str) -> None:
    add("Django 3.2")
    client.get(url)
    take_away(redis_cache, how)
    with no_hang():
        response = client.get(url)
    assert response.status_code == 200
    assert "Django 3.2" in response.content.decode()
    if url != "/":
        assert response.json()["isCached"] is False


def test_read_after_the_cache_came_back(client: Client, redis_cache: Valkey) -> None:
    client.get("/api/techs/")
    redis_cache.kill()
    client.get("/api/techs/")
    redis_cache.start()
    assert client.get("/api/techs/").json()["isCached"] is False
    assert client.get("/api/techs/").json()["isCached"] is True


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_post_without_the_broker(
    client: Client, redis_broker: Valkey, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    take_away(redis_broker, how)
    for _ in range(2):
        with no_hang():
            response = client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json")
        assert response.status_code == 202
    assert Submission.objects.count() == 2
    tries = [record for record in caplog.records if record.message.startswith("Cannot publish")]
    assert len(tries) == 1, "after the first failure, the next request skips the broker"


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_edit_without_the_cache_changes_nothing(client: Client, redis_cache: Valkey, method: str) -> None:
    tech = add("Debian 12")
    redis_cache.kill()
    response = getattr(client, method)(f"/api/techs/{tech.pk}/", {"impact": "low"}, content_type="application/json")
    assert (response.status_code, list(response.json())) == (503, ["detail"])
    assert response["Retry-After"]
    assert Tech.objects.get().impact == "normal"


@pytest.fixture
def connected(mariadb: MariaDB) -> MariaDB:
    """Open a connection in this thread, which is checked for each request, as in production."""
    database: Any = connections["default"]
    database.ensure_connection()
    database.health_check_enabled = True
    database.health_check_done = False
    return mariadb


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize("url", ["/api/techs/", "/get", "/", "/api/techs/1/"])
def test_read_without_the_database(patient_client: Client, connected: MariaDB, how: str, url: str) -> None:
    take_away(connected, how)
    with no_hang():
        response = patient_client.get(url)
    assert response.status_code == 503
    assert response["Retry-After"]
    if url != "/":
        assert list(response.json()) == ["detail"]


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize("url", ["/api/techs/", "/create"])
def test_post_without_the_database(patient_client: Client, connected: MariaDB, how: str, url: str) -> None:
    take_away(connected, how)
    with no_hang():
        response = patient_client.post(url, {"text": "Django 3.2"}, content_type="application/json")
    assert (response.status_code, list(response.json())) == (503, ["detail"])
    assert response["Retry-After"]
    connected.ensure_running()
    connections["default"].close()
    assert not Submission.objects.exists()


def test_cached_read_without_the_database(client: Client, connected: MariaDB) -> None:
    client.get("/api/techs/")
    connected.kill()
    assert client.get("/api/techs/").json()["isCached"] is True


def test_database_that_restarted_is_not_noticed(client: Client, connected: MariaDB) -> None:
    """The health check finds the closed connection, and a new one serves the request."""
    connected.kill()
    connected.start()
    database: Any = connections["default"]
    database.health_check_done = False
    assert client.get("/api/techs/").status_code == 200


@pytest.mark.parametrize(("method", "pings"), [("get", 0), ("head", 0), ("post", 1)])
def test_only_writes_check_an_open_connection_with_a_round_trip(
    client: Client, connected: MariaDB, method: str, pings: int
) -> None:
    database: Any = connections["default"]
    before = _pings()
    database.health_check_done = False
    given = {"data": {"text": "Django 3.2"}, "content_type": "application/json"} if pings else {}
    getattr(client, method)("/api/techs/", **given)
    assert database.health_check_done
    assert _pings() == before + pings


def test_a_connection_that_failed_is_checked_with_one(client: Client, connected: MariaDB) -> None:
    database: Any = connections["default"]
    before = _pings()
    database.errors_occurred, database.health_check_done = True, False
    client.get("/api/techs/")
    assert _pings() == before + 1


def _pings() -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Com_admin_commands'")
        return int(cursor.fetchone()[1])
