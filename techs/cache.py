"""The store of rendered pages: read_through() and invalidate(). Only this module and counters use Django's cache.

One key holds a random token, and rendered pages live under that token. Deleting the one key invalidates every
page and filter at once. A page that was rendered from an older state lands under a dead token, which nobody
asks for: so a list that lacks a finished submission is never served, without any lock.

The order matters: the token is read before the database, and a writer deletes it after its commit.
"""

import hashlib
import json
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeAlias

from django.conf import settings
from django.core.cache import cache
from django_redis.serializers.base import BaseSerializer
from redis import Redis
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from techs.circuit_breaker import CircuitBreaker

logger = logging.getLogger(__name__)

TOKEN_KEY = "techs:token"  # noqa: S105  names a place, keeps no secret
# Seconds after which an unused page gives its memory back. Freshness does not depend on it.
PAGE_TIMEOUT = 60
# Bytes of unusual pages (searches, later pages, other sizes) to store in PAGE_TIMEOUT seconds. Anyone can ask for
# countless of them; these must not push out the pages that everybody reads.
UNUSUAL_BYTES = 16 * 1024 * 1024
UNUSUAL_KEY = "techs:unusual"
_KEY_BYTES = 1024  # what a page costs the cache beside its content, generously

# Reads and counters leave a cache alone that kept one of them waiting. Writes never do.
breaker = CircuitBreaker(pause=1.0)

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

    @classmethod
    def of(cls, data: bytes, *, count: int = 0, **cursors: str | None) -> Self:
        """A page with the ETag that its content gives it. cursors: next and previous."""
        place = {"next": None, "previous": None} | cursors
        described = json.dumps([count, place["next"], place["previous"]]).encode()
        etag = hashlib.sha256(described + data).hexdigest()[:32]
        return cls(count=count, etag=etag, data=data, **place)

    def to_bytes(self) -> bytes:
        """The head as one line of JSON, then the rows as they are served."""
        head = {"count": self.count, "next": self.next, "previous": self.previous, "etag": self.etag}
        return json.dumps(head).encode() + b"\n" + self.data

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Undo to_bytes()."""
        head, data = stored.split(b"\n", 1)
        return cls(**json.loads(head), data=data)


Render: TypeAlias = Callable[[], RenderedPage]


def read_through(question: str, render: Render, *, is_usual: bool) -> tuple[RenderedPage, bool]:
    """Return the answer to a question, and whether it came from the cache.

    question: one text for equal questions. is_usual: one of the few that everybody asks, whose answer is always stored.
    Without Redis the answer is rendered from the database. Database errors are the caller's.
    """
    # While a new version is rolled out, two read the same cache, and a page of the other may have another shape.
    digest = hashlib.sha256(f"{settings.VERSION} {question}".encode()).hexdigest()
    try:
        token = _token()
    except RedisError as error:
        note_outage(error)
        token = None
    if token is None:
        return render(), False
    key = f"techs:{token}:{digest}"
    page = _stored(key)
    return (page, True) if page else _fill(key, render, is_usual=is_usual)


def invalidate() -> None:
    """Delete the token, and with it every cached page. Call it after the commit; raises RedisError without Redis."""
    cache.delete(TOKEN_KEY)


def ping() -> None:
    """Raise RedisError if the cache does not answer."""
    cache.get(TOKEN_KEY)


def redis() -> Redis:
    """The connection pool behind Django's cache, for commands that its interface lacks."""
    client: Redis = cache.client.get_client(write=True)  # type: ignore[attr-defined]  # django-redis's own
    return client


def make_key(name: str) -> str:
    """The name with the prefix that Django's cache gives its keys."""
    return cache.make_key(name)


def note_outage(error: RedisError) -> None:
    """Log that the cache failed; leave it alone for a moment if it kept a reader waiting."""
    logger.warning("The cache does not answer, the database does instead: %s", error)
    if isinstance(error, RedisTimeoutError):
        breaker.open()


def _fill(key: str, render: Render, *, is_usual: bool) -> tuple[RenderedPage, bool]:
    """Render a page that is missing, once: other readers wait for it, but not for long.

    A page that another thread has stored under the key is as new as this reader needs it: the key holds the token that
    this reader found, so both began before the same write.
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
    """The current token. None: serve from the database and store nothing.

    That is so if a writer deleted it just now, and for a moment after the cache has kept a reader waiting in vain.
    """
    if breaker.is_open:
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
        note_outage(error)
        return None
    return None if stored is None else RenderedPage.from_bytes(stored)


def _store(key: str, page: RenderedPage, *, is_usual: bool) -> None:
    content = page.to_bytes()
    try:
        if is_usual or _is_affordable(content):
            cache.set(key, content, timeout=PAGE_TIMEOUT)
    except RedisError as error:
        note_outage(error)


def _is_affordable(content: bytes) -> bool:
    """Count an unusual page. False once there are too many of them for the time being."""
    cache.add(UNUSUAL_KEY, 0, timeout=PAGE_TIMEOUT)
    try:
        return bool(cache.incr(UNUSUAL_KEY, len(content) + _KEY_BYTES) <= UNUSUAL_BYTES)
    except ValueError:  # its time was over just now
        return False
