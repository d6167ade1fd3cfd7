"""Requests and responses shared by the views."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from techs.api.limits import RETRY_AFTER
from techs.api.throttling import TOO_MANY_WRITES


class Request(HttpRequest):
    """A request with the attribute that django-htmx's middleware adds."""

    htmx: HtmxDetails


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Render a response that browsers revalidate, and do not confuse with an htmx fragment at the same address."""
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request"])
    return response


def refuse(request: HttpRequest, detail: str, *, status: int) -> HttpResponse:
    """Render an error page. With JavaScript, its detail is shown next to the element that was clicked."""
    return render_page(request, "error.html", {"status": status, "detail": detail}, status=status)


def refuse_too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response = refuse(request, TOO_MANY_WRITES.format(wait), status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait)
    return response


def retry_later(response: HttpResponse) -> HttpResponse:
    """Add Retry-After to a response about a temporary problem."""
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def username(request: HttpRequest) -> str:
    """Return the name of the user, or "" if no login is required. Then the session is not read."""
    return request.user.get_username() if settings.ACCESS == "login" else ""


def see_other(url: str) -> HttpResponse:
    """Redirect after a POST, so that reloading the next page does not repeat it."""
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": url})
