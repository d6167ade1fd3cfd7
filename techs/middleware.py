"""What every request meets before its view."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from techs.errors import bad_request


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
