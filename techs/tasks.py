"""The Celery tasks. Messages carry ids, never models."""

from datetime import UTC, datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.core.management import call_command

from techs import periodic
from techs.activity import expiry as activity_expiry
from techs.imports import applying, moving
from techs.inventory import counts, invalidation, reassessment, services, trend, undo
from techs.lifecycles import sync, sync_schedule
from techs.submissions import backlog, batches, outbox, overload, processing, uploads_outbox
from techs.submissions import expiry as submission_expiry
from techs.webhooks import deliveries, events


@shared_task(name=outbox.ASSESS_TASK)
def assess(submission: str) -> None:
    """Process the submission with this UUID, and first others that are waiting, for about one second."""
    uuid = UUID(submission)
    pk, has_company = processing.look_up(uuid)
    # The limit keeps other tasks from waiting longer.
    finished = backlog.process_waiting(seconds=1) if has_company else set()
    if pk is not None and pk not in finished and processing.process(uuid):
        overload.note_finished(1)


@shared_task(name=outbox.ASSESS_CHUNK_TASK)
def assess_chunk(ids: list[int]) -> None:
    """Process the submissions with these primary keys for about one second, and queue those that are left."""
    # The limit keeps single submissions from waiting longer.
    left = batches.process_batch(ids, seconds=1)
    outbox.publish_chunks(left)


@shared_task(name=outbox.UPLOAD_TASK)
def apply_upload(pk: int) -> None:
    """Apply the upload with this primary key for about one second, and queue the rest."""
    if applying.apply(pk, seconds=1):
        outbox.publish_upload(pk)


@shared_task(name=outbox.RECOUNT_TASK)
def recount_service(pk: int) -> None:
    """Let a change of a service reach its technologies for about one second, and queue the rest."""
    if services.recount(pk, seconds=1):
        outbox.publish_recount(pk)


@shared_task(name=outbox.REASSESS_TASK)
def reassess() -> None:
    """Reassess rows whose assessment is from another day or from other lifecycle data, and then move usages."""
    seconds = settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
    if reassessment.reassess(seconds=seconds) or moving.move(seconds=seconds / 2):
        outbox.publish_reassessment()


@shared_task(name="techs.sweep")
def sweep() -> int:
    """Publish lost submissions again, and retry missed invalidations."""
    invalidation.retry_invalidations()
    published = outbox.republish() + uploads_outbox.republish()
    periodic.finish(periodic.SWEEP)
    return published


@shared_task(name="techs.count")
def count() -> None:
    """Fold the counts of the list. Every ten minutes, also compare them with the list."""
    counts.keep(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 4)


@shared_task(name="techs.note_levels")
def note_levels() -> None:
    """Store the numbers of this day by level every ten minutes, and every hour also those of each owner."""
    trend.keep(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 2)


@shared_task(name="techs.clean_up")
def clean_up() -> None:
    """Delete old submissions, deliveries, uploads and actions, deleted services, expired undo data and sessions.

    Level changes and date changes are never deleted.
    """
    undo.delete_expired(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 16)
    activity_expiry.delete_old(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 16)
    submission_expiry.delete_old(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 2)
    deliveries.delete_old(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 4)
    services.purge(seconds=1)
    services.delete_old_uploads(seconds=1)
    call_command("clearsessions")


# The time limits leave room for a download and exceed the broker's visibility timeout. The task is therefore
# acknowledged early, or it would run twice.
@shared_task(name=outbox.SYNC_TASK, acks_late=False, soft_time_limit=80, time_limit=90)
def sync_lifecycles() -> None:
    """Update the lifecycle data if that is due, and reassess the list if it changed."""
    if not sync_schedule.claim():
        return
    report = sync.scheduled()
    if report and report.concerns_list:
        outbox.publish_reassessment()
    invalidation.show_new_lifecycle_data()


# No delivery starts after 5 seconds, and each ends within 10. So a run ends before the next one begins, and slow
# receivers occupy at most one process of the worker.
@shared_task(name="techs.notify", soft_time_limit=20, time_limit=25)
def notify() -> int:
    """Build and send webhook deliveries."""
    deliveries.build_deliveries()
    return deliveries.send_due(seconds=5)


@shared_task(name="techs.note_ends")
def note_ends() -> int:
    """Record webhook events for approaching ends of life."""
    return events.note_ends(today=datetime.now(UTC).date())
