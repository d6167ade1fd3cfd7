"""Old finished submissions and expired sessions are deleted, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from techs.models import LevelChange, Submission, SubmissionState
from techs.submissions import expiry
from techs.tasks import clean_up

pytestmark = pytest.mark.django_db(transaction=True)

DONE, FAILED = SubmissionState.DONE, SubmissionState.FAILED


def submit(state: str, *, days: float) -> Submission:
    """Create a submission that was finished, or if unfinished created, this many days ago."""
    then = timezone.now() - timedelta(days=days)
    return Submission.objects.create(
        text="Django 3.2",
        state=state,
        created_at=then,
        publish_again_at=then,
        finished_at=then if state in {DONE, FAILED} else None,
    )


def test_old_and_finished(settings: Any) -> None:
    settings.KEEP_DAYS = 7
    kept = [submit(state, days=days) for state in (DONE, FAILED) for days in (0, 6.9)]
    kept += [submit(state, days=400) for state in (SubmissionState.QUEUED, SubmissionState.SAVED)]
    for state in (DONE, FAILED):
        submit(state, days=7.1)
    clean_up()
    assert set(Submission.objects.all()) == set(kept)


def test_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "DELETE_CHUNK", 3)
    for _ in range(8):
        submit(DONE, days=91)
    assert expiry.delete_old(seconds=0) == 0
    assert expiry.delete_old(seconds=10) == 8
    assert not Submission.objects.exists()


def test_one_that_takes_long_to_finish_stays_until_its_time() -> None:
    late = submit(DONE, days=91)
    Submission.objects.filter(pk=late.pk).update(finished_at=timezone.now() - timedelta(days=89))
    clean_up()
    assert Submission.objects.exists()


def test_sessions_and_history() -> None:
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    LevelChange.objects.create(name="x", at=timezone.now() - timedelta(days=9999), from_level="low", to_level="high")
    clean_up()
    assert [session.pk for session in Session.objects.all()] == ["new"]
    assert LevelChange.objects.count() == 1


def test_somebody_asks_for_it(settings: Any) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["clean-up"]["task"] == clean_up.name
