"""Read the list from the cache, or render it from the database."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields, replace
from datetime import date

from rest_framework.renderers import JSONRenderer

from techs import cache
from techs.cache import RenderedPage
from techs.inventory import groups, outlook, overview, selection, walking
from techs.inventory.groups import GroupPage
from techs.inventory.queries import DEFAULT_PAGE_SIZE, WHOLE_LIST, ListQuery
from techs.inventory.serializers import BriefTechOutput, TechOutput


def read_page(query: ListQuery) -> tuple[RenderedPage, bool]:
    """Return one page of the list, and whether it came from the cache."""
    key, is_usual = f"page {query.canonical()}", query.is_usual
    return cache.read_through(key, lambda: render_page(query, TechOutput), is_usual=is_usual)


def read_whole() -> tuple[RenderedPage, bool]:
    """Return the whole list in short form, unless it is too long, and whether it came from the cache."""
    return cache.read_through("whole", lambda: RenderedPage.of_parts(render_whole()), is_usual=True)


def render_whole() -> Iterator[bytes]:
    """Yield the parts of a JSON array with the whole list in short form."""
    render, output = JSONRenderer().render, BriefTechOutput()
    return join_arrays(render(output.each(rows)) for rows in walking.batches(WHOLE_LIST))


def join_arrays(arrays: Iterable[bytes], *, end: bytes = b"]") -> Iterator[bytes]:
    """Yield the parts of one JSON array with the items of others, none of which is empty."""
    opening = b"["
    for array in arrays:
        yield opening + array[1:-1].rstrip()
        opening = b","
    yield end if opening == b"," else b"[" + end


def read_overview(today: date) -> tuple[RenderedPage, bool]:
    """Return the overview (inventory.overview.Overview as one JSON object), and whether it came from the cache.

    count covers the whole list.
    """
    # The number changes with the content, since versions of Techlist share the cache during a rolling update.
    return cache.read_through(f"overview 3 {today.isoformat()}", lambda: _render_overview(today), is_usual=True)


def read_summary(query: ListQuery, today: date) -> tuple[RenderedPage, bool]:
    """Return levels and outlook of a query (techs.inventory.outlook), and whether they came from the cache."""
    key = f"summary {today} {_of_any_page(query).canonical()}"
    return cache.read_through(key, lambda: _render_summary(query, today), is_usual=_of_any_page(query).is_usual)


def read_groups(query: ListQuery, page: GroupPage, today: date) -> tuple[RenderedPage, bool]:
    """Return a page of groups (techs.inventory.groups), and whether it came from the cache.

    count is the number of groups; next and previous are numbers of pages.
    """
    key = f"groups {today} {json.dumps(asdict(page), sort_keys=True)} {_of_any_page(query).canonical()}"
    return cache.read_through(key, lambda: _render_groups(query, page, today), is_usual=False)


def read_names(query: ListQuery) -> RenderedPage:
    """Return the owners, services, products and imports in a query, as people know them, as a JSON object."""
    named = ListQuery(owner=query.owner, service=query.service, product=query.product, imported=query.imported)
    page, _ = cache.read_through(f"names {named.canonical()}", lambda: _render_names(named), is_usual=False)
    return page


def render_page(query: ListQuery, serializer: type[TechOutput]) -> RenderedPage:
    page = selection.select(query)
    rows = serializer().each(page.rows)
    data: bytes = JSONRenderer().render(rows)
    rendered = RenderedPage.of(
        data,
        count=page.count,
        is_count_lower_bound=page.is_count_lower_bound,
        next=page.next,
        previous=page.previous,
    )
    return replace(rendered, content=rows)


def _render_overview(today: date) -> RenderedPage:
    found = overview.select(today)
    # Unlike asdict(), this copies no list.
    data: bytes = JSONRenderer().render({field.name: getattr(found, field.name) for field in fields(found)})
    return RenderedPage.of(data, count=sum(found.levels.values()))


def _of_any_page(query: ListQuery) -> ListQuery:
    return replace(query, cursor=None, ordering="priority", page_size=DEFAULT_PAGE_SIZE)


def _render_summary(query: ListQuery, today: date) -> RenderedPage:
    levels, ahead = outlook.read_both(query, today=today)
    found = {"levels": levels.counts, "accepted": levels.accepted, "outlook": ahead.periods}
    data: bytes = JSONRenderer().render(found)
    is_lower_bound = levels.is_lower_bound or ahead.is_lower_bound
    return RenderedPage.of(data, count=sum(levels.counts.values()), is_count_lower_bound=is_lower_bound)


def _render_groups(query: ListQuery, page: GroupPage, today: date) -> RenderedPage:
    found = groups.read_groups(query, page.by, today=today, page=page)
    shown = [
        {
            "name": group.name,
            "value": group.value,
            "count": group.count,
            "levels": group.counts,
            "accepted": group.accepted,
            "worst": TechOutput().each(group.rows),
        }
        for group in found.groups
    ]
    data: bytes = JSONRenderer().render({"groups": shown, "rest": found.rest})
    return RenderedPage.of(
        data,
        count=found.count,
        is_count_lower_bound=found.is_lower_bound,
        next=str(page.page + 1) if page.first + page.page_size < found.count else None,
        previous=str(page.page - 1) if page.page > 1 else None,
    )


def _render_names(query: ListQuery) -> RenderedPage:
    chosen = {by: getattr(query, by) for by in ("owner", "service", "product", "imported")}
    names = {by: list(groups.names_of(by, keys).values()) for by, keys in chosen.items() if keys}
    data: bytes = JSONRenderer().render(names)
    return RenderedPage.of(data)
