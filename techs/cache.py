"""The cached list: read(), read_overview() and forget(); and counters. The only module that touches Django's cache.

One key holds a random token, and rendered pages live under that token. Deleting the one key forgets every
page and filter at once. A page that was rendered from an older state lands under a dead token, which nobody
asks for: so a list that lacks a finished submission is never served, without any lock.

The order matters: the token is read before the database, and a writer deletes it after its commit.
"""

import hashlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Self, TypeAlias

from django.conf import settings
from django.core.cache import cache
from django_redis.serializers.base import BaseSerializer
from redis import Redis
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework.renderers import JSONRenderer

from techs.api.serializers import BriefTechOutput, TechOutput
from techs.exports.documents import Document
from techs.inventory import overview, queries
from techs.inventory.overview import OverviewQuery
from techs.inventory.queries import ListQuery

logger = logging.getLogger(__name__)

TOKEN_KEY = "techs:token"  # noqa: S105  names a place, keeps no secret
# Seconds after which an unused page gives its memory back. Freshness does not depend on it.
PAGE_TIMEOUT = 60
# Bytes of unusual pages (searches, later pages, other sizes) to store in PAGE_TIMEOUT seconds. Anyone can ask for
# countless of them; these must not push out the pages that everybody reads.
UNUSUAL_BYTES = 16 * 1024 * 1024
UNUSUAL_KEY = "techs:unusual"
_KEY_BYTES = 1024  # what a page costs the cache beside its content, generously

# Rows of the whole list at once, for the original client. Longer lists are read page by page.
WHOLE_LIST_LIMIT = 10_000
WHOLE_LIST = ListQuery(page_size=WHOLE_LIST_LIMIT)

# Seconds for which reads leave a cache alone that kept one of them waiting. Writes never do.
AWAY = 1.0
_away_until = 0.0
_counts = True

# After a write all readers miss at once. One of each process renders the page; the others wait this long, in seconds.
FILL_TIMEOUT = 1.0
_filling = [threading.Lock() for _ in range(16)]


class BytesSerializer(BaseSerializer):
    """Stores bytes as they are. Nothing that comes out of the cache is unpickled."""

    def dumps(self, value: bytes) -> bytes:
        """Bytes in, the same bytes out."""
        return value

    def loads(self, value: bytes) -> bytes:
        """Bytes in, the same bytes out."""
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPage:
    """A page ready to serve: data is the JSON array of its rows, next and previous are cursors; or a whole document."""

    count: int
    next: str | None
    previous: str | None
    etag: str
    data: bytes

    def to_bytes(self) -> bytes:
        """What is stored: the head as one line of JSON, then the rows as they are served."""
        head = {"count": self.count, "next": self.next, "previous": self.previous, "etag": self.etag}
        return json.dumps(head).encode() + b"\n" + self.data

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Undo to_bytes()."""
        head, data = stored.split(b"\n", 1)
        return cls(**json.loads(head), data=data)


Render: TypeAlias = Callable[[], RenderedPage]


def read(query: ListQuery) -> tuple[RenderedPage, bool]:
    """One page of the list, and whether it came from the cache.

    Without Redis the answer comes from the database. Database errors are the caller's.
    """
    return _read_through("page", query, lambda: _render_page(query, TechOutput))


def read_whole() -> tuple[RenderedPage, bool]:
    """The worst 10,000 technologies in their short form, and whether they came from the cache."""
    return _read_through("whole", WHOLE_LIST, lambda: _render_page(WHOLE_LIST, BriefTechOutput))


def read_document(document: Document, query: ListQuery, *, site: str) -> tuple[RenderedPage, bool]:
    """The list as one document for the site's address, and whether it came from the cache."""
    form = f"{document.name} {site}"
    return _read_through(form, query, lambda: _rendered(document.render(query, site)))


def read_overview(today: date) -> tuple[RenderedPage, bool]:
    """The list at a glance (techs.inventory.overview.Glance as one JSON object), and whether it came from the cache.

    count is that of the whole list; next is where the list by end of life goes on after the dates that are told.
    """
    return _read_through("overview", OverviewQuery(today), lambda: _render_overview(today))


def invalidate() -> None:
    """Delete the token, and with it every cached page. Call it after the commit; raises RedisError without Redis."""
    cache.delete(TOKEN_KEY)


def _read_through(form: str, query: ListQuery | OverviewQuery, render: Render) -> tuple[RenderedPage, bool]:
    # While a new version is rolled out, two read the same cache, and a page of the other may have another shape.
    question = hashlib.sha256(f"{settings.VERSION} {form} {query.canonical()}".encode()).hexdigest()
    try:
        token = _token()
    except RedisError as error:
        _note_outage(error)
        token = None
    if token is None:
        return render(), False
    key = f"techs:{token}:{question}"
    page = _stored(key)
    return (page, True) if page else _fill(key, render, is_usual=query.is_usual or query == WHOLE_LIST)


def _fill(key: str, render: Render, *, is_usual: bool) -> tuple[RenderedPage, bool]:
    """Render a page that is missing, once: whoever misses it meanwhile waits for it, but not for long.

    What another thread has stored under the key is as new as this reader needs it: the key holds the token that this
    reader found, so both began before the same write.
    """
    lock = _filling[hash(key) % len(_filling)]
    has_waited = not lock.acquire(blocking=False)
    is_mine = not has_waited or lock.acquire(timeout=FILL_TIMEOUT)
    try:
        page = _stored(key) if has_waited else None
        if page:
            return page, True
        page = render()
        _store(key, page, is_usual=is_usual)
        return page, False
    finally:
        if is_mine:
            lock.release()


def _token() -> str | None:
    """The token in force. None: serve from the database and store nothing.

    That is so if a writer deleted it just now, and for a moment after the cache has kept a reader waiting in vain.
    """
    if time.monotonic() < _away_until:
        return None
    token = cache.get(TOKEN_KEY)
    if token is None:
        # SET NX of something random. A counter that is evicted would start again and revive old pages.
        cache.add(TOKEN_KEY, uuid.uuid4().hex.encode(), timeout=None)
        token = cache.get(TOKEN_KEY)
    return None if token is None else token.decode()


def _stored(key: str) -> RenderedPage | None:
    try:
        stored = cache.get(key)
    except RedisError as error:
        _note_outage(error)
        return None
    return None if stored is None else RenderedPage.from_bytes(stored)


def _store(key: str, page: RenderedPage, *, is_usual: bool) -> None:
    content = page.to_bytes()
    try:
        if is_usual or _is_affordable(content):
            cache.set(key, content, timeout=PAGE_TIMEOUT)
    except RedisError as error:
        _note_outage(error)


def _is_affordable(content: bytes) -> bool:
    """Count an unusual page. False once there are too many of them for the time being."""
    cache.add(UNUSUAL_KEY, 0, timeout=PAGE_TIMEOUT)
    try:
        return bool(cache.incr(UNUSUAL_KEY, len(content) + _KEY_BYTES) <= UNUSUAL_BYTES)
    except ValueError:  # its time was over just now
        return False


def _note_outage(error: RedisError) -> None:
    global _away_until  # noqa: PLW0603  one per process is the point
    logger.warning("The cache does not answer, the database does instead: %s", error)
    if isinstance(error, RedisTimeoutError):
        _away_until = time.monotonic() + AWAY


def _render_page(query: ListQuery, serializer: type[TechOutput]) -> RenderedPage:
    page = queries.select(query)
    rows: bytes = JSONRenderer().render(serializer(page.rows, many=True).data)
    return _rendered(rows, count=page.count, next=page.next, previous=page.previous)


def _render_overview(today: date) -> RenderedPage:
    glance = overview.select(today)
    data: bytes = JSONRenderer().render(asdict(glance))
    return _rendered(data, count=sum(glance.levels.values()), next=glance.cursor)


def _rendered(data: bytes, *, count: int = 0, **cursors: str | None) -> RenderedPage:
    place = {"next": None, "previous": None} | cursors
    described = json.dumps([count, place["next"], place["previous"]]).encode()
    etag = hashlib.sha256(described + data).hexdigest()[:32]
    return RenderedPage(count=count, etag=etag, data=data, **place)


def ping() -> None:
    """Raise RedisError if the cache does not answer."""
    cache.get(TOKEN_KEY)


def count(name: str, *, seconds: int, by: int = 1) -> int:
    """Count one more under the name. Returns how many these are in the running window of so many seconds.

    All processes share the count. It is 0 if the cache is away: what is counted is not refused then.
    """
    global _counts  # noqa: PLW0603  one per process is the point
    if time.monotonic() < _away_until:
        return 0
    # The window is part of the key, so that the count and its end need one round trip and no script.
    key = cache.make_key(f"techs:count:{name}:{int(time.time()) // seconds}")
    try:
        with _redis().pipeline(transaction=False) as pipeline:
            pipeline.incrby(key, by)
            pipeline.expire(key, seconds)
            number = int(pipeline.execute()[0])
    except RedisError as error:
        if _counts:
            _note_outage(error)
        _counts = False
        return 0
    _counts = True
    return number


def seconds_left(*, seconds: int) -> int:
    """Until the running window of so many seconds ends, at least 1."""
    return seconds - int(time.time()) % seconds


def _redis() -> Redis:
    """The connection pool behind Django's cache, for what its interface cannot say."""
    client: Redis = cache.client.get_client(write=True)  # type: ignore[attr-defined]  # django-redis's own
    return client
