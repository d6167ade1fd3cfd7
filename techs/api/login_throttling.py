"""Guessing passwords: after some failed logins an address, and a user name, has to wait.

Wrap a view that logs in: path("login/", limit_logins(LoginView.as_view())).
"""

import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from techs import counters
from techs.api.errors import too_many
from techs.api.throttling import address, hashed

FAILURES = 10
WINDOW = 300  # seconds
TOO_MANY_LOGINS = "There were too many failed logins. Wait for {} seconds, then try again."


def limit_logins(login: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, except that it is not asked after ten failures in five minutes: 429 with Retry-After."""

    @wraps(login)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and _fails_too_often(request):
            wait = counters.seconds_left(seconds=WINDOW)
            return too_many(request, TOO_MANY_LOGINS.format(wait), wait=wait)
        return login(request, *args, **kwargs)

    return view


def _fails_too_often(request: HttpRequest) -> bool:
    """Every try counts as a failure until it has succeeded: checking a password takes long enough for many to pass."""
    return max(counters.count(name, seconds=WINDOW) for name in _counters(request)) > FAILURES


@receiver(user_logged_in, dispatch_uid="techs.logins")
def _uncount(request: HttpRequest, **_: Any) -> None:
    if "username" in request.POST:
        for name in _counters(request):
            counters.count(name, seconds=WINDOW, by=-1)


def _counters(request: HttpRequest) -> list[str]:
    """The names under which a try counts."""
    username = _folded(request.POST.get("username", ""))
    return [f"login:{hashed(f'address {address(request)}')}", f"login:{hashed(f'name {username}')}"]


def _folded(username: str) -> str:
    """One text for all spellings that a database may take for one name: MySQL ignores case and accents."""
    decomposed = unicodedata.normalize("NFKD", username).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char)).strip()
