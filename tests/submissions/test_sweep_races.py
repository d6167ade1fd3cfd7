"""Concurrent sweeps, and submissions requeued during a clean-up."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from techs.models import Submission, SubmissionState
from techs.submissions import expiry, outbox


def overdue(text: str, **fields: Any) -> Submission:
    long_ago = timezone.now() - timedelta(days=365)
    return Submission.objects.create(text=text, created_at=long_ago, publish_again_at=long_ago, **fields)


@pytest.mark.django_db
def test_submission_requeued_while_old_ones_are_deleted_survives(settings: Any) -> None:
    settings.KEEP_DAYS = 90
    finished = timezone.now() - timedelta(days=100)
    old = overdue("Django 1.0", state=SubmissionState.DONE, finished_at=finished)
    failed = overdue("Django 1.1", state=SubmissionState.FAILED, finished_at=finished)
    requeued: list[str] = []

    def requeue_once_chosen(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        result = execute(sql, *arguments)
        if sql.startswith("SELECT") and not requeued:
            requeued.append(sql)
            outbox.requeue(failed)
        return result

    with connection.execute_wrapper(requeue_once_chosen):
        expiry.delete_old(seconds=5)

    assert requeued
    failed.refresh_from_db()
    assert failed.state == SubmissionState.QUEUED
    assert not Submission.objects.filter(pk=old.pk).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time.")
def test_sweep_skips_submissions_that_another_sweep_holds() -> None:
    held, free = overdue("Django 1.0"), overdue("Django 1.1")
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(Submission.objects.select_for_update().filter(pk=held.pk))
            is_held.set()
            may_end.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert is_held.wait(30)
        assert outbox.republish() == 1
    finally:
        may_end.set()
        holder.join()
    free.refresh_from_db()
    held.refresh_from_db()
    assert (free.publications, held.publications) == (1, 0)
