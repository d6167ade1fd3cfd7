"""/healthz and /readyz, for load balancers and operators."""

import threading
import time
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from techlist import health
from techlist.local.processes import wait_until
from techs import tasks
from techs.imports import service
from techs.imports.manifests import read
from techs.models import PeriodicRun, Submission, SubmissionState
from techs.shared import SHARED_FOR, Shared
from techs.submissions import liveness, outbox
from tests.support.browser import FRESH, PASSWORD, browser, log_in
from tests.support.factories import add, submit
from tests.support.servers import MariaDB, Server, Servers, Valkey
from tests.support.services import Beat, Web, Worker, place, running
from tests.support.waiting import HANG, no_hang

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [
    *("status", "database", "cache", "broker"),
    *("oldest_unfinished_seconds", "last_sweep_seconds", "delayed"),
]
HOSTS = ["10.0.0.7:8000", "evil", "evil.example.org:99999", "[::1", "", "a_b", "x" * 300]


def ready(client: Client) -> Any:
    """Return the current answer."""
    health.forget()
    return client.get("/readyz")


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def swept(seconds: float) -> None:
    """Set how long ago the last sweep ended."""
    PeriodicRun.objects.update_or_create(name="sweep", defaults={"finished_at": ago(seconds)})


def waiting(seconds: float, **fields: Any) -> Submission:
    """Create an unfinished submission of this age."""
    return Submission.objects.create(text="Django 3.2", created_at=ago(seconds), publish_again_at=ago(0), **fields)


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
    assert answer.json()["database"] == "lacks techs.0013_periodic_run: run manage.py migrate"


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
    assert answer.json()["database"] == "lacks techs.0012_import_options and 1 more: run manage.py migrate"


def test_schema_that_is_ahead_fits(client: Client) -> None:
    """As during a rolling update, when a newer version has already migrated."""
    recorder = MigrationRecorder(connection)
    recorder.record_applied("techs", "9999_of_the_future")
    try:
        assert ready(client).json()["status"] == "ok"
    finally:
        recorder.record_unapplied("techs", "9999_of_the_future")


@pytest.mark.parametrize("state", [SubmissionState.QUEUED, SubmissionState.SAVED])
def test_oldest_unfinished(client: Client, state: str) -> None:
    swept(0)
    waiting(10)
    waiting(95, state=state)
    submit("Node.js 20")
    body = ready(client).json()
    assert 95 <= body["oldest_unfinished_seconds"] < 100
    assert body["delayed"] is True


@pytest.mark.parametrize("state", [SubmissionState.DONE, SubmissionState.FAILED])
def test_what_is_finished_does_not_wait(client: Client, state: str) -> None:
    waiting(95, state=state)
    body = ready(client).json()
    assert (body["oldest_unfinished_seconds"], body["delayed"]) == (None, False)


@pytest.mark.parametrize(("seconds", "is_delayed"), [(5, False), (31, True)])
def test_delayed_by_a_submission(client: Client, seconds: int, is_delayed: bool) -> None:  # noqa: FBT001
    waiting(seconds)
    assert ready(client).json()["delayed"] is is_delayed


@pytest.mark.parametrize(
    ("interval", "seconds", "is_delayed"), [(5, 5, False), (5, 31, True), (60, 120, False), (60, 190, True)]
)
def test_delayed_by_the_sweep(
    client: Client,
    settings: Any,
    interval: int,
    seconds: int,
    is_delayed: bool,  # noqa: FBT001
) -> None:
    settings.SWEEP_INTERVAL = interval
    swept(seconds)
    body = ready(client).json()
    assert body["last_sweep_seconds"] >= seconds
    assert body["delayed"] is is_delayed


def test_import_that_moves_is_not_delayed(client: Client) -> None:
    """Its last lines wait for those before them. The age is still reported."""
    service.accept(read("", b"Django 3.2\nNode.js 20\nReact 18"))
    Submission.objects.update(created_at=ago(95))
    assert ready(client).json()["delayed"] is True
    first = Submission.objects.order_by("pk")[0]
    Submission.objects.filter(pk=first.pk).update(state=SubmissionState.DONE, finished_at=ago(5))
    body = ready(client).json()
    assert body["oldest_unfinished_seconds"] >= 95
    assert body["delayed"] is False
    Submission.objects.filter(pk=first.pk).update(finished_at=ago(40))
    assert ready(client).json()["delayed"] is True


def test_single_submission_is_delayed_whatever_imports_do(client: Client) -> None:
    service.accept(read("", b"Django 3.2\nNode.js 20"))
    first = Submission.objects.order_by("pk")[0]
    Submission.objects.filter(pk=first.pk).update(state=SubmissionState.DONE, finished_at=ago(0))
    waiting(31)
    assert ready(client).json()["delayed"] is True


def test_ages_of_the_future_hide_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks were ahead. A dead worker is noticed by how long this process has seen no change."""
    waiting(-3600)
    swept(-3600)
    body = ready(client).json()
    assert (body["oldest_unfinished_seconds"], body["last_sweep_seconds"], body["delayed"]) == (0, 0, False)
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + 45)
    body = liveness.Liveness.read()
    assert (body.oldest_unfinished_seconds, body.last_sweep_seconds, body.is_delayed) == (45, 45, True)


def test_a_sweep_corrects_the_date_of_the_one_before(client: Client) -> None:
    swept(-3600)
    tasks.sweep()
    assert ready(client).json()["last_sweep_seconds"] == 0


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


def test_work_is_done_once_for_all_who_ask() -> None:
    entered, go_on, calls = threading.Event(), threading.Event(), []

    def work() -> int:
        calls.append(1)
        entered.set()
        go_on.wait(10)
        return len(calls)

    shared = Shared(work)
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(shared.begin().get(timeout=10))) for _ in range(20)]
    for thread in threads:
        thread.start()
    assert entered.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert results == [1] * 20


def test_who_comes_late_to_work_that_hangs_does_not_wait_again() -> None:
    go_on = threading.Event()
    shared = Shared(lambda: go_on.wait(10))
    with pytest.raises(TimeoutError):
        shared.begin().get(timeout=2)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        shared.begin().get(timeout=2)
    assert time.monotonic() - started < 2
    go_on.set()
    assert wait_until(lambda: shared.last, timeout=5)


def test_error_of_the_work_is_shared() -> None:
    shared: Shared[float] = Shared(lambda: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            shared.begin().get(timeout=5)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", HOSTS)
def test_any_host(client: Client, path: str, host: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_other_addresses_still_refuse_other_hosts(client: Client) -> None:
    """Control."""
    for path in ("/", "/api/techs/", "/healthz/x", "/readyz2"):
        assert client.get(path, headers={"Host": "evil"}).status_code == 400


def test_head_and_other_methods(client: Client) -> None:
    assert (client.head("/readyz").status_code, client.head("/readyz").content) == (200, b"")
    refused = client.post("/readyz")
    assert (refused.status_code, list(refused.json()), refused["Allow"]) == (405, ["detail"], "GET, HEAD")


def test_whatever_a_load_balancer_accepts(client: Client) -> None:
    assert client.get("/readyz", headers={"Accept": "text/plain"}).status_code == 200


@pytest.fixture
def https_login_web(servers: Servers, process_env: dict[str, str]) -> Generator[Web, None, None]:
    """Run a web server as in production: with logins, HTTPS by a proxy, and its own host name."""
    env = process_env | {"TECHLIST_ACCESS": "login", "TECHLIST_HTTPS": "on", "ALLOWED_HOSTS": "techlist.example.org"}
    web = Web(**place(servers), env=env, name="web-service")
    with running(web):
        yield web


def test_load_balancer_calls_by_address(https_login_web: Web) -> None:
    """Through the real server, which is ready as soon as it answers under its own address."""
    for path in ("/healthz", "/readyz"):
        for host in ("10.0.0.7:8000", "evil", "techlist.example.org"):
            for method in ("GET", "HEAD"):
                answer = httpx.request(method, f"{https_login_web.url}{path}", headers={"Host": host})
                assert (answer.status_code, answer.history) == (200, []), (method, path, host)
                assert method == "HEAD" or answer.json() == {"status": "ok"}
    assert httpx.get(f"{https_login_web.url}/login/", headers={"Host": "evil"}).status_code == 400


@pytest.fixture
def token() -> str:
    return str(Token.objects.create(user=User.objects.create_user("ada", password=PASSWORD)).key)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Token 0123456789abcdef"},
        {"Authorization": "Token"},
        {"Authorization": "Token ü"},
        {"Authorization": "Basic YWRhOng="},
        {"Cookie": "sessionid=0123456789abcdefghij"},
        {"Cookie": "sessionid=" + "x" * 500},
    ],
)
def test_strangers_see_the_bare_status(login_web_process: Web, headers: dict[str, str]) -> None:
    answer = httpx.get(
        f"{login_web_process.url}/readyz", headers=[(name.encode(), value.encode()) for name, value in headers.items()]
    )
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_details_with_a_token(login_web_process: Web, token: str) -> None:
    answer = httpx.get(f"{login_web_process.url}/readyz", headers={"Authorization": f"Token {token}"})
    assert (answer.status_code, list(answer.json())) == (200, NAMES)
    User.objects.update(is_active=False)
    answer = httpx.get(f"{login_web_process.url}/readyz", headers={"Authorization": f"Token {token}"})
    assert answer.json() == {"status": "ok"}


def test_details_with_a_session(login_web_process: Web, token: str) -> None:
    with browser(login_web_process) as person:
        assert person.get("/readyz").json() == {"status": "ok"}
        log_in(person, "ada")
        assert list(person.get("/readyz").json()) == NAMES


def test_known_person_without_the_database(login_web_process: Web, token: str, mariadb: MariaDB) -> None:
    with browser(login_web_process) as person, httpx.Client(base_url=login_web_process.url, limits=FRESH) as program:
        log_in(person, "ada")
        for how in (Server.pause, Server.kill):
            how(mariadb)
            # An earlier answer is shared for a second.
            assert wait_until(lambda: person.get("/readyz").status_code == 503, timeout=HANG)
            answer = person.get("/readyz")
            assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
            assert (person.get("/healthz").status_code, person.get("/healthz").json()) == (200, {"status": "ok"})
            answer = program.get("/readyz", headers={"Authorization": f"Token {token}"})
            assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_health_checks_have_threads_of_their_own(web_process: Web, redis_broker: Valkey) -> None:
    """All other threads wait for a hanging broker."""
    redis_broker.pause()
    answers: list[int] = []

    def post() -> None:
        answers.append(httpx.post(f"{web_process.url}/create", json={"text": "x"}, timeout=30).status_code)

    posts = [threading.Thread(target=post) for _ in range(60)]
    for thread in posts:
        thread.start()
    assert httpx.get(f"{web_process.url}/healthz").status_code == 200
    assert len(answers) < len(posts), "it has not waited for the others"
    answer = httpx.get(f"{web_process.url}/readyz")
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


@pytest.mark.slow
def test_worker_and_beat_that_stop_are_noticed(servers: Servers, process_env: dict[str, str], web_process: Web) -> None:
    """With real processes: everything works, worker and beat stop while a technology is added, and both return."""
    env = process_env | {"TECHLIST_SWEEP_INTERVAL": "1"}
    with httpx.Client(base_url=web_process.url, timeout=10) as client:
        with running(Worker(**place(servers), env=env)), running(Beat(**place(servers), env=env)):
            assert wait_until(lambda: client.get("/readyz").json()["last_sweep_seconds"] is not None, timeout=20)
            assert client.get("/readyz").json()["delayed"] is False
        client.post("/api/techs/", json={"text": "Django 3.2"}).raise_for_status()
        assert wait_until(lambda: client.get("/readyz").json()["delayed"], timeout=60, step=0.5)
        body = client.get("/readyz").json()
        assert (body["status"], client.get("/readyz").status_code) == ("ok", 200)
        assert min(body["oldest_unfinished_seconds"], body["last_sweep_seconds"]) >= 25
        assert "Assessment is delayed." in client.get("/").text
        with running(Worker(**place(servers), env=env)), running(Beat(**place(servers), env=env)):
            assert wait_until(lambda: not client.get("/readyz").json()["delayed"], timeout=40, step=0.5)
            assert wait_until(lambda: client.get("/api/techs/").json()["count"] == 1, timeout=20)
            assert "Assessment is delayed." not in client.get("/").text
