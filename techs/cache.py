"""The cached list: read() and forget(). The only module that touches Django's cache.

One key holds a random token, and rendered pages live under that token. Deleting the one key forgets every
page and filter at once. A page that was rendered from an older state lands under a dead token, which nobody
asks for: so a list that lacks a finished submission is never served, without any lock.

The order matters: the token is read before the database, and a writer deletes it after its commit.
"""

import hashlib
import json
import logging
import uuid
from dataclasses import dataclass
from typing import Self

from django.core.cache import cache
from django_redis.serializers.base import BaseSerializer
from redis.exceptions import RedisError
from rest_framework.renderers import JSONRenderer

from techs import listing
from techs.listing import ListQuery
from techs.serializers import BriefTechOutput, TechOutput

logger = logging.getLogger(__name__)

TOKEN_KEY = "techs:token"  # noqa: S105  names a place, keeps no secret
# Seconds after which an unused page gives its memory back. Freshness does not depend on it.
PAGE_TIMEOUT = 60
# Rows of the whole list at once, for the original client. Longer lists are read page by page.
WHOLE_LIST_LIMIT = 10_000


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
    """A page ready to serve: data is the JSON array of its rows, next and previous are cursors."""

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


def read(query: ListQuery) -> tuple[RenderedPage, bool]:
    """One page of the list, and whether it came from the cache.

    Without Redis the answer comes from the database. Database errors are the caller's.
    """
    return _read_through("page", query)


def read_whole() -> tuple[RenderedPage, bool]:
    """The worst 10,000 technologies in their short form, and whether they came from the cache."""
    return _read_through("whole", ListQuery(page_size=WHOLE_LIST_LIMIT))


def forget() -> None:
    """Delete the token, and with it every cached page. Call it after the commit; raises RedisError without Redis."""
    cache.delete(TOKEN_KEY)


def _read_through(form: str, query: ListQuery) -> tuple[RenderedPage, bool]:
    question = hashlib.sha256(query.canonical().encode()).hexdigest()
    try:
        token = _token()
        key = f"techs:{token}:{form}:{question}"
        stored = cache.get(key) if token else None
    except RedisError as error:
        logger.warning("The cache does not answer, reading from the database: %s", error)
        return _render(form, query), False
    if stored is not None:
        return RenderedPage.from_bytes(stored), True
    page = _render(form, query)
    if token:
        _store(key, page)
    return page, False


def _token() -> str | None:
    """The token in force. None if a writer deleted it just now: then serve from the database and store nothing."""
    token = cache.get(TOKEN_KEY)
    if token is None:
        # SET NX of something random. A counter that is evicted would start again and revive old pages.
        cache.add(TOKEN_KEY, uuid.uuid4().hex.encode(), timeout=None)
        token = cache.get(TOKEN_KEY)
    return None if token is None else token.decode()


def _store(key: str, page: RenderedPage) -> None:
    try:
        cache.set(key, page.to_bytes(), timeout=PAGE_TIMEOUT)
    except RedisError as error:
        logger.warning("The cache does not answer, page not stored: %s", error)


def _render(form: str, query: ListQuery) -> RenderedPage:
    page = listing.select(query)
    serializer = BriefTechOutput if form == "whole" else TechOutput
    data: bytes = JSONRenderer().render(serializer(page.rows, many=True).data)
    described = json.dumps([page.count, page.next, page.previous]).encode()
    etag = hashlib.sha256(described + data).hexdigest()[:32]
    return RenderedPage(count=page.count, next=page.next, previous=page.previous, etag=etag, data=data)


def ping() -> None:
    """Raise RedisError if the cache does not answer."""
    cache.get(TOKEN_KEY)
