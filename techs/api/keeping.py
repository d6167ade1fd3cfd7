"""Compress responses of rendered pages, and let the web server repeat them (techlist/server/near_cache.py)."""

import re

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.text import compress_string

from techs.cache import RenderedPage

_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")
_WORTH_COMPRESSING = 200  # bytes


def keep(request: HttpRequest, response: HttpResponseBase, page: RenderedPage) -> HttpResponseBase:
    """Compress the response to a page. If the page was cached, the server may repeat it while Redis has its token.

    The response must depend on nothing but the page, the address, the day, and the headers in its Vary.
    """
    # An attribute, since a header could reach clients or come from one. Middleware that replaces the response drops it.
    response.page_token = page.token  # type: ignore[attr-defined]
    if isinstance(response, HttpResponse) and accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        _compress(response)
    return response


def token_of(response: HttpResponseBase) -> str:
    """Return the token while which the server may repeat a response, else ""."""
    token: str = getattr(response, "page_token", "")
    return token


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
