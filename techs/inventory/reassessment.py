"""Reassess the list when the day or the lifecycle data has changed."""

import time

from django.utils import timezone

from techs.assessment import date_changes
from techs.assessment.assessor import ASSESSED_FIELDS, Assessor, assessed_values
from techs.inventory import search, summaries
from techs.inventory.invalidation import schedule_invalidation
from techs.models import LevelChange, Tech
from techs.transactions import in_transaction
from techs.webhooks import events

REASSESS_CHUNK = 500
# Rows per statement.
_AT_ONCE = 250


def reassess(*, seconds: float) -> bool:
    """Reassess rows last assessed on another day or with other data, for about that many seconds.

    Returns True if rows are left. Runs every minute and costs two queries if no row is outdated. Safe to run
    concurrently, since each worker skips locked rows.
    """
    deadline = time.monotonic() + seconds
    assessor = Assessor.current()
    while time.monotonic() < deadline:
        if not in_transaction(lambda: _reassess_some(assessor)):
            return False
    return True


def _reassess_some(assessor: Assessor) -> int:
    # Around midnight, it is already tomorrow on hosts whose clock is slightly ahead. Leave their assessments alone.
    outdated = Tech.objects.exclude(basis=assessor.basis).exclude(basis__startswith=assessor.tomorrow)
    some = outdated.select_for_update(skip_locked=True).order_by("basis", "pk")
    # Rows without words make each search read all names.
    unindexed = Tech.objects.filter(words_key="").select_for_update(skip_locked=True)
    rows = list(some[:REASSESS_CHUNK]) or list(unindexed.order_by("pk")[:REASSESS_CHUNK])
    before = {row.pk: assessed_values(row) for row in rows}
    places = {row.pk: summaries.place(row) for row in rows}
    moved = date_changes.concerning(rows, load=assessor.catalogue.load)
    changes = [change for change in map(assessor.assess, rows) if change]
    changed = [row for row in rows if assessed_values(row) != before[row.pk]]
    Tech.objects.update_each(changed, ASSESSED_FIELDS, batch_size=_AT_ONCE)
    search.index(changed)
    Tech.objects.filter(pk__in=before).update(basis=assessor.basis, assessed_at=timezone.now())
    LevelChange.objects.bulk_create(changes)
    events.note_changes(changes)
    if moved:
        date_changes.record(moved)
    summaries.refresh(techs=[row for row in changed if summaries.place(row) != places[row.pk]])
    if rows:
        schedule_invalidation()
    return len(rows)
