"""The outbox: accept() commits a submission and publishes its task, and republish() republishes lost ones.

Celery's Redis transport can lose a message between receiving and acknowledging it, and a broker can be down or lose its
data. The Submission row survives, so unfinished submissions are published again after a while. For the same reason, a
submission needs no message while many others are waiting.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from contextvars import Context, copy_context
from datetime import timedelta
from functools import cache, partial
from typing import Any, TypeAlias, TypedDict, Unpack
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from kombu import pools
from kombu.pools import ProducerPool

from techs import broker, bulk, due_dates, request_ids
from techs.activity import actors, recording
from techs.circuit_breaker import CircuitBreaker
from techs.exceptions import IdempotencyKeyReused
from techs.models import ActionKind, ObjectKind, Submission, SubmissionState, Tech
from techs.rules.attributes import OPTIONS
from techs.rules.kinds import Kind
from techs.submissions.gathering import Gatherer
from techs.submissions.skipping import Skipping

logger = logging.getLogger(__name__)

ASSESS_TASK = "techs.assess"
ASSESS_CHUNK_TASK = "techs.assess_chunk"
REASSESS_TASK = "techs.reassess"
SYNC_TASK = "techs.sync"
UPLOAD_TASK = "techs.apply_upload"
RECOUNT_TASK = "techs.recount_service"

# Seconds that a process pauses after a failed publication, less than the interval of the sweep.
breaker = CircuitBreaker(pause=3.0)
# Socket timeout of each step of a publication, in seconds.
PUBLISH_TIMEOUT = 0.5

Waiting: TypeAlias = tuple[UUID, Context]
"""A submission to publish, with the context of its request: the id, and the trace if OpenTelemetry is on."""

# The thread that publishes for the web server. A message alone costs four times as much CPU as one among many, so they
# gather for GATHER seconds. Beyond MOST_WAITING, they are left to the sweep.
_background: Gatherer[Waiting] | None = None
GATHER = 0.01
MOST_WAITING = 1000
skipping = Skipping()

UNFINISHED_STATES = (SubmissionState.QUEUED, SubmissionState.SAVED)
UNFINISHED = Q(state__in=UNFINISHED_STATES)
FINISHED = Q(state__in=[SubmissionState.DONE, SubmissionState.FAILED])
# Import lines per message, and per transaction unless one of them fails.
CHUNK = 500
# This many overdue submissions have messages of their own, so that losing some does no harm. The others share messages,
# this many each, since even a worker of the previous version takes as many along.
_SHARED = 25
# The time for which the last line of the largest import waits for the lines before it.
_LINE_WAIT = timedelta(seconds=100)


class Options(TypedDict, total=False):
    """Optional attributes of a submission. None means not given, which leaves the current value unchanged."""

    impact: str | None
    extended_support: bool | None
    owner: str | None
    tags: list[str] | None
    note: str | None


def accept(
    *,
    text: str,
    kind: str = Kind.TRACKED,
    services: list[int] | None = None,
    idempotency_key: str | None = None,
    **options: Unpack[Options],
) -> Submission:
    """Commit a submission, then publish its task. Once this returns, the technology will reach the list.

    text, owner, tags and note must be clean (techs.rules.attributes). A repeated key returns the earlier submission, or
    raises IdempotencyKeyReused if the content differs. If the broker is down, the sweep publishes the task later. If
    the database is down, raises OperationalError, and nothing is accepted.
    """
    submission = _new(text=text, kind=kind, services=services, idempotency_key=idempotency_key, **options)
    # A transaction of its own would take three more round trips to the database. Inside another, a failure must not
    # break that one.
    scope = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with scope:
            submission.save(force_insert=True)
    except IntegrityError:
        if idempotency_key is None:
            raise
        return _accepted_before(submission)
    transaction.on_commit(lambda: _publish_new(submission.uuid))
    return submission


def _new(**fields: Any) -> Submission:
    publish_again_at = timezone.now() + timedelta(seconds=settings.SWEEP_AFTER)
    return Submission(**fields, **actors.current().columns, publish_again_at=publish_again_at)


@transaction.atomic
def assess_again(techs: Sequence[Tech]) -> list[Submission]:
    """Accept the texts of rows again. On MySQL, which returns no keys of rows, only the uuid tells them apart."""
    changes = [recording.of(ObjectKind.TECHNOLOGY, tech.pk, tech.name, {}) for tech in techs]
    recording.record(ActionKind.REQUEUED, changes)
    # For no further service: otherwise, a row that only services use would stay without them, as if added by hand.
    submissions = [_new(text=tech.name, kind=tech.kind, services=[]) for tech in techs]
    Submission.objects.bulk_create(submissions, batch_size=CHUNK)
    for submission in submissions:
        transaction.on_commit(partial(_publish_new, submission.uuid))
    return submissions


@transaction.atomic
def requeue(submission: Submission) -> None:
    """Reset the attempts of an unfinished or failed submission, and publish it."""
    changed = (
        Submission.objects.filter(pk=submission.pk)
        .exclude(state=SubmissionState.DONE)
        .update(
            # A saved row needs no second assessment, but one is harmless: the newer submission wins.
            state=SubmissionState.QUEUED,
            attempts=0,
            error="",
            finished_at=None,
            publications=0,
            publish_again_at=due_dates.first(),
        )
    )
    if changed:
        again = recording.of(ObjectKind.SUBMISSION, submission.pk, submission.text, {})
        recording.record(ActionKind.REQUEUED, [again])
        transaction.on_commit(lambda: publish(submission.uuid))


def publish(uuid: UUID) -> None:
    """Publish the task of a submission. Never raises, because the row is committed and the sweep will publish it again.

    In the web server, another thread publishes it. Elsewhere, while the broker is down, one caller waits for the
    timeout, and the next ones skip publication for a while.
    """
    if _background is None:
        _send_submission(uuid)
    elif not breaker.is_open:
        try:
            _background.add((uuid, copy_context()))
        except RuntimeError as error:
            # The process is ending, or cannot start a thread.
            logger.warning("Cannot publish submission %s now, will retry later: %r", uuid, error)


def publish_all(uuids: Sequence[UUID]) -> None:
    """Publish the tasks of submissions in one round trip, without another thread. Never raises."""
    context = copy_context()
    _publish_waiting([(uuid, context) for uuid in uuids])


def look_at_queue() -> None:
    """Let this web server publish no further submissions for a second if many messages are waiting."""
    if not breaker.is_open and (skipped := skipping.look(_messages)):
        publish(skipped)


def publish_in_background() -> None:
    """From now on, publish submissions in a thread, so that no request waits for the broker.

    The thread ends with the process, once it has published those that are waiting.
    """
    global _background  # noqa: PLW0603  one per process is intended
    _background = _background or Gatherer(_publish_waiting, most=MOST_WAITING, pause=GATHER, name="publisher")


def publish_chunks(ids: Sequence[int]) -> None:
    """Publish the submissions with these primary keys in few messages. Never raises."""
    for begin in range(0, len(ids), CHUNK):
        _send(ASSESS_CHUNK_TASK, args=[list(ids[begin : begin + CHUNK])])


def publish_reassessment() -> None:
    """Publish a reassessment of the list. Never raises, because beat repeats it."""
    _send(REASSESS_TASK)


def publish_sync() -> None:
    _send(SYNC_TASK)


def _publish_new(uuid: UUID) -> None:
    if time.monotonic() < skipping.until:
        skipping.skipped = uuid
    else:
        publish(uuid)


def _publish_waiting(waiting: Sequence[Waiting]) -> None:
    if len(waiting) == 1:
        ((uuid, context),) = waiting
        context.run(_send_submission, uuid)
    elif waiting:
        _publish(f"{len(waiting)} submissions", partial(_send_together, waiting))


def _send_together(waiting: Sequence[Waiting], producer: Any) -> None:
    """Send several submissions in one round trip, and without looking up options for each of them."""
    with producer.batch():
        for uuid, context in waiting:
            context.run(_add_message, str(uuid), producer)


def _add_message(text: str, producer: Any) -> None:
    options = {"argsrepr": repr([text]), "kwargsrepr": "{}", "ignore_result": None}
    message = current_app.amqp.create_task_message(text, ASSESS_TASK, [text], {}, **options)
    current_app.amqp.send_task_message(producer, ASSESS_TASK, message, retry=False, headers=_headers())


def _send_submission(uuid: UUID) -> None:
    _send(ASSESS_TASK, args=[str(uuid)], task_id=str(uuid))


def _send(task: str, **message: Any) -> None:
    name = f"{task} ({message.get('task_id')})"
    _publish(name, partial(current_app.send_task, task, headers=_headers(), **message))


def _headers() -> dict[str, str]:
    request_id = request_ids.current.get()
    return {request_ids.HEADER: request_id} if request_id else {}


def _publish(name: str, send: Callable[..., object]) -> None:
    if breaker.is_open:
        return
    try:
        with _producers().acquire(block=True, timeout=1) as producer:
            send(producer=producer)
    except Exception as error:  # noqa: BLE001  the row is committed, so a 500 would mislead the client
        logger.warning("Cannot publish %s now, will retry later: %r", name, error)
        breaker.open()


@cache
def _producers() -> ProducerPool:
    # These connections only publish, so their timeouts are shorter than those of listening workers.
    options = {"socket_timeout": PUBLISH_TIMEOUT, "socket_connect_timeout": PUBLISH_TIMEOUT}
    publishers: ProducerPool = pools.producers[current_app.connection_for_write(transport_options=options)]
    return publishers


def republish() -> int:
    """Publish at most SWEEP_BATCH overdue submissions again. Return their number.

    The wait before the next time doubles. Nothing is published while the queue is long, because duplicates would make
    it longer. For the same reason, import lines share messages, and so do single submissions that nobody has tried.
    """
    if is_queue_long():
        return 0
    due = _claim_due()
    single = [submission for submission in due if submission.of_import_id is None]
    untried = [submission.uuid for submission in single if _is_untried(submission)]
    alone = [submission.uuid for submission in single if not _is_untried(submission)]
    publish_all([*alone, *untried[:_SHARED], *untried[_SHARED::_SHARED]])
    publish_chunks([submission.pk for submission in due if submission.of_import_id is not None])
    if due:
        logger.info("Published %d unfinished submissions again.", len(due))
    return len(due)


def is_queue_long() -> bool:
    """Return True, and log it, if the sweep should publish nothing now."""
    if _queue_length() <= settings.SWEEP_QUEUE_LIMIT:
        return False
    logger.warning("The queue is too long. Unfinished work is published again once it is shorter.")
    return True


def publish_upload(pk: int) -> None:
    """Publish the task of an upload. Never raises, because the sweep repeats it."""
    _send(UPLOAD_TASK, args=[pk])


def publish_recount(pk: int) -> None:
    """Publish the task that lets a change of a service reach its technologies. Never raises, as the sweep repeats."""
    _send(RECOUNT_TASK, args=[pk])


@transaction.atomic
def _claim_due() -> list[Submission]:
    """Return the submissions to publish now. Set their next due dates, so that concurrent sweeps never share any."""
    due = list(
        Submission.objects.select_for_update(skip_locked=True)
        .filter(UNFINISHED, due_dates.is_due() & Q(of_import=None) | due_dates.is_due(later_by=_LINE_WAIT))
        .order_by("publish_again_at")[: settings.SWEEP_BATCH]
    )
    for submission in due:
        submission.publications += 1
        submission.publish_again_at = due_dates.after(submission.publications)
    bulk.update_each(due, ["publications", "publish_again_at"], batch_size=CHUNK)
    return due


def _is_untried(submission: Submission) -> bool:
    return submission.state == SubmissionState.QUEUED and not (submission.attempts or submission.chunk_attempts)


def _messages() -> int | None:
    """Count the messages of single submissions. None if the broker does not answer."""
    try:
        with _producers().acquire(block=True, timeout=1) as producer:
            return broker.queue_length(current_app.conf.task_default_queue, channel=producer.channel)
    except Exception as error:  # noqa: BLE001  the next publication logs it
        logger.debug("Cannot count the messages that are waiting: %r", error)
        return None


def _queue_length() -> int:
    with current_app.connection_for_read() as connection:
        channel = connection.default_channel
        return sum(broker.queue_length(queue, channel=channel) for queue in current_app.amqp.queues)


def _accepted_before(submission: Submission) -> Submission:
    earlier = Submission.objects.get(idempotency_key=submission.idempotency_key)
    for field in ("text", *OPTIONS):
        if getattr(earlier, field) != getattr(submission, field):
            raise IdempotencyKeyReused
    return earlier
