"""The writes to the list: record() a submission, edit() a technology, remove() or split() it.

Each forgets the cached list. What people change is kept for a while, for techs.undo.

This is the second half of the write path: text -> facts -> priority -> row, in one transaction, then the cache.
"""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from redis.exceptions import RedisError

from techs import cache, notices, outages, parsing
from techs.judgement import Judge
from techs.models import (
    EDITABLE,
    Edit,
    LevelChange,
    ListChange,
    Removal,
    Submission,
    SubmissionState,
    Tech,
    TechTag,
    TooManyTags,
)
from techs.outages import Outage
from techs.priority import Impact
from techs.submissions import UNFINISHED, accept, slowest_retry

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# What Judge.judge() sets, but for the day of it.
JUDGED = [
    *["level", "score", "computed_level", "computed_score", "previous_level", "level_since", "rank"],
    *["reasons", "suggestions", "product", "release", "end_of_life"],
]
REASSESS_CHUNK = 500

# A change whose pages are not forgotten after this time is left to the sweep.
_FORGOTTEN_AFTER = timedelta(seconds=2)
_FORGET_AT_ONCE = 1000

# Attempts of this process that an outage cut short, and that the database could not be told of yet.
_uncounted: list[UUID] = []

# Deadlocks and lock waits of concurrent writers end in an error for one of them, who tries again.
_TRANSACTION_TRIES = 4
_TRANSACTION_PATIENCE = 1.0  # seconds


def record(uuid: UUID) -> None:
    """Work one submission through: assess, save, commit, forget the cached list, and only then mark it done.

    Safe to run any number of times, at once or later. A submission that fails is left to the sweep until its
    attempts are used up; then it is failed, with its error. Outages never use its attempts up. Never raises for the
    submission's own sake.
    """
    is_counted = False
    try:
        _uncount_attempts()
        is_counted = _begin_attempt(uuid)
        if not is_counted:
            return
        in_transaction(lambda: _save(uuid))
        cache.forget()
        _finish(uuid)
        outages.note_success()
    except Exception as error:  # noqa: BLE001  each kind is logged
        _note_error(uuid, error, is_counted=is_counted)


def edit(tech: Tech, *, text: str | None = None, **changes: Any) -> Tech:
    """Change what the team says of a technology, or correct its text, and assess it with that at once.

    text is clean (techs.models.clean_name); where the list has it already, this row gives way to that one, which takes
    the changes. changes: any of impact, extended_support, note, owner, tags, evergreen, hand_level ("" for none) and
    hand_review_on, clean (techs.models). Returns the row that stays. Raises RedisError before anything is changed if
    the cache is away, and Tech.DoesNotExist if the row is gone.
    """
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    cache.forget()

    def change() -> Tech:
        row = Tech.objects.select_for_update().get(pk=tech.pk)
        before = row.said
        if text is not None and (twin := _correct(row, text)):
            row, before = twin, twin.said
        save_edit(row, changes)
        Edit.keep(row, before=before)
        return row

    return in_transaction(change)


def remove(tech: Tech) -> Removal | None:
    """Take a technology off the list. Returns what techs.undo.restore() brings back, or None if it was gone already.

    Raises RedisError before anything is changed if the cache is away.
    """
    cache.forget()

    def delete() -> Removal | None:
        row = Tech.objects.select_for_update().filter(pk=tech.pk).first()
        if row is None:
            return None
        return _take_off(row)

    return in_transaction(delete)


def split(tech: Tech, texts: Sequence[str]) -> list[Submission] | None:
    """Have technologies in the place of one that names them together; returns None if that is gone, or is renamed.

    texts are clean (techs.models.clean_name). What the team says of it goes along, but for its note and a level set by
    hand; what is on the list already stays as it is. Raises RedisError before anything is changed if the cache is away.
    """
    cache.forget()

    def replace() -> list[Submission] | None:
        row = Tech.objects.select_for_update().filter(pk=tech.pk, name_key=tech.name_key).first()
        if row is None:
            return None
        _take_off(row)
        keys = {text: parsing.name_key(text) for text in texts}
        listed = set(Tech.objects.filter(name_key__in=keys.values()).values_list("name_key", flat=True))
        return [_accept_in_place_of(row, text, is_listed=key in listed) for text, key in keys.items()]

    return in_transaction(replace)


def reassess(*, seconds: float) -> bool:
    """Assess again what was last assessed on another day or with other facts, for about so many seconds.

    Returns whether rows are left. Levels move with the calendar and with the facts, so this runs every minute; when
    nothing has moved it reads one row. Several workers may run it at once: each takes rows that are free.
    """
    deadline = time.monotonic() + seconds
    judge = Judge.of_today()
    while time.monotonic() < deadline:
        if not in_transaction(lambda: _reassess_some(judge)):
            return False
    return True


def forget_again() -> int:
    """The sweep: forget the cached list for changes whose writer could not. Returns how many there were.

    Their writer died, or lost the cache, between its commit and this. Without the cache they stay for the next sweep.
    """
    overdue = timezone.now() - _FORGOTTEN_AFTER
    changes = list(ListChange.objects.filter(at__lt=overdue).values_list("pk", flat=True)[:_FORGET_AT_ONCE])
    if not changes:
        return 0
    try:
        cache.forget()
    except RedisError as error:
        logger.warning("%d changes of the list wait for the cache: %s", len(changes), error)
        return 0
    ListChange.objects.filter(pk__in=changes).delete()
    return len(changes)


def note_change() -> None:
    """The last step of a transaction that changes the list: have the cached pages forgotten once it is committed."""
    change = ListChange.objects.create()
    transaction.on_commit(lambda: _forget(change))


def _forget(change: ListChange) -> None:
    cache.forget()
    try:
        change.delete()
    except (DatabaseError, InterfaceError):
        logger.warning("The database went away after a change: the list will be forgotten once more.")


def _reassess_some(judge: Judge) -> int:
    """One transaction of the re-assessment. Returns how many rows it took."""
    outdated = Tech.objects.exclude(basis=judge.basis).select_for_update(skip_locked=True)
    rows = list(outdated.order_by("basis", "pk")[:REASSESS_CHUNK])
    before = {row.pk: _judged(row) for row in rows}
    changes = [change for change in map(judge.judge, rows) if change]
    changed = [row for row in rows if _judged(row) != before[row.pk]]
    Tech.objects.bulk_update(changed, JUDGED, batch_size=100)
    Tech.objects.filter(pk__in=before).update(basis=judge.basis, assessed_at=timezone.now())
    LevelChange.objects.bulk_create(changes)
    notices.note_changes(changes)
    if rows:
        note_change()
    return len(rows)


def _judged(row: Tech) -> list[Any]:
    return [getattr(row, field) for field in JUDGED]


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
    try:
        submission.tech = _upsert(submission)
    except TooManyTags as error:
        refuse({submission: error})
        return
    submission.state = SubmissionState.SAVED
    submission.error = ""
    submission.save(update_fields=["tech", "state", "error"])


def _upsert(submission: Submission) -> Tech:
    name_key = parsing.name_key(submission.text)
    tech = Tech.objects.select_for_update().filter(name_key=name_key).first() or Tech(name_key=name_key)
    tags = tech.tags
    later = said_later({submission: tech}).get(tech.pk, ())
    if not tech.takes(submission, later=later):
        return tech
    judge_and_save(tech)
    if tech.tags != tags:
        index_tags(tech)
    return tech


def said_later(submissions: Mapping[Submission, Tech]) -> dict[int, list[Submission]]:
    """Part of a transaction, with the rows locked: what they carry of submissions after these, by their primary keys.

    Asks the database only if there are such: messages come in any order, but seldom do.
    """
    overtaken = {submission.pk: tech for submission, tech in submissions.items() if tech.is_ahead_of(submission)}
    later: dict[int, list[Submission]] = defaultdict(list)
    if overtaken:
        carried = Submission.objects.filter(tech__in=overtaken.values(), pk__gt=min(overtaken)).order_by("pk")
        for submission in carried:
            later[submission.tech_id or 0].append(submission)
    return later


def _correct(tech: Tech, text: str) -> Tech | None:
    """Correct its text, unsaved. Where another row has that text already this one is gone, and that one returned."""
    name_key = parsing.name_key(text)
    twin = Tech.objects.select_for_update().filter(name_key=name_key).exclude(pk=tech.pk).first()
    if twin:
        Removal.keep(tech, gave_way_to=twin)
        tech.delete()
        return twin
    tech.name, tech.name_key = text, name_key
    return None


def save_edit(tech: Tech, changes: dict[str, Any]) -> None:
    """Part of a transaction, with the row locked: change what the team says of it, and assess it with that."""
    for field, value in changes.items():
        setattr(tech, field, value)
    tech.edited_at = timezone.now()
    judge_and_save(tech)
    if "tags" in changes:
        index_tags(tech)
    note_change()


def judge_and_save(tech: Tech) -> None:
    """Part of a transaction: assess the row as of today, save it, and note its change of level if there is one."""
    change = Judge.of_today().judge(tech)
    tech.owner_key = parsing.name_key(tech.owner)
    tech.save()
    if change:
        change.save()
        notices.note_changes([change])


def index_tags(tech: Tech) -> None:
    """Have the row found by its tags, and by no others."""
    TechTag.objects.filter(tech=tech).exclude(tag__in=tech.tags).delete()
    TechTag.objects.bulk_create([TechTag(tech=tech, tag=tag) for tag in tech.tags], ignore_conflicts=True)


def refuse(problems: Mapping[Submission, TooManyTags]) -> None:
    """Part of a transaction: these failed for good, another try would end alike."""
    for submission, problem in problems.items():
        submission.state, submission.error = SubmissionState.FAILED, str(problem)
        submission.finished_at = timezone.now()
    Submission.objects.bulk_update(problems, ["state", "error", "finished_at"], batch_size=250)


def _finish(uuid: UUID) -> None:
    """Last of all: whoever reads done finds the technology in the next GET."""
    saved = Submission.objects.filter(uuid=uuid, state=SubmissionState.SAVED)
    if saved.update(state=SubmissionState.DONE, finished_at=timezone.now()):
        logger.info("Submission %s is done.", uuid)


def _note_error(uuid: UUID, error: Exception, *, is_counted: bool) -> None:
    """An outage is not the submission's fault: it stays queued."""
    outage = outages.log(error, what=f"Submission {uuid}")
    if outage is None:
        logger.error("Submission %s failed.", uuid, exc_info=error)
        _note_failure(uuid, error)
    elif not outage.passes:
        _put_off(uuid, outage, is_counted=is_counted)
    elif is_counted or outage is outages.AWAY:
        # The answer to the count may be what was lost.
        _take_attempt_back(uuid)


def _take_attempt_back(uuid: UUID) -> None:
    """Uncount an attempt that an outage cut short; once the database is back, if that is what is away."""
    _uncounted.append(uuid)
    try:
        _uncount_attempts()
    except (DatabaseError, InterfaceError):
        logger.warning("Submission %s keeps its attempt for now: the database is away.", uuid)


def _put_off(uuid: UUID, outage: Outage, *, is_counted: bool) -> None:
    """Show what it waits for, and try again at the sweep's slowest pace. The last attempt is never used up this way."""
    unfinished = Submission.objects.filter(UNFINISHED, uuid=uuid)
    try:
        unfinished.update(error=outage.detail, publish_again_at=slowest_retry())
        unfinished.filter(attempts__gte=settings.MAX_ATTEMPTS).update(attempts=settings.MAX_ATTEMPTS - 1)
    except (DatabaseError, InterfaceError):
        if is_counted:
            _uncounted.append(uuid)


def _uncount_attempts() -> None:
    while _uncounted:
        unfinished = Submission.objects.filter(UNFINISHED, uuid=_uncounted[-1], attempts__gt=0)
        unfinished.update(attempts=F("attempts") - 1)
        _uncounted.pop()


def _note_failure(uuid: UUID, error: Exception) -> None:
    unfinished = Submission.objects.filter(UNFINISHED, uuid=uuid)
    message = f"{type(error).__name__}: {error}"[:2000]
    unfinished.update(error=message)
    unfinished.filter(attempts__gte=settings.MAX_ATTEMPTS).update(
        state=SubmissionState.FAILED,
        finished_at=timezone.now(),
    )


def _accept_in_place_of(row: Tech, text: str, *, is_listed: bool) -> Submission:
    if is_listed:
        return accept(text=text)
    return accept(
        text=text,
        impact=row.impact if row.impact != Impact.NORMAL else None,
        extended_support=row.extended_support or None,
        owner=row.owner or None,
        tags=row.tags or None,
    )


def _take_off(row: Tech) -> Removal:
    removal = Removal.keep(row)
    row.delete()
    note_change()
    return removal


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run work in one transaction; run it again if another writer made it fail.

    Two submissions of one new name both insert it, and one of them meets the unique key; the second try updates.
    Inside somebody else's transaction (the admin's) there is one try: what failed there cannot go on. A try that took
    long has waited for a lock or a server in vain, and the caller has waited long enough.
    """
    tries = 1 if connection.in_atomic_block else _TRANSACTION_TRIES
    started = time.monotonic()
    for left in reversed(range(tries)):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError, InterfaceError):
            if not left or time.monotonic() - started > _TRANSACTION_PATIENCE:
                raise
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  spreads rivals, keeps no secret
    raise AssertionError("unreachable")
