"""The store of rendered pages: read_all() and invalidate(). Only this module and techs.counters use Django's cache.

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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Self, TypeAlias

from django.conf import settings
from django.core.cache import cache
from django_redis.serializers.base import BaseSerializer
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from techs import reader
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

# Bytes of the longest page to store. Longer ones are rendered for each client, in parts.
LONGEST = 4 * 1024 * 1024

# After a timeout, reads and counters skip the cache for a moment. Invalidations never do.
breaker = CircuitBreaker(pause=1.0)

# After a write, all readers miss at once. One in each process renders the page, and the others wait for at most this
# many seconds.
FILL_TIMEOUT = 1.0
_filling = [threading.Lock() for _ in range(16)]
# For pages that are rendered from other cached pages: with locks of their own, they never wait for themselves.
_composing = [threading.Lock() for _ in range(16)]

# Fields of pages that are not part of their stored metadata.
_UNSTORED = {"data", "content", "token", "state", "timeout"}


class Usage:
    """How many pages this process has found in the cache, and rendered, for the metrics."""

    def __init__(self) -> None:
        # Threads share these without a lock, so a page may go uncounted.
        self.hits = self.misses = 0


usage = Usage()

# The token that this process read last. It is only a guess, which saves a round trip if it is still right.
_last_token = ""


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
    state: that of the list when the page was read, from before its content; "" without Redis. See read_state().
    timeout: seconds for which a page whose content depends on the time is right.
    is_long: the page is too long to store, and data is empty. Its ETag belongs to the token, which names its content.
    content: what data holds, if this process has just rendered it. See parsed.
    """

    count: int
    next: str | None
    previous: str | None
    etag: str
    data: bytes
    is_count_lower_bound: bool = False
    token: str = ""
    state: str = ""
    timeout: float = PAGE_TIMEOUT
    is_long: bool = False
    content: Any = None

    @property
    def parsed(self) -> Any:
        """Return the content of a JSON document."""
        return json.loads(self.data) if self.content is None else self.content

    @classmethod
    def of_parts(cls, parts: Iterable[bytes]) -> Self:
        """Build a page from its parts. If they are too long together, leave them out."""
        data = bytearray()
        for part in parts:
            data += part
            if len(data) > LONGEST:
                return cls(count=0, next=None, previous=None, etag="", data=b"", is_long=True)
        return cls.of(bytes(data))

    @classmethod
    def of(cls, data: bytes, *, count: int = 0, is_count_lower_bound: bool = False, **cursors: str | None) -> Self:
        """Build a page with an ETag for its content. cursors: next and previous."""
        after, before = cursors.get("next"), cursors.get("previous")
        # Another version of Techlist may wrap the same data differently.
        basis = json.dumps([settings.VERSION, count, is_count_lower_bound, after, before]).encode()
        etag = hashlib.sha256(basis + data).hexdigest()[:32]
        return cls(
            count=count,
            is_count_lower_bound=is_count_lower_bound,
            next=after,
            previous=before,
            etag=etag,
            data=data,
        )

    def to_bytes(self) -> bytes:
        """Serialise as one line of JSON with the metadata, followed by the data."""
        names = (field.name for field in fields(self) if field.name not in _UNSTORED)
        head = {name: getattr(self, name) for name in names}
        return json.dumps(head).encode() + b"\n" + self.data

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        head, data = stored.split(b"\n", 1)
        return cls(**json.loads(head), data=data)


Render: TypeAlias = Callable[[], RenderedPage]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A page to read from the cache, or to render.

    name identifies the page: equal requests have equal names. is_usual marks the few common requests, whose pages are
    always stored. is_composed marks pages that are rendered from other cached pages.
    """

    name: str
    render: Render
    is_usual: bool
    is_composed: bool = False

    @property
    def digest(self) -> str:
        # During a rolling update, two versions share the cache, and the formats of their pages may differ.
        return hashlib.sha256(f"{settings.VERSION} {self.name}".encode()).hexdigest()


def read_through(name: str, render: Render, *, is_usual: bool) -> tuple[RenderedPage, bool]:
    """Return one page as read_all() does."""
    (found,) = read_all([PageRequest(name=name, render=render, is_usual=is_usual)])
    return found


def read_all(requests: Sequence[PageRequest]) -> list[tuple[RenderedPage, bool]]:
    """Return each page, and True if it came from the cache. Cached pages take one round trip to Redis altogether.

    Without Redis, the pages are rendered from the database. Database errors are raised.
    """
    token, stored = _look_up([request.digest for request in requests])
    if token is not None and len(stored) == len(requests):
        return [_found(token, stored, request) for request in requests]
    with reader.reading(token):
        if token is None:
            usage.misses += len(requests)
            return [(request.render(), False) for request in requests]
        return [_found(token, stored, request) for request in requests]


def read_state() -> RenderedPage:
    """Return a JSON document with the state of the list: an opaque text that every invalidation changes.

    Reads before and after a change differ, since the change deletes the token in between. Raises RedisError without
    Redis: the database has no such text.
    """
    if breaker.is_open:
        raise RedisTimeoutError("The cache did not answer a moment ago.")
    try:
        token, _ = _read_under_token([])
    except RedisTimeoutError:
        # Every open page asks for the state, and each question would occupy a thread.
        breaker.open()
        raise
    # A writer has just deleted the token, so this state has already passed, and no other reader gets it.
    state = _state_of(token or uuid.uuid4().hex)
    data = json.dumps({"state": state}).encode()
    return RenderedPage(count=0, next=None, previous=None, etag=state, data=data, token=token or "", state=state)


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


def _key(token: str, digest: str) -> str:
    return f"techs:{token}:{digest}"


def _found(token: str, stored: dict[str, bytes], request: PageRequest) -> tuple[RenderedPage, bool]:
    key = _key(token, request.digest)
    page, is_cached = (RenderedPage.from_bytes(stored[key]), True) if key in stored else _fill(key, request)
    if is_cached:
        usage.hits += 1
    else:
        usage.misses += 1
    etag = hashlib.sha256(key.encode()).hexdigest()[:32] if page.is_long else page.etag
    return replace(page, etag=etag, token=token if is_cached else "", state=_state_of(token)), is_cached


@lru_cache(maxsize=8)
def _state_of(token: str) -> str:
    # Anyone who knows the token could read pages, if Redis were reachable. A digest does not reveal it.
    return hashlib.sha256(f"state {token}".encode()).hexdigest()[:32]


def _fill(key: str, request: PageRequest) -> tuple[RenderedPage, bool]:
    # One thread renders, the others wait. A page stored meanwhile is new enough: its key contains the token that this
    # reader found, so both readers began before the next write.
    locks = _composing if request.is_composed else _filling
    lock = locks[hash(key) % len(locks)]
    has_waited = not lock.acquire(blocking=False)
    has_lock = not has_waited or lock.acquire(timeout=FILL_TIMEOUT)
    try:
        page = _stored(key) if has_waited else None
        if page:
            return page, True
        page = request.render()
        _store(key, page, is_usual=request.is_usual)
        return page, False
    finally:
        if has_lock:
            lock.release()


def _look_up(digests: Sequence[str]) -> tuple[str | None, dict[str, bytes]]:
    """Return the token, and the pages stored under it by key. Without Redis, the token is None.

    Parts of another page are read under its token, even if that is no longer current: they are as new as their reader
    may expect.
    """
    outer = reader.current.get()
    if breaker.is_open or (outer and outer.token is None):
        return None, {}
    try:
        return _pages_under(outer.token, digests) if outer and outer.token else _read_under_token(digests)
    except RedisError as error:
        note_outage(error)
        return None, {}


def _read_under_token(digests: Sequence[str]) -> tuple[str | None, dict[str, bytes]]:
    # Redis answers for all keys at one moment, so if the guess is right, the pages are those of the current token.
    global _last_token  # noqa: PLW0603  one per process is intended
    guess = _last_token
    found = cache.get_many([TOKEN_KEY, *(_key(guess, digest) for digest in digests)])
    given = found.pop(TOKEN_KEY, None)
    token = _token() if given is None else given.decode()
    if token is None or token == guess:
        return token, found
    _last_token = token
    return _pages_under(token, digests)


def _pages_under(token: str, digests: Sequence[str]) -> tuple[str, dict[str, bytes]]:
    return token, cache.get_many([_key(token, digest) for digest in digests])


def _token() -> str | None:
    # Also returns None if a writer deletes the token between the calls. The page is then served but not stored.
    if breaker.is_open:
        return None
    token = cache.get(TOKEN_KEY)
    if token is None:
        # add() stores a random value unless another reader was first. A counter would restart after an eviction and
        # revive old pages. The prefix makes sure that it is no number, which django-redis would return as an int.
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
            cache.set(key, content, timeout=min(page.timeout, PAGE_TIMEOUT))
    except RedisError as error:
        note_outage(error)


def _is_affordable(content: bytes) -> bool:
    cache.add(UNUSUAL_KEY, 0, timeout=PAGE_TIMEOUT)
    try:
        return bool(cache.incr(UNUSUAL_KEY, len(content) + _KEY_BYTES) <= UNUSUAL_BYTES)
    except ValueError:  # the counter has just expired
        return False
