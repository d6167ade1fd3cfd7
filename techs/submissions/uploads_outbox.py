"""Publish unfinished uploads, and unfinished changes of services, again."""

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from techs import bulk, due_dates
from techs.models import Service, Upload, UploadState
from techs.submissions import outbox

UNFINISHED = Q(state__in=[UploadState.QUEUED, UploadState.SAVED])


def republish() -> int:
    """Publish overdue uploads and changes again. Return their number."""
    if not _has_work() or outbox.is_queue_long():
        return 0
    due, services = _claim_due(), _claim_services()
    for pk in due:
        outbox.publish_upload(pk)
    for pk in services:
        outbox.publish_recount(pk)
    return len(due) + len(services)


def publish_changes(service: Service) -> None:
    """Publish the task of a change that has to reach the technologies of a service, if it has to."""
    if service.recounted_to is not None:
        outbox.publish_recount(service.pk)


def _has_work() -> bool:
    return Upload.objects.filter(UNFINISHED).exists() or Service.objects.exclude(recounted_to=None).exists()


@transaction.atomic
def _claim_due() -> list[int]:
    uploads = Upload.objects.select_for_update(skip_locked=True).filter(UNFINISHED, due_dates.is_due())
    due = list(uploads.order_by("publish_again_at")[: settings.SWEEP_BATCH])
    for upload in due:
        upload.publications += 1
        upload.publish_again_at = due_dates.after(upload.publications)
    bulk.update_each(due, ["publications", "publish_again_at"], batch_size=outbox.CHUNK)
    return [upload.pk for upload in due]


@transaction.atomic
def _claim_services() -> list[int]:
    services = Service.objects.select_for_update(skip_locked=True).filter(
        due_dates.is_due(), recounted_to__isnull=False
    )
    due = list(services.values_list("pk", flat=True)[: settings.SWEEP_BATCH])
    Service.objects.filter(pk__in=due).update(publish_again_at=due_dates.first())
    return due
