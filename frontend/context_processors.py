"""Variables for all templates."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from frontend.appearance import Appearance
from frontend.navigation import way_to_list, with_list


def access(request: HttpRequest) -> dict[str, Any]:
    """Return whether a login is required. Otherwise templates must not use `user`, which would read the session."""
    return {"asks_for_login": settings.ACCESS == "login"}


def appearance(request: HttpRequest) -> dict[str, Any]:
    """Return the theme and the density that the reader has chosen."""
    return {"appearance": Appearance.of(request)}


def list_navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the address of the list that the visitor came from, and the query string for links that lead back to it.

    Both are lazy and computed once, because error pages must not parse the request, and every row of a list uses them.
    """
    return {
        "list_url": SimpleLazyObject(lambda: way_to_list(request)),
        "with_list": SimpleLazyObject(lambda: with_list(request)),
    }
