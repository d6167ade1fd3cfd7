"""Coordinate periodic work between workers: which of them may start a run, and when the last run ended.

Times in the future are due to a wrong clock and never block a run.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from techs.models import PeriodicRun

SWEEP = "sweep"
SYNC = "sync"
COUNTS = "counts"
LEVELS = "levels"
OWNER_LEVELS = "owner levels"

_MOST_DOUBLINGS = 10
LONGEST_WAIT = timedelta(days=1)  # limits a server's Retry-After


def claim(name: str, *, at_most_every: timedelta, failed_after: timedelta | None = None) -> bool:
    """Record the start of a run. Return False if another began less than at_most_every ago.

    A run counts as failed until finish() is called, because its process may be killed. failed_after: how soon the next
    one may begin after one that failed, longer than any run takes. This time doubles with each failure.
    """
    now = timezone.now()
    run, _ = PeriodicRun.objects.get_or_create(name=name)
    wait = at_most_every
    if failed_after and run.attempts:
        wait = min(failed_after * 2 ** min(run.attempts - 1, _MOST_DOUBLINGS), at_most_every)
    is_due = Q(started_at=None) | Q(started_at__lte=now - wait) | Q(started_at__gt=now)
    due = PeriodicRun.objects.filter(is_due, name=name)
    return bool(due.update(started_at=now, attempts=F("attempts") + 1))


def finish(name: str) -> None:
    outcome = {"finished_at": timezone.now(), "attempts": 0, "problem": "", "not_before": None}
    PeriodicRun.objects.update_or_create(name=name, defaults=outcome)


def fail(name: str, problem: str, *, retry_at: datetime | None = None) -> None:
    """Record the failure of a claimed run. retry_at: the server's Retry-After, if any."""
    not_before = min(retry_at, timezone.now() + LONGEST_WAIT) if retry_at else None
    PeriodicRun.objects.filter(name=name).update(problem=problem[:300], not_before=not_before)


def last_finished(name: str) -> datetime | None:
    return PeriodicRun.objects.filter(name=name).values_list("finished_at", flat=True).first()
