"""Check the Host header of requests, identify and attribute them, and add default headers to responses."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from techlist.sessions import user_of
from techs import request_ids
from techs.activity import actors
from techs.api.keeping import without_refused
from techs.api.limits import JSON_PATHS, MONITORING

# The pages use none of these features, so nothing that is injected into a page may use them either.
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
REQUEST_ID = "X-Request-ID"
_FOR_PROGRAMS = (*JSON_PATHS, *MONITORING)
_DEBUG_PAGES = (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)


def accepted_codings(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Remove refused codings from Accept-Encoding: Django and WhiteNoise read "gzip;q=0" as if it accepted gzip."""

    def middleware(request: HttpRequest) -> HttpResponse:
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        if "=" in accepted:
            request.META["HTTP_ACCEPT_ENCODING"] = without_refused(accepted)
        return get_response(request)

    return middleware


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add the policy in the settings, except to Django's debug pages, which have inline styles.

    django-csp's own middleware builds the policy for each response, in case that a page adds sources or a nonce.
    """
    policy = build_policy()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in _DEBUG_PAGES):
            response.headers.setdefault(HEADER, policy)
        return response

    return middleware


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


def identified(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request an id, and record the client as the actor of everything that it writes.

    A proxy may give the id in X-Request-ID. The response repeats it, so that it can be found in logs and the activity.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        token = request_ids.current.set(given if request_ids.WELL_FORMED.fullmatch(given) else uuid4().hex)
        try:
            response = get_response(request) if request.method in SAFE_METHODS else _attributed(get_response, request)
            response.headers.setdefault(REQUEST_ID, request_ids.current.get())
        finally:
            request_ids.current.reset(token)
        return response

    return middleware


def _attributed(get_response: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse:
    token = actors.source.set(partial(actors.of_request, request, request_id=request_ids.current.get()))
    try:
        return get_response(request)
    finally:
        actors.source.reset(token)


class HostCheck(CommonMiddleware):
    """Enforces ALLOWED_HOSTS, except for monitoring, which may use IP addresses."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in MONITORING else super().process_request(request)


def is_for_program(request: HttpRequest) -> bool:
    """Return True for a request by a program, which has no session and gets JSON or another document."""
    headers = request.META
    return (
        request.path_info.startswith(_FOR_PROGRAMS)
        and not headers.get("HTTP_COOKIE")
        and "html" not in headers.get("HTTP_ACCEPT", "")
        and "format=" not in headers.get("QUERY_STRING", "")
    )


class _ForPeople(MiddlewareMixin):
    """Skips a middleware for requests that it would not change."""

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request) if is_for_program(request) else super().__call__(request)


class Sessions(_ForPeople, SessionMiddleware):
    """Sessions of people."""


class Authentication(_ForPeople, AuthenticationMiddleware):
    """The users of sessions, usually read together with them."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        user: Any = SimpleLazyObject(lambda: user_of(request))
        request.user = user


class Messages(_ForPeople, MessageMiddleware):
    """Messages in sessions."""
