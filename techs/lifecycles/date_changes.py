"""Record ends of support that new lifecycle data changed, and the technologies on the list that they concern."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from django.utils import timezone

from techs.models import DateChange, LifecycleDataVersion, Tech, TechDateChange
from techs.rules import end_dates
from techs.rules.kinds import Kind
from techs.rules.products import ProductFacts
from techs.webhooks import events

# Changes whose technologies are looked up in one query, and technologies that are recorded in one.
_CHANGES_AT_ONCE, _TECHS_AT_ONCE = 200, 500


def record(
    before: Mapping[str, ProductFacts], after: Mapping[str, ProductFacts], *, version: LifecycleDataVersion
) -> None:
    """Record the changes from one version to the next, with events. Call in the transaction that activates it.

    Products or release cycles that only one of the versions has are not changes.
    """
    seen_on = datetime.now(UTC).date()
    found = end_dates.compare(before, after)
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
            for change in found
        ),
        batch_size=_CHANGES_AT_ONCE,
    )
    changes = version.date_changes.order_by("pk").iterator(chunk_size=_CHANGES_AT_ONCE)
    while some := list(islice(changes, _CHANGES_AT_ONCE)):
        _record_concerned(some)


def _record_concerned(changes: Sequence[DateChange]) -> None:
    concerned = _concerned(changes)
    while some := list(islice(concerned, _TECHS_AT_ONCE)):
        TechDateChange.objects.bulk_create(some)
        events.note_date_changes(some)


def _concerned(changes: Sequence[DateChange]) -> Iterator[TechDateChange]:
    at = timezone.now()
    by_cycle: dict[str, list[DateChange]] = {}
    for change in changes:
        by_cycle.setdefault(f"{change.product} {change.cycle}", []).append(change)
    # Locked, because a row that is removed meanwhile cannot be referred to.
    rows = Tech.objects.select_for_update().filter(kind=Kind.TRACKED, cycle_key__in=by_cycle).order_by("pk")
    for row in rows.only("name", "cycle_key").iterator(chunk_size=_TECHS_AT_ONCE):
        for change in by_cycle[str(row.cycle_key)]:
            yield TechDateChange(tech=row, name=row.name, change=change, at=at)
