"""The second half of the write path: assess and save in one transaction, then invalidate the cached list."""

import logging
import time
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.models import Exists, F
from django.utils import timezone

from techs import cache, due_dates, outages
from techs.activity import recording
from techs.inventory.editing import assess_and_save, index_tags
from techs.models import ActionKind, Submission, SubmissionState, Tech
from techs.outages import Outage
from techs.rules.text import name_key
from techs.submissions import saving
from techs.submissions.merging import TooManyTags, merge, new_row, newer_submissions
from techs.submissions.outbox import UNFINISHED
from techs.transactions import in_transaction, is_connection_lost, reconnecting

logger = logging.getLogger(__name__)

# Single submissions that nobody has tried yet, as the index submission_import finds them. Those that a failed attempt
# or a failed batch left go alone, so that one that kills its worker uses up no attempt of another.
WAITING = Submission.objects.filter(
    of_import=None,
    state=SubmissionState.QUEUED,
    is_unchanged__in=[False],  # "= 0", with which the index also gives the order; Django's "NOT" would be a range
    attempts=0,
    chunk_attempts=0,
)

# Submissions whose last attempt was cut short by an outage, and which this process has yet to uncount because the
# database was unavailable.
_to_uncount: list[UUID] = []


def look_up(uuid: UUID) -> tuple[int | None, bool]:
    """Return the primary key of a submission, None if it is finished, and whether others are waiting."""
    columns = ("pk", "state", Exists(WAITING.exclude(uuid=uuid)))
    found = Submission.objects.filter(uuid=uuid).order_by().values_list(*columns)
    try:
        # Without one that was deleted, others may be waiting.
        pk, state, has_company = reconnecting(found.first) or (None, "", True)
    except (DatabaseError, InterfaceError):
        # process() tries again, and logs the outage.
        return 0, False
    return pk if state in (SubmissionState.QUEUED, SubmissionState.SAVED) else None, has_company


def process(uuid: UUID) -> bool:
    """Process a submission: assess, save, commit, invalidate the cached list, and only then mark it done.

    Return True if that finished it. Safe to run repeatedly and concurrently. A failing submission never raises. The
    sweep retries it until its attempts are used up, and then it is marked failed with its error. Outages do not use up
    attempts.
    """
    attempt, started = _Attempt(uuid), time.monotonic()
    try:
        try:
            attempt.run()
        except (OperationalError, InterfaceError):
            if not is_connection_lost(since=started):
                raise
            attempt.run()
    except Exception as error:  # noqa: BLE001  each kind is logged
        _handle_error(uuid, error, is_counted=attempt.is_counted)
        return False
    return attempt.is_counted


class _Attempt:
    """An attempt to process a submission. After an error, it can go on with a new connection."""

    def __init__(self, uuid: UUID) -> None:
        self._uuid = uuid
        self.is_counted = False

    def run(self) -> None:
        _uncount_pending()
        self.is_counted = self.is_counted or _begin_attempt(self._uuid)
        if not self.is_counted:
            return
        in_transaction(lambda: _save(self._uuid))
        cache.invalidate()
        # Last: a client that reads "done" must find the technology in its next GET.
        saved = Submission.objects.filter(uuid=self._uuid, state=SubmissionState.SAVED)
        if saved.update(state=SubmissionState.DONE, finished_at=timezone.now()):
            logger.info("Submission %s is done.", self._uuid)
        outages.note_success()


def _begin_attempt(uuid: UUID) -> bool:
    # Count the attempt before it starts, so that a submission that kills its worker is not retried for ever.
    unfinished = Submission.objects.filter(UNFINISHED, uuid=uuid)
    begun = unfinished.filter(attempts__lt=settings.MAX_ATTEMPTS).update(attempts=F("attempts") + 1)
    if begun:
        return True
    stopped = unfinished.update(
        state=SubmissionState.FAILED,
        error=f"Gave up after {settings.MAX_ATTEMPTS} attempts that never finished.",
        finished_at=timezone.now(),
    )
    if stopped:
        logger.error("Gave up on submission %s after %d attempts.", uuid, settings.MAX_ATTEMPTS)
    return False


def _save(uuid: UUID) -> None:
    submission = Submission.objects.select_for_update().get(uuid=uuid)
    if submission.state != SubmissionState.QUEUED:
        return
    if submission.services is not None:
        saving.save([submission.pk])
        return
    try:
        submission.tech = _upsert(submission)
    except TooManyTags as error:
        saving.mark_failed({submission: str(error)})
        return
    submission.state = SubmissionState.SAVED
    submission.error = ""
    submission.save(update_fields=["tech", "state", "error", "kept_owner"])


def _upsert(submission: Submission) -> Tech:
    key = name_key(submission.text)
    tech = Tech.objects.select_for_update().filter(name_key=key).first() or new_row(key)
    before, tags = tech.recorded_values if tech.pk else {}, tech.tags
    newer = newer_submissions({submission: tech}).get(tech.pk, ())
    if not merge(submission, tech, newer=newer):
        return tech
    assess_and_save(tech)
    if tech.tags != tags:
        index_tags(tech)
    change = recording.of_tech(tech, recording.differences(before, tech.recorded_values), undo={})
    if submission.of_import_id:
        recording.record_import(submission.of_import_id, [change], actor=submission)
    else:
        recording.record(ActionKind.CHANGED if before else ActionKind.ADDED, [change], actor=submission)
    return tech


def _handle_error(uuid: UUID, error: Exception, *, is_counted: bool) -> None:
    outage = outages.log(error, work=f"Submission {uuid}")
    if outage is None:
        logger.error("Submission %s failed.", uuid, exc_info=error)
        _record_failure(uuid, error)
    elif not outage.is_temporary:
        _postpone(uuid, outage, is_counted=is_counted)
    elif is_counted or outage is outages.AWAY:
        # If not counted, the UPDATE may have been committed and only its response lost.
        _uncount_attempt(uuid)


def _uncount_attempt(uuid: UUID) -> None:
    _to_uncount.append(uuid)
    try:
        _uncount_pending()
    except (DatabaseError, InterfaceError):
        logger.warning("Cannot uncount the attempt for submission %s yet: the database is unavailable.", uuid)


def _postpone(uuid: UUID, outage: Outage, *, is_counted: bool) -> None:
    """Store the outage as the error, and retry at the sweep's slowest pace without using up the last attempt."""
    unfinished = Submission.objects.filter(UNFINISHED, uuid=uuid)
    try:
        unfinished.update(error=outage.detail, publish_again_at=due_dates.slowest())
        unfinished.filter(attempts__gte=settings.MAX_ATTEMPTS).update(attempts=settings.MAX_ATTEMPTS - 1)
    except (DatabaseError, InterfaceError):
        if is_counted:
            _to_uncount.append(uuid)


def _uncount_pending() -> None:
    while _to_uncount:
        unfinished = Submission.objects.filter(UNFINISHED, uuid=_to_uncount[-1], attempts__gt=0)
        unfinished.update(attempts=F("attempts") - 1)
        _to_uncount.pop()


def _record_failure(uuid: UUID, error: Exception) -> None:
    unfinished = Submission.objects.filter(UNFINISHED, uuid=uuid)
    message = f"{type(error).__name__}: {error}"[:2000]
    unfinished.update(error=message)
    unfinished.filter(attempts__gte=settings.MAX_ATTEMPTS).update(
        state=SubmissionState.FAILED,
        finished_at=timezone.now(),
    )
