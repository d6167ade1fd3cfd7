"""Middleware that rejects requests: bodies without a length or too large, and bad filters and numbers in the admin."""

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, JsonResponse

from techs.api.errors import bad_filter, bad_request
from techs.api.limits import limit_of
from techs.outages import outage_of

logger = logging.getLogger(__name__)

# Digits of a length to read. Longer numbers are too large anyway, and Python does not parse very long ones.
_DIGITS = 20
_REGULAR_EXPRESSIONS = ("__regex", "__iregex")
# Raised for lookups that a database lacks, years and numbers out of range, and ranges with one end.
_BAD_FILTER = (DatabaseError, OverflowError, ValueError, IndexError)


def limited(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 413 if Content-Length exceeds the limit of the path, without reading the body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        limit = limit_of(request.path)
        length = (request.META.get("CONTENT_LENGTH") or "0")[:_DIGITS]
        if length.isascii() and length.isdecimal() and int(length) > limit.size:
            raise RequestDataTooBig(limit.problem)
        return get_response(request)

    return middleware


def length_required(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 411 to a body without Content-Length. WSGI would treat it as empty, and the error would be misleading."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            detail = "Send a Content-Length header; chunked bodies are not supported."
            return JsonResponse({"detail": detail}, status=411)
        return get_response(request)

    return middleware


class AdminFilters:
    """Answers 400 to filters and numbers in the admin that the database or Django cannot process.

    The admin filters by any field and lookup in the URL, and validates only the type of a value.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # SQLite would run a regular expression in this process, without a time limit.
        if any(name.endswith(_REGULAR_EXPRESSIONS) for name in _lookups(request)):
            return bad_filter(request)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if _lookups(request) and isinstance(exception, _BAD_FILTER) and not outage_of(exception):
            logger.warning("400 at %s: %r", request.get_full_path(), exception)
            return bad_filter(request)
        is_number = isinstance(exception, OverflowError) and request.path.startswith("/admin/")
        return bad_request(request, exception) if is_number else None


def _lookups(request: HttpRequest) -> list[str]:
    is_list = request.method in {"GET", "HEAD"} and request.path.startswith("/admin/")
    return [name for name in request.GET if LOOKUP_SEP in name] if is_list else []
