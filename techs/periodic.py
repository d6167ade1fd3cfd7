"""Periodic work that several workers share: who may begin it, and when it last ended.

A moment in the future means that a clock was wrong. It never keeps work from being done.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from techs.models import PeriodicRun

SWEEP = "sweep"
SYNC = "sync"


def claim(name: str, *, at_most_every: timedelta) -> bool:
    """Record the start of a run, unless one began less than this long ago. Return False if one did."""
    now = timezone.now()
    PeriodicRun.objects.get_or_create(name=name)
    is_due = Q(started_at=None) | Q(started_at__lte=now - at_most_every) | Q(started_at__gt=now)
    return bool(PeriodicRun.objects.filter(is_due, name=name).update(started_at=now))


def finish(name: str) -> None:
    """Record that a run has ended just now."""
    PeriodicRun.objects.update_or_create(name=name, defaults={"finished_at": timezone.now()})


def last_finished(name: str) -> datetime | None:
    """Return when the task last ended, or None if it never did."""
    return PeriodicRun.objects.filter(name=name).values_list("finished_at", flat=True).first()
