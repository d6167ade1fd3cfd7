"""Submissions that are waiting are processed together, with the same result as one by one."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from celery import current_app
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import tasks
from techs.imports import service
from techs.imports.manifests import read
from techs.lifecycles import store
from techs.models import Action, LevelChange, Submission, SubmissionState, Tech, TechTag
from techs.submissions import backlog, batches, merging, outbox, processing, skipping
from techs.submissions.pace import Pace
from techs.submissions.skipping import ENOUGH, Skipping
from tests.support.round_trips import counted_round_trips
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _whole_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take as many along as allowed from the start."""
    monkeypatch.setattr(backlog, "pace", replace(backlog.pace, size=backlog.MOST))


def accept(*texts: str, **options: Any) -> list[Submission]:
    return [outbox.accept(text=text, **options) for text in texts]


def states() -> dict[str, str]:
    return dict(Submission.objects.values_list("text", "state"))


def statements(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work()
    return len(queries)


def test_first_message_takes_the_others_along() -> None:
    submissions = accept("Django 3.2", "Python 3.9", "unknown thing")
    tasks.assess(str(submissions[0].uuid))
    assert set(states().values()) == {SubmissionState.DONE}
    assert set(Submission.objects.values_list("attempts", "chunk_attempts")) == {(0, 1)}
    assert Tech.objects.count() == 3


def test_rows_that_are_assessed_again_are_taken_along() -> None:
    """Otherwise the message of each would look at all of them in search of others."""
    tasks.assess(str(accept("Django 3.2", "Python 3.9", "unknown thing")[0].uuid))
    first, *_ = outbox.assess_again(list(Tech.objects.all()))
    tasks.assess(str(first.uuid))
    assert set(Submission.objects.values_list("state", "attempts", "chunk_attempts")) == {("done", 0, 1)}


def test_submissions_of_many_services_share_few_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_USAGES", 5)
    for name in ("one", "two", "three"):
        outbox.accept(text=name, services=[1, 2])
    oldest = list(Submission.objects.order_by("pk").values_list("pk", flat=True))
    assert backlog._claim() == oldest[:2]
    assert backlog._claim() == oldest[2:]


def test_message_of_a_finished_submission_takes_one_statement() -> None:
    submissions = accept("Django 3.2", "Python 3.9")
    tasks.assess(str(submissions[0].uuid))
    assert statements(lambda: tasks.assess(str(submissions[1].uuid))) == 1


def test_alone_it_is_not_part_of_a_batch() -> None:
    [submission] = accept("Django 3.2")
    tasks.assess(str(submission.uuid))
    submission.refresh_from_db()
    assert (submission.state, submission.attempts, submission.chunk_attempts) == (SubmissionState.DONE, 1, 0)


def test_an_error_in_taking_along_keeps_no_submission_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    submissions = accept("Django 3.2", "Python 3.9")
    monkeypatch.setattr(backlog, "_claim", lambda: Submission.objects.extra(where=["nonsense"]).count())
    tasks.assess(str(submissions[1].uuid))
    assert states() == {"Django 3.2": SubmissionState.QUEUED, "Python 3.9": SubmissionState.DONE}
    assert "Taking submissions along failed." in caplog.messages


def everything() -> dict[str, Any]:
    """Return all that submissions leave, except ids and times."""
    return {
        "techs": sorted(
            Tech.objects.values_list("name", "kind", "by_hand", "impact", "owner", "tags", "note", "level")
        ),
        "tags": sorted(TechTag.objects.values_list("tech__name", "tag")),
        "levels": sorted(LevelChange.objects.values_list("tech__name", "to_level")),
        "actions": sorted(
            Action.objects.values_list(
                "kind", "count", "actor_kind", "changes__name", "changes__fields", "changes__undo"
            ),
            key=str,
        ),
        "submissions": sorted(Submission.objects.values_list("text", "tech__name", "is_unchanged", "error")),
    }


STEPS: list[tuple[str, dict[str, Any]]] = [
    ("Django 3.2", {"tags": ["web", "old"], "owner": "Ann", "impact": "high"}),
    ("Python 3.9", {}),
    ("unknown thing", {"note": "ask Bob"}),
    ("PostgreSQL 13", {"tags": ["data"], "extended_support": True}),
]
LATER: list[tuple[str, dict[str, Any]]] = [
    ("Django 3.2", {"tags": ["web"], "owner": ""}),
    ("Python 3.9", {}),
    ("PostgreSQL 13", {"tags": []}),
    ("Redis 6", {"impact": "low"}),
]
AGAIN: list[tuple[str, dict[str, Any]]] = []


def test_result_is_that_of_one_by_one() -> None:
    results = []
    for together in (True, False):
        with transaction.atomic():
            for steps in (STEPS, LATER, AGAIN):
                submissions = [outbox.accept(text=text, **options) for text, options in steps]
                submissions += [] if steps else outbox.assess_again(list(Tech.objects.order_by("pk")))
                if together:
                    backlog.process_waiting(seconds=60)
                else:
                    for submission in submissions:
                        processing.process(submission.uuid)
            results.append(everything())
            transaction.set_rollback(True)
    assert results[0] == results[1]


def test_order_of_acceptance_is_kept() -> None:
    submissions = accept("debian 12", "Debian 12", impact="low") + accept("DEBIAN 12", impact="critical")
    backlog.process_waiting(seconds=60)
    tech = Tech.objects.get()
    assert (tech.name, tech.impact, tech.last_submission) == ("DEBIAN 12", "critical", submissions[-1].pk)
    kinds = Action.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["added", "changed", "changed"]


def few_at_once(monkeypatch: pytest.MonkeyPatch, number: int = 2) -> None:
    monkeypatch.setattr(backlog, "pace", Pace(seconds=1, least=number, most=number, size=number))


def messages() -> list[str]:
    """Take the messages out of the queue, and return the submissions that they name, the oldest message first."""
    with redis.Redis.from_url(current_app.conf.broker_url) as client:
        found: Any = iter(lambda: client.rpop("celery"), None)
        return [json.loads(message)["headers"]["id"] for message in found]


def test_task_goes_on_until_none_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    few_at_once(monkeypatch)
    submissions = accept("one", "two", "three", "four", "five")
    messages()
    tasks.assess(str(submissions[3].uuid))
    assert set(states().values()) == {SubmissionState.DONE}
    assert set(Submission.objects.values_list("attempts", flat=True)) == {0}
    assert messages() == []


def test_rest_is_left_to_one_more_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the oldest one, which any version of a worker processes."""
    few_at_once(monkeypatch)
    submissions = accept("one", "two", "three", "four")
    messages()
    backlog.process_waiting(seconds=0)
    assert states() == {"one": "done", "two": "done", "three": "queued", "four": "queued"}
    assert messages() == [str(submissions[2].uuid)]


def test_message_of_a_finished_submission_begins_with_others() -> None:
    """Those may have no message."""
    [finished] = accept("Django 3.2")
    tasks.assess(str(finished.uuid))
    accept("Python 3.9", "Redis 6")
    tasks.assess(str(finished.uuid))
    assert set(states().values()) == {SubmissionState.DONE}


def test_message_of_an_unknown_submission_begins_with_others() -> None:
    accept("Python 3.9", "Redis 6")
    tasks.assess(str(uuid4()))
    assert set(states().values()) == {SubmissionState.DONE}


def test_those_of_a_dead_batch_are_soon_due(settings: Any) -> None:
    """Whatever the sweep did with them before: it may have doubled the wait several times."""
    settings.SWEEP_AFTER = 10
    accept("one", "two")
    Submission.objects.update(publications=5, publish_again_at=timezone.now() + timedelta(minutes=5))
    assert len(backlog._claim()) == 2
    for date in Submission.objects.values_list("publish_again_at", flat=True):
        assert timedelta(seconds=5) < date - timezone.now() <= timedelta(seconds=10)


def test_claim_leaves_those_that_others_took_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    accept("one", "two", "three")
    one, two, three = Submission.objects.order_by("pk").values_list("pk", flat=True)
    Submission.objects.filter(pk=two).update(chunk_attempts=1)
    assert backlog._count([one, two, three]) == [one, three]
    assert backlog._count([one, two, three]) == []


def test_claim_looks_again_if_others_took_all(monkeypatch: pytest.MonkeyPatch) -> None:
    few_at_once(monkeypatch)
    accept("one", "two", "three", "four")
    count = backlog._count
    is_first = iter([True])

    def late(ids: list[int]) -> list[int]:
        if next(is_first, False):
            Submission.objects.filter(pk__in=ids).update(chunk_attempts=1)
        return count(ids)

    monkeypatch.setattr(backlog, "_count", late)
    newest = Submission.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    assert backlog._claim() == sorted(newest)


def test_finished_submissions_are_counted_for_the_web_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as are finished, whether they have messages or not, and while a task lasts."""
    counted: list[int] = []
    monkeypatch.setattr("techs.submissions.overload.note_finished", counted.append)
    few_at_once(monkeypatch)
    submissions = accept("one", "two", "three")
    for _ in range(2):
        tasks.assess(str(submissions[0].uuid))
    assert counted == [2, 1]
    tasks.assess(str(accept("four")[0].uuid))
    assert counted == [2, 1, 1]


def test_backlog_costs_few_statements_and_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """If each submission had a message, each of these would take a statement to find the submission finished."""
    number = 600
    few_at_once(monkeypatch, 100)
    monkeypatch.setattr(outbox, "skipping", Skipping())
    monkeypatch.setattr(skipping, "_VALID_FOR", 60.0)  # a busy machine may need longer for the next ones
    for _ in range(number // 50):
        accept(*(f"thing {uuid4()}" for _ in range(50)))
        outbox.look_at_queue()
    started = 0
    with CaptureQueriesContext(connection) as queries, counted_round_trips() as round_trips:
        while found := messages():
            for message in found:
                tasks.assess(message)
            started += len(found)
    assert set(states().values()) == {SubmissionState.DONE}
    assert started <= ENOUGH + 60
    # MySQL does not return the keys of several new rows, so each of them takes a statement.
    returns_keys = connection.features.can_return_rows_from_bulk_insert
    assert len(queries) < (0.6 if returns_keys else 1.6) * number
    assert sum(b"RPOP" not in sent for sent in round_trips) < 0.1 * number


@pytest.mark.parametrize(
    ("number", "seconds", "size"),
    [(100, 0.1, 100), (100, 0.125, 80), (100, 0.2, 50), (100, 60.0, 50), (30, 0.001, 60), (40, 0.01, 80)],
)
def test_batches_take_about_a_tenth_of_a_second(number: int, seconds: float, size: int) -> None:
    pace = replace(backlog.pace, seconds=backlog.LONGEST, size=number)
    pace.note(number, seconds)
    assert pace.size == size


def test_lines_of_imports_are_never_taken_along() -> None:
    service.accept(read("", b"Ruby 3.2\nNode 18"))
    submissions = accept("Django 3.2", "Python 3.9")
    tasks.assess(str(submissions[0].uuid))
    assert set(Submission.objects.exclude(of_import=None).values_list("state", flat=True)) == {SubmissionState.QUEUED}
    assert states()["Python 3.9"] == SubmissionState.DONE


def break_for(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let the processing of this text raise, whether alone or with others."""
    merge = merging.merge

    def broken(submission: Submission, *args: Any, **options: Any) -> Any:
        if submission.text == text:
            raise ZeroDivisionError("no such luck")
        return merge(submission, *args, **options)

    monkeypatch.setattr(processing, "merge", broken)
    monkeypatch.setattr("techs.submissions.saving.merge", broken)


def test_after_a_failed_batch_each_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    break_for(monkeypatch, "bad")
    submissions = accept("Django 3.2", "bad", "Python 3.9")
    messages()
    tasks.assess(str(submissions[0].uuid))
    # They may have had none.
    assert messages() == [str(submission.uuid) for submission in submissions]
    assert states() == {"Django 3.2": "done", "bad": "queued", "Python 3.9": "queued"}
    for submission in submissions:
        tasks.assess(str(submission.uuid))
    assert states() == {"Django 3.2": "done", "bad": "queued", "Python 3.9": "done"}
    assert dict(Submission.objects.values_list("text", "attempts")) == {"Django 3.2": 1, "bad": 1, "Python 3.9": 1}


def test_statements_of_a_batch_and_of_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a round trip. With BEGIN and COMMIT, and with the look for others after the batch."""
    if connection.vendor == "sqlite" or not connection.features.can_return_rows_from_bulk_insert:
        pytest.skip("SQLite has no round trips, and MySQL needs more of them to record actions")
    few_at_once(monkeypatch, 100)
    store.current()
    accept(*(f"thing {number}" for number in range(100)))
    assert statements(lambda: backlog.process_waiting(seconds=60)) <= 16
    [submission] = accept("another thing")
    assert statements(lambda: tasks.assess(str(submission.uuid))) <= 15


class KilledError(BaseException):
    """Ends a worker, as SIGKILL does: no handler runs."""


POINTS = {
    "before the batch": ("techs.submissions.batches.in_transaction", False),
    "between commit and invalidation": ("techs.cache.invalidate", False),
    "between invalidation and done": ("techs.submissions.batches._finish", False),
    "between done and acknowledgement": ("techs.submissions.batches._finish", True),
}


@pytest.mark.parametrize(("place", "is_after"), POINTS.values(), ids=POINTS)
def test_worker_dies(monkeypatch: pytest.MonkeyPatch, place: str, is_after: bool) -> None:  # noqa: FBT001
    submissions = accept("Django 3.2", "Python 3.9", "Redis 6")

    with monkeypatch.context() as patch:
        module, _, name = place.rpartition(".")
        original = getattr(__import__(module, fromlist=[name]), name)

        def dying(*args: Any) -> Any:
            if is_after:
                original(*args)
            raise KilledError

        patch.setattr(place, dying)
        with pytest.raises(KilledError):
            tasks.assess(str(submissions[0].uuid))
    for submission in submissions:
        tasks.assess(str(submission.uuid))
    assert set(states().values()) == {SubmissionState.DONE}
    assert Tech.objects.count() == Action.objects.count() == 3
    assert set(Submission.objects.values_list("attempts", flat=True)) <= {0, 1}


def test_outage_counts_for_nobody(redis_cache: Valkey) -> None:
    submissions = accept("Django 3.2", "Python 3.9")
    redis_cache.kill()
    tasks.assess(str(submissions[0].uuid))
    assert set(states().values()) <= {SubmissionState.SAVED, SubmissionState.QUEUED}
    assert set(Submission.objects.values_list("attempts", flat=True)) == {0}
    redis_cache.start()
    for submission in submissions:
        tasks.assess(str(submission.uuid))
    assert set(states().values()) == {SubmissionState.DONE}


def test_two_workers_never_take_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time.")
    accept(*(f"thing {number}" for number in range(60)))
    claims: list[list[int]] = []

    def claim() -> None:
        try:
            claims.extend(backlog._claim() for _ in range(10))
        finally:
            connection.close()

    monkeypatch.setattr(backlog, "pace", replace(backlog.pace, size=7))
    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while left := backlog._claim():  # those that were locked when all looked
        claims.append(left)
    taken = [pk for some in claims for pk in some]
    assert len(taken) == len(set(taken)) == 60


def test_claim_locks_only_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scan must not lock rows that other workers could take."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time.")
    accept(*(f"thing {number}" for number in range(30)))
    monkeypatch.setattr(backlog, "pace", replace(backlog.pace, size=10))
    with transaction.atomic():
        first = backlog._claim()
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT id FROM techs_submission FOR UPDATE SKIP LOCKED")
                free = {pk for (pk,) in cursor.fetchall()}
        finally:
            other.close()
    assert len(first) == 10
    assert free == set(Submission.objects.values_list("pk", flat=True)) - set(first)
