"""Limits that the web server and Django share: addresses of programs, sizes of bodies, and waits.

The web server refuses a body by this before it comes; the middleware holds it wherever Django runs without.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

# Below these programs ask, and errors are JSON.
JSON_PATHS = ("/api/", "/get", "/create")
# Seconds to wait for a server that is away, or for work that has to wait its turn.
RETRY_AFTER = 5

# Checking a password takes a core for a while, so the server lets in few of these at once.
LOGIN_PATH = "/login/"
TOO_MANY_IMPORTS = "Many imports are running just now. Nothing was stored. Try again in a few seconds."

_TAKE_FILES = ("/import/", "/api/imports")


@dataclass(frozen=True, slots=True)
class Limit:
    """Bytes of a body, and seconds in which it must be complete."""

    size: int
    seconds: float

    @property
    def problem(self) -> str:
        """What to tell who sends more."""
        return f"The body is too large: send at most {self.size // 1024} KiB."


def limit_of(path: str) -> Limit:
    """The limit that holds at an address."""
    if path.startswith(_TAKE_FILES):
        return Limit(size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, seconds=30.0)
    return Limit(size=settings.BODY_SIZE, seconds=5.0)


def limited(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 413 to a body over the limit of its address, unread."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > limit_of(request.path).size:
            raise RequestDataTooBig
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
