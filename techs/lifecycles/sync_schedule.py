"""When to fetch the lifecycle data, and the state of the last fetch.

A fetch is due at once if the last success is a day old, so that levels appear without delay. Otherwise it is due once
a day, at a minute that differs between installations to spread the load. After a failure, the wait doubles with each
attempt.
"""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from techs import periodic
from techs.models import PeriodicRun

DAY = timedelta(days=1)
# Longer than any attempt takes.
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=4)
_MOST_DOUBLINGS = 10
# Pages do not warn about a daily fetch that is a little late.
_LATE_AFTER = DAY + timedelta(hours=1)


class FetchState(StrEnum):
    """The state of the daily fetch."""

    CURRENT = "current"
    FETCHING = "fetching"
    FAILED = "failed"
    OFF = "off"


def claim() -> bool:
    """Claim a fetch that is due and that no other process has begun. If this returns True, the caller must run it."""
    if not settings.SYNC:
        return False
    now, run = timezone.now(), _last_run()
    if not _is_due(now, run.finished_at) or _has_to_wait(now, run):
        return False
    return periodic.claim(periodic.SYNC, at_most_every=FIRST_WAIT)


def state() -> tuple[FetchState, datetime | None]:
    """Return the state of the fetch, and when public data was last fetched or confirmed."""
    now, run = timezone.now(), _last_run()
    if not settings.SYNC:
        return FetchState.OFF, run.finished_at
    if run.finished_at and now - run.finished_at < _LATE_AFTER:
        return FetchState.CURRENT, run.finished_at
    is_under_way = not run.started_at or now - run.started_at < FIRST_WAIT
    has_failed = run.problem or (run.attempts and not is_under_way)
    return FetchState.FAILED if has_failed else FetchState.FETCHING, run.finished_at


def failed_run() -> PeriodicRun | None:
    """Return the last fetch if it failed."""
    run = _last_run()
    return run if settings.SYNC and run.problem else None


def _last_run() -> PeriodicRun:
    return PeriodicRun.objects.filter(name=periodic.SYNC).first() or PeriodicRun(name=periodic.SYNC)


def _is_due(now: datetime, finished_at: datetime | None) -> bool:
    # A time in the future is due to a wrong clock.
    return finished_at is None or finished_at > now or finished_at <= now - DAY or finished_at < _last_turn(now)


def _last_turn(now: datetime) -> datetime:
    turn = datetime.combine(now.astimezone(UTC).date(), time.min, UTC) + timedelta(minutes=settings.SYNC_MINUTE)
    return turn if turn <= now else turn - DAY


def _has_to_wait(now: datetime, run: PeriodicRun) -> bool:
    if run.not_before and now < run.not_before <= now + periodic.LONGEST_WAIT:
        return True
    if not (run.attempts and run.started_at and run.started_at <= now):
        return False
    wait = min(FIRST_WAIT * 2 ** min(run.attempts - 1, _MOST_DOUBLINGS), LONGEST_WAIT)
    return bool(now < run.started_at + wait)
