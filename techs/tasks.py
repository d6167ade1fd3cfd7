"""The Celery tasks. A message carries an id, never a model; the work is in the modules that it names."""

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.core.management import call_command

from techs import assessments, chunks, submissions, sync


@shared_task(name=submissions.ASSESS_TASK)
def assess(submission: str) -> None:
    """Work one submission through, given its UUID as text."""
    assessments.record(UUID(submission))


@shared_task(name=submissions.ASSESS_CHUNK_TASK)
def assess_chunk(ids: list[int]) -> None:
    """Work lines of an import through, given their primary keys. What is left when the time is over goes on later."""
    left = chunks.record(ids, seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 3)
    submissions.publish_chunks(left)


@shared_task(name=submissions.REASSESS_TASK)
def reassess() -> None:
    """Assess again what was last assessed on another day or with other facts."""
    while_below_the_time_limit = settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
    if assessments.reassess(seconds=while_below_the_time_limit):
        submissions.publish_reassessment()


@shared_task(name="techs.sweep")
def sweep() -> int:
    """Publish again what got lost between database and broker."""
    return submissions.republish()


@shared_task(name="techs.clean_up")
def clean_up() -> None:
    """Delete what nobody needs any more: old submissions and expired sessions. Changes of level are kept for ever."""
    submissions.delete_old(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 2)
    call_command("clearsessions")


# Longer than a download may take, and than the broker waits: acknowledged first, or it would be given out twice.
@shared_task(name="techs.sync", acks_late=False, soft_time_limit=80, time_limit=90)
def sync_lifecycles() -> None:
    """Bring the lifecycle facts up to date, and have the list assessed with them if they have changed."""
    if sync.scheduled():
        submissions.publish_reassessment()
