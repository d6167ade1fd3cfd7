"""The list at a glance: counts per level, recent changes and removals, and values to filter by.

All dates are absolute, since cached content must not depend on the time of day. It takes twelve queries, however long
the list is, and one more each for changed dates and for removals.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from techs.inventory import counts, groups, undo
from techs.lifecycles import sync_schedule
from techs.models import (
    LEVELS,
    ActionKind,
    Change,
    LevelChange,
    LifecycleDataVersion,
    ObjectKind,
    Service,
    Source,
    TechDateChange,
)
from techs.models.counts import PRODUCT, TAG

CHANGES_ARE_NEWS_FOR = timedelta(days=30)
NEWEST_CHANGES = 8
# Owners, tags, services and products offered as filters: those with the most technologies.
MOST_LABELS = 200
# Recently removed technologies that are shown with an undo button.
NEWEST_REMOVALS = 3
_REMOVING = (ActionKind.REMOVED, ActionKind.RESOLVED)

_ORDER = [level for level, _ in LEVELS]  # worst first


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The overview on one day. All values can be serialised to JSON."""

    levels: dict[str, int]
    """Tracked technologies by level."""
    libraries: int
    changes: list[dict[str, Any]]
    """The newest changes: id of the technology (None if it was removed), name and day, with the levels before and
    after, or with the text of a date change."""
    changes_count: int
    worse_count: int
    date_changes_count: int
    removals: list[dict[str, Any]]
    """The latest removals that can be undone: id of the action, name and number of technologies, at (ISO 8601)."""
    owners: list[str]
    tags: list[str]
    services: list[tuple[str, str]]
    """Slugs and names."""
    products: list[tuple[str, str]]
    lifecycle_data: dict[str, Any] | None
    """The active public lifecycle data: its date and source, the state of the sync, and its last success."""


def select(today: date) -> Overview:
    moves = _count_moves(_recent_changes(today))
    date_changes = list(_recent_date_changes(today)[:NEWEST_CHANGES])
    return Overview(
        levels=counts.levels(),
        libraries=counts.libraries(),
        changes=_newest_changes(today, date_changes),
        changes_count=moves.total(),
        worse_count=moves[True],
        # Most months have none.
        date_changes_count=_recent_date_changes(today).count() if date_changes else 0,
        removals=_removals(),
        owners=_owners(),
        tags=sorted(counts.most(TAG, MOST_LABELS)),
        services=_services(),
        products=_products(),
        lifecycle_data=_lifecycle_data(),
    )


def _recent_changes(today: date) -> QuerySet[LevelChange]:
    return LevelChange.objects.filter(at__gte=_start_of_news(today))


def _recent_date_changes(today: date) -> QuerySet[TechDateChange]:
    return TechDateChange.objects.filter(at__gte=_start_of_news(today))


def _start_of_news(today: date) -> datetime:
    return datetime.combine(today, time.min, UTC) - CHANGES_ARE_NEWS_FOR


def _count_moves(news: QuerySet[LevelChange]) -> Counter[bool]:
    """Count changes for the worse (True) and for the better (False)."""
    moves: Counter[bool] = Counter()
    for before, after, count in news.order_by().values_list("from_level", "to_level").annotate(Count("id")):
        moves[_ORDER.index(after) < _ORDER.index(before)] += count
    return moves


def _newest_changes(today: date, date_changes: Sequence[TechDateChange]) -> list[dict[str, Any]]:
    news: list[LevelChange | TechDateChange] = [*_recent_changes(today)[:NEWEST_CHANGES], *date_changes]
    news.sort(key=lambda change: change.at, reverse=True)
    return [_change(change) for change in news[:NEWEST_CHANGES]]


def _change(change: LevelChange | TechDateChange) -> dict[str, Any]:
    about = {"id": change.tech_id, "name": change.name, "day": change.at.date()}
    if isinstance(change, LevelChange):
        return about | {"before": change.from_level, "after": change.shown_level, "text": ""}
    return about | {"before": "", "after": "", "text": change.text}


def _removals() -> list[dict[str, Any]]:
    actions = undo.undoable().filter(kind__in=_REMOVING)
    if not actions.exists():
        return []  # as on most days: the query below has many parts
    removed = Change.objects.filter(action=OuterRef("pk"), object=ObjectKind.TECHNOLOGY, undo__has_key="row")
    names = removed.order_by("pk").values("name")[:1]
    numbers = removed.order_by().values("action").annotate(count=Count("pk")).values("count")
    actions = actions.annotate(name=Subquery(names), removed=Subquery(numbers))
    newest = actions.exclude(name=None).order_by("-pk")[:NEWEST_REMOVALS]
    return [{"id": each.pk, "name": each.name, "count": each.removed, "at": each.at} for each in newest]


def _owners() -> list[str]:
    """Return the owners with the most technologies, of their own or used by their services."""
    numbers: Counter[str] = Counter()
    names: dict[str, str] = {}
    for key, name, number in [*counts.most_owners(MOST_LABELS), *_owners_of_services()]:
        numbers[key] += number
        names.setdefault(key, name)
    most = sorted(names, key=lambda key: (-numbers[key], key))[:MOST_LABELS]
    return [names[key] for key in sorted(most)]


def _owners_of_services() -> Iterator[tuple[str, str, int]]:
    """Yield key, name and tracked technologies of each owner for each service."""
    owned = Service.objects.exclude(owner_key="").filter(summary__worst_rank__isnull=False)
    for key, name, levels in owned.order_by("owner").values_list("owner_key", "owner", "summary__levels"):
        yield key, name, sum(levels.values())


def _services() -> list[tuple[str, str]]:
    used = Service.objects.filter(archived_at=None, summary__worst_rank__isnull=False)
    return list(used.order_by("name_key").values_list("slug", "name")[:MOST_LABELS])


def _products() -> list[tuple[str, str]]:
    """Return the products with the most technologies, by name."""
    names = groups.names_of("product", counts.most(PRODUCT, MOST_LABELS))
    return sorted(names.items(), key=lambda each: each[1].casefold())


def _lifecycle_data() -> dict[str, Any] | None:
    load = LifecycleDataVersion.objects.exclude(source=Source.LOCAL).order_by("-id").first()
    if load is None:
        return None
    state, fetched_at = sync_schedule.state()
    # The date is that of the document, as in the reasons: fetching an unchanged document does not make it newer.
    return {
        "known_on": load.as_of,
        "source": load.get_source_display(),
        "fetch": state.value,
        "fetched_at": fetched_at,
    }
