"""The store of rendered pages: read_through() and invalidate(). Only this module and techs.counters use Django's cache.

One key contains a random token, and rendered pages are stored under that token. Deleting the key invalidates all pages
and filters at once. A page rendered from an older state is stored under a dead token that nobody reads. So no list that
lacks a finished submission is ever served, and this takes no lock.

The order matters: readers read the token before the database, and writers delete it after their commit.
"""

import hashlib
import json
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from django.conf import settings
from django.core.cache import cache
from django_redis.serializers.base import BaseSerializer
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from techs.circuit_breaker import CircuitBreaker

logger = logging.getLogger(__name__)

TOKEN_KEY = "techs:token"  # noqa: S105  a key, not a secret
# Seconds until a page expires. This limits the use of memory, and freshness does not depend on it.
PAGE_TIMEOUT = 60
# Bytes of unusual pages (searches, later pages, other sizes) to store within PAGE_TIMEOUT seconds. The number of such
# pages is unlimited, and they must not evict the common ones.
UNUSUAL_BYTES = 16 * 1024 * 1024
UNUSUAL_KEY = "techs:unusual"
_KEY_BYTES = 1024  # generous overhead of a page in the cache

# After a timeout, reads and counters skip the cache for a moment. Invalidations never do.
breaker = CircuitBreaker(pause=1.0)

# After a write, all readers miss at once. One in each process renders the page, and the others wait for at most this
# many seconds.
FILL_TIMEOUT = 1.0
_filling = [threading.Lock() for _ in range(16)]


class BytesSerializer(BaseSerializer):
    """Stores bytes unchanged, so that nothing from the cache is unpickled."""

    def dumps(self, value: bytes) -> bytes:
        return value

    def loads(self, value: bytes) -> bytes:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPage:
    """A page ready to serve. data: a JSON array of its rows, or a document; next and previous: cursors.

    token: the namespace token of a page that was found in the cache, else "".
    """

    count: int
    next: str | None
    previous: str | None
    etag: str
    data: bytes
    token: str = ""

    @classmethod
    def of(cls, data: bytes, *, count: int = 0, **cursors: str | None) -> Self:
        """Build a page with an ETag for its content. cursors: next and previous."""
        after, before = cursors.get("next"), cursors.get("previous")
        # Another version of Techlist may wrap the same data differently.
        basis = json.dumps([settings.VERSION, count, after, before]).encode()
        etag = hashlib.sha256(basis + data).hexdigest()[:32]
        return cls(count=count, next=after, previous=before, etag=etag, data=data)

    def to_bytes(self) -> bytes:
        """Serialise as one line of JSON with the metadata, followed by the data."""
        head = {"count": self.count, "next": self.next, "previous": self.previous, "etag": self.etag}
        return json.dumps(head).encode() + b"\n" + self.data

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        head, data = stored.split(b"\n", 1)
        return cls(**json.loads(head), data=data)


Render: TypeAlias = Callable[[], RenderedPage]


def read_through(name: str, render: Render, *, is_usual: bool) -> tuple[RenderedPage, bool]:
    """Return a page, and True if it came from the cache.

    name identifies the page: equal requests have equal names. is_usual marks the few common requests, whose pages are
    always stored. Without Redis, the page is rendered from the database. Database errors are raised.
    """
    # During a rolling update, two versions share the cache, and the formats of their pages may differ.
    digest = hashlib.sha256(f"{settings.VERSION} {name}".encode()).hexdigest()
    try:
        token = _token()
    except RedisError as error:
        note_outage(error)
        token = None
    if token is None:
        return render(), False
    key = f"techs:{token}:{digest}"
    page = _stored(key)
    found, is_cached = (page, True) if page else _fill(key, render, is_usual=is_usual)
    return replace(found, token=token if is_cached else ""), is_cached


def invalidate() -> None:
    """Delete the token, and with it every cached page. Call after the commit. Raises RedisError without Redis."""
    cache.delete(TOKEN_KEY)


def token_key() -> str:
    """Return the token's key in Redis."""
    return str(cache.make_key(TOKEN_KEY))


def ping() -> None:
    """Raise RedisError if the cache does not answer."""
    cache.get(TOKEN_KEY)


def note_outage(error: RedisError) -> None:
    """Log a failure of the cache. After a timeout, also skip the cache for a moment."""
    logger.warning("The cache does not answer; using the database: %s", error)
    if isinstance(error, RedisTimeoutError):
        breaker.open()


def _fill(key: str, render: Render, *, is_usual: bool) -> tuple[RenderedPage, bool]:
    # One thread renders, the others wait. A page stored meanwhile is new enough: its key contains the token that this
    # reader found, so both readers began before the next write.
    lock = _filling[hash(key) % len(_filling)]
    has_waited = not lock.acquire(blocking=False)
    has_lock = not has_waited or lock.acquire(timeout=FILL_TIMEOUT)
    try:
        page = _stored(key) if has_waited else None
        if page:
            return page, True
        page = render()
        _store(key, page, is_usual=is_usual)
        return page, False
    finally:
        if has_lock:
            lock.release()


def _token() -> str | None:
    # Also returns None if a writer deletes the token between the calls. The page is then served but not stored.
    if breaker.is_open:
        return None
    token = cache.get(TOKEN_KEY)
    if token is None:
        # add() stores a random value unless another reader was first. A counter would restart after an eviction and
        # revive old pages.
        # The prefix makes sure that it is no number, which django-redis would return as an int.
        cache.add(TOKEN_KEY, f"t{uuid.uuid4().hex}".encode(), timeout=None)
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
    cache.add(UNUSUAL_KEY, 0, timeout=PAGE_TIMEOUT)
    try:
        return bool(cache.incr(UNUSUAL_KEY, len(content) + _KEY_BYTES) <= UNUSUAL_BYTES)
    except ValueError:  # the counter has just expired
        return False
