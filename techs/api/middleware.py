"""Middleware that answers before or instead of a view: missing or excessive lengths, and numbers out of range."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

from techs.api.errors import bad_request
from techs.api.limits import limit_of

# Digits of a length that are read: more are too large anyway, and Python refuses very long numbers.
_DIGITS = 20


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
    """Answer 411 to a body without a length, which WSGI would read as empty and blame on the content."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            detail = "Send a Content-Length header; chunked bodies are not supported."
            return JsonResponse({"detail": detail}, status=411)
        return get_response(request)

    return middleware


class AdminNumbers:
    """Answers 400 if a filter or form of the admin has a number too large for Python's dates or for SQLite.

    The admin filters by any field and validates the type of a value, but not its range.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        is_number = isinstance(exception, OverflowError) and request.path.startswith("/admin/")
        return bad_request(request, exception) if is_number else None
