"""Brute-force protection: repeated failures block an address and a username for a while. Every failure is logged.

Wrap the views that check a password: path("login/", limit_logins(LoginView.as_view())).
"""

import logging
import unicodedata
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from techs import counters
from techs.api.errors import too_many
from techs.api.throttling import address, hashed

# Log parsers such as fail2ban rely on this name.
logger = logging.getLogger("techs.logins")

FAILURES = 10
WINDOW = 300  # seconds
TOO_MANY_LOGINS = "Too many failed logins. Try again in {} seconds."
# Characters of a username or a forwarded address in the log.
_LOGGED = 150

View: TypeAlias = Callable[..., HttpResponseBase]


def limit_logins(login: View) -> View:
    """Wrap a login view. After ten failures in five minutes, return 429 with Retry-After without calling it."""
    return _limited(login, name_of=lambda request: request.POST.get("username", ""), has_failed=_shows_form_again)


def limit_password_changes(change: View) -> View:
    """Wrap a view that asks for the current password. Failures are counted together with failed logins."""
    return _limited(change, name_of=_username, has_failed=_has_wrong_password)


def _limited(
    view: View, *, name_of: Callable[[HttpRequest], str], has_failed: Callable[[HttpResponseBase], bool]
) -> View:
    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        name = name_of(request)
        keys = _counter_keys(request, name)
        if _fails_too_often(keys):
            _log(request, name, "refused after too many failures")
            wait = counters.seconds_left(seconds=WINDOW)
            return too_many(request, TOO_MANY_LOGINS.format(wait), wait=wait)
        response = view(request, *args, **kwargs)
        if has_failed(response):
            _log(request, name, "failed")
        else:
            _uncount(keys)
        return response

    return limited


# A successful login redirects.
def _shows_form_again(response: HttpResponseBase) -> bool:
    return response.status_code != HTTPStatus.FOUND


def _username(request: HttpRequest) -> str:
    return request.user.get_username()


def _has_wrong_password(response: HttpResponseBase) -> bool:
    form = (getattr(response, "context_data", None) or {}).get("form")
    return form is not None and form.has_error("old_password")


def _log(request: HttpRequest, name: str, result: str) -> None:
    # The name comes last, so that nothing in it can be mistaken for another field.
    message = "Login at %s from %s %s, as %s"
    logger.warning(message, request.path, _shortened(address(request)), result, _shortened(name))


def _shortened(text: str) -> str:
    return text if len(text) <= _LOGGED else f"{text[:_LOGGED]}..."


def _fails_too_often(keys: list[str]) -> bool:
    """Count the attempt as a failure until it succeeds. Checking a password is slow, and many could start meanwhile."""
    return max(counters.count(key, seconds=WINDOW) for key in keys) > FAILURES


def _uncount(keys: list[str]) -> None:
    for key in keys:
        counters.count(key, seconds=WINDOW, by=-1)


def _counter_keys(request: HttpRequest, name: str) -> list[str]:
    return [f"login:{hashed(f'address {address(request)}')}", f"login:{hashed(f'name {_folded(name)}')}"]


def _folded(username: str) -> str:
    """Fold spellings that the database treats as the same username. MySQL ignores case and accents."""
    decomposed = unicodedata.normalize("NFKD", username).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char)).strip()
