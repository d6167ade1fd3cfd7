"""What the admin's first page says: how the list, the promises and the facts stand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from django.db.models import Count

from techs.models import LEVELS, FactsLoad, Submission, SubmissionState, Tech


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The counts of one moment."""

    levels: list[tuple[str, int]]
    unfinished: int
    failed: int
    facts: FactsLoad | None
    facts_age: int

    @classmethod
    def read(cls, *, today: date | None = None) -> Self:
        """Read it from the database: three queries, each with an index. The facts' age is in days (UTC)."""
        techs = dict(Tech.objects.order_by().values_list("level").annotate(Count("pk")))
        not_done = Submission.objects.filter(state__in=set(SubmissionState) - {SubmissionState.DONE})
        states = dict(not_done.order_by().values_list("state").annotate(Count("pk")))
        facts = FactsLoad.objects.first()
        today = today or datetime.now(UTC).date()
        return cls(
            levels=[(level, techs.get(level, 0)) for level, _ in LEVELS],
            unfinished=states.get(SubmissionState.QUEUED, 0) + states.get(SubmissionState.SAVED, 0),
            failed=states.get(SubmissionState.FAILED, 0),
            facts=facts,
            facts_age=(today - facts.as_of).days if facts else 0,
        )
