"""The API pushes back while submissions arrive faster than workers process them, but never because workers are away."""

import logging
import time
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from techlist.local.processes import wait_until
from techs import cache, counters, tasks
from techs.imports import service
from techs.imports.manifests import read
from techs.models import Submission
from techs.submissions import outbox, overload, processing
from techs.submissions.overload import Drain, Pressure
from tests.support.factories import submit
from tests.support.servers import Valkey
from tests.support.services import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "pressure", Pressure())
    monkeypatch.setattr(overload, "drain", Drain())
    monkeypatch.setattr(overload, "ALWAYS_ALLOWED", 5)
    monkeypatch.setattr(overload, "_VALID_FOR", 60.0)  # a busy machine may need longer than a second for a request
    monkeypatch.setattr(overload._Finished, "number", 0)
    monkeypatch.setattr(overload._Finished, "noted_at", 0.0)


def look_while_finishing(*, each_second: int, seconds: int = 3) -> None:
    """Look as if workers had been finishing so many submissions each second until now."""
    now = time.monotonic()
    for ago in reversed(range(1, seconds + 1)):
        overload.drain.note(now - ago, counters.total("finished") or 0)
        counters.add("finished", each_second, seconds=60)
    overload.look()


def wait_in_queue(number: int, **values: Any) -> None:
    Submission.objects.bulk_create(
        Submission(text=f"thing {each}", publish_again_at=timezone.now(), **values) for each in range(number)
    )


def post(client: Client, path: str = "/api/techs/") -> Any:
    return client.post(path, {"text": "Django 3.2"}, content_type="application/json")


@pytest.mark.parametrize("path", ["/api/techs/", "/create"])
def test_too_many_are_waiting(client: Client, path: str) -> None:
    wait_in_queue(200)
    look_while_finishing(each_second=1)
    response = post(client, path)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert set(response.json()) == {"detail"}
    assert "Nothing was stored" in response.json()["detail"]
    assert Submission.objects.count() == 200


def test_few_are_always_allowed(client: Client) -> None:
    wait_in_queue(5)
    look_while_finishing(each_second=1)
    assert post(client).status_code < 300


def test_as_many_as_workers_finish_in_a_minute_are_allowed(client: Client) -> None:
    wait_in_queue(200)
    look_while_finishing(each_second=100)
    assert post(client).status_code < 300


def test_without_workers_everything_is_accepted(client: Client) -> None:
    wait_in_queue(200)
    overload.look()
    assert post(client).status_code < 300


def test_without_the_cache_everything_is_accepted(client: Client, redis_cache: Valkey) -> None:
    wait_in_queue(200)
    redis_cache.kill()
    look_while_finishing(each_second=1)
    assert post(client).status_code < 300


def test_lines_of_imports_and_finished_submissions_do_not_count(client: Client) -> None:
    service.accept(read("", "\n".join(f"thing {number}" for number in range(50)).encode()))
    wait_in_queue(200, state="done")
    look_while_finishing(each_second=1)
    assert post(client).status_code < 300


def test_an_old_look_refuses_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_in_queue(200)
    monkeypatch.setattr(overload, "_VALID_FOR", 0.0)
    look_while_finishing(each_second=1)
    assert post(client).status_code < 300


def test_workers_that_have_just_returned_refuse_nobody(client: Client) -> None:
    """How fast they are shows only after a while, and their first submissions take longest."""
    wait_in_queue(200)
    look_while_finishing(each_second=1, seconds=2)
    assert post(client).status_code < 300


@pytest.mark.parametrize(
    ("totals", "rate"),
    [
        ([(0, 0), (1, 10), (2, 110), (3, 210)], 100),
        ([(0, 7), (1, 10), (2, 110), (3, 210), (4, 410)], 150),
        ([(0, 0), (0.5, 5), (1, 10), (1.5, 50), (2, 110), (3, 210)], 100),  # two looks a second
        ([(0, 0), (1, 10), (2, 110)], 0),  # too early
        ([(0, 0), (1, 100), (2, 200), (3, 300), (4, 300)], 0),  # away
        ([(0, 0), (1, 100), (2, 200), (3, 300), (4, 300), (5, 310), (6, 410)], 0),  # just returned
        ([(0, 0), (1, 100), (2, 200), (3, 300), (4, 300), (5, 310), (6, 410), (7, 510)], 100),
        ([(0, 0), (1, 100), (2, 200), (3, 300), (4, 20)], 0),  # Redis has restarted
        ([(0, 0), (1, 100), (2, 200), (3, 300), (60, 400)], 0),  # nobody has looked
        ([], 0),
    ],
)
def test_growth_of_the_total(totals: list[tuple[float, int]], rate: float) -> None:
    drain = Drain()
    for moment, total in totals:
        drain.note(moment, total)
    assert drain.per_second == rate


def test_finished_submissions_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(10):
        overload.note_finished(1)
    assert counters.total("finished") == 1
    monkeypatch.setattr(overload._Finished, "noted_at", time.monotonic() - 1)
    overload.note_finished(1)
    assert counters.total("finished") == 11


def test_work_that_fails_is_not_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(work: object) -> None:
        raise OperationalError(1142, "INSERT command denied")

    submission = outbox.accept(text="Django 3.2")
    with monkeypatch.context() as patch:
        patch.setattr(processing, "in_transaction", deny)
        tasks.assess(str(submission.uuid))
    assert not counters.total("finished")
    tasks.assess(str(submission.uuid))
    assert counters.total("finished") == 1


def test_what_another_worker_finished_counts_there_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    submission = submit("Django 3.2")
    monkeypatch.setattr(processing, "look_up", lambda _: (submission.pk, False))  # before the other one was done
    tasks.assess(str(submission.uuid))
    assert not counters.total("finished")


@pytest.mark.slow
@pytest.mark.one_database
def test_a_worker_that_vanishes_refuses_nobody_for_long(
    client: Client, monkeypatch: pytest.MonkeyPatch, celery_worker_process: Worker
) -> None:
    """The queue that it leaves is as long as before, but it no longer says how many may wait."""
    monkeypatch.setattr(overload, "_VALID_FOR", 1.0)
    monkeypatch.setattr(overload, "SECONDS", 0)
    monkeypatch.setattr(overload, "_MEASURED", 0.2)

    def is_refused() -> bool:
        overload.look()
        return post(client).status_code == 429

    def is_refused_at_work() -> bool:
        # Without a message each, so that the worker does not take them all along.
        wait_in_queue(100, chunk_attempts=1)
        for _ in range(20):
            outbox.accept(text="Django 3.2")
        return is_refused()

    assert wait_until(is_refused_at_work, timeout=60)
    celery_worker_process.kill()
    assert wait_until(lambda: not is_refused(), timeout=60)
    assert Submission.objects.filter(state="queued").count() > overload.ALWAYS_ALLOWED
    assert not any(is_refused() for _ in range(20))


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_an_outage_of_the_cache_is_logged_once(redis_cache: Valkey, how: str, caplog: pytest.LogCaptureFixture) -> None:
    assert counters.total("finished") is not None
    redis_cache.kill() if how == "killed" else redis_cache.pause()
    with caplog.at_level(logging.WARNING, logger="techs.cache"):
        assert {counters.total("finished") for _ in range(3)} == {None}
    assert len(caplog.records) == 1
    redis_cache.ensure_running()
    cache.breaker.close()
    assert counters.total("finished") is not None
