"""Log every request, if the settings say so. Only then does it take any time."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # granian's types do not export it

from techlist.server.near_cache import Headers
from techs import request_ids
from techs.api.throttling import seen_address

logger = logging.getLogger("techlist.access")

Application = Callable[[Scope, HTTPProtocol], Awaitable[None]]
_REQUEST_ID = "x-request-id"
_MESSAGE = "%(method)s %(path)s %(status)s, %(bytes)s bytes in %(seconds).3f s for %(client)s"


class _Noting:
    """A protocol that notes which response it sends. The size of one that is sent in parts is unknown."""

    def __init__(self, protocol: HTTPProtocol) -> None:
        self._protocol: Any = protocol
        self.status = 0
        self.size: int | None = None
        self.request_id = ""

    async def __call__(self) -> bytes:
        body: bytes = await self._protocol()
        return body

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self._note(status, headers, len(body))
        self._protocol.response_bytes(status, headers, body)

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        self._note(status, headers, None)
        self._protocol.response_file(status, headers, file)

    def _note(self, status: int, headers: Headers, size: int | None) -> None:
        self.status, self.size = status, size
        self.request_id = next((value for name, value in headers if name.lower() == _REQUEST_ID), "")


class AccessLog:
    """Wraps the web server's application."""

    def __init__(self, serve: Application) -> None:
        self._serve = serve

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        began, noting = time.monotonic(), _Noting(protocol)
        try:
            await self._serve(scope, noting)  # type: ignore[arg-type]  # it has the methods that are used
        finally:
            _log(scope, noting, time.monotonic() - began)


def _log(scope: Scope, sent: _Noting, seconds: float) -> None:
    headers: Any = scope.headers
    peer = scope.client.rpartition(":")[0].strip("[]")
    fields = {
        "method": scope.method,
        # Without the query, which may have the token of a feed.
        "path": scope.path,
        # 0 if the client left before.
        "status": sent.status,
        "bytes": sent.size,
        "seconds": round(seconds, 6),
        "client": seen_address(",".join(headers.get_all("x-forwarded-for")), peer) or peer,
    }
    token = request_ids.current.set(sent.request_id or request_ids.well_formed(headers.get(_REQUEST_ID)))
    try:
        logger.info(_MESSAGE, fields, extra={"fields": fields})
    finally:
        request_ids.current.reset(token)
