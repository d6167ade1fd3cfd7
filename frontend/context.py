"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import lazy

from frontend.way_back import list_before, list_url, with_list


def access(request: HttpRequest) -> dict[str, Any]:
    """Whether people have names here. If they have none, no template may ask: that would read the session."""
    return {"asks_for_login": settings.ACCESS == "login"}


def way_back(request: HttpRequest) -> dict[str, Any]:
    """The address of the list that somebody came from, and what makes another page of ours lead back to it.

    Worked out where a template asks: pages of errors must not depend on what a request says of itself.
    """
    return {
        "list_url": lazy(lambda: list_url(list_before(request)), str)(),
        "with_list": lazy(lambda: with_list(list_before(request)), str)(),
    }
