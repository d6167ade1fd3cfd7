"""Limits shared by the web server and Django: paths that answer in JSON or are always answered, body sizes and waits.

The web server rejects large bodies before reading them. Where Django runs without that server, middleware does so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

# Paths for programs, where errors are JSON.
JSON_PATHS = ("/api/", "/get", "/create")
HEALTH_CHECKS = ("/healthz", "/readyz")
METRICS = "/metrics"
# Paths for load balancers and monitoring: any Host, no session, and errors in JSON.
MONITORING = (*HEALTH_CHECKS, METRICS)
# Retry-After in seconds, if the server is busy or an outage is likely to end soon.
RETRY_AFTER = 5
# Retry-After in seconds, if an administrator has to fix something first.
RETRY_AFTER_REPAIR = 60

# Checking a password keeps a core busy, so the server admits few requests to these paths at once.
PASSWORD_PATHS = {"/login/", "/password/"}
TOO_MANY_IMPORTS = "Too many imports are running. Nothing was stored. Try again in a few seconds."

_UPLOAD_PATHS = ("/import/", "/services/", "/api/imports", "/api/services/")
# Bulk changes, with up to 10,000 ids.
_BULK_PATH, _BULK_SIZE = "/api/techs/bulk", 256 * 1024
# Digits of a length to read. Longer numbers are too large anyway, and Python does not parse very long ones.
_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest size of a body in bytes, and the seconds within which a small one must arrive."""

    size: int
    seconds: float

    @property
    def problem(self) -> str:
        return f"The body is too large: send at most {self.size // 1024:,} KiB."

    def seconds_for(self, length: int) -> float:
        """Return the seconds within which a body of this length must arrive."""
        return self.seconds + length // (256 * 1024)


def is_upload(path: str) -> bool:
    """Return whether requests to a path may have a file, which takes long to read."""
    return path.startswith(_UPLOAD_PATHS)


def limit_of(path: str) -> Limit:
    if is_upload(path):
        return Limit(size=settings.UPLOAD_SIZE, seconds=30.0)
    size = _BULK_SIZE if path.startswith(_BULK_PATH) else settings.BODY_SIZE
    return Limit(size=size, seconds=5.0)


def limited(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 413 if Content-Length exceeds the limit of the path, without reading the body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        limit = limit_of(request.path_info)
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
