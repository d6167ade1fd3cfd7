"""Responses that the web server repeats on its event loop, without a thread and without Django.

Django names the namespace token (techs/cache.py) under which it found the page of a response, and so allows the server
to keep it (techs/api/keeping.py). Before each repetition, the server asks Redis for the token. The response is repeated
only if the token is still the same: then no write has finished since, and Django would answer the same. Otherwise, and
whenever Redis does not answer, everything kept is dropped and Django answers.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from sys import getsizeof
from typing import Any, NamedTuple, TypeAlias

from django.conf import settings
from django.utils.http import parse_etags
from granian.rsgi import Scope

from techlist.server.token_source import TokenSource
from techlist.server.turns import Turns
from techs.api.keeping import Lease, encoding_for
from techs.cache import PAGE_TIMEOUT

Headers: TypeAlias = list[tuple[str, str]]
Key: TypeAlias = tuple[object, ...]

# Seconds until Django answers again. With logins, changes of users that bypass the models send no signal.
MAX_AGE = {"open": float(PAGE_TIMEOUT), "login": 1.0}
# Seconds that a request waits for others that ask the same: usually for two answers of Django, even if it is slow.
PATIENCE = 0.25
_METHODS = {"GET", "HEAD"}
# Requests with one of these headers go to Django.
_FOR_DJANGO = ("cookie", "origin", "range", "if-match", "if-unmodified-since", "content-length", "transfer-encoding")
# Characters of headers to parse on the event loop, which stands still meanwhile. Longer ones go to Django.
_LONGEST = 8 * 1024
# Other headers on which responses depend.
_IN_KEY = ("host", "accept", "authorization", "x-forwarded-proto")
# A response that depends on any other header is not kept.
_COVERED = {"accept", "accept-encoding", "authorization", "cookie", "origin"}
# A repetition is no part of the request whose response was kept.
_REQUEST_ID = "x-request-id"
_CONTENT_HEADERS = {"content-type", "content-length", "content-encoding", "content-disposition"}
_EMPTY = ("Content-Length", "0")  # as Django sends it
_DAY = 24 * 60 * 60
_OVERHEAD = 1024  # bytes of a kept response besides its key, headers and content, at most


class Parts(NamedTuple):
    """The parts of a long response, which are rendered one after another."""

    next: Callable[[], bytes | None]
    close: Callable[[], None]


class Response(NamedTuple):
    """A response, how long it may be kept, and when Django began to make it, by the monotonic clock.

    With parts, they are its content.
    """

    status: int
    headers: Headers
    content: bytes
    lease: Lease = Lease()
    began: float = 0.0
    parts: Parts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request that a kept response may answer. It came at asked_at, and token was known when it went to Django."""

    key: Key
    etags: str
    asked_at: float
    token: str | None

    @property
    def conditional_key(self) -> Key:
        return (*self.key, self.etags)


@dataclass(slots=True)
class Kept:
    """A response to repeat, with the ETag that it has, and the 304 for clients that have its content."""

    response: Response
    unmodified: Response
    etag: str
    renew_at: float
    expires: float
    size: int

    def may_answer(self, question: Question) -> bool:
        """Return False if the response is too old, and once shortly before, so that one request renews it for all."""
        if question.asked_at < self.renew_at:
            return True
        is_first = self.renew_at < self.expires
        self.renew_at = self.expires
        return not is_first and question.asked_at < self.expires

    def to(self, question: Question) -> Response:
        """Return this response, or a 304 if the client has its content."""
        return self.unmodified if self._is_known(question.etags) else self.response

    def _is_known(self, etags: str) -> bool:
        if not etags or etags == self.etag:
            return bool(etags)
        known = parse_etags(etags)
        return known == ["*"] or _strong(self.etag) in map(_strong, known)


class NearCache:
    """The kept responses, least recently used first. Used by the event loop only."""

    def __init__(self, size: int) -> None:
        """size: bytes of all kept responses; 0 keeps none."""
        self._size = size
        self._max_age = MAX_AGE[settings.ACCESS]
        self._used = 0
        self._token: str | None = None
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._turns: Turns[Response] = Turns(PATIENCE)
        # A server that restarted may have restored an old token.
        self._tokens = TokenSource(on_connect=lambda: self._expect(None))
        # Responses that were repeated, and those of Django that may be, for the metrics.
        self.hits = self.misses = 0

    def question(self, scope: Scope) -> Question | None:
        """Return the question that a request asks, or None if only Django can answer it."""
        headers: Any = scope.headers
        if not self._size or scope.method not in _METHODS or "host" not in headers:
            return None
        if any(name in headers for name in _FOR_DJANGO):
            return None
        values = [",".join(headers.get_all(name)) for name in _IN_KEY]
        accepted, etags = (",".join(headers.get_all(name)) for name in ("accept-encoding", "if-none-match"))
        if len(accepted) + len(etags) > _LONGEST:
            return None
        encoding = encoding_for(accepted)
        # Pages of services depend on the day.
        key = (int(time.time()) // _DAY, scope.path, scope.query_string, encoding, *values)
        return Question(key=key, etags=etags, asked_at=time.monotonic(), token=self._token)

    async def respond(self, question: Question, ask_django: Callable[[], Awaitable[Response]]) -> Response:
        """Repeat a kept response, or ask Django after others that ask the same, and share their answers if possible.

        So after a write, Django answers a few of the waiting requests instead of all of them.
        """
        if kept := await self.answer(question):
            self.hits += 1
            return kept
        async with self._turns.of(question.key) as (turn, has_waited):
            if has_waited and (response := self._shared(question, turn.result) or await self.answer(question)):
                self.hits += 1
                return response
            question = replace(question, token=self._token)
            response = await ask_django()
            self.keep(question, response)
            turn.result = response
            return response

    def _shared(self, question: Question, response: Response | None) -> Response | None:
        """Return another request's response, if Django checked access and read the list after the question came.

        While technologies change faster than Django renders a page, no response can be kept. Each one still answers
        all who waited for it.
        """
        if response is None or not response.lease.is_shared or response.began < question.asked_at:
            return None
        if response.status != HTTPStatus.OK or not _is_repeatable(response.headers):
            return None
        return self._as_kept(question, _without_request_id(response)).to(question)

    async def answer(self, question: Question) -> Response | None:
        """Return a kept response that is as new as the question, or None."""
        key, kept = self._find(question)
        if kept is None:
            return None
        token = await self._tokens.current()
        self._expect(token)
        # Meanwhile, another request may have renewed the response, or a new connection may have dropped everything.
        kept = self._kept.get(key)
        if kept is None or token != kept.response.lease.token or question.asked_at >= kept.expires:
            return None
        self._kept.move_to_end(key)
        return kept.to(question)

    def keep(self, question: Question, response: Response) -> None:
        """Keep a response by Django, if Django allows it."""
        token = response.lease.token
        if not token:
            return
        self.misses += 1
        # The token must be older than the request. Django reads it after it has checked the client's access, and only
        # a token from before that check shows that the access has not changed since.
        is_known = token == question.token == self._token
        self._expect(token)
        if is_known and _is_repeatable(response.headers):
            response = _without_request_id(response)
            is_unmodified = response.status == HTTPStatus.NOT_MODIFIED
            self._store(question.conditional_key if is_unmodified else question.key, self._as_kept(question, response))

    def _as_kept(self, question: Question, response: Response) -> Kept:
        etag = next((value for name, value in response.headers if name.lower() == "etag"), "")
        access_ends = time.monotonic() + response.lease.ends - time.time()
        # Not since the question: on a busy machine, it may have waited for a thread for longer than a response lasts.
        expires = min(response.began + self._max_age, access_ends)
        renew_at = min(response.began + self._max_age / 2, expires)
        unmodified = _unmodified(response)
        size = _size(question.conditional_key, response) + getsizeof(unmodified) + getsizeof(unmodified.headers)
        return Kept(response, unmodified, etag, renew_at, expires, size)

    def _find(self, question: Question) -> tuple[Key, Kept | None]:
        keys = [question.key, question.conditional_key] if question.etags else [question.key]
        for key in keys:
            kept = self._kept.get(key)
            if kept and kept.may_answer(question):
                return key, kept
        return question.key, None

    def _store(self, key: Key, kept: Kept) -> None:
        earlier = self._kept.get(key)
        if kept.size > self._size or (earlier and earlier.response.began > kept.response.began):
            return
        self._forget(key)
        self._kept[key] = kept
        self._used += kept.size
        while self._used > self._size:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        self._used -= kept.size if kept else 0

    def _expect(self, token: str | None) -> None:
        """Drop everything if this is another token than before."""
        if token != self._token:
            self._token = token
            self._kept.clear()
            self._used = 0


def _is_repeatable(headers: Headers) -> bool:
    varying = ",".join(value for name, value in headers if name.lower() == "vary").lower().replace(" ", "")
    is_private = any(name.lower() == "set-cookie" for name, _ in headers)
    return not is_private and set(filter(None, varying.split(","))) <= _COVERED


def _without_request_id(response: Response) -> Response:
    headers = [(name, value) for name, value in response.headers if name.lower() != _REQUEST_ID]
    return response if len(headers) == len(response.headers) else response._replace(headers=headers)


def _unmodified(response: Response) -> Response:
    if response.status == HTTPStatus.NOT_MODIFIED:
        return response
    headers = [(name, value) for name, value in response.headers if name.lower() not in _CONTENT_HEADERS]
    return Response(HTTPStatus.NOT_MODIFIED, [*headers, _EMPTY], b"")


def _size(key: Key, response: Response) -> int:
    """Return the bytes that a kept response occupies."""
    parts = [part for header in response.headers for part in (header, *header)]
    return sum(map(getsizeof, [key, *key, response.headers, *parts, response.content])) + _OVERHEAD


def _strong(etag: str) -> str:
    return etag.removeprefix("W/")
