"""Answer conditional requests."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponseNotModified
from django.utils.cache import get_conditional_response


def content_headers(etag: str, *, vary: str) -> dict[str, str]:
    """Return the headers of a page with an ETag, which a long page has only if it belongs to a token."""
    tag = {"ETag": f'W/"{etag}"'} if etag else {}
    return {**tag, "Cache-Control": "private, no-cache", "Vary": vary}


def not_modified(request: HttpRequest, *, headers: Mapping[str, str]) -> HttpResponseBase | None:
    """Return a 304 with these headers if the client already has the content with this ETag, else None.

    The comparison is weak, since a proxy may have altered the ETag. Preconditions for writes are ignored.
    """
    response = get_conditional_response(request, etag=headers.get("ETag"))
    return HttpResponseNotModified(headers=headers) if isinstance(response, HttpResponseNotModified) else None
