"""The list page: rows, links to the levels, and addresses, all from the cached list."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from frontend.presenters.group_rows import CHOICES, GroupedRows
from frontend.presenters.list_filters import ListFilters, url_of
from frontend.presenters.overview import Overview, count_of_techs
from frontend.presenters.rows import Row, marks_change_at
from techs.exports import documents
from techs.inventory import reads, selection
from techs.inventory.filters import NO, YES
from techs.inventory.outlook import LevelCounts
from techs.inventory.queries import ALL, ListQuery, Params
from techs.rules.levels import Level

ORDERINGS = {
    "priority": "Worst first",
    "end_of_life": "End of support",
    "name": "Name",
    "product": "Product",
    "owner": "Owner",
    "-services": "Most services",
    "-submitted_at": "Newest first",
}
# The columns of the table: class, title, and the ordering that a click chooses.
_COLUMNS = (
    ("mark", "Level", "priority"),
    ("what", "Technology", "name"),
    ("to", "Upgrade to", "product"),
    ("ends", "Support ends", "end_of_life"),
    ("used", "Services", "-services"),
    ("owned", "Owner and tags", "owner"),
)
# Up to this many new rows are always marked.
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

    @property
    def words(self) -> str:
        words = count_of_techs(self.number)
        return f"at least {words}" if self.is_lower_bound else words


@dataclass(frozen=True, slots=True)
class Tab:
    """A link that filters by a level, with the action and, unless it is unknown, the number of technologies."""

    name: str
    action: str
    count: Count | None
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table. sort: how it is sorted; url: the list sorted by it, or ""."""

    name: str
    title: str
    url: str
    sort: str


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """One page of the list."""

    query: ListQuery
    by: str
    """How the list is grouped, "" if it is not."""
    params: Params
    """Query parameters of the first page."""
    rows: list[Row]
    """Empty if the list is grouped."""
    shown: int
    """The number of technologies on the page, in rows or groups."""
    count: Count
    before: int | None
    """The number of rows on the pages before, None if it is unknown."""
    levels: LevelCounts | None
    next_url: str | None
    previous_url: str | None
    overview: Overview | None
    """None during an outage of the database, like levels."""
    hidden_libraries: int | None
    """The number of libraries that the list leaves out, None if it is unknown."""
    unchanged_for: float
    """Seconds for which no mark changes, unless the list does."""

    @classmethod
    def read(
        cls,
        query: ListQuery,
        *,
        overview: Overview | None,
        levels: LevelCounts | None,
        hidden_libraries: int | None,
        groups: GroupedRows | None = None,
    ) -> Self:
        """Read the page. If it is a cached first page, this takes no database query."""
        by = groups.by if groups else ""
        page, _ = reads.read_page(query)
        techs = page.parsed
        now = timezone.now()
        return cls(
            query=query,
            by=by,
            params={**query.params(), "by": by} if by else query.params(),
            rows=[] if groups else _unmarked_if_many([Row.read(tech, now=now) for tech in techs]),
            shown=groups.shown if groups else len(techs),
            count=Count(page.count, page.is_count_lower_bound),
            before=selection.count_before(query, page.previous) if page.previous else 0,
            levels=levels,
            next_url=_cursor_url(query, page.next),
            previous_url=_cursor_url(query, page.previous),
            overview=overview,
            hidden_libraries=hidden_libraries,
            unchanged_for=_unchanged_for(techs, overview, now=now),
        )

    @cached_property
    def filters(self) -> ListFilters:
        return ListFilters(self.query, self.overview, self.by)

    @property
    def is_empty(self) -> bool:
        """Return True if there is nothing to list, although no filter is set."""
        return not (self.count or self.query.is_filtered)

    @property
    def is_part(self) -> bool:
        """Return True if more technologies match than are on this page."""
        return self.count.is_lower_bound or self.count.number > self.shown

    @property
    def is_past_end(self) -> bool:
        """Return True for a later page whose technologies are gone or no longer match."""
        return bool(self.query.cursor and self.count and not self.shown)

    @property
    def url(self) -> str:
        return url_of(self.params)

    @property
    def wall_url(self) -> str:
        """Return the address of this list for a large screen, without controls."""
        return url_of(self.params, view="wall")

    @property
    def all_levels_url(self) -> str:
        return self._tab_url()

    @property
    def unfiltered_url(self) -> str:
        """Return the address of the whole list in the order and the groups of this one."""
        return url_of({name: value for name, value in self.params.items() if name in ("ordering", "page_size", "by")})

    @property
    def is_any_level(self) -> bool:
        return not (self.query.priority or self.query.accepted)

    @property
    def shows_libraries(self) -> bool:
        return self.query.include == ALL

    @property
    def libraries_url(self) -> str:
        """Return the address of this list with its libraries or, if they are shown, without."""
        return url_of(self.params, include="" if self.shows_libraries else ALL)

    @property
    def total(self) -> Count | None:
        return self._count(sum(self.levels.counts.values())) if self.levels else None

    @property
    def title(self) -> str:
        """Return the title of the window, which begins with what matters, since browsers cut it."""
        critical = self._count(self.levels.counts[Level.CRITICAL]) if self.levels else None
        return f"{critical} critical - Techlist" if critical else "Techlist"

    @property
    def tabs(self) -> Iterator[Tab]:
        """Yield the levels, and the accepted risks if there are any, which are of the level low."""
        accepted = self.levels.accepted if self.levels else 0
        for level in Level:
            if level != Level.LOW:
                yield self._tab(level)
                continue
            if accepted or self.query.accepted == YES:
                is_current = self.query.accepted == YES
                url = self._tab_url(accepted=YES)
                yield Tab("accepted", "review later", self._count(accepted), url, is_current)
            yield self._tab(level, others=accepted)

    def _tab(self, level: Level, *, others: int = 0) -> Tab:
        count = self._count(self.levels.counts[level] - others) if self.levels else None
        url = self._tab_url(level=level, accepted=NO if others else "")
        return Tab(level, level.action, count, url, level in self.query.priority and self.query.accepted != YES)

    def _tab_url(self, *, level: str = "", accepted: str = "") -> str:
        return url_of(self.params, priority=level, accepted=accepted)

    def _count(self, number: int) -> Count:
        return Count(number, self.levels is not None and self.levels.is_lower_bound)

    @property
    def positions(self) -> str:
        """Return which of the matching technologies are on this page, such as "101-200 of 5,004"."""
        number = len(self.rows)
        if number == self.count.number and not self.count.is_lower_bound:
            return self.count.words
        if self.before is None or not number:
            return f"{number:,} of {self.count.words}"
        return f"{self.before + 1:,}–{self.before + number:,} of {self.count.words}"

    @property
    def columns(self) -> list[Column]:
        return [self._column(*each) for each in _COLUMNS]

    def _column(self, name: str, title: str, ordering: str) -> Column:
        # Groups are sorted by their levels.
        if self.by:
            return Column(name, title, "", "")
        current = self.query.ordering
        ascending = ordering.removeprefix("-")
        sort = {ascending: "ascending", f"-{ascending}": "descending"}.get(current, "")
        other = _reverse(ordering) if current == ordering else ordering
        return Column(name, title, url_of(self.params, ordering="" if other == "priority" else other), sort)

    @property
    def group_choices(self) -> list[tuple[str, str]]:
        return CHOICES

    @property
    def exports(self) -> list[tuple[str, str]]:
        """Return the title and the address of each export of this list."""
        return [(each.title, self._with_filters(f"techs:{each.name}")) for each in documents.ALL]

    @property
    def subscribe_url(self) -> str:
        return self._with_filters("frontend:subscriptions")

    def _with_filters(self, name: str) -> str:
        query = urlencode(documents.params_of(self.query), doseq=True)
        return reverse(name) + (f"?{query}" if query else "")

    @property
    def feed_url(self) -> str:
        return next(url for title, url in self.exports if title == documents.ATOM.title)

    @property
    def orderings(self) -> list[tuple[str, str]]:
        """Return the orders to choose from, including the current one if only a column offers it."""
        current = self.query.ordering
        if current in ORDERINGS:
            return list(ORDERINGS.items())
        words = ORDERINGS.get(_reverse(current), current)
        return [*ORDERINGS.items(), (current, f"{words}, reversed")]


def _unmarked_if_many(rows: list[Row]) -> list[Row]:
    """Unmark new rows if most rows are new, as after an import."""
    if sum(row.is_new for row in rows) <= max(_FEW, len(rows) // 2):
        return rows
    return [replace(row, is_new=False) for row in rows]


def _unchanged_for(techs: Iterable[dict[str, Any]], overview: Overview | None, *, now: datetime) -> float:
    if overview is None:
        return 0
    age = overview.lifecycle_data
    moments = [moment for tech in techs for moment in marks_change_at(tech)] + (age.changes_at if age else [])
    return min(((moment - now).total_seconds() for moment in moments if moment > now), default=math.inf)


def _reverse(ordering: str) -> str:
    return ordering.removeprefix("-") if ordering.startswith("-") else f"-{ordering}"


def _cursor_url(query: ListQuery, cursor: str | None) -> str | None:
    return f"{reverse('frontend:list')}?{urlencode(query.params(cursor), doseq=True)}#list" if cursor else None
