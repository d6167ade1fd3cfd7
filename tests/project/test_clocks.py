"""A date in the future comes from a wrong clock: no accepted work waits for it."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from techs import cache, tasks
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing, invalidation, reads, undo
from techs.models import (
    Action,
    Change,
    Delivery,
    DeliveryState,
    LevelChange,
    PendingInvalidation,
    PeriodicRun,
    Submission,
    Webhook,
    WebhookEvent,
)
from techs.submissions import batches, outbox
from techs.webhooks import deliveries, events
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

YEAR = timedelta(days=365)


@pytest.fixture(autouse=True)
def _no_messages() -> Generator[None, None, None]:
    current_app.control.purge()
    yield
    current_app.control.purge()


def ahead(by: timedelta = YEAR) -> Any:
    return timezone.now() + by


def test_submission_that_is_due_in_a_year_is_swept() -> None:
    """It was accepted by a host whose clock was ahead, or before the clock was set back."""
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(created_at=ahead(), publish_again_at=ahead())
    assert tasks.sweep() == 1
    submission.refresh_from_db()
    assert submission.publish_again_at < ahead(timedelta(minutes=2))
    assert tasks.sweep() == 0, "once, and then after its usual wait"


def test_line_of_an_import_that_is_due_in_a_year_is_swept() -> None:
    batch = service.accept(read("", b"Django 3.2\nNode.js 20"))
    Submission.objects.update(publish_again_at=ahead())
    assert tasks.sweep() == 2
    batches.process_batch([line.pk for line in batch.submissions.all()], seconds=5)
    assert service.Progress.of(batch).state == "done"


def test_no_wait_that_the_sweep_sets_is_too_long(settings: Any) -> None:
    """Control: a submission with a legitimate wait is left alone."""
    settings.SWEEP_AFTER, settings.SWEEP_AFTER_MAX = 10, 60
    outbox.accept(text="Django 3.2")
    for _ in range(5):
        Submission.objects.update(publish_again_at=timezone.now())
        assert tasks.sweep() == 1
        assert tasks.sweep() == 0
    lines = b"\n".join(b"thing %d" % number for number in range(10_000))
    service.accept(read("", lines))
    assert tasks.sweep() == 0


def test_sweep_says_when_it_ran_whatever_was_said_before() -> None:
    PeriodicRun.objects.create(name="sweep", finished_at=ahead())
    tasks.sweep()
    finished_at = PeriodicRun.objects.get(name="sweep").finished_at
    assert finished_at
    assert finished_at <= timezone.now()


def test_change_of_the_list_that_was_dated_ahead_is_forgotten() -> None:
    reads.read_whole()
    token = cache._token()
    PendingInvalidation.objects.create(at=ahead())
    assert invalidation.retry_invalidations() == 1
    assert cache._token() != token


def change_of_level() -> None:
    tech = add("Debian 12")
    change = LevelChange.objects.create(
        tech=tech, name=tech.name, at=timezone.now(), from_level="low", to_level="high", why="So."
    )
    events.note_changes([change])


def test_news_that_was_noted_ahead_becomes_a_message(webhook: Webhook) -> None:
    change_of_level()
    WebhookEvent.objects.update(created_at=ahead())
    assert deliveries.build_deliveries() == 1


def test_news_of_this_moment_waits_for_more(webhook: Webhook) -> None:
    """Control."""
    change_of_level()
    assert deliveries.build_deliveries() == 0


def test_message_whose_next_attempt_lies_too_far_ahead_is_sent(webhook: Webhook) -> None:
    deliveries.send_test(webhook)
    Delivery.objects.update(next_attempt_at=ahead())
    assert deliveries.send_due(seconds=5) == 1
    assert Delivery.objects.get().state == DeliveryState.DONE


def test_message_waits_for_its_next_attempt(webhook: Webhook) -> None:
    """Control: a receiver may ask for a wait of up to an hour."""
    deliveries.send_test(webhook)
    Delivery.objects.update(next_attempt_at=ahead(timedelta(hours=1)))
    assert deliveries.send_due(seconds=5) == 0


def test_former_secret_does_not_stay_in_force(webhook: Webhook) -> None:
    deliveries.renew_secret(webhook)
    assert len(webhook.active_secrets()) == 2
    webhook.secret_changed_at = ahead()
    assert webhook.active_secrets() == [webhook.secret]


def test_undo_of_a_clock_that_was_ahead_is_not_offered_for_a_year() -> None:
    tech = editing.edit(add("Debian 12"), impact="low")
    editing.remove(tech)
    Action.objects.update(at=ahead())
    assert undo.undoable().exists()
    tasks.clean_up()
    assert not undo.undoable().exists()
    assert not Change.objects.exclude(undo=None).exists()


def test_undo_of_this_moment_stays() -> None:
    """Control."""
    removal = editing.remove(add("Debian 12"))
    assert removal
    tasks.clean_up()
    assert [tech.name for tech in undo.undo(removal.pk).restored] == ["Debian 12"]
