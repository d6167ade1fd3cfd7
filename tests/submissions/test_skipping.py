"""In a backlog, new submissions have no messages. None of them waits longer for one than until the next look."""

from typing import Any
from uuid import uuid4

import pytest
import redis
from celery import current_app
from django.test import Client

from techs import tasks
from techs.models import Submission, SubmissionState
from techs.submissions import outbox, overload, skipping
from techs.submissions.skipping import ENOUGH, Skipping
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "skipping", Skipping())
    monkeypatch.setattr(skipping, "_VALID_FOR", 60.0)  # a busy machine may need longer than a second


def queue_up(number: int) -> None:
    outbox.publish_all([uuid4() for _ in range(number)])


def length() -> int:
    with redis.Redis.from_url(current_app.conf.broker_url) as client:
        found: Any = client.llen("celery")
        return int(found)


def empty() -> None:
    current_app.control.purge()


@pytest.mark.parametrize(("waiting", "published"), [(0, 1), (ENOUGH - 1, 1), (ENOUGH, 0), (10 * ENOUGH, 0)])
def test_only_with_enough_others_it_has_no_message(client: Client, waiting: int, published: int) -> None:
    queue_up(waiting)
    outbox.look_at_queue()
    response = client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json")
    assert response.status_code == 202
    assert length() - waiting == published
    assert Submission.objects.get().state == SubmissionState.QUEUED


def test_an_old_look_skips_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skipping, "_VALID_FOR", 0.0)
    queue_up(ENOUGH)
    outbox.look_at_queue()
    outbox.accept(text="Django 3.2")
    assert length() == ENOUGH + 1


def test_if_tasks_were_faster_one_message_begins_with_all_that_were_skipped() -> None:
    queue_up(ENOUGH)
    outbox.look_at_queue()
    submissions = [outbox.accept(text=f"thing {number}") for number in range(3)]
    empty()
    outbox.look_at_queue()
    assert length() == 1
    outbox.look_at_queue()
    assert length() == 1
    tasks.assess(str(submissions[-1].uuid))
    assert set(Submission.objects.values_list("state", flat=True)) == {SubmissionState.DONE}


def test_while_the_queue_is_long_nothing_is_published_for_those_that_were_skipped() -> None:
    queue_up(ENOUGH)
    outbox.look_at_queue()
    outbox.accept(text="Django 3.2")
    outbox.look_at_queue()
    empty()
    outbox.look_at_queue()
    assert length() == 0, "one of the messages that are gone was to begin with it, and the sweep publishes another"


def test_one_that_is_skipped_during_a_look_is_noticed_by_the_next() -> None:
    state, skipped = Skipping(), uuid4()
    assert state.look(lambda: ENOUGH) is None

    def shorter() -> int:
        state.skipped = skipped
        return 0

    assert state.look(shorter) is None
    assert not state.is_active
    assert state.look(lambda: 0) == skipped


def test_one_that_was_tried_needs_a_message_however_many_are_waiting() -> None:
    """Nobody takes it along."""
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(chunk_attempts=1, attempts=5, state=SubmissionState.FAILED)
    empty()
    queue_up(ENOUGH)
    outbox.look_at_queue()
    outbox.requeue(submission)
    assert length() == ENOUGH + 1


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_without_the_broker_nothing_is_skipped(redis_broker: Valkey, how: str) -> None:
    queue_up(ENOUGH)
    outbox.look_at_queue()
    redis_broker.kill() if how == "killed" else redis_broker.pause()
    outbox.look_at_queue()
    assert not outbox.skipping.is_active
    assert not outbox.breaker.is_open, "the next submission tries to publish"


def test_web_server_looks_together_with_the_overload_control() -> None:
    queue_up(ENOUGH)
    overload._look_safely()
    assert outbox.skipping.is_active


@pytest.mark.parametrize(
    ("values", "messages"),
    [({}, 28), ({"chunk_attempts": 1}, 100), ({"attempts": 1}, 100), ({"state": SubmissionState.SAVED}, 100)],
)
def test_sweep_lets_those_share_messages_that_nobody_has_tried(values: dict[str, Any], messages: int) -> None:
    for number in range(100):
        outbox.accept(text=f"thing {number}")
    Submission.objects.update(publish_again_at="2020-01-01T00:00Z", **values)
    empty()
    assert tasks.sweep() == 100
    assert length() == messages


def test_while_it_skips_the_web_server_looks_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A submission that no task has seen waits for the next look."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    overload._wait()
    queue_up(ENOUGH)
    outbox.look_at_queue()
    outbox.accept(text="Django 3.2")
    empty()
    overload._wait()
    assert length() == 1
    assert slept[:2] == [0.5, 0.1]
