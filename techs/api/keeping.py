"""Let the web server keep responses and repeat them without Django (techlist/server/near_cache.py)."""

import re
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.text import compress_string

from techs.cache import RenderedPage

# In the WSGI environment, where no client can set it: the server is ready to keep the response.
MAY_KEEP = "techlist.may_keep"
_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")
_WORTH_COMPRESSING = 200  # bytes


def keep(request: HttpRequest, response: HttpResponseBase, page: RenderedPage) -> HttpResponseBase:
    """Let the server keep the response to this page while Redis has its token, and compress it, since that is once.

    The response must depend on nothing but the page, the address, and the headers in its Vary.
    """
    if page.token and request.META.get(MAY_KEEP):
        # An attribute, since a header could reach clients. Middleware that replaces the response drops it.
        response.page_token = page.token  # type: ignore[attr-defined]
        _compress(request, response)
    return response


def token_of(response: HttpResponseBase) -> str:
    """Return the token of the page in a response to keep, else ""."""
    token: str = getattr(response, "page_token", "")
    return token


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Return True if the header names gzip without refusing it."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return _REFUSED.fullmatch(weight) is None
    return False


def _compress(request: HttpRequest, response: HttpResponseBase) -> None:
    if not isinstance(response, HttpResponse) or len(response.content) < _WORTH_COMPRESSING:
        return
    if accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        response.content = compress_string(response.content)
        response.headers["Content-Encoding"] = "gzip"
