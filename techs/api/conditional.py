"""Answers to conditional requests."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponseNotModified
from django.utils.cache import get_conditional_response


def not_modified(request: HttpRequest, *, headers: Mapping[str, str]) -> HttpResponseBase | None:
    """Return a 304 with these headers, ETag among them, if the client has this content; else None.

    The comparison is weak: a proxy may have changed the mark. Other preconditions are for writes, and are ignored.
    """
    response = get_conditional_response(request, etag=headers["ETag"])
    return HttpResponseNotModified(headers=headers) if isinstance(response, HttpResponseNotModified) else None
