"""Headers that every answer has, whatever made it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

# No page of ours asks for any of these; nothing that is put into one may either.
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def private_by_default(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keep answers out of caches that others share, unless they say themselves who may keep them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Cache-Control", "private, no-cache")
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if settings.ACCESS == "login":
            patch_vary_headers(response, ["Cookie", "Authorization"])
        return response

    return middleware
