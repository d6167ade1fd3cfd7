"""Guessing passwords: after some failed logins an address, and a user name, has to wait.

Wrap a view that logs in: path("login/", limit_logins(LoginView.as_view())).
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from techs import cache
from techs.errors import too_many
from techs.throttling import address, hashed

FAILURES = 10
WINDOW = 300  # seconds
TOO_MANY_LOGINS = "There were too many failed logins. Wait for {} seconds, then try again."


def limit_logins(login: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, except that it is not asked after ten failures in five minutes: 429 with Retry-After."""

    @wraps(login)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and _failed_too_often(request):
            wait = cache.seconds_left(seconds=WINDOW)
            return too_many(request, TOO_MANY_LOGINS.format(wait), wait=wait)
        return login(request, *args, **kwargs)

    return view


def _failed_too_often(request: HttpRequest) -> bool:
    names = _counters(request, request.POST.get("username", ""))
    return any(cache.counted(name, seconds=WINDOW) >= FAILURES for name in names)


@receiver(user_login_failed, dispatch_uid="techs.logins")
def _count_failure(credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        for name in _counters(request, str(credentials.get("username") or "")):
            cache.count(name, seconds=WINDOW)


def _counters(request: HttpRequest, username: str) -> list[str]:
    """The names under which a failure counts."""
    return [f"login:{hashed(f'address {address(request)}')}", f"login:{hashed(f'name {username.casefold()}')}"]
