"""Conditional requests."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponseNotModified
from django.utils.cache import get_conditional_response


def not_modified(request: HttpRequest, *, headers: Mapping[str, str]) -> HttpResponseBase | None:
    """Return a 304 with these headers (ETag included) if the client already has this content, else None.

    The comparison is weak, since a proxy may have altered the ETag. Preconditions of writes are ignored.
    """
    response = get_conditional_response(request, etag=headers["ETag"])
    return HttpResponseNotModified(headers=headers) if isinstance(response, HttpResponseNotModified) else None
