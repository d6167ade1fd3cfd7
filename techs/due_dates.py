"""When the sweep publishes unfinished work again: first after SWEEP_AFTER seconds, then after ever longer waits."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from techs.models import CLOCKS_DIFFER_BY


def first() -> datetime:
    """Return when something that is published now is due for the first time."""
    return timezone.now() + timedelta(seconds=settings.SWEEP_AFTER)


def after(publications: int) -> datetime:
    """Return the next due date of something that was published this many times. The wait doubles each time."""
    wait = min(settings.SWEEP_AFTER * 2**publications, settings.SWEEP_AFTER_MAX)
    return timezone.now() + timedelta(seconds=wait)


def slowest() -> datetime:
    return timezone.now() + timedelta(seconds=settings.SWEEP_AFTER_MAX)


def is_due(*, later_by: timedelta = timedelta()) -> Q:
    """Return the condition for rows to publish now. A date beyond the longest wait means that a clock was wrong.

    later_by: by how much the first date of these rows may exceed the longest wait.
    """
    now = timezone.now()
    longest = timedelta(seconds=max(settings.SWEEP_AFTER, settings.SWEEP_AFTER_MAX)) + CLOCKS_DIFFER_BY
    return Q(publish_again_at__lte=now) | Q(publish_again_at__gt=now + longest + later_by)
