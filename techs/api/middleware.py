"""What every request meets before its view."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse


def length_required(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 411 to a body without a length: WSGI would read it as empty, and tell the sender a wrong reason."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            detail = "Send the length of the body (Content-Length); chunks are not read."
            return JsonResponse({"detail": detail}, status=411)
        return get_response(request)

    return middleware
