"""Middleware that rejects requests: bodies without a length or too large, and numbers out of range."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

from techs.api.errors import bad_request
from techs.api.limits import limit_of

# Digits of a length to read. Longer numbers are too large anyway, and Python does not parse very long ones.
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
    """Answer 411 to a body without Content-Length. WSGI would treat it as empty, and the error would be misleading."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            detail = "Send a Content-Length header; chunked bodies are not supported."
            return JsonResponse({"detail": detail}, status=411)
        return get_response(request)

    return middleware


class AdminNumbers:
    """Answers 400 if a number in a filter or form of the admin is too large for Python's dates or for SQLite.

    The admin filters by any field, and validates the type of a value but not its range.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        is_number = isinstance(exception, OverflowError) and request.path.startswith("/admin/")
        return bad_request(request, exception) if is_number else None
