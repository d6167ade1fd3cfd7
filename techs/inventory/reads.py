"""Read the list from the cache, or render it from the database."""

from dataclasses import asdict
from datetime import date

from rest_framework.renderers import JSONRenderer

from techs import cache
from techs.cache import RenderedPage
from techs.inventory import overview, queries
from techs.inventory.queries import WHOLE_LIST, ListQuery
from techs.inventory.serializers import BriefTechOutput, TechOutput


def read_page(query: ListQuery) -> tuple[RenderedPage, bool]:
    """Return one page of the list, and whether it came from the cache."""
    key, is_usual = f"page {query.canonical()}", query.is_usual
    return cache.read_through(key, lambda: render_page(query, TechOutput), is_usual=is_usual)


def read_whole() -> tuple[RenderedPage, bool]:
    """Return the 10,000 worst technologies in short form, and whether they came from the cache."""
    key = f"whole {WHOLE_LIST.canonical()}"
    return cache.read_through(key, lambda: render_page(WHOLE_LIST, BriefTechOutput), is_usual=True)


def read_overview(today: date) -> tuple[RenderedPage, bool]:
    """Return the overview (inventory.overview.Overview as one JSON object), and whether it came from the cache.

    count covers the whole list, and next is the overview's cursor.
    """
    # The number changes with the content, since versions of Techlist share the cache during a rolling update.
    return cache.read_through(f"overview 2 {today.isoformat()}", lambda: _render_overview(today), is_usual=True)


def read_names(query: ListQuery) -> RenderedPage:
    """Return the owners and services in a query, as they are spelled, as a JSON object."""
    named = ListQuery(owner=query.owner, service=query.service)
    page, _ = cache.read_through(f"names {named.canonical()}", lambda: _render_names(named), is_usual=False)
    return page


def render_page(query: ListQuery, serializer: type[TechOutput]) -> RenderedPage:
    page = queries.select(query)
    rows: bytes = JSONRenderer().render(serializer(page.rows, many=True).data)
    return RenderedPage.of(
        rows,
        count=page.count,
        is_count_lower_bound=page.is_count_lower_bound,
        next=page.next,
        previous=page.previous,
    )


def _render_overview(today: date) -> RenderedPage:
    found = overview.select(today)
    data: bytes = JSONRenderer().render(asdict(found))
    return RenderedPage.of(data, count=sum(found.levels.values()), next=found.cursor)


def _render_names(query: ListQuery) -> RenderedPage:
    names = {"owners": queries.owners(query), "services": queries.services(query)}
    data: bytes = JSONRenderer().render(names)
    return RenderedPage.of(data)
