"""Submissions that are waiting are processed together, with the same result as one by one."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from techs import tasks
from techs.imports import service
from techs.imports.manifests import read
from techs.models import Action, LevelChange, Submission, SubmissionState, Tech, TechTag
from techs.submissions import backlog, batches, merging, outbox, processing
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
                    backlog.process_some()
                else:
                    for submission in submissions:
                        processing.process(submission.uuid)
            results.append(everything())
            transaction.set_rollback(True)
    assert results[0] == results[1]


def test_order_of_acceptance_is_kept() -> None:
    submissions = accept("debian 12", "Debian 12", impact="low") + accept("DEBIAN 12", impact="critical")
    backlog.process_some()
    tech = Tech.objects.get()
    assert (tech.name, tech.impact, tech.last_submission) == ("DEBIAN 12", "critical", submissions[-1].pk)
    kinds = Action.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["added", "changed", "changed"]


def test_most_at_once_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "pace", replace(backlog.pace, size=2))
    submissions = accept("one", "two", "three", "four")
    tasks.assess(str(submissions[3].uuid))
    assert states() == {"one": "done", "two": "done", "three": "queued", "four": "done"}


@pytest.mark.parametrize(
    ("number", "seconds", "size"), [(100, 0.05, 100), (100, 0.2, 25), (100, 60.0, 25), (30, 0.001, 60), (40, 0.01, 80)]
)
def test_batches_take_about_50_milliseconds(number: int, seconds: float, size: int) -> None:
    pace = replace(backlog.pace, size=number)
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
    tasks.assess(str(submissions[0].uuid))
    assert states() == {"Django 3.2": "done", "bad": "queued", "Python 3.9": "queued"}
    for submission in submissions:
        tasks.assess(str(submission.uuid))
    assert states() == {"Django 3.2": "done", "bad": "queued", "Python 3.9": "done"}
    assert dict(Submission.objects.values_list("text", "attempts")) == {"Django 3.2": 1, "bad": 1, "Python 3.9": 1}


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
