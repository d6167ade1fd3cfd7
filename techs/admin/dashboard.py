"""What the admin's first page says: how the list, the promises, the messages and the facts stand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from django.db.models import Count

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
from techs.submissions.liveness import Liveness

May = Callable[[str], bool]
"""Whether the person has a permission, such as techs.view_tech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The counts of one moment. What the person may not look at is empty, or None."""

    levels: list[tuple[str, int]]
    unfinished: int | None
    failed: int | None
    liveness: Liveness | None
    given_up: int | None
    facts: LifecycleDataVersion | None
    facts_age: int

    @classmethod
    def read(cls, *, may: May, today: date | None = None) -> Self:
        """Read it from the database: seven queries, each with an index. The facts' age is in days (UTC)."""
        facts = _public_facts() if may("techs.view_lifecycledataversion") else None
        age = (today or datetime.now(UTC).date()) - facts.as_of if facts else timedelta()
        may_view_submissions = may("techs.view_submission")
        unfinished, failed = _submissions() if may_view_submissions else (None, None)
        return cls(
            levels=_levels() if may("techs.view_tech") else [],
            unfinished=unfinished,
            failed=failed,
            liveness=Liveness.read() if may_view_submissions else None,
            given_up=_given_up() if may("techs.view_delivery") else None,
            facts=facts,
            facts_age=age.days,
        )

    @property
    def says_something(self) -> bool:
        """False for a person who may look at none of it."""
        return bool(self.levels or self.facts or self.given_up) or self.unfinished is not None

    @property
    def is_empty(self) -> bool:
        """True if the list is known to have nothing on it."""
        return bool(self.levels) and not any(count for _, count in self.levels)


def _public_facts() -> LifecycleDataVersion | None:
    """Those that levels are worked out with. A change of the team's own products makes them no newer."""
    return LifecycleDataVersion.objects.exclude(source=Source.LOCAL).first()


def _levels() -> list[tuple[str, int]]:
    counts = dict(Tech.objects.order_by().values_list("level").annotate(Count("pk")))
    return [(level, counts.get(level, 0)) for level, _ in LEVELS]


def _submissions() -> tuple[int, int]:
    """Those in work, and those that failed."""
    not_done = Submission.objects.filter(state__in=set(SubmissionState) - {SubmissionState.DONE})
    counts = dict(not_done.order_by().values_list("state").annotate(Count("pk")))
    in_work = counts.get(SubmissionState.QUEUED, 0) + counts.get(SubmissionState.SAVED, 0)
    return in_work, counts.get(SubmissionState.FAILED, 0)


def _given_up() -> int:
    return Delivery.objects.filter(state=DeliveryState.FAILED).count()
