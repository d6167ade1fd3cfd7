"""Which names Techlist answers to."""

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

HEALTH_CHECKS = ("/healthz", "/readyz")


class HostCheck(CommonMiddleware):
    """Refuses what ALLOWED_HOSTS does not name, except for health checks: load balancers call by address."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Look at the Host header."""
        return None if request.path_info in HEALTH_CHECKS else super().process_request(request)
