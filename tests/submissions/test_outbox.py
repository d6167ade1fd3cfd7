"""Accepted submissions get processed: publishing, the sweep, attempts."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from celery import current_app
from django.db import transaction
from django.test import Client
from django.utils import timezone

from techlist.local.processes import wait_until
from techs import cache, tasks
from techs.models import Submission, SubmissionState, Tech
from techs.submissions import outbox, processing
from tests.support.factories import add
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)


def make_due() -> None:
    Submission.objects.update(publish_again_at=timezone.now() - timedelta(seconds=1))


def drain() -> int:
    """Empty the queue, like a broker that lost everything. Return the number of messages."""
    length = outbox._queue_length()
    current_app.control.purge()
    return length


def test_accept_publishes_one_message() -> None:
    outbox.accept(text="Django 3.2")
    assert drain() == 1


def test_accept_takes_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        outbox.accept(text="Django 3.2")


def test_accept_in_a_transaction_that_fails_publishes_nothing() -> None:
    with transaction.atomic():
        outbox.accept(text="Django 3.2")
        transaction.set_rollback(True)
    assert (drain(), Submission.objects.count()) == (0, 0)


def test_repeated_key_breaks_no_transaction_around_it() -> None:
    with transaction.atomic():
        submissions = {outbox.accept(text="Django 3.2", idempotency_key="a").pk for _ in range(2)}
        assert len(submissions) == Submission.objects.count() == 1


@pytest.mark.usefixtures("publisher_thread")
def test_request_does_not_wait_for_the_broker(client: Client, redis_broker: Valkey) -> None:
    redis_broker.pause()
    response = client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json")
    assert response.status_code == 202
    assert not outbox.breaker.is_open, "the thread still waits"
    redis_broker.resume()
    assert wait_until(lambda: outbox._queue_length() == 1, timeout=60)


def messages(redis_broker: Valkey) -> list[Any]:
    """Return the messages in the queue, the newest first, without the ids of deliveries.

    Time limits are left out as well: Celery adds those of the task if it is loaded, and workers use them anyway.
    """
    with redis.Redis(port=redis_broker.port) as client:
        found = [json.loads(message) for message in client.lrange("celery", 0, -1)]
    for message in found:
        for name in ("delivery_tag", "reply_to"):
            del message["properties"][name]
        del message["headers"]["timelimit"]
    return found


def test_submissions_published_together_are_like_those_published_alone(redis_broker: Valkey) -> None:
    uuids = [uuid4() for _ in range(3)]
    drain()
    for uuid in uuids:
        outbox._send_submission(uuid)
    alone = messages(redis_broker)
    drain()
    outbox.publish_all(uuids)
    assert messages(redis_broker) == alone


def test_submissions_are_published_together_after_a_restart_of_the_broker(redis_broker: Valkey) -> None:
    outbox.publish_all([uuid4() for _ in range(2)])
    redis_broker.restart()
    drain()
    outbox.publish_all([uuid4() for _ in range(3)])
    assert drain() == 3


def test_submissions_that_cannot_be_published_together_are_left_to_the_sweep(
    redis_broker: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    redis_broker.kill()
    outbox.publish_all([uuid4() for _ in range(3)])
    assert outbox.breaker.is_open
    assert ["Cannot publish 3 submissions" in record.message for record in caplog.records] == [True]


@pytest.mark.usefixtures("publisher_thread")
def test_process_that_ends_leaves_publishing_to_the_sweep(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outbox._background
    outbox._background.finish()
    response = client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json")
    assert response.status_code == 202
    make_due()
    with monkeypatch.context() as worker:
        worker.setattr(outbox, "_background", None)
        assert (tasks.sweep(), drain()) == (1, 1)


def test_sweep_leaves_fresh_submissions_alone() -> None:
    outbox.accept(text="Django 3.2")
    drain()
    assert tasks.sweep() == 0


@pytest.mark.parametrize("state", [SubmissionState.QUEUED, SubmissionState.SAVED])
def test_sweep_publishes_what_is_due_again(state: str) -> None:
    outbox.accept(text="Django 3.2")
    Submission.objects.update(state=state)
    drain()
    make_due()
    assert tasks.sweep() == 1
    assert drain() == 1


@pytest.mark.parametrize("state", [SubmissionState.DONE, SubmissionState.FAILED])
def test_sweep_leaves_finished_submissions_alone(state: str) -> None:
    outbox.accept(text="Django 3.2")
    Submission.objects.update(state=state)
    make_due()
    assert tasks.sweep() == 0


def test_sweep_waits_longer_each_time(settings: Any) -> None:
    settings.SWEEP_AFTER, settings.SWEEP_AFTER_MAX = 10, 60
    outbox.accept(text="Django 3.2")
    waits = []
    for _ in range(4):
        make_due()
        tasks.sweep()
        wait = Submission.objects.get().publish_again_at - timezone.now()
        waits.append(round(wait.total_seconds()))
    assert waits == [20, 40, 60, 60]


def test_sweep_is_bounded_and_oldest_first(settings: Any) -> None:
    settings.SWEEP_BATCH = 2
    for number in range(3):
        outbox.accept(text=f"thing {number}")
    make_due()
    assert (tasks.sweep(), tasks.sweep(), tasks.sweep()) == (2, 1, 0)


def test_sweep_holds_still_while_the_queue_is_long(settings: Any) -> None:
    settings.SWEEP_QUEUE_LIMIT = 1
    for number in range(2):
        outbox.accept(text=f"thing {number}")
    make_due()
    assert tasks.sweep() == 0
    drain()
    assert tasks.sweep() == 2


def test_accept_without_a_broker(client: Client, redis_broker: Valkey) -> None:
    redis_broker.kill()
    response = client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json")
    assert response.status_code == 202
    redis_broker.start()
    make_due()
    assert tasks.sweep() == 1


def test_record_twice_writes_once() -> None:
    submission = outbox.accept(text="Django 3.2")
    processing.process(submission.uuid)
    assessed_at = Tech.objects.get().assessed_at
    processing.process(submission.uuid)
    submission.refresh_from_db()
    assert (submission.state, submission.attempts) == (SubmissionState.DONE, 1)
    assert Tech.objects.get().assessed_at == assessed_at


def test_record_of_an_unknown_submission_does_nothing() -> None:
    processing.process(uuid4())
    assert not Tech.objects.exists()


def test_later_submission_wins_in_whatever_order_they_arrive() -> None:
    earlier = outbox.accept(text="debian 12", impact="low")
    later = outbox.accept(text="Debian 12", impact="critical")
    processing.process(later.uuid)
    processing.process(earlier.uuid)
    tech = Tech.objects.get()
    assert (tech.name, tech.impact) == ("Debian 12", "critical")
    assert set(Submission.objects.values_list("state", flat=True)) == {SubmissionState.DONE}


def test_options_left_out_keep_what_the_list_has() -> None:
    add("Debian 12", impact="critical", extended_support=True)
    tech = add("Debian 12")
    assert (tech.impact, tech.extended_support) == ("critical", True)
    assert add("Debian 12", extended_support=False).extended_support is False


def test_without_the_cache_a_submission_is_saved_but_not_done(redis_cache: Valkey) -> None:
    submission = outbox.accept(text="Django 3.2")
    redis_cache.kill()
    for _ in range(7):  # an outage is not the submission's fault: it never runs out of attempts
        processing.process(submission.uuid)
    submission.refresh_from_db()
    assert (submission.state, submission.public_state, submission.attempts) == ("saved", "queued", 0)
    redis_cache.start()
    processing.process(submission.uuid)
    submission.refresh_from_db()
    assert (submission.state, submission.attempts) == (SubmissionState.DONE, 1)


def test_killed_between_commit_and_forget_is_repaired() -> None:
    """It must not be done while the cached list lacks the row."""
    token = cache._token()
    submission = outbox.accept(text="Django 3.2")
    with transaction.atomic():
        processing._save(submission.uuid)
    assert cache._token() == token
    processing.process(submission.uuid)
    assert cache._token() != token
    submission.refresh_from_db()
    assert submission.state == SubmissionState.DONE


def test_submission_that_never_ends_stops(settings: Any) -> None:
    settings.MAX_ATTEMPTS = 3
    submission = outbox.accept(text="Django 3.2")
    for _ in range(3):
        processing._begin_attempt(submission.uuid)  # and the worker dies
    processing.process(submission.uuid)
    submission.refresh_from_db()
    assert (submission.state, submission.attempts) == (SubmissionState.FAILED, 3)
    assert "3 attempts" in submission.error
    assert not Tech.objects.exists()


def test_submission_that_raises_keeps_its_error_and_stops(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAX_ATTEMPTS = 2

    def broken(tech: Tech) -> None:
        raise ZeroDivisionError("no such luck")

    monkeypatch.setattr(processing, "assess_and_save", broken)
    submission = outbox.accept(text="Django 3.2")
    states = []
    for _ in range(2):
        processing.process(submission.uuid)
        submission.refresh_from_db()
        states.append(submission.state)
    assert states == [SubmissionState.QUEUED, SubmissionState.FAILED]
    assert submission.error == "ZeroDivisionError: no such luck"


def test_requeue_gives_all_attempts_back() -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(state=SubmissionState.FAILED, attempts=5, error="x", finished_at=timezone.now())
    drain()
    outbox.requeue(submission)
    assert drain() == 1
    processing.process(submission.uuid)
    submission.refresh_from_db()
    assert (submission.state, submission.attempts, submission.error) == (SubmissionState.DONE, 1, "")


def test_requeue_leaves_done_alone() -> None:
    submission = outbox.accept(text="Django 3.2")
    processing.process(submission.uuid)
    drain()
    outbox.requeue(submission)
    assert drain() == 0
