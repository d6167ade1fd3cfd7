"""Find the technologies on the list that a moved end date concerns.

Each row is compared when it is next assessed, in the transaction that saves the result: its basis names the
lifecycle data it was assessed with, and its cycle key the release cycle its level was based on. Activating new data
takes no longer for a long list, and the next reassessment completes the work of a killed worker.
"""

import re
from collections.abc import Iterable, Sequence

from django.utils import timezone

from techs.models import DateChange, Tech, TechDateChange
from techs.rules.kinds import Kind
from techs.webhooks import events

_LOAD = re.compile(r" facts ([0-9]+) ")  # in Assessor.basis
_BATCH = 500


def concerning(rows: Iterable[Tech], *, load: int) -> list[TechDateChange]:
    """Return the date changes, unsaved, between the data of each row's last assessment and the version to assess with.

    Call before the assessment, with the rows locked.
    """
    seen = [(row, last) for row in rows if (last := _last_load(row)) is not None and last < load]
    if not seen:
        return []
    found, at = _by_cycle(seen, load=load), timezone.now()
    changes = [
        TechDateChange(tech=row, name=row.name, change=change, at=at)
        for row, last in seen
        for change in found.get(str(row.cycle_key), ())
        if change.version_id > last
    ]
    return _without_recorded(changes)


def record(changes: Sequence[TechDateChange]) -> None:
    """Save date changes, with events. Call in the transaction that saves the rows' assessments, after them."""
    TechDateChange.objects.bulk_create(changes, batch_size=_BATCH)
    events.note_date_changes(changes)


def _last_load(row: Tech) -> int | None:
    found = _LOAD.search(row.basis) if row.cycle_key and row.kind == Kind.TRACKED else None
    return int(found[1]) if found else None


def _by_cycle(seen: Sequence[tuple[Tech, int]], *, load: int) -> dict[str, list[DateChange]]:
    oldest = min(last for _, last in seen)
    slugs = {str(row.cycle_key).partition(" ")[0] for row, _ in seen}
    by_cycle: dict[str, list[DateChange]] = {}
    moved = DateChange.objects.filter(version__gt=oldest, version__lte=load, product__in=slugs)
    for change in moved.order_by("pk"):
        by_cycle.setdefault(f"{change.product} {change.cycle}", []).append(change)
    return by_cycle


def _without_recorded(changes: list[TechDateChange]) -> list[TechDateChange]:
    if not changes:
        return []
    concerned = TechDateChange.objects.filter(tech__in={each.tech_id for each in changes})
    recorded = set(concerned.values_list("tech_id", "change_id"))
    return [each for each in changes if (each.tech_id, each.change_id) not in recorded]
