"""The dashboard on the admin's first page: list, submissions, deliveries and lifecycle data."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from django.db.models import Count
from django.utils.dateformat import format as date_format

from techs.inventory import filters
from techs.lifecycles import sync_schedule
from techs.models import (
    LEVELS,
    Delivery,
    DeliveryState,
    LifecycleDataVersion,
    Source,
    Submission,
    SubmissionState,
    Tech,
)
from techs.rules.kinds import Kind
from techs.rules.levels import Level
from techs.rules.overrides import ACCEPTED
from techs.submissions.liveness import Liveness

May = Callable[[str], bool]
"""Return True if the user has a permission, such as techs.view_tech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The current counts. Those that the user has no permission to view are empty or None."""

    levels: list[tuple[str, int]]
    """Accepted risks are not low."""
    libraries: int
    unfinished: int | None
    failed: int | None
    liveness: Liveness | None
    given_up: int | None
    lifecycle_data: LifecycleDataVersion | None
    lifecycle_data_age: int
    failed_fetch: str

    @classmethod
    def read(cls, *, may: May, today: date | None = None) -> Self:
        """Read the counts with indexed queries. The age of the lifecycle data is in days (UTC)."""
        may_view_data = may("techs.view_lifecycledataversion")
        data = _public_data() if may_view_data else None
        age = (today or datetime.now(UTC).date()) - data.as_of if data else timedelta()
        may_view_list = may("techs.view_tech")
        may_view_submissions = may("techs.view_submission")
        unfinished, failed = _submissions() if may_view_submissions else (None, None)
        return cls(
            levels=_levels(today or datetime.now(UTC).date()) if may_view_list else [],
            libraries=Tech.objects.filter(kind=Kind.LIBRARY).count() if may_view_list else 0,
            unfinished=unfinished,
            failed=failed,
            liveness=Liveness.read() if may_view_submissions else None,
            given_up=_given_up() if may("techs.view_delivery") else None,
            lifecycle_data=data,
            lifecycle_data_age=age.days,
            failed_fetch=failed_fetch() if may_view_data else "",
        )

    @property
    def is_visible(self) -> bool:
        return bool(self.levels or self.lifecycle_data or self.given_up) or self.unfinished is not None

    @property
    def is_empty(self) -> bool:
        """Return True if the list is empty and the user may view it."""
        return bool(self.levels) and not self.libraries and not any(count for _, count in self.levels)


def failed_fetch() -> str:
    """When and why the last fetch of lifecycle data failed, or "" if it did not."""
    run = sync_schedule.failed_run()
    if run is None or run.started_at is None:
        return ""
    return f"The last fetch, on {date_format(run.started_at, 'j M Y, H:i')} UTC, failed: {run.problem}"


# Local versions are excluded, because an edit of the team's own products does not make the public data newer.
def _public_data() -> LifecycleDataVersion | None:
    return LifecycleDataVersion.objects.exclude(source=Source.LOCAL).first()


def _levels(today: date) -> list[tuple[str, int]]:
    tracked = Tech.objects.filter(kind=Kind.TRACKED).order_by()
    counts = Counter(dict(tracked.values_list("level").annotate(Count("pk"))))
    accepted = tracked.filter(filters.accepted(today.isoformat())).count()
    counts[Level.LOW] -= accepted
    return [*((level, counts[level]) for level, _ in LEVELS), *([(ACCEPTED, accepted)] if accepted else [])]


def _submissions() -> tuple[int, int]:
    not_done = Submission.objects.filter(state__in=set(SubmissionState) - {SubmissionState.DONE})
    counts = dict(not_done.order_by().values_list("state").annotate(Count("pk")))
    in_progress = counts.get(SubmissionState.QUEUED, 0) + counts.get(SubmissionState.SAVED, 0)
    return in_progress, counts.get(SubmissionState.FAILED, 0)


def _given_up() -> int:
    return Delivery.objects.filter(state=DeliveryState.FAILED).count()
