"""Compress responses of rendered pages, and let the web server repeat them (techlist/server/near_cache.py)."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import chain, islice
from typing import NamedTuple

import brotlicffi
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.text import compress_sequence, compress_string
from rest_framework.request import Request

from techs.cache import RenderedPage

_WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.\d*)?)\s*")
_WORTH_COMPRESSING = 200  # bytes
_QUALITY = 5
# In order of preference, for clients that accept both alike. At this quality, Brotli saves an eighth over gzip, in at
# most 1.6 times the processor time.
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotlicffi.compress, quality=_QUALITY),
    "gzip": compress_string,
}


def _brotli(parts: Iterable[bytes]) -> Iterator[bytes]:
    compressor = brotlicffi.Compressor(quality=_QUALITY)
    yield from map(compressor.process, parts)
    yield compressor.finish()


_COMPRESS_PARTS: dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {"br": _brotli, "gzip": compress_sequence}
_PARTS_AT_FIRST = 2  # with the first rows


class Lease(NamedTuple):
    """How long the server may repeat a response: while Redis has the token, and before a moment in POSIX time.

    is_shared: whether it also answers equal requests that came before Django began to make it.
    """

    token: str = ""
    ends: float = math.inf
    is_shared: bool = False


def keep(request: Request, response: HttpResponseBase, page: RenderedPage) -> HttpResponseBase:
    """Compress the response to a page. If the page was cached, the server may repeat it while Redis has its token.

    The response must depend on nothing but the page, the address, the day, and the headers in its Vary.
    """
    # An attribute, since a header could reach clients or come from one. Middleware that replaces the response drops it.
    response.lease = Lease(page.token, _end_of_access(request), is_shared=True)  # type: ignore[attr-defined]
    coding = encoding_for(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    if coding and isinstance(response, HttpResponse):
        _compress(response, coding)
    return response


def stream(request: Request, parts: Iterator[bytes], *, headers: Mapping[str, str]) -> StreamingHttpResponse:
    """Send the parts of a long page as they are rendered, compressed. Errors before the first ones are raised here."""
    coding = encoding_for(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    if request.method == "HEAD":
        parts = iter(())
    parts = chain(list(islice(parts, _PARTS_AT_FIRST)), parts)
    response = StreamingHttpResponse(_COMPRESS_PARTS[coding](parts) if coding else parts, headers=headers)
    if coding:
        response.headers["Content-Encoding"] = coding
    return response


def lease_of(response: object) -> Lease:
    """Return how long the server may repeat a response, by default not at all."""
    lease: Lease = getattr(response, "lease", Lease())
    return lease


def _end_of_access(request: Request) -> float:
    # Feed tokens have no expiry. With open access, there is no token.
    expiry = getattr(request.auth, "expiry", None)
    return expiry.timestamp() if expiry else math.inf


@lru_cache(maxsize=64)
def encoding_for(accept_encoding: str) -> str:
    """Return the content coding to use, or "" for none. The header must name it, since identity is always right."""
    weights = _weights(accept_encoding)
    best = max(_COMPRESS, key=lambda coding: weights.get(coding, 0.0))
    weight = weights.get(best, 0.0)
    return best if weight and weight >= weights.get("identity", 0.0) else ""


@lru_cache(maxsize=64)
def without_refused(accept_encoding: str) -> str:
    """Return the header without the codings that it refuses with a weight of 0."""
    weights = _weights(accept_encoding)
    return ",".join(part for part in accept_encoding.split(",") if weights[_weighted(part.lower())[0]])


def _weights(accept_encoding: str) -> dict[str, float]:
    return dict(map(_weighted, accept_encoding.lower().split(",")))


def _weighted(part: str) -> tuple[str, float]:
    coding, separator, weight = part.partition(";")
    given = _WEIGHT.fullmatch(weight)
    return coding.strip(), float(given[1]) if given else 0.0 if separator else 1.0


def _compress(response: HttpResponse, coding: str) -> None:
    if len(response.content) >= _WORTH_COMPRESSING:
        response.content = _COMPRESS[coding](response.content)
        response.headers["Content-Encoding"] = coding
