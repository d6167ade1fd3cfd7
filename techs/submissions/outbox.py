"""The outbox: accept() writes a promise down and publishes it, republish() keeps what got lost on the way.

Celery's Redis transport can lose a message between taking it and noting that it was taken, and a broker can be
wiped or down. The Submission row cannot: what is not done after a while is published again.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypedDict, Unpack
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from kombu import pools
from kombu.pools import ProducerPool

from techs import broker
from techs.circuit_breaker import CircuitBreaker
from techs.exceptions import IdempotencyKeyReused
from techs.models import CLOCKS_DIFFER_BY, Import, Submission, SubmissionState, Tech
from techs.rules.attributes import OPTIONS

logger = logging.getLogger(__name__)

ASSESS_TASK = "techs.assess"
ASSESS_CHUNK_TASK = "techs.assess_chunk"
REASSESS_TASK = "techs.reassess"
SYNC_TASK = "techs.sync"

# A process leaves a broker alone that did not take a message. Shorter than the sweep's wait.
breaker = CircuitBreaker(pause=3.0)
# Seconds that a broker may take for each step of taking a message.
PUBLISH_TIMEOUT = 0.5

UNFINISHED = Q(state__in=[SubmissionState.QUEUED, SubmissionState.SAVED])
FINISHED = Q(state__in=[SubmissionState.DONE, SubmissionState.FAILED])
# Lines of an import in one message, and in one transaction while none of them makes trouble.
CHUNK = 500
# What the last line of the largest import waits for those before it.
_LINE_WAIT = timedelta(seconds=100)
# Rows of one transaction that deletes.
DELETE_CHUNK = 500


class Options(TypedDict, total=False):
    """What may be said of a technology with its text. None keeps what the list has."""

    impact: str | None
    extended_support: bool | None
    owner: str | None
    tags: list[str] | None


def accept(*, text: str, idempotency_key: str | None = None, **options: Unpack[Options]) -> Submission:
    """Write the promise down, then publish its task. When this returns, the text will be on the list.

    text, owner and tags are clean (techs.models.clean_name, clean_owner, clean_tags). Options that are None keep what
    the list has. The same key gives the same submission; with other content it raises IdempotencyKeyReused. Without
    the broker it still returns: the sweep publishes later. Without the database it raises OperationalError, and
    nothing was accepted.
    """
    submission = Submission(
        text=text,
        **options,
        idempotency_key=idempotency_key,
        publish_again_at=timezone.now() + timedelta(seconds=settings.SWEEP_AFTER),
    )
    try:
        with transaction.atomic():
            submission.save(force_insert=True)
    except IntegrityError:
        if idempotency_key is None:
            raise
        return _accepted_before(submission)
    transaction.on_commit(lambda: publish(submission.uuid))
    return submission


def assess_again(tech: Tech) -> Submission:
    """Have a technology of the list assessed again, with the options it has."""
    return accept(text=tech.name)


def requeue(submission: Submission) -> None:
    """Give a submission that is not done all its attempts back, and publish it."""
    changed = (
        Submission.objects.filter(pk=submission.pk)
        .exclude(state=SubmissionState.DONE)
        .update(
            # A row that was saved needs no second assessment, but it is harmless: the newer submission wins.
            state=SubmissionState.QUEUED,
            attempts=0,
            error="",
            finished_at=None,
            publications=0,
            publish_again_at=timezone.now() + timedelta(seconds=settings.SWEEP_AFTER),
        )
    )
    if changed:
        transaction.on_commit(lambda: publish(submission.uuid))


def publish(uuid: UUID) -> None:
    """Tell the workers about a submission. Never raises: its row is committed, and the sweep will find it.

    A broker that has stopped costs one request its timeout, and then nobody for a while.
    """
    _send(ASSESS_TASK, args=[str(uuid)], task_id=str(uuid))


def publish_chunks(ids: Sequence[int]) -> None:
    """Tell the workers about many submissions, given their primary keys, in few messages. Never raises."""
    for begin in range(0, len(ids), CHUNK):
        _send(ASSESS_CHUNK_TASK, args=[list(ids[begin : begin + CHUNK])])


def publish_reassessment() -> None:
    """Tell the workers that rows of the list are to be assessed again. What gets lost, beat says again."""
    _send(REASSESS_TASK)


def publish_sync() -> None:
    """Have a worker see whether the lifecycle data is to be fetched. What gets lost, beat says again."""
    _send(SYNC_TASK)


def _send(task: str, **message: Any) -> None:
    if breaker.is_open:
        return
    try:
        with _producers().acquire(block=True, timeout=1) as producer:
            current_app.send_task(task, producer=producer, **message)
    except Exception as error:  # noqa: BLE001  whatever it is, the promise stands, and a 500 would deny it
        logger.warning("%s is not published, it will be later: %s: %r", task, message.get("task_id"), error)
        breaker.open()


@cache
def _producers() -> ProducerPool:
    """Connections that only publish, and so need not wait as long as those that a worker listens on."""
    options = {"socket_timeout": PUBLISH_TIMEOUT, "socket_connect_timeout": PUBLISH_TIMEOUT}
    publishers: ProducerPool = pools.producers[current_app.connection_for_write(transport_options=options)]
    return publishers


def republish() -> int:
    """The sweep: publish again what should be done by now, at most 500 at a time. Returns how many.

    Each submission waits twice as long as the time before, and nothing is published while the queue is long:
    a slow queue must not be made slower by copies. Lines of imports go together, so as not to make it long.
    """
    if _queue_length() > settings.SWEEP_QUEUE_LIMIT:
        logger.warning("The queue is long; nothing is published again until it is shorter.")
        return 0
    due = _claim_due()
    for submission in due:
        if submission.of_import_id is None:
            publish(submission.uuid)
    publish_chunks([submission.pk for submission in due if submission.of_import_id is not None])
    if due:
        logger.info("Published %d unfinished submissions again.", len(due))
    return len(due)


def slowest_retry() -> datetime:
    """Return when to publish again what waits for somebody to mend a server."""
    return timezone.now() + timedelta(seconds=settings.SWEEP_AFTER_MAX)


def delete_old(*, seconds: float) -> int:
    """Delete what was finished more than KEEP_DAYS days ago, for about so many seconds. Returns how many.

    With a submission goes its Idempotency-Key, which then means a new one. What is unfinished stays, however old.
    """
    deadline = time.monotonic() + seconds
    deleted = 0
    while time.monotonic() < deadline:
        chunk = _delete_some(before=timezone.now() - timedelta(days=settings.KEEP_DAYS))
        deleted += chunk
        if chunk < DELETE_CHUNK:
            break
    _delete_old_imports(before=timezone.now() - timedelta(days=settings.KEEP_DAYS))
    if deleted:
        logger.info("Deleted %d submissions that were finished %d days ago.", deleted, settings.KEEP_DAYS)
    return deleted


def _delete_some(*, before: datetime) -> int:
    old = Submission.objects.filter(
        FINISHED,
        finished_at__lt=before,
        # Almost the same day, and there is an index on it.
        publish_again_at__lt=before,
    )
    chosen = list(old.values_list("pk", flat=True)[:DELETE_CHUNK])
    # One of them may have been requeued just now.
    deleted, _ = Submission.objects.filter(FINISHED, pk__in=chosen).delete()
    return deleted


def _delete_old_imports(*, before: datetime) -> None:
    """An import goes with the last of its lines."""
    has_lines = Exists(Submission.objects.filter(of_import=OuterRef("pk")))
    Import.objects.filter(~has_lines, created_at__lt=before).delete()


@transaction.atomic
def _claim_due() -> list[Submission]:
    """The submissions to publish now, each with its next wait set, so that two sweeps never take the same one."""
    now = timezone.now()
    due = list(
        Submission.objects.select_for_update(skip_locked=True)
        .filter(UNFINISHED, _is_due(now))
        .order_by("publish_again_at")[: settings.SWEEP_BATCH]
    )
    for submission in due:
        submission.publications += 1
        wait = min(settings.SWEEP_AFTER * 2**submission.publications, settings.SWEEP_AFTER_MAX)
        submission.publish_again_at = now + timedelta(seconds=wait)
    Submission.objects.bulk_update(due, ["publications", "publish_again_at"], batch_size=100)
    return due


def _is_due(now: datetime) -> Q:
    """Also what is due later than it can be: a clock was wrong, and nothing that was accepted waits for one."""
    longest = timedelta(seconds=max(settings.SWEEP_AFTER, settings.SWEEP_AFTER_MAX)) + CLOCKS_DIFFER_BY
    is_misdated = Q(of_import=None, publish_again_at__gt=now + longest)
    is_misdated_line = Q(publish_again_at__gt=now + longest + _LINE_WAIT)
    return Q(publish_again_at__lte=now) | is_misdated | is_misdated_line


def _queue_length() -> int:
    """Messages that wait, in all queues."""
    with current_app.connection_for_read() as connection:
        channel = connection.default_channel
        return sum(broker.queue_length(queue, channel=channel) for queue in current_app.amqp.queues)


def _accepted_before(submission: Submission) -> Submission:
    earlier = Submission.objects.get(idempotency_key=submission.idempotency_key)
    for field in ("text", *OPTIONS):
        if getattr(earlier, field) != getattr(submission, field):
            raise IdempotencyKeyReused
    return earlier
