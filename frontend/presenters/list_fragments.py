"""The parts of the list page as HTML, cached under the namespace token.

Two cached pages hold them: the overview, and a page of the list with everything that depends on its query. They contain
nothing about the visitor: a slot stands in for the CSRF token of forms. Their HTML changes with the list and the day.
Marks that change during the day, such as "new", limit how long it is cached.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache as once
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from django.db import DatabaseError, InterfaceError
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from frontend.navigation import with_list
from frontend.presenters import row_html
from frontend.presenters.list_page import ListPage
from frontend.presenters.overview import Overview, RemovedTech, removals
from frontend.presenters.row_html import CSRF_SLOT
from techs import cache, outages
from techs.cache import PageRequest, RenderedPage
from techs.inventory import reads
from techs.inventory.queries import ListQuery

_TEMPLATES = {
    "search": "frontend/_search.html",
    "head": "frontend/_list_head.html",
    "rows": "frontend/_list_rows.html",
    "tail": "frontend/_list_tail.html",
}
_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = (".html", ".py", ".svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewFragment:
    """The overview as HTML, and the removals that can be undone, which have forms and are rendered each time."""

    html: SafeString
    removals: list[RemovedTech]

    @classmethod
    def read(cls) -> Self:
        """Read the overview as of today (UTC). If it is cached, this takes no database query and renders nothing."""
        ((page, _),) = cache.read_all([_Rendering(timezone.now()).overview_request()])
        return cls.of(page)

    @classmethod
    def of(cls, page: RenderedPage) -> Self:
        data = json.loads(page.data)
        return cls(html=_safe(data["html"]), removals=list(removals(data["removals"])))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFragments:
    """One page of the list as HTML: the search form; and filters, rows, and links to other pages and exports."""

    url: str
    feed_url: str
    count: str
    is_cached: bool
    is_empty: bool
    """Whether there is nothing to list, although no filter is set."""
    search: SafeString
    head: SafeString
    rows: SafeString
    tail: SafeString
    overview: OverviewFragment

    @classmethod
    def read(cls, query: ListQuery) -> Self:
        """Read the page. If everything is cached, it takes no database query, one round trip, and renders no row."""
        rendering = _Rendering(timezone.now(), query)
        (page, _), (overview, _) = cache.read_all([rendering.list_request(), rendering.overview_request()])
        data = json.loads(page.data)
        html = {name: _safe(text) for name, text in data.pop("html").items()}
        return cls(
            **(data | html),
            is_cached=rendering.is_cached,
            overview=OverviewFragment.of(overview),
        )


class _Rendering:
    """Renders the parts that the cache lacks. Reads the list and the overview at most once."""

    def __init__(self, now: datetime, query: ListQuery | None = None) -> None:
        self._now = now
        self._query = query or ListQuery()
        self._live: ListPage | None = None

    @property
    def is_cached(self) -> bool:
        return self._live is None or self._live.is_cached

    def overview_request(self) -> PageRequest:
        return PageRequest(name=self._name("overview"), render=self._render_overview, is_usual=True, is_composed=True)

    def list_request(self) -> PageRequest:
        name = self._name(f"list {self._query.canonical()}")
        return PageRequest(name=name, render=self._render_list, is_usual=self._query.is_usual, is_composed=True)

    def _name(self, part: str) -> str:
        # HTML shows distances to today, and addresses below the prefix.
        return f"html {_version()} {get_script_prefix()} {self._now.date()} {part}"

    @cached_property
    def _overview(self) -> RenderedPage | None:
        """Read the overview, or log an outage of the database and return None, since the list may be cached."""
        try:
            page, _ = reads.read_overview(self._now.date())
        except (DatabaseError, InterfaceError) as error:
            if outages.log(error, work="The overview") is None:
                raise
            return None
        return page

    def _read_overview(self) -> Overview | None:
        return Overview.of(self._overview, today=self._now.date()) if self._overview else None

    def _render_overview(self) -> RenderedPage:
        html = render_to_string("frontend/_overview.html", {"overview": self._read_overview()})
        removed = json.loads(self._overview.data)["removals"] if self._overview else []
        return _rendered({"html": html, "removals": removed}, timeout=cache.PAGE_TIMEOUT if self._overview else 0)

    def _render_list(self) -> RenderedPage:
        page = self._live = ListPage.read(self._query, self._read_overview)
        rows = row_html.rendered(page.rows, with_list=with_list(self._query))
        context = {"page": page, "rows": rows, "csrf_token": CSRF_SLOT}
        html = {name: render_to_string(template, context) for name, template in _TEMPLATES.items()}
        place = {"url": page.url, "feed_url": page.feed_url}
        data = {**place, "count": page.count.words.capitalize(), "is_empty": page.is_empty, "html": html}
        return _rendered(data, timeout=page.unchanged_for)


@once
def _version() -> str:
    """Return a digest of the code that renders, because a version may be built from different code."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in _CODE:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _rendered(data: dict[str, Any], *, timeout: float) -> RenderedPage:
    return replace(RenderedPage.of(json.dumps(data, ensure_ascii=False).encode()), timeout=timeout)


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  rendered by the templates, which escaped it
