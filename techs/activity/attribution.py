"""Attribute the writes of requests to their clients."""

import re
from collections.abc import Callable
from functools import partial
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from techs.activity import actors

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")


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
