"""Middleware that answers before a view: bodies without a length or too large, and numbers that are too large."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

from techs.api.errors import bad_request
from techs.api.limits import limit_of

# Of a length: longer ones are too large whatever they are, and Python refuses to read the longest.
_DIGITS = 20


def limited(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 413 to a body over the limit of its address, unread."""

    def middleware(request: HttpRequest) -> HttpResponse:
        limit = limit_of(request.path)
        # Longer numbers than Python reads are too large as well.
        length = (request.META.get("CONTENT_LENGTH") or "0")[:_DIGITS]
        if length.isascii() and length.isdecimal() and int(length) > limit.size:
            raise RequestDataTooBig(limit.problem)
        return get_response(request)

    return middleware


def length_required(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 411 to a body without a length: WSGI would read it as empty, and tell the sender a wrong reason."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            detail = "Send the length of the body (Content-Length); chunks are not read."
            return JsonResponse({"detail": detail}, status=411)
        return get_response(request)

    return middleware


class AdminNumbers:
    """Answer 400 where an address or a form of the admin has a number that neither Python's dates nor SQLite hold.

    The admin takes any field for a filter, and checks what was typed, but not how large it is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django's hook for what a view raises."""
        is_number = isinstance(exception, OverflowError) and request.path.startswith("/admin/")
        return bad_request(request, exception) if is_number else None
