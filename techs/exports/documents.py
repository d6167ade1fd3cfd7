"""The export documents, each with its rows, format and file name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.urls import reverse

from techs import cache
from techs.cache import RenderedPage
from techs.exports import formats, wording
from techs.exports.serializers import DateFeedEntry, ExportedTechOutput, FeedEntry, JsonTechOutput
from techs.inventory import selection, walking
from techs.inventory.queries import WHOLE_LIST, ListQuery, Params
from techs.inventory.serializers import TechOutput
from techs.models import LevelChange, TechDateChange

# Changes in the feed, enough for a reader that polls once a day.
FEED_ENTRIES = 200

Render = Callable[[ListQuery, str], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Document:
    """An export format. render takes a query and the URL of the site, such as https://example.org/list/.

    It yields the document in parts. Unless it is too long, the document is cached and shared. for_url then adds the
    requested URL, which only its reader may see.
    """

    name: str
    title: str
    content_type: str
    filename: str
    render: Render
    is_download: bool = field(default=True, kw_only=True)
    is_dated: bool = field(default=False, kw_only=True)
    """Whether it names the present day."""
    has_links: bool = field(default=False, kw_only=True)
    """Whether it links to the site, of which there may be any number: a Host header may name any port."""
    for_url: Callable[[str, bytes], bytes] = field(default=lambda _url, content: content, kw_only=True)

    def filename_for(self, query: ListQuery) -> str:
        """Return a file name that tells the filters of a download, and its day if there are any."""
        return wording.filename(self.filename, query, today=_today()) if self.is_download else self.filename


def params_of(query: ListQuery) -> Params:
    """Return the parameters of the documents of a list, which have all of its pages."""
    return {name: value for name, value in query.params().items() if name != "page_size"}


def read(document: Document, query: ListQuery, *, site: str) -> tuple[RenderedPage, bool]:
    """Return the list as a document for a site URL, unless it is too long, and whether it came from the cache."""
    day = f"{_today()} " if document.is_dated else ""
    place = f"{site} " if document.has_links else ""
    key, is_usual = f"{document.name} {day}{place}{query.canonical()}", query == WHOLE_LIST and not document.has_links
    return cache.read_through(key, lambda: RenderedPage.of_parts(document.render(query, site)), is_usual=is_usual)


def _today() -> date:
    return datetime.now(UTC).date()


def _csv(query: ListQuery, _site: str) -> Iterator[bytes]:
    return formats.to_csv(_with_services(query, ExportedTechOutput))


def _json(query: ListQuery, _site: str) -> Iterator[bytes]:
    return formats.to_json(_with_services(query, JsonTechOutput))


def _markdown(query: ListQuery, _site: str) -> Iterator[bytes]:
    title = ": ".join(filter(None, ["Technologies", ", ".join(wording.describe(query))]))
    return formats.to_markdown(_rows(query), title=title, as_of=wording.day(_today()))


def _calendar(query: ListQuery, site: str) -> Iterator[bytes]:
    host = urlsplit(site).hostname or "techlist"
    name = ": ".join(filter(None, ["Techlist", ", ".join(wording.describe(query))]))
    return formats.to_calendar(_rows(query), host=host, page_url=f"{site}techs/{{id}}/", name=name)


def _badge(query: ListQuery, _site: str) -> Iterator[bytes]:
    yield formats.to_badge(selection.count_levels(query))


def _feed(query: ListQuery, site: str) -> Iterator[bytes]:
    news: list[LevelChange | TechDateChange] = [
        *selection.changes(query)[:FEED_ENTRIES],
        *selection.date_changes(query)[:FEED_ENTRIES],
    ]
    newest = sorted(news, key=lambda change: change.at, reverse=True)[:FEED_ENTRIES]
    filters = f"?{urlencode(query.filters, doseq=True)}" if query.is_filtered else ""
    feed_url = f"{urljoin(site, reverse('techs:atom'))}{filters}"
    title = ", ".join(["Techlist: changes", *wording.describe(query)])
    yield formats.to_atom(map(_feed_entry, newest), feed_url=feed_url, page_url=site, title=title)


def _feed_entry(change: LevelChange | TechDateChange) -> formats.Row:
    entry = FeedEntry(change) if isinstance(change, LevelChange) else DateFeedEntry(change)
    return entry.data


def _rows(query: ListQuery) -> formats.Batches:
    return map(ExportedTechOutput().each, walking.batches(query))


def _with_services(query: ListQuery, serializer: type[TechOutput]) -> formats.Batches:
    context: dict[str, Any] = {}
    output = serializer(context=context)
    for rows in walking.batches(query):
        context["services"] = selection.services_of(rows)
        yield output.each(rows)


CSV = Document("csv", "CSV", "text/csv", "techlist.csv", _csv)
JSON = Document("json", "JSON", "application/json", "techlist.json", _json)
MARKDOWN = Document("markdown", "Markdown", "text/markdown", "techlist.md", _markdown, is_dated=True)
CALENDAR = Document("calendar", "Calendar", "text/calendar", "techlist.ics", _calendar, has_links=True)
BADGE = Document("badge", "Badge", "image/svg+xml", "techlist.svg", _badge, is_download=False)
ATOM = Document(
    "atom",
    "Feed of changes",
    "application/atom+xml",
    "changes.atom",
    _feed,
    is_download=False,
    has_links=True,
    for_url=formats.set_self_link,
)
ALL = (CSV, JSON, MARKDOWN, CALENDAR, BADGE, ATOM)
