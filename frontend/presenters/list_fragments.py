"""The parts of the list page as HTML, cached under the namespace token.

Two cached pages hold them: the overview, and a page of the list with everything that depends on its query. They contain
nothing about the visitor, and no forms. Their HTML changes with the list and the day. Marks that change during the day,
such as "new", limit how long it is cached.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache as once
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from django.db import DatabaseError, InterfaceError
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from frontend.presenters import row_html
from frontend.presenters.group_rows import GroupedRows
from frontend.presenters.list_page import ListPage
from frontend.presenters.outlook import Chart
from frontend.presenters.overview import Overview, RemovedTech, headline, newest_removal
from frontend.presenters.trend import TrendChart
from techs import cache, outages
from techs.cache import PageRequest, RenderedPage
from techs.inventory import reads, saved_views, selection
from techs.inventory.filters import NO_OWNER
from techs.inventory.groups import GroupPage
from techs.inventory.outlook import LevelCounts
from techs.inventory.queries import DEFAULT_PAGE_SIZE, ListQuery
from techs.inventory.trend import TrendDay, read_trend

_Read = TypeVar("_Read")

_TEMPLATES = {
    "filters": "frontend/_list_filters.html",
    "sorting": "frontend/_list_sorting.html",
    "head": "frontend/_list_head.html",
    "rows": "frontend/_list_rows.html",
    "tail": "frontend/_list_tail.html",
}
_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = (".html", ".py", ".svg")
# Where links of the overview end, and the parameters that they keep.
_PLACE = '" data-keep'
_KEPT = ("ordering", "page_size")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFragments:
    """One page of the list as HTML, and the last removal, whose form is rendered each time."""

    url: str
    feed_url: str
    q: str
    title: str
    count: str
    is_part: bool
    """Whether more technologies match than are on this page."""
    read_at: str
    """When the page was read (ISO 8601)."""
    state: str
    """The state of the list when it was read, "" without Redis."""
    is_empty: bool
    """Whether there is nothing to list, although no filter is set."""
    filters: SafeString
    sorting: SafeString
    head: SafeString
    rows: SafeString
    tail: SafeString
    overview: SafeString
    removal: RemovedTech | None
    views: RenderedPage
    """The saved views as JSON."""

    @classmethod
    def read(cls, query: ListQuery, groups: GroupPage | None = None) -> Self:
        """Read the page, grouped if groups are given.

        If everything is cached, it takes no database query, one round trip, and renders no row.
        """
        now = timezone.now()
        rendering = _Rendering(now, query, groups)
        requests = [rendering.list_request(), rendering.overview_request(), rendering.views_request()]
        (page, _), (above, _), (views, _) = cache.read_all(requests)
        data, overview = page.parsed, above.parsed
        html: dict[str, Any] = {name: _safe(text) for name, text in data["html"].items()}
        return cls(
            **(data["place"] | html),
            read_at=now.isoformat(timespec="microseconds"),
            state=page.state,
            overview=_safe(_with_order(overview["html"], query, groups)),
            removal=newest_removal(overview["removals"]),
            views=views,
        )

    @property
    def query_string(self) -> str:
        return self.url.partition("?")[2]


class _Rendering:
    """Renders the parts that the cache lacks. Data that several of them show is read once."""

    def __init__(self, now: datetime, query: ListQuery, groups: GroupPage | None) -> None:
        self._now = now
        self._groups = groups
        self._today = now.date()
        self._query = query
        self._is_complete = True

    def overview_request(self) -> PageRequest:
        query = replace(self._query, cursor=None, ordering="priority", page_size=DEFAULT_PAGE_SIZE)
        name = self._name(f"overview {query.canonical()}")
        return PageRequest(name=name, render=self._render_overview, is_usual=query.is_usual, is_composed=True)

    def list_request(self) -> PageRequest:
        groups = f" by {self._groups.by}, page {self._groups.page}" if self._groups else ""
        name = self._name(f"list {self._query.canonical()}{groups}")
        is_usual = self._query.is_usual and not groups
        return PageRequest(name=name, render=self._render_list, is_usual=is_usual, is_composed=True)

    def views_request(self) -> PageRequest:
        """Return the request for the saved views. While they cannot be read, there are none."""
        request = saved_views.request()
        return replace(request, render=lambda: self._tried(request.render) or self._rendered([], timeout=0))

    def _name(self, part: str) -> str:
        # HTML shows distances to today, and addresses below the prefix.
        return f"html {_version()} {get_script_prefix()} {self._today} {part}"

    @cached_property
    def _page(self) -> RenderedPage | None:
        return self._tried(lambda: reads.read_overview(self._today)[0])

    @cached_property
    def _overview(self) -> Overview | None:
        return Overview.of(self._page, today=self._today) if self._page else None

    @cached_property
    def _levels(self) -> LevelCounts | None:
        """Count the technologies of all levels, accepted risks included."""
        page = self._summary(replace(self._query, priority=(), accepted=""))
        if page is None:
            return None
        found = json.loads(page.data)
        return LevelCounts(counts=found["levels"], accepted=found["accepted"], is_lower_bound=page.is_count_lower_bound)

    def _hidden_libraries(self) -> int | None:
        libraries = self._overview.libraries if self._overview else 0
        if not (libraries and self._query.is_filtered):
            return libraries
        return self._tried(lambda: selection.count_hidden_libraries(self._query))

    def _summary(self, query: ListQuery) -> RenderedPage | None:
        return self._tried(lambda: reads.read_summary(query, self._today)[0]) if self._page else None

    def _chart(self) -> Chart | None:
        page = self._summary(self._query)
        if page is None:
            return None
        periods = json.loads(page.data)["outlook"]
        return Chart.of(periods, query=self._query, is_lower_bound=page.is_count_lower_bound)

    @property
    def _has_trend(self) -> bool:
        """Return True if the levels of each day are counted for these technologies."""
        if NO_OWNER in self._query.owner:
            return False
        owned = ListQuery(owner=self._query.owner[:1])
        return replace(self._query, cursor=None, priority=(), ordering="priority", page_size=DEFAULT_PAGE_SIZE) == owned

    def _trend(self) -> TrendChart | None:
        owner = "".join(self._query.owner)
        days = self._tried(lambda: read_trend(owner=owner, today=self._today)) or ()
        return TrendChart.of(self._with_today(days), today=self._today)

    def _with_today(self, days: Sequence[TrendDay]) -> Sequence[TrendDay]:
        """Replace the numbers of today, which are counted only every few minutes, by those of the headline."""
        if self._levels is None or self._levels.is_lower_bound:
            return days
        now = TrendDay(self._today, dict(self._levels.counts), self._levels.accepted)
        return [*(each for each in days if each.day < self._today), now]

    def _render_overview(self) -> RenderedPage:
        chart, levels = self._chart(), self._levels
        context = {
            "overview": self._overview if chart and levels else None,
            "headline": headline(levels.counts) if levels else "",
            "total": sum(levels.counts.values()) if levels else 0,
            "chart": chart,
            "is_whole": not self._query.is_filtered,
            "has_trend": self._has_trend,
            "trend": self._trend() if self._has_trend and chart else None,
        }
        html = render_to_string("frontend/_overview.html", context)
        removed = json.loads(self._page.data)["removals"] if self._page else []
        return self._rendered({"html": html, "removals": removed}, timeout=cache.PAGE_TIMEOUT)

    def _render_list(self) -> RenderedPage:
        groups = GroupedRows.read(self._query, self._groups, now=self._now) if self._groups else None
        page = ListPage.read(
            self._query,
            overview=self._overview,
            levels=self._levels,
            hidden_libraries=self._hidden_libraries(),
            groups=groups,
        )
        context = {"page": page, "groups": groups, "rows": row_html.rendered(page.rows)}
        templates = _TEMPLATES | ({"rows": "frontend/_list_groups.html"} if groups else {})
        html = {name: render_to_string(template, context) for name, template in templates.items()}
        place: dict[str, Any] = {"url": page.url, "feed_url": page.feed_url, "q": page.query.q}
        place["title"] = page.title
        place |= {"count": page.count.words.capitalize(), "is_empty": page.is_empty, "is_part": page.is_part}
        return self._rendered({"place": place, "html": html}, timeout=page.unchanged_for)

    def _tried(self, read: Callable[[], _Read]) -> _Read | None:
        """Read, or log an outage of the database and return None, since the list may be cached."""
        try:
            return read()
        except (DatabaseError, InterfaceError) as error:
            if outages.log(error, work="A part of the page") is None:
                raise
            self._is_complete = False
            return None

    def _rendered(self, data: dict[str, Any] | list[Any], *, timeout: float) -> RenderedPage:
        page = RenderedPage.of(json.dumps(data, ensure_ascii=False).encode())
        # A page that an outage left incomplete is not cached.
        return replace(page, timeout=timeout if self._is_complete else 0, content=data)


def _with_order(html: str, query: ListQuery, groups: GroupPage | None) -> str:
    """Let the bars keep the order and the groups of the list, of which the cached drawing is independent.

    No name in it looks like the end of an attribute, because quotation marks are escaped.
    """
    params = query.params()
    kept = {name: params[name] for name in _KEPT if name in params} | ({"by": groups.by} if groups else {})
    return html.replace(_PLACE, f"{escape('&' + urlencode(kept))}{_PLACE}") if kept else html


@once
def _version() -> str:
    """Return a digest of the code that renders, because a version may be built from different code."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in _CODE:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  rendered by the templates, which escaped it
