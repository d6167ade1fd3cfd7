"""/healthz and /readyz, for load balancers and operators."""

import threading
import time

import httpx
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from techlist.local.processes import wait_until
from techs import tasks
from techs.shared import SHARED_FOR
from techs.submissions import outbox
from tests.support.factories import add
from tests.support.readiness import NAMES, ready
from tests.support.servers import MariaDB, Servers, Valkey
from tests.support.services import Web
from tests.support.waiting import no_hang

pytestmark = pytest.mark.django_db(transaction=True)


def test_healthz(client: Client) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"status": "ok"})


def test_all_is_well(client: Client) -> None:
    tasks.sweep()
    answer = ready(client)
    assert answer.status_code == 200
    assert list(answer.json()) == NAMES
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "cache": "ok",
        "broker": "ok",
        "oldest_unfinished_seconds": None,
        "last_sweep_seconds": 0,
        "delayed": False,
    }


def test_nothing_ever_happened(client: Client) -> None:
    body = ready(client).json()
    assert (body["oldest_unfinished_seconds"], body["last_sweep_seconds"], body["delayed"]) == (None, None, False)


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize("part", ["cache", "broker"])
def test_without_cache_or_broker(
    client: Client, redis_cache: Valkey, redis_broker: Valkey, part: str, how: str
) -> None:
    """Reads and submissions still work: an outage of the cache must not take all web servers off a load balancer."""
    server = {"cache": redis_cache, "broker": redis_broker}[part]
    server.kill() if how == "killed" else server.pause()
    with no_hang():
        answer = ready(client)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    others = {"database", "cache", "broker"} - {part}
    assert {answer.json()[other] for other in others} == {"ok"}
    assert answer.json()[part].endswith("does not answer")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_without_the_database(client: Client, mariadb: MariaDB, how: str) -> None:
    mariadb.kill() if how == "killed" else mariadb.pause()
    with no_hang():
        answer = ready(client)
    assert (answer.status_code, answer.json()["status"], answer.json()["cache"]) == (503, "unavailable", "ok")
    assert answer.json()["database"].endswith("does not answer")
    assert answer.json()["oldest_unfinished_seconds"] is answer.json()["delayed"] is None
    assert answer["Retry-After"]
    assert client.get("/healthz").status_code == 200


def test_with_every_server_away(client: Client, servers: Servers, mariadb: MariaDB) -> None:
    for server in servers.all():
        server.pause()
    with no_hang():
        assert ready(client).status_code == 503
    for server in servers.all():
        server.ensure_running()


def test_schema_that_lacks_a_migration(client: Client) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("techs", "0013_periodic_run")
    try:
        answer = ready(client)
    finally:
        recorder.record_applied("techs", "0013_periodic_run")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["database"] == "lacks migration techs.0013_periodic_run; run manage.py migrate"


def test_schema_that_lacks_several(client: Client) -> None:
    recorder = MigrationRecorder(connection)
    lacking = ["0012_import_options", "0013_periodic_run"]
    for name in lacking:
        recorder.record_unapplied("techs", name)
    try:
        answer = ready(client)
    finally:
        for name in lacking:
            recorder.record_applied("techs", name)
    assert answer.json()["database"] == "lacks migration techs.0012_import_options and 1 more; run manage.py migrate"


def test_schema_that_is_ahead_fits(client: Client) -> None:
    """As during a rolling update, when a newer version has already migrated."""
    recorder = MigrationRecorder(connection)
    recorder.record_applied("techs", "9999_of_the_future")
    try:
        assert ready(client).json()["status"] == "ok"
    finally:
        recorder.record_unapplied("techs", "9999_of_the_future")


def test_result_is_shared_for_a_second(client: Client, redis_broker: Valkey) -> None:
    assert ready(client).json()["status"] == "ok"
    redis_broker.kill()
    assert client.get("/readyz").json()["status"] == "ok"
    assert wait_until(lambda: client.get("/readyz").json()["status"] == "degraded", timeout=SHARED_FOR + 2)


def test_flood_of_strangers_costs_next_to_nothing(web_process: Web, mariadb: MariaDB) -> None:
    """A hundred answers a second still cause only one set of queries per second."""
    with httpx.Client(base_url=web_process.url) as stranger:
        stranger.get("/readyz")
        before, began = _selects(), time.monotonic()
        for _ in range(200):
            assert stranger.get("/readyz").status_code == 200
        looks = (time.monotonic() - began) / SHARED_FOR + 1
    # Schema, oldest submission, last sweep, and the queries of a new connection.
    assert _selects() - before < 15 * looks


def _selects() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Com_select'")
        return int(cursor.fetchone()[1])


def test_health_checks_have_threads_of_their_own(web_process: Web, redis_broker: Valkey) -> None:
    """All other threads wait for a hanging broker."""
    redis_broker.pause()
    answers: list[int] = []

    def post() -> None:
        answers.append(client.post("/create", json={"text": "x"}).status_code)

    posts = [threading.Thread(target=post) for _ in range(60)]
    # Making a client takes so long that the first answers would arrive before the last request is sent.
    with httpx.Client(base_url=web_process.url, timeout=30) as client:
        assert client.get("/healthz").status_code == 200
        for thread in posts:
            thread.start()
        assert client.get("/healthz").status_code == 200
        assert len(answers) < len(posts), "it has not waited for the others"
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        for thread in posts:
            thread.join()
    assert set(answers) <= {201, 503}


def test_reads_outlive_what_readyz_calls_degraded(client: Client, redis_cache: Valkey, redis_broker: Valkey) -> None:
    add("Django 3.2")
    redis_cache.kill()
    redis_broker.kill()
    assert ready(client).json()["status"] == "degraded"
    assert client.get("/api/techs/").json()["count"] == 1
    assert client.post("/api/techs/", {"text": "Redis 6"}, content_type="application/json").status_code == 202
    assert outbox.UNFINISHED
