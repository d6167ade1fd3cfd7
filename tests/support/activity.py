"""The recorded activity, in short."""

from typing import Any

from django.db.models import Max

from techs import tasks
from techs.models import Action, Change, Service, Submission, SubmissionState, Upload, UploadState


def actions(**filters: Any) -> list[tuple[str, str, str]]:
    """Return kind, actor kind and user of each action, oldest first."""
    return list(Action.objects.filter(**filters).order_by("pk").values_list("kind", "actor_kind", "actor"))


def changes(**filters: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return object kind, name and fields of each change, oldest first."""
    return list(Change.objects.filter(**filters).order_by("pk").values_list("object", "name", "fields"))


def last() -> Action:
    return Action.objects.latest("pk")


def newest_action() -> int:
    """Return the primary key of the newest action, or 0."""
    return Action.objects.aggregate(newest=Max("pk"))["newest"] or 0


def described(action: Action) -> str:
    """Return the kind of an action, and those of its objects."""
    return " ".join([action.kind, *dict.fromkeys(action.changes.values_list("object", flat=True))])


def work() -> None:
    """Do the work that requests have left to a worker, whose tasks end after a second on a busy machine."""
    while _work_some():
        pass


def _work_some() -> bool:
    lines = Submission.objects.filter(state=SubmissionState.QUEUED)
    for submission in lines.filter(of_import=None):
        tasks.assess(str(submission.uuid))
    if ids := list(lines.values_list("pk", flat=True)):
        tasks.assess_chunk(ids)
    uploads = list(Upload.objects.filter(state=UploadState.QUEUED).values_list("pk", flat=True))
    for pk in uploads:
        tasks.apply_upload(pk)
    services = list(Service.objects.exclude(recounted_to=None).values_list("pk", flat=True))
    for pk in services:
        tasks.recount_service(pk)
    return bool(ids or uploads or services)
