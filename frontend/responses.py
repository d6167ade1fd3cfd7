"""What the views share: the request as they get it, and how an answer leaves them."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from techs.api.limits import RETRY_AFTER
from techs.api.throttling import TOO_MANY_WRITES


class Request(HttpRequest):
    """A request that passed django-htmx's middleware."""

    htmx: HtmxDetails


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Render. No browser may show an old list, or take a fragment for the page."""
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request"])
    return response


def refuse(request: HttpRequest, detail: str, *, status: int) -> HttpResponse:
    """The page that says what is wrong. The script shows its words beside what was clicked."""
    return render_page(request, "error.html", {"status": status, "detail": detail}, status=status)


def refuse_too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """To a client that changes too much, and may try again after so many seconds."""
    response = refuse(request, TOO_MANY_WRITES.format(wait), status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait)
    return response


def retry_later(response: HttpResponse) -> HttpResponse:
    """For what is so for seconds: a server that is away, or work that has to wait its turn."""
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def see_other(url: str) -> HttpResponse:
    """Post, redirect, get: loading the next page again sends nothing again."""
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": url})
