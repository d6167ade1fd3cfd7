"""Periodic work that several workers share: who may begin it, and when it last ended.

A moment in the future means that a clock was wrong. It never keeps work from being done.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from techs.models import PeriodicRun

SWEEP = "sweep"
SYNC = "sync"

LONGEST_WAIT = timedelta(days=1)  # that the other side may ask for


def claim(name: str, *, at_most_every: timedelta) -> bool:
    """Record the start of a run, unless one began less than this long ago. Return False if one did.

    The run counts as an attempt that failed until finish() says otherwise, for its process may be killed.
    """
    now = timezone.now()
    PeriodicRun.objects.get_or_create(name=name)
    is_due = Q(started_at=None) | Q(started_at__lte=now - at_most_every) | Q(started_at__gt=now)
    due = PeriodicRun.objects.filter(is_due, name=name)
    return bool(due.update(started_at=now, attempts=F("attempts") + 1))


def finish(name: str) -> None:
    """Record that a run has succeeded just now."""
    outcome = {"finished_at": timezone.now(), "attempts": 0, "problem": "", "not_before": None}
    PeriodicRun.objects.update_or_create(name=name, defaults=outcome)


def fail(name: str, problem: str, *, retry_at: datetime | None = None) -> None:
    """Record why a claimed run has failed, and when the other side said to try again."""
    not_before = min(retry_at, timezone.now() + LONGEST_WAIT) if retry_at else None
    PeriodicRun.objects.filter(name=name).update(problem=problem[:300], not_before=not_before)


def last_finished(name: str) -> datetime | None:
    """Return when the task last succeeded, or None if it never did."""
    return PeriodicRun.objects.filter(name=name).values_list("finished_at", flat=True).first()
