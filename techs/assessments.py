"""The writes to the list: record() a submission, edit() a technology, remove() it. Each forgets the cached list.

This is the second half of the write path: text -> facts -> priority -> row, in one transaction, then the cache.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from redis.exceptions import RedisError

from techs import cache, lifecycles, parsing, priority
from techs.models import Submission, SubmissionState, Tech
from techs.submissions import UNFINISHED

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# A server that is away is nobody's fault: such a run does not count as an attempt.
OUTAGES = (OperationalError, InterfaceError, RedisError)

# Deadlocks and lock waits of concurrent writers end in an error for one of them, who tries again.
_TRANSACTION_TRIES = 4


def record(uuid: UUID) -> None:
    """Work one submission through: assess, save, commit, forget the cached list, and only then mark it done.

    Safe to run any number of times, at once or later. A submission that fails is left to the sweep until its
    attempts are used up; then it is failed, with its error. Never raises for the submission's own sake.
    """
    try:
        if not _begin_attempt(uuid):
            return
        _in_transaction(lambda: _save(uuid))
        cache.forget()
        _finish(uuid)
    except OUTAGES as error:
        logger.warning("Submission %s waits for a server that is away: %s", uuid, error)
        _take_attempt_back(uuid)
    except Exception as error:
        logger.exception("Submission %s failed.", uuid)
        _note_failure(uuid, error)


def edit(
    tech: Tech, *, impact: str | None = None, extended_support: bool | None = None, note: str | None = None
) -> Tech:
    """Change what the team says of a technology, and assess it with that. None keeps a value.

    Raises RedisError before anything is changed if the cache is away, and Tech.DoesNotExist if the row is gone.
    """
    cache.forget()

    def change() -> Tech:
        row = Tech.objects.select_for_update().get(pk=tech.pk)
        row.impact = row.impact if impact is None else impact
        row.extended_support = row.extended_support if extended_support is None else extended_support
        row.note = row.note if note is None else note
        row.edited_at = timezone.now()
        _assess(row)
        row.save()
        transaction.on_commit(cache.forget)
        return row

    return _in_transaction(change)


def remove(tech: Tech) -> None:
    """Take a technology off the list. Raises RedisError before anything is changed if the cache is away."""
    cache.forget()

    def delete() -> None:
        Tech.objects.filter(pk=tech.pk).delete()
        transaction.on_commit(cache.forget)

    _in_transaction(delete)


def _begin_attempt(uuid: UUID) -> bool:
    """Count the attempt before the work, so that a submission that kills its worker is stopped one day."""
    unfinished = Submission.objects.filter(UNFINISHED, uuid=uuid)
    begun = unfinished.filter(attempts__lt=settings.MAX_ATTEMPTS).update(attempts=F("attempts") + 1)
    if begun:
        return True
    stopped = unfinished.update(
        state=SubmissionState.FAILED,
        error=f"Stopped after {settings.MAX_ATTEMPTS} attempts that did not end.",
        finished_at=timezone.now(),
    )
    if stopped:
        logger.error("Submission %s stopped after %d attempts.", uuid, settings.MAX_ATTEMPTS)
    return False


def _save(uuid: UUID) -> None:
    """One transaction: the technology's row, and the submission's state."""
    submission = Submission.objects.select_for_update().get(uuid=uuid)
    if submission.state != SubmissionState.QUEUED:
        return
    submission.tech = _upsert(submission)
    submission.state = SubmissionState.SAVED
    submission.error = ""
    submission.save(update_fields=["tech", "state", "error"])


def _upsert(submission: Submission) -> Tech:
    name_key = parsing.name_key(submission.text)
    tech = Tech.objects.select_for_update().filter(name_key=name_key).first() or Tech(name_key=name_key)
    if tech.last_submission >= submission.pk:
        return tech
    tech.name = submission.text
    tech.submitted_at = submission.created_at
    tech.last_submission = submission.pk
    if not submission.is_older_than(tech.edited_at):
        tech.impact = submission.impact or tech.impact
        if submission.extended_support is not None:
            tech.extended_support = submission.extended_support
    _assess(tech)
    tech.save()
    return tech


def _assess(tech: Tech) -> None:
    """Compute the row's level from its name and options, the facts in force and today."""
    knowledge = lifecycles.current()
    assessment = priority.assess(
        knowledge.find(tech.name),
        today=datetime.now(UTC).date(),
        impact=priority.Impact(tech.impact),
        extended_support=tech.extended_support,
    )
    tech.level = assessment.level
    tech.score = assessment.score
    tech.rank = Tech.rank_of(score=assessment.score, name_key=tech.name_key)
    tech.reasons = [_plain(reason) for reason in assessment.reasons]
    tech.product = assessment.product or ""
    tech.release = assessment.release or ""
    tech.end_of_life = assessment.end_of_life
    tech.assessed_at = timezone.now()
    tech.rule_version = assessment.rule_version
    tech.facts_version = knowledge.facts.version


def _plain(reason: priority.Reason) -> dict[str, Any]:
    as_of = reason.facts_as_of
    return asdict(reason) | {"facts_as_of": as_of.isoformat() if as_of else None}


def _finish(uuid: UUID) -> None:
    """Last of all: whoever reads done finds the technology in the next GET."""
    saved = Submission.objects.filter(uuid=uuid, state=SubmissionState.SAVED)
    saved.update(state=SubmissionState.DONE, finished_at=timezone.now())


def _take_attempt_back(uuid: UUID) -> None:
    try:
        Submission.objects.filter(UNFINISHED, uuid=uuid, attempts__gt=0).update(attempts=F("attempts") - 1)
    except (OperationalError, InterfaceError):
        # The database is the server that is away. The attempt stays counted; the next one may take it back.
        logger.warning("Submission %s keeps its attempt: the database is away.", uuid)


def _note_failure(uuid: UUID, error: Exception) -> None:
    unfinished = Submission.objects.filter(UNFINISHED, uuid=uuid)
    message = f"{type(error).__name__}: {error}"[:2000]
    unfinished.update(error=message)
    unfinished.filter(attempts__gte=settings.MAX_ATTEMPTS).update(
        state=SubmissionState.FAILED,
        finished_at=timezone.now(),
    )


def _in_transaction(work: Callable[[], Result]) -> Result:
    """Run work in one transaction; run it again if another writer made it fail.

    Two submissions of one new name both insert it, and one of them meets the unique key; the second try updates.
    Inside somebody else's transaction (the admin's) there is one try: what failed there cannot go on.
    """
    tries = 1 if connection.in_atomic_block else _TRANSACTION_TRIES
    for left in reversed(range(tries)):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError, InterfaceError):
            if not left:
                raise
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  spreads rivals, keeps no secret
    raise AssertionError("unreachable")
