"""The web server's application: Django, behind a server in which every wait is bounded.

Granian calls it on its event loop. Bodies are collected there, and only a complete request gets a thread, so a slow
sender occupies none. A wait that would take too long ends in an error: 408 if the body does not arrive, and 503 if all
threads are busy. A body that is too large gets 413. The event loop also sends the responses, so a slow reader occupies
no thread either. Long responses are rendered in parts, and large ones sent in parts (streaming.py). Responses of cached
pages are repeated without Django (near_cache.py).
"""

import asyncio
import html
import io
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]  # granian's types do not export it

from techlist.metrics import port
from techlist.metrics.catalogue import CACHE_HITS, CACHE_MISSES, NEAR_HITS, NEAR_MISSES, REFUSALS
from techlist.metrics.figures import figures
from techlist.server import open_files, streaming
from techlist.server.access_log import AccessLog
from techlist.server.near_cache import Headers, NearCache, Parts, Response
from techlist.server.streaming import NextPart
from techlist.server.turns import acquire_within
from techlist.sub_path import without
from techlist.wsgi import application as django
from techs import cache, request_ids
from techs.api.keeping import lease_of
from techs.api.limits import (
    HEALTH_CHECKS,
    JSON_PATHS,
    METRICS,
    MONITORING,
    PASSWORD_PATHS,
    RETRY_AFTER,
    is_upload,
    limit_of,
)
from techs.submissions import outbox, overload

# Seconds that a complete request waits for a thread.
THREAD_TIMEOUT = 2.0
# They mostly wait for the database, the cache or the broker.
THREADS = 32
# Requests that run at the same time, since more would only compete for the interpreter. One that has waited for MOMENT
# (in seconds) starts anyway: the running ones are then mostly waiting for other servers.
RUNNING = 8
MOMENT = 0.05
# Concurrent writes. If the servers that they need are slow or down, the other threads still serve the cached list.
# SQLite has one writer, so most writes wait here instead of in the database.
WRITERS = 4 if settings.DATABASES["default"]["ENGINE"] == "techlist.sqlite" else 24
# Bodies above the usual size to hold in memory, including those still arriving, and how many of them may be huge.
LARGE_BODIES = 16
HUGE_BODIES = 4
HUGE = 1024 * 1024

# Concurrent health checks. They have their own threads, so they are answered while all others are busy, and a flood of
# them takes no threads from other requests.
CHECKS = 2
# The same holds for the metrics, which may wait for servers that do not answer.
SCRAPES = 1
# Concurrent uploads. Reading a file keeps a processor busy for seconds at worst, so they have their own threads. They
# wait longer than others, as they occupy no thread meanwhile.
UPLOADS = 4
UPLOAD_TIMEOUT = 10.0
# Connections to the database: one for each of these threads, and four for /readyz, the age of unfinished work, the
# metrics and the pressure.
DATABASE_CONNECTIONS = THREADS + CHECKS + SCRAPES + UPLOADS + 4
# Threads that may render parts of long responses. All others stay free for short requests.
STREAMS = 2
# Long or large responses being sent. Each has two open files, and some megabytes of parts rendered in advance.
READERS = 50
# Bytes from which on a response is large. Of a smaller one, Granian holds whatever its client has yet to read.
LARGE = 256 * 1024
# Concurrent logins and password changes. Checking a password keeps a core busy for a second, on purpose.
LOGINS = 2

Part = TypeVar("Part")

_SAFE = {"GET", "HEAD", "OPTIONS"}
_PREFIX = settings.FORCE_SCRIPT_NAME or ""
_ENVIRON: dict[str, Any] = {
    "SCRIPT_NAME": _PREFIX,
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}
_NOT_HTTP = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class HTTPRefusal(Exception):
    """An error to answer without Django."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class BoundedServer:
    """The RSGI application around Django."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS + CHECKS + SCRAPES + UPLOADS, thread_name_prefix="django")
        self._threads = asyncio.Semaphore(THREADS)
        self._running = asyncio.Semaphore(RUNNING)
        self._writers = asyncio.Semaphore(WRITERS)
        self._logins = asyncio.Semaphore(LOGINS)
        self._checks = asyncio.Semaphore(CHECKS)
        self._scrapes = asyncio.Semaphore(SCRAPES)
        self._uploads = asyncio.Semaphore(UPLOADS)
        self._streams = asyncio.Semaphore(STREAMS)
        self._readers = asyncio.Semaphore(READERS)
        self._large_bodies = asyncio.Semaphore(LARGE_BODIES)
        self._huge_bodies = asyncio.Semaphore(HUGE_BODIES)
        self._near = NearCache(settings.NEAR_CACHE * 1024 * 1024)
        outbox.publish_in_background()
        overload.watch()
        self._watch_figures()
        port.open_in_background()

    def _watch_figures(self) -> None:
        figures.watch(NEAR_HITS, lambda: self._near.hits)
        figures.watch(NEAR_MISSES, lambda: self._near.misses)
        figures.watch(CACHE_HITS, lambda: cache.usage.hits)
        figures.watch(CACHE_MISSES, lambda: cache.usage.misses)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        try:
            response = await self._answer(scope, protocol)
            if response.parts:
                await self._stream(scope, protocol, response, response.parts)
                return
            if len(response.content) >= LARGE and scope.method != "HEAD":
                await self._send(scope, protocol, response, _at_once(response.content))
                return
        except HTTPRefusal as refusal:
            figures.add(REFUSALS, str(refusal.status.value))
            response = _refuse(scope, refusal)
        except ProtocolClosed:
            # The client left before its body was complete.
            return
        protocol.response_bytes(response.status, response.headers, response.content)

    async def _stream(self, scope: Scope, protocol: HTTPProtocol, response: Response, parts: Parts) -> None:
        try:
            await self._send(scope, protocol, response, partial(self._render, parts.next))
        finally:
            await self._render(parts.close)

    async def _send(self, scope: Scope, protocol: HTTPProtocol, response: Response, next_part: NextPart) -> None:
        """Raises HTTPRefusal if others read too many such responses."""
        await _acquire([self._readers])
        try:
            await streaming.send(scope, protocol, response, next_part)
        finally:
            self._readers.release()

    async def _render(self, step: Callable[[], Part]) -> Part:
        # Between parts, a stream has no thread, so any number of clients may read slowly.
        async with self._streams, self._threads:
            return await asyncio.get_running_loop().run_in_executor(self._pool, step)

    async def _answer(self, scope: Scope, protocol: HTTPProtocol) -> Response:
        """Repeat a kept response, or ask Django, which may let us keep its response."""
        question = self._near.question(scope)
        if question is None:
            return await self._ask_django(scope, protocol)
        return await self._near.respond(question, lambda: self._in_thread(scope, b""))

    async def _ask_django(self, scope: Scope, protocol: HTTPProtocol) -> Response:
        """Collect the body, then call Django. Raises HTTPRefusal if a wait takes too long."""
        length = int(scope.headers.get("content-length", "0"))
        if length == 0:
            # A middleware rejects chunked bodies, which have no length.
            return await self._in_thread(scope, b"")
        limit = limit_of(_path(scope))
        if length > limit.size:
            raise HTTPRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit.problem)
        permits = self._body_permits(length)
        await _acquire(permits)
        try:
            return await self._in_thread(scope, await _collect(protocol, limit.seconds_for(length)))
        finally:
            for permit in permits:
                permit.release()

    async def _in_thread(self, scope: Scope, body: bytes) -> Response:
        permits = self._permits(scope)
        await _acquire(permits, seconds=UPLOAD_TIMEOUT if self._uploads in permits else THREAD_TIMEOUT)
        try:
            if self._threads in permits and await acquire_within(MOMENT, self._running):
                permits.append(self._running)
            return await asyncio.get_running_loop().run_in_executor(self._pool, _call_django, scope, body)
        finally:
            for permit in permits:
                permit.release()

    def _body_permits(self, length: int) -> list[asyncio.Semaphore]:
        if length > HUGE:
            return [self._huge_bodies, self._large_bodies]
        return [self._large_bodies] if length > settings.BODY_SIZE else []

    def _permits(self, scope: Scope) -> list[asyncio.Semaphore]:
        path = _path(scope)
        if path in HEALTH_CHECKS:
            return [self._checks]
        if path == METRICS:
            return [self._scrapes]
        if scope.method in _SAFE:
            return [self._threads]
        if is_upload(path):
            return [self._uploads]
        return [self._logins if path in PASSWORD_PATHS else self._writers, self._threads]


async def _collect(protocol: HTTPProtocol, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await protocol()
    except TimeoutError as error:
        message = f"The body did not arrive within {seconds:.0f} seconds. Nothing was stored. Send it again."
        raise HTTPRefusal(HTTPStatus.REQUEST_TIMEOUT, message) from error


async def _acquire(permits: list[asyncio.Semaphore], *, seconds: float = THREAD_TIMEOUT) -> None:
    acquired = []
    try:
        async with asyncio.timeout(seconds):
            for permit in permits:
                await permit.acquire()
                acquired.append(permit)
    except TimeoutError as error:
        for permit in acquired:
            permit.release()
        message = "The server is busy. Nothing was stored. Try again in a few seconds."
        raise HTTPRefusal(HTTPStatus.SERVICE_UNAVAILABLE, message) from error


def _path(scope: Scope) -> str:
    return without(_PREFIX, scope.path)


def _call_django(scope: Scope, body: bytes) -> Response:
    head: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        head[:] = [int(status[:3]), headers]

    began = time.monotonic()
    response = django(_environ(scope, body), start_response)  # type: ignore[arg-type]  # nothing calls write()
    is_long = _is_long(response)
    if is_long and scope.method != "HEAD":
        return Response(head[0], head[1], b"", parts=_parts(response))
    try:
        content = b"" if is_long else b"".join(response)
    finally:
        # This closes files and lets Django finish the request.
        response.close()
    return Response(head[0], head[1], content, lease_of(response), began)


def _is_long(response: Any) -> bool:
    # Static files have a length.
    return response.streaming and not response.has_header("Content-Length")


def _parts(response: Any) -> Parts:
    chunks = iter(response)

    def next_part() -> bytes | None:
        # Each part may have another thread, with a connection of its own that may be old.
        close_old_connections()
        return next(filter(None, chunks), None)

    return Parts(next_part, response.close)


def _at_once(content: bytes) -> NextPart:
    parts = iter([content])

    async def next_part() -> bytes | None:
        return next(parts, None)

    return next_part


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    server, _, port = scope.server.rpartition(":")
    environ = _ENVIRON | {
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _path(scope).encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
    }
    headers: Any = scope.headers
    for name in headers.keys():  # noqa: SIM118  no mapping
        # With an underscore, a client could forge a hyphenated header that only a proxy may set.
        if "_" not in name:
            key = _NOT_HTTP.get(name) or f"HTTP_{name.replace('-', '_').upper()}"
            # Granian leaves out values that are not ASCII.
            environ[key] = ",".join(headers.get_all(name))
    return environ


def _refuse(scope: Scope, refusal: HTTPRefusal) -> Response:
    if _path(scope).startswith((*JSON_PATHS, *MONITORING)):
        kind, content = "application/json", json.dumps({"detail": refusal.detail})
    else:
        kind, content = "text/html; charset=utf-8", _PAGE.format(html.escape(refusal.detail))
    headers: Headers = [("content-type", kind), ("cache-control", "no-store"), ("connection", "close"), *_SECURITY]
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("retry-after", str(RETRY_AFTER)))
    if request_id := request_ids.well_formed(scope.headers.get("x-request-id")):
        headers.append(("x-request-id", request_id))
    return Response(refusal.status, headers, content.encode())


_SECURITY = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    *([("strict-transport-security", f"max-age={settings.SECURE_HSTS_SECONDS}")] if settings.HTTPS else []),
]
_PAGE = (
    "<!doctype html><title>Techlist</title><p data-detail>{}</p>"
    f'<p><a href="{settings.SESSION_COOKIE_PATH}">Go to the list</a></p>'
)

open_files.raise_limit()
_server = BoundedServer()
application: BoundedServer | AccessLog = AccessLog(_server.__rsgi__) if settings.ACCESS_LOG else _server
