"""Variables every template can use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from frontend.navigation import list_before, way_to_list, with_list


def access(request: HttpRequest) -> dict[str, Any]:
    """Return whether logins are on. Without them no template may ask for the user: that reads the session."""
    return {"asks_for_login": settings.ACCESS == "login"}


def list_navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the address of the list the visitor came from, and the query that keeps other pages leading back to it.

    Both are lazy and computed once: error pages must not parse the request, and each row of a list may ask.
    """
    return {
        "list_url": SimpleLazyObject(lambda: way_to_list(request)),
        "with_list": SimpleLazyObject(lambda: with_list(list_before(request))),
    }
