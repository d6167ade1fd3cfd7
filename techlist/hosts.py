"""Check the Host header."""

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

HEALTH_CHECKS = ("/healthz", "/readyz")


class HostCheck(CommonMiddleware):
    """Enforces ALLOWED_HOSTS, except for health checks, since load balancers use IP addresses."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in HEALTH_CHECKS else super().process_request(request)
