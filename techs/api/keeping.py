"""Compress responses of rendered pages, and let the web server repeat them (techlist/server/near_cache.py)."""

import math
import re
from typing import NamedTuple

from django.http import HttpResponse, HttpResponseBase
from django.utils.text import compress_string
from rest_framework.request import Request

from techs.cache import RenderedPage

_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")
_WORTH_COMPRESSING = 200  # bytes


class Lease(NamedTuple):
    """How long the server may repeat a response: while Redis has the token, and before a moment in POSIX time."""

    token: str = ""
    ends: float = math.inf


def keep(request: Request, response: HttpResponseBase, page: RenderedPage) -> HttpResponseBase:
    """Compress the response to a page. If the page was cached, the server may repeat it while Redis has its token.

    The response must depend on nothing but the page, the address, the day, and the headers in its Vary.
    """
    # An attribute, since a header could reach clients or come from one. Middleware that replaces the response drops it.
    response.lease = Lease(page.token, _end_of_access(request))  # type: ignore[attr-defined]
    if isinstance(response, HttpResponse) and accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        _compress(response)
    return response


def lease_of(response: object) -> Lease:
    """Return how long the server may repeat a response, by default not at all."""
    lease: Lease = getattr(response, "lease", Lease())
    return lease


def _end_of_access(request: Request) -> float:
    # Feed tokens have no expiry. With open access, there is no token.
    expiry = getattr(request.auth, "expiry", None)
    return expiry.timestamp() if expiry else math.inf


def accepts_gzip(accept_encoding: str) -> bool:
    """Return True if the header names gzip without refusing it."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return _REFUSED.fullmatch(weight) is None
    return False


def _compress(response: HttpResponse) -> None:
    if len(response.content) >= _WORTH_COMPRESSING:
        response.content = compress_string(response.content)
        response.headers["Content-Encoding"] = "gzip"
