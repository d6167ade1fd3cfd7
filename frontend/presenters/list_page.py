"""The list page: rows, links to the levels, and addresses, all from the cached list."""

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from frontend.presenters.overview import Overview, count_of_techs
from frontend.presenters.rows import Row, marks_change_at
from techs.exports import documents
from techs.inventory import reads
from techs.inventory.queries import ALL, ListQuery, Params
from techs.rules.levels import Level

ORDERINGS = {
    "priority": "Worst first",
    "end_of_life": "End of life",
    "name": "Name",
    "-submitted_at": "Newest first",
}
# New rows that are marked on any page.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Count:
    """A number of technologies, or a lower bound."""

    number: int = 0
    is_lower_bound: bool = False

    def __bool__(self) -> bool:
        return bool(self.number)

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.is_lower_bound else f"{self.number:,}"

    def __add__(self, other: Self) -> Self:
        return replace(
            self, number=self.number + other.number, is_lower_bound=self.is_lower_bound or other.is_lower_bound
        )

    @property
    def words(self) -> str:
        words = count_of_techs(self.number)
        return f"more than {words}" if self.is_lower_bound else words


@dataclass(frozen=True, slots=True)
class LevelLink:
    """A link that filters by a level, with the level's action and, unless it is unknown, the level's count."""

    level: str
    action: str
    count: Count | None
    url: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """One page of the list."""

    query: ListQuery
    params: Params
    """Query parameters of the first page."""
    rows: list[Row]
    count: Count
    is_cached: bool
    total: Count | None
    levels: list[LevelLink]
    next_url: str | None
    previous_url: str | None
    overview: Overview | None
    """None during an outage of the database."""
    unchanged_for: float
    """Seconds for which no mark changes, unless the list does."""

    @classmethod
    def read(cls, query: ListQuery, read_overview: Callable[[], Overview | None]) -> Self:
        """Read the page. If everything is cached, it takes no database query."""
        page, is_cached = reads.read_page(query)
        techs = json.loads(page.data)
        overview = read_overview()
        counts = _counts(query, overview)
        now = timezone.now()
        params = query.params()
        return cls(
            query=query,
            params=params,
            rows=_unmarked_if_many([Row.read(tech, now=now) for tech in techs]),
            count=Count(page.count, page.is_count_lower_bound),
            is_cached=is_cached,
            total=sum(counts.values(), Count()) if counts else None,
            levels=[
                LevelLink(
                    level=level,
                    action=level.action,
                    count=counts.get(level),
                    url=_url(params, priority=level),
                    is_current=level in query.priority,
                )
                for level in Level
            ],
            next_url=_cursor_url(query, page.next),
            previous_url=_cursor_url(query, page.previous),
            overview=overview,
            unchanged_for=_unchanged_for(techs, overview, now=now),
        )

    @property
    def is_empty(self) -> bool:
        """Return True if there is nothing to list, although no filter is set."""
        return not self.rows and not self.query.is_filtered

    @property
    def url(self) -> str:
        return _url(self.params)

    @property
    def all_levels_url(self) -> str:
        return _url(self.params, priority="")

    @property
    def shows_libraries(self) -> bool:
        return self.query.include == ALL

    @property
    def libraries_url(self) -> str:
        """Return the address of this list with its libraries or, if they are shown, without."""
        return _url(self.params, include="" if self.shows_libraries else ALL)

    @property
    def priority(self) -> str:
        return ",".join(self.query.priority)

    @cached_property
    def chosen_owners(self) -> list[str]:
        """Return the chosen owners, as spelled on the list or in services."""
        if not self.query.owner:
            return []
        known = {owner.casefold(): owner for owner in [*(row.owner for row in self.rows), *self._known_owners]}
        if not known.keys() >= set(self.query.owner):
            known |= dict(zip(self.query.owner, self._names["owners"], strict=True))
        return [known[owner] for owner in self.query.owner]

    @property
    def services(self) -> list[tuple[str, str]]:
        """Return slug and name of the chosen services."""
        if not self.query.service:
            return []
        return list(zip(self.query.service, self._names["services"], strict=True))

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = json.loads(reads.read_names(self.query).data)
        return names

    @property
    def owners(self) -> list[str]:
        return _choices(self._known_owners, self.chosen_owners)

    @property
    def _known_owners(self) -> list[str]:
        return self.overview.owners if self.overview else []

    @property
    def tags(self) -> list[str]:
        return _choices(self.overview.tags if self.overview else [], self.query.tag)

    @property
    def exports(self) -> list[tuple[str, str]]:
        """Return the title and the address of each export of this list."""
        params = {name: value for name, value in self.params.items() if name != "page_size"}
        query = urlencode(params, doseq=True)
        return [(each.title, f"{reverse(f'techs:{each.name}')}{query and f'?{query}'}") for each in documents.ALL]

    @property
    def feed_url(self) -> str:
        return next(url for title, url in self.exports if title == documents.ATOM.title)

    @property
    def orderings(self) -> list[tuple[str, str]]:
        """Return the orders to choose from, including the current one if only the API offers it."""
        known = (
            ORDERINGS if self.query.ordering in ORDERINGS else ORDERINGS | {self.query.ordering: self.query.ordering}
        )
        return list(known.items())


def _unmarked_if_many(rows: list[Row]) -> list[Row]:
    """Unmark new rows if most rows are new, as after an import."""
    if sum(row.is_new for row in rows) <= max(_FEW, len(rows) // 2):
        return rows
    return [replace(row, is_new=False) for row in rows]


def _choices(known: Iterable[str], chosen: Collection[str]) -> list[str]:
    first = set(chosen) if len(chosen) > 1 else set()
    return sorted({*known, *chosen}, key=lambda name: (name not in first, name.casefold()))


def _counts(query: ListQuery, overview: Overview | None) -> dict[str, Count]:
    """Return the number of matching technologies by level, or nothing if it is unknown."""
    narrowed = ListQuery(q=query.q, tag=query.tag, owner=query.owner, service=query.service)
    if not narrowed.is_filtered:
        return {level: Count(overview.levels.get(level, 0)) for level in Level} if overview else {}
    page, _ = reads.read_page(narrowed)
    if page.next is None:
        counts = Counter(tech["priority"] for tech in json.loads(page.data))
        return {level: Count(counts[level]) for level in Level}
    return {level: _count(replace(narrowed, priority=(level,), page_size=1)) for level in Level}


def _count(query: ListQuery) -> Count:
    page, _ = reads.read_page(query)
    return Count(page.count, page.is_count_lower_bound)


def _unchanged_for(techs: Iterable[dict[str, Any]], overview: Overview | None, *, now: datetime) -> float:
    if overview is None:
        return 0
    age = overview.lifecycle_data
    moments = [moment for tech in techs for moment in marks_change_at(tech)] + (age.changes_at if age else [])
    return min(((moment - now).total_seconds() for moment in moments if moment > now), default=math.inf)


def _url(params: Params, **changes: str) -> str:
    given = {name: value for name, value in {**params, **changes}.items() if value}
    return reverse("frontend:list") + (f"?{urlencode(given, doseq=True)}" if given else "")


def _cursor_url(query: ListQuery, cursor: str | None) -> str | None:
    return f"{reverse('frontend:list')}?{urlencode(query.params(cursor), doseq=True)}#list" if cursor else None
