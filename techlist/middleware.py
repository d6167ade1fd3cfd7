"""Check the Host header of requests, and add default headers to responses."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.cache import patch_vary_headers

HEALTH_CHECKS = ("/healthz", "/readyz")
# The pages use none of these features, so nothing that is injected into a page may use them either.
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def private_by_default(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keep responses out of shared caches unless a view sets Cache-Control itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Cache-Control", "private, no-cache")
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if settings.ACCESS == "login":
            patch_vary_headers(response, ["Cookie", "Authorization"])
        return response

    return middleware


class HostCheck(CommonMiddleware):
    """Enforces ALLOWED_HOSTS, except for health checks, since load balancers use IP addresses."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in HEALTH_CHECKS else super().process_request(request)
