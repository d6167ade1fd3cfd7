"""Count the requests that Django answers. Only installed if metrics are on."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from techlist.metrics.catalogue import REQUEST_SECONDS, REQUESTS
from techlist.metrics.figures import figures

_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
# One label for the many pages of the admin, and one for addresses without a name, such as those that do not exist.
_ADMIN, _UNNAMED = "admin", "other"


def counted(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Count a request by the name of its address, and the time until its response began."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        labels = _route(request), request.method if request.method in _METHODS else _UNNAMED
        figures.add(REQUESTS, *labels, f"{response.status_code // 100}xx")
        figures.observe(REQUEST_SECONDS, *labels, seconds=time.monotonic() - began)
        return response

    return middleware


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None or not match.url_name:
        return _UNNAMED
    return _ADMIN if _ADMIN in match.namespaces else match.view_name
