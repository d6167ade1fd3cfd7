"""What every template knows."""

from functools import cache
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

    Worked out where a template asks: pages of errors must not depend on what a request says of itself. And once,
    however often it asks: a hundred rows with a form each do.
    """
    before = cache(lambda: list_before(request))
    return {
        "list_url": lazy(cache(lambda: list_url(before())), str)(),
        "with_list": lazy(cache(lambda: with_list(before())), str)(),
    }
