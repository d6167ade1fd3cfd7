"""Publish unfinished uploads, and unfinished changes of services, again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from techs.models import CLOCKS_DIFFER_BY, Service, Upload, UploadState
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


def first_look() -> datetime:
    """Return when the sweep publishes something new for the first time."""
    return timezone.now() + timedelta(seconds=settings.SWEEP_AFTER)


def _has_work() -> bool:
    return Upload.objects.filter(UNFINISHED).exists() or Service.objects.exclude(recounted_to=None).exists()


@transaction.atomic
def _claim_due() -> list[int]:
    uploads = Upload.objects.select_for_update(skip_locked=True).filter(UNFINISHED, _is_due())
    due = list(uploads.order_by("publish_again_at")[: settings.SWEEP_BATCH])
    for upload in due:
        upload.publications += 1
        wait = min(settings.SWEEP_AFTER * 2**upload.publications, settings.SWEEP_AFTER_MAX)
        upload.publish_again_at = timezone.now() + timedelta(seconds=wait)
    Upload.objects.bulk_update(due, ["publications", "publish_again_at"], batch_size=100)
    return [upload.pk for upload in due]


@transaction.atomic
def _claim_services() -> list[int]:
    services = Service.objects.select_for_update(skip_locked=True).filter(_is_due(), recounted_to__isnull=False)
    due = list(services.values_list("pk", flat=True)[: settings.SWEEP_BATCH])
    Service.objects.filter(pk__in=due).update(publish_again_at=first_look())
    return due


def _is_due() -> Q:
    # A due date further ahead than the longest wait means that a clock was wrong.
    now = timezone.now()
    longest = timedelta(seconds=max(settings.SWEEP_AFTER, settings.SWEEP_AFTER_MAX)) + CLOCKS_DIFFER_BY
    return Q(publish_again_at__lte=now) | Q(publish_again_at__gt=now + longest)
