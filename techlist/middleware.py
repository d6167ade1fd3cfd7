"""Check the Host header of requests, attribute their writes, and add default headers to responses."""

import re
from collections.abc import Callable
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.cache import patch_vary_headers

from techs.activity import actors
from techs.api.limits import HEALTH_CHECKS

# The pages use none of these features, so nothing that is injected into a page may use them either.
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")


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


def attributed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Record the client as the actor of everything that a request writes, under the id of the request.

    A proxy may give the id in X-Request-ID. The response repeats it, so that logs and activity can be matched.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return get_response(request)
        request_id = _request_id(request)
        token = actors.source.set(partial(actors.of_request, request, request_id=request_id))
        try:
            response = get_response(request)
        finally:
            actors.source.reset(token)
        response.headers.setdefault("X-Request-ID", request_id)
        return response

    return middleware


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


class HostCheck(CommonMiddleware):
    """Enforces ALLOWED_HOSTS, except for health checks, since load balancers use IP addresses."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in HEALTH_CHECKS else super().process_request(request)
