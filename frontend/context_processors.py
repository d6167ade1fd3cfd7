"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from frontend.navigation import list_before, way_to_list, with_list


def access(request: HttpRequest) -> dict[str, Any]:
    """Whether people have names here. If they have none, no template may ask: that would read the session."""
    return {"asks_for_login": settings.ACCESS == "login"}


def list_navigation(request: HttpRequest) -> dict[str, Any]:
    """The address of the list that somebody came from, and what makes another page of ours lead back to it.

    Worked out where a template asks, once: pages of errors must not depend on what a request says of itself, and in a
    list each row may ask.
    """
    return {
        "list_url": SimpleLazyObject(lambda: way_to_list(request)),
        "with_list": SimpleLazyObject(lambda: with_list(list_before(request))),
    }
