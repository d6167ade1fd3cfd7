"""The state of the installation, measured when somebody asks."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techlist.metrics import exposition, state
from techlist.metrics.catalogue import METRICS, Kind
from techs import periodic
from techs.models import Delivery, Service, Submission, SubmissionState, Upload, Webhook
from techs.submissions import outbox
from tests.support.metrics import Samples
from tests.support.servers import MariaDB, Valkey

pytestmark = pytest.mark.django_db(transaction=True)
MEASURED = {name for name, metric in METRICS.items() if metric.kind == Kind.GAUGE} - {"techlist_build_info"}


@pytest.fixture(autouse=True)
def _fresh() -> Generator[None, None, None]:
    """Ask the servers again in each test."""
    state.reset()
    yield
    state.reset()


def measured() -> Samples:
    """Return the metrics, as if a while after the last time."""
    state.reset()
    return Samples(exposition.render("")[0].decode())


def submission(name: str, state_: SubmissionState, **fields: Any) -> Submission:
    return Submission.objects.create(text=name, state=state_, publish_again_at=timezone.now(), **fields)


def test_an_installation_without_work() -> None:
    periodic.finish(periodic.SWEEP)
    found = measured()
    assert found.names == METRICS.keys()
    assert {name for name in MEASURED if not found.of(name)} == set()
    for dependency in ("database", "cache", "broker"):
        assert found.of("techlist_dependency_up", dependency=dependency) == [1]
    assert found.labels("techlist_submissions", "state") == {"queued", "saved", "done", "failed"}
    assert found.sum("techlist_submissions") == found.sum("techlist_technologies") == 0
    assert found.of("techlist_oldest_unfinished_seconds") == found.of("techlist_delayed") == [0]
    assert found.labels("techlist_queue_messages", "queue") == {"periodic", "celery", "imports"}
    assert found.of("techlist_last_sweep_age_seconds")[0] < 60


def test_work_that_waits() -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    for number in range(3):
        submission(f"a{number}", SubmissionState.QUEUED, created_at=hour_ago)
    submission("b", SubmissionState.SAVED)
    submission("c", SubmissionState.DONE)
    submission("d", SubmissionState.FAILED)
    service = Service.objects.create(slug="s", name="S", name_key="s")
    Upload.objects.create(
        service=service, source_name="x", digest="", basis="", state="superseded", publish_again_at=hour_ago
    )
    webhook = Webhook.objects.create(name="w", url="https://example.org/")
    Delivery.objects.create(webhook=webhook, body="", state="failed", next_attempt_at=hour_ago)
    for _ in range(2):
        outbox.publish_sync()
    found = measured()
    counts = {each: found.sum("techlist_submissions", state=each) for each in SubmissionState.values}
    assert counts == {"queued": 3, "saved": 1, "done": 1, "failed": 1}
    assert found.sum("techlist_uploads", state="superseded") == found.sum("techlist_uploads") == 1
    assert found.sum("techlist_webhook_deliveries", state="failed") == 1
    assert found.sum("techlist_oldest_unfinished_seconds") >= 3600
    assert found.of("techlist_delayed") == [1]
    assert found.sum("techlist_queue_messages", queue="periodic") == 2


def test_the_age_of_lifecycle_data_ends_with_the_last_download() -> None:
    assert measured().of("techlist_lifecycle_data_age_seconds")[0] > 0
    periodic.finish(periodic.SYNC)
    assert measured().of("techlist_lifecycle_data_age_seconds")[0] < 60


def test_without_the_broker(redis_broker: Valkey) -> None:
    redis_broker.kill()
    found = measured()
    assert found.of("techlist_dependency_up", dependency="broker") == [0]
    assert found.of("techlist_dependency_up", dependency="database") == [1]
    assert not found.of("techlist_queue_messages")
    assert found.of("techlist_submissions", state="queued") == [0]


def test_without_the_cache(redis_cache: Valkey) -> None:
    redis_cache.kill()
    found = measured()
    assert found.of("techlist_dependency_up", dependency="cache") == [0]
    assert found.of("techlist_dependency_up", dependency="broker") == [1]


@pytest.mark.parametrize("fail", ["kill", "pause"])
def test_without_the_database(mariadb: MariaDB, fail: str) -> None:
    connection.close()
    getattr(mariadb, fail)()
    found = measured()
    assert found.of("techlist_dependency_up", dependency="database") == [0]
    assert found.of("techlist_dependency_up", dependency="broker") == [1]
    assert {name for name in MEASURED if found.of(name)} == {
        "techlist_dependency_up",
        "techlist_queue_messages",
        "techlist_unacknowledged_messages",
    }
    mariadb.ensure_running()
    assert measured().of("techlist_dependency_up", dependency="database") == [1]


def test_counting_submissions_reads_only_an_index() -> None:
    """The table has long texts, and a million rows."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for query in state.queries():
            query.current()
    of_submissions = [query["sql"] for query in queries if "techs_submission" in query["sql"]]
    assert len(of_submissions) == 2
    for sql in of_submissions:
        assert "submission_sweep" in explained(sql)


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        return str(cursor.fetchall())


class Clock:
    """Time that passes only while a query runs, or when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(state, "time", clock)
    return clock


@pytest.mark.parametrize(("takes", "used_for"), [(0.001, 1), (0.4, 20), (5, 60)])
@pytest.mark.parametrize("fails", [False, True])
def test_a_slow_query_is_repeated_seldom(
    clock: Clock,
    takes: float,
    used_for: float,
    fails: bool,  # noqa: FBT001
) -> None:
    runs = []

    def read() -> dict[Any, float]:
        runs.append(clock.now)
        clock.now += takes
        if fails:
            raise OperationalError
        return {("a",): len(runs)}

    query = state.Query(read)
    assert ask(query) == (None if fails else {("a",): 1})
    clock.now += used_for - 0.01
    assert ask(query) == ({} if fails else {("a",): 1})
    clock.now += 0.02
    assert ask(query) == (None if fails else {("a",): 2})
    assert len(runs) == 2


def ask(query: state.Query) -> Any:
    try:
        return query.current()
    except OperationalError:
        return None


def test_many_questions_at_once_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("techs.shared.SHARED_FOR", 60)
    asked: list[object] = []

    def read_lengths(queues: object) -> tuple[dict[str, int], int]:
        asked.append(queues)
        return {}, 0

    monkeypatch.setattr("techs.broker.read_lengths", read_lengths)
    for _ in range(5):
        exposition.render("")
    assert len(asked) == 1
