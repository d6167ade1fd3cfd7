"""Process the lines of an import in batches: one transaction and one invalidation per batch.

The rules are the same as for single submissions. A batch that fails, or kills its worker, is retried in smaller
batches and finally line by line, so a bad line affects no other line.
"""

import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.utils import timezone
from redis.exceptions import RedisError

from techs import cache, due_dates, outages
from techs.assessment import date_changes
from techs.assessment.assessor import ASSESSED_FIELDS, Assessor
from techs.inventory import editing, summaries
from techs.models import LevelChange, Submission, SubmissionState, Tech, TechTag
from techs.outages import Outage
from techs.rules.attributes import OPTIONS
from techs.rules.text import name_key
from techs.submissions import processing
from techs.submissions.merging import TooManyTags, merge, new_row, newer_submissions
from techs.submissions.outbox import CHUNK, UNFINISHED
from techs.transactions import in_transaction
from techs.webhooks import events

logger = logging.getLogger(__name__)

# Batch sizes of the first and second attempt. After that, each line is processed alone.
SIZES = (CHUNK, 25)
# SQLite has a single write lock, which waiting writers poll every 1 to 100 ms. Transactions are therefore short there,
# with a pause after each. At 25 POSTs per second during an import of 10,000 lines on two busy cores, the median POST
# took 0.03 s and the 99th percentile 0.5 to 1 s. Batches of 500 without a pause made this 0.2 s and 2 s, and some POSTs
# failed.
_SQLITE_SIZES = (100, 25)
_SQLITE_PAUSE = 0.1  # seconds

# On SQLite, another writer may hold the lock for a long time, so retry a batch before leaving it to the sweep.
_TRIES = 3

_SUBMITTED = ["name", "kind", "by_hand", *OPTIONS, "owner_key"]
_BOOKKEEPING = ["submitted_at", "last_submission", "assessed_at", "basis"]

Content: TypeAlias = dict[str, Any]
"""Field values of a row."""
_EMPTY: Content = {"tags": []}


def process_batch(ids: Sequence[int], *, seconds: float) -> list[int]:
    """Process the submissions with these primary keys for about that many seconds. Return the keys that are left.

    Safe to run repeatedly and concurrently. A failing submission never raises. If a server is unavailable, returns an
    empty list, and the sweep resumes the work.
    """
    try:
        return _process(ids, deadline=time.monotonic() + seconds)
    except (DatabaseError, InterfaceError, RedisError) as error:
        if not outages.log(error, work=f"A batch of {len(ids)} import lines"):
            raise
        return []


def _process(ids: Sequence[int], *, deadline: float) -> list[int]:
    for tries, size in enumerate(_SQLITE_SIZES if _has_one_writer() else SIZES):
        pending = list(_unfinished(ids).filter(chunk_attempts=tries).values_list("pk", flat=True))
        for begin in range(0, len(pending), size):
            if time.monotonic() > deadline:
                return list(_unfinished(ids).values_list("pk", flat=True))
            batch = pending[begin : begin + size]
            if not any(_process_together(batch) for _ in range(_TRIES)):
                return []
            if _has_one_writer():
                time.sleep(_SQLITE_PAUSE)
    alone = list(_unfinished(ids).filter(chunk_attempts__gte=len(SIZES)).values_list("pk", "uuid"))
    return _process_one_by_one(alone, deadline=deadline)


def _has_one_writer() -> bool:
    return connection.vendor == "sqlite"


def _unfinished(ids: Sequence[int]) -> Any:
    return Submission.objects.filter(UNFINISHED, pk__in=ids).order_by("pk")


def _process_one_by_one(alone: Sequence[tuple[int, UUID]], *, deadline: float) -> list[int]:
    for number, (_, uuid) in enumerate(alone):
        if time.monotonic() > deadline:
            return [pk for pk, _ in alone[number:]]
        processing.process(uuid)
    return []


def _process_together(ids: Sequence[int]) -> bool:
    try:
        _unfinished(ids).update(chunk_attempts=F("chunk_attempts") + 1)
        in_transaction(lambda: _save(ids))
        cache.invalidate()
        _finish(ids)
        outages.note_success()
    except Exception as error:  # noqa: BLE001  each kind is logged
        return _handle_failure(error, ids)
    return True


def _handle_failure(error: Exception, ids: Sequence[int]) -> bool:
    """Log the error. Return False during an outage, when the remaining batches must wait."""
    outage = outages.log(error, work=f"A batch of {len(ids)} import lines")
    if outage is None:
        logger.error("A batch of %d import lines failed. Retrying in smaller batches.", len(ids), exc_info=error)
        return True
    _postpone(ids, outage)
    return False


def _save(ids: Sequence[int]) -> None:
    queued = Submission.objects.select_for_update().filter(pk__in=ids, state=SubmissionState.QUEUED)
    submissions = list(queued.order_by("pk"))
    if not submissions:
        return
    techs = _techs_of(submissions)
    before = {tech.pk: _content(tech) for tech in techs.values() if tech.pk}
    merged, refused = _merge_all(submissions, techs)
    assessor = Assessor.current()
    moved = date_changes.concerning(merged, load=assessor.catalogue.load)
    changes = [change for change in map(assessor.assess, merged) if change]
    now = timezone.now()
    for tech in merged:
        tech.assessed_at = now
    _write(merged, before)
    LevelChange.objects.bulk_create(changes)
    events.note_changes(changes)
    if moved:
        date_changes.record(moved)
    _mark_saved([each for each in submissions if each not in refused], techs, before)
    processing.mark_failed(refused)
    summaries.refresh(techs=[tech for tech in merged if tech.services and _has_moved(tech, before[tech.pk])])


def _merge_all(
    submissions: Sequence[Submission], techs: Mapping[str, Tech]
) -> tuple[Collection[Tech], dict[Submission, TooManyTags]]:
    """Merge the submissions. Return the rows to assess and save, and the submissions that cannot be merged."""
    merged: dict[str, Tech] = {}
    refused: dict[Submission, TooManyTags] = {}
    newer = newer_submissions({submission: techs[_key(submission)] for submission in submissions})
    for submission in submissions:
        tech = techs[_key(submission)]
        after = [other for other in newer.get(tech.pk, ()) if other.pk > submission.pk]
        try:
            if merge(submission, tech, newer=after):
                tech.owner_key = name_key(tech.owner)
                merged[tech.name_key] = tech
        except TooManyTags as error:
            refused[submission] = error
    return merged.values(), refused


def _key(submission: Submission) -> str:
    return name_key(submission.text)


def _techs_of(submissions: Sequence[Submission]) -> dict[str, Tech]:
    keys = [_key(submission) for submission in submissions]
    locked = Tech.objects.select_for_update().filter(name_key__in=keys).order_by("name_key")
    return {key: new_row(key) for key in keys} | {tech.name_key: tech for tech in locked}


def _content(tech: Tech) -> Content:
    return {field: getattr(tech, field) for field in (*_SUBMITTED, *ASSESSED_FIELDS)}


def _write(merged: Collection[Tech], before: Mapping[int, Content]) -> None:
    """Insert and update rows. Only columns that differ are written, since repeated imports change little."""
    new = [tech for tech in merged if not tech.pk]
    changed = [tech for tech in merged if tech.pk and _content(tech) != before[tech.pk]]
    unchanged = [tech for tech in merged if tech.pk and _content(tech) == before[tech.pk]]
    _update(changed, [*_changed_fields(changed, before), *_BOOKKEEPING])
    _update(unchanged, _BOOKKEEPING)
    editing.note_return([tech.name_key for tech in new])
    Tech.objects.bulk_create(new, batch_size=250)
    _load_primary_keys(tech for tech in new if not tech.pk)
    _index_tags([*new, *changed], before)


def _update(rows: Sequence[Tech], fields: Sequence[str]) -> None:
    alike = {field for field in fields if all(getattr(row, field) == getattr(rows[0], field) for row in rows)}
    if rows and alike:
        values = {field: getattr(rows[0], field) for field in alike}
        Tech.objects.filter(pk__in=[row.pk for row in rows]).update(**values)
    if different := [field for field in fields if field not in alike]:
        Tech.objects.bulk_update(rows, different, batch_size=100)


def _has_moved(tech: Tech, before: Content) -> bool:
    return summaries.place(tech) != (before["rank"], before["level"])


def _changed_fields(changed: Sequence[Tech], before: Mapping[int, Content]) -> list[str]:
    return [
        field
        for field in (*_SUBMITTED, *ASSESSED_FIELDS)
        if any(getattr(row, field) != before[row.pk][field] for row in changed)
    ]


def _load_primary_keys(new: Iterable[Tech]) -> None:
    # MySQL does not return the primary keys of bulk inserts.
    rows = {tech.name_key: tech for tech in new}
    for key, pk in Tech.objects.filter(name_key__in=rows).values_list("name_key", "pk"):
        rows[key].pk = pk


def _index_tags(techs: Iterable[Tech], before: Mapping[int, Content]) -> None:
    # Import lines only add tags, so the index never loses any.
    tags = ((tech, tag) for tech in techs for tag in tech.tags if tag not in before.get(tech.pk, _EMPTY)["tags"])
    TechTag.objects.bulk_create(
        (TechTag(tech=tech, tag=tag) for tech, tag in tags), batch_size=500, ignore_conflicts=True
    )


def _mark_saved(submissions: Sequence[Submission], techs: Mapping[str, Tech], before: Mapping[int, Content]) -> None:
    for submission in submissions:
        submission.tech_id = techs[_key(submission)].pk
    Submission.objects.bulk_update(submissions, ["tech", *_kept(submissions)], batch_size=250)
    saved = Submission.objects.filter(pk__in=[submission.pk for submission in submissions])
    saved.update(state=SubmissionState.SAVED, error="")
    unchanged = [tech.pk for tech in techs.values() if tech.pk in before and _content(tech) == before[tech.pk]]
    saved.filter(tech__in=unchanged).update(is_unchanged=True)


def _kept(submissions: Sequence[Submission]) -> list[str]:
    return ["kept_owner"] if any(submission.kept_owner for submission in submissions) else []


def _finish(ids: Sequence[int]) -> None:
    # Call this last: a client that reads "done" must find the technologies in its next GET.
    saved = Submission.objects.filter(pk__in=ids, state=SubmissionState.SAVED)
    saved.update(state=SubmissionState.DONE, finished_at=timezone.now())
    logger.info("%d import lines are done.", len(ids))


def _postpone(ids: Sequence[int], outage: Outage) -> None:
    wait = (
        {"publish_again_at": due_dates.first()}
        if outage.is_temporary
        else {"publish_again_at": due_dates.slowest(), "error": outage.detail}
    )
    try:
        tried = _unfinished(ids).filter(chunk_attempts__gt=0)
        tried.update(chunk_attempts=F("chunk_attempts") - 1, **wait)
    except (DatabaseError, InterfaceError):
        logger.warning("Cannot uncount the attempt for %d import lines: the database is unavailable.", len(ids))
