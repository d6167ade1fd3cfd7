"""The Celery tasks. A message carries an id, never a model; the work is in the modules that it names."""

from datetime import UTC, datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.core.management import call_command

from techs import periodic
from techs.inventory import invalidation, reassessment, undo
from techs.lifecycles import sync, sync_schedule
from techs.submissions import batches, outbox, processing
from techs.webhooks import deliveries, events


@shared_task(name=outbox.ASSESS_TASK)
def assess(submission: str) -> None:
    """Work one submission through, given its UUID as text."""
    processing.process(UUID(submission))


@shared_task(name=outbox.ASSESS_CHUNK_TASK)
def assess_chunk(ids: list[int]) -> None:
    """Work lines of an import through, given their primary keys, for a second: so long a single submission may wait."""
    left = batches.process_batch(ids, seconds=1)
    outbox.publish_chunks(left)


@shared_task(name=outbox.REASSESS_TASK)
def reassess() -> None:
    """Assess again what was last assessed on another day or with other facts."""
    while_below_the_time_limit = settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
    if reassessment.reassess(seconds=while_below_the_time_limit):
        outbox.publish_reassessment()


@shared_task(name="techs.sweep")
def sweep() -> int:
    """Publish again what got lost between database and broker, and retry invalidations that a writer missed."""
    invalidation.retry_invalidations()
    published = outbox.republish()
    periodic.finish(periodic.SWEEP)
    return published


@shared_task(name="techs.clean_up")
def clean_up() -> None:
    """Delete what nobody needs any more: old submissions and messages, what can no longer be undone, expired sessions.

    Changes of level are kept for ever.
    """
    undo.delete_expired()
    outbox.delete_old(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 2)
    deliveries.delete_old(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 4)
    call_command("clearsessions")


# Longer than a download may take, and than the broker waits: acknowledged first, or it would be given out twice.
@shared_task(name=outbox.SYNC_TASK, acks_late=False, soft_time_limit=80, time_limit=90)
def sync_lifecycles() -> None:
    """Bring the lifecycle facts up to date if that is due, and have the list assessed with them."""
    if not sync_schedule.claim():
        return
    report = sync.scheduled()
    if report and report.concerns_list:
        outbox.publish_reassessment()
    invalidation.show_new_lifecycle_data()


# Begins no message after 5 seconds, and each ends within 10: so one run is over before the next begins, and receivers
# that hang hold one process of the worker at most.
@shared_task(name="techs.notify", soft_time_limit=20, time_limit=25)
def notify() -> int:
    """Tell the webhooks what is new."""
    deliveries.build_deliveries()
    return deliveries.send_due(seconds=5)


@shared_task(name="techs.note_ends")
def note_ends() -> int:
    """Note which ends of life have come near."""
    return events.note_ends(today=datetime.now(UTC).date())
