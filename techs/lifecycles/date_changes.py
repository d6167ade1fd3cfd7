"""Record ends of support that new lifecycle data changed. techs.assessment.date_changes finds whom they concern."""

from collections.abc import Mapping
from datetime import UTC, datetime

from techs.models import DateChange, LifecycleDataVersion
from techs.rules import end_dates
from techs.rules.products import ProductFacts

_AT_ONCE = 200


def record(
    before: Mapping[str, ProductFacts], after: Mapping[str, ProductFacts], *, version: LifecycleDataVersion
) -> None:
    """Record the changes from one version to the next. Call in the transaction that activates it.

    Products or release cycles that only one of the versions has are not changes.
    """
    seen_on = datetime.now(UTC).date()
    DateChange.objects.bulk_create(
        (
            DateChange(
                product=change.product,
                cycle=change.cycle,
                title=change.title,
                field=change.field,
                before=change.before,
                after=change.after,
                seen_on=seen_on,
                version=version,
            )
            for change in end_dates.compare(before, after)
        ),
        batch_size=_AT_ONCE,
    )
