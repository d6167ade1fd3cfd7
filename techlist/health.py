"""Health checks for load balancers and operators, which accept any Host header."""

from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, JsonResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from techlist.dependencies import NO_ANSWER, OK, SERVERS
from techs.api.tokens import may_read
from techs.shared import Run
from techs.submissions import liveness
from techs.submissions.liveness import Liveness

T = TypeVar("T")

# Seconds that a response may take. All servers are checked in parallel.
TIMEOUT = 2.5
_RETRY_AFTER = "5"


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 while this process answers. Other servers are not checked, as a restart would not bring them back."""
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database answers and has the current schema, else 503. Authenticated clients get details.

    The status is 200 even without the cache or the broker, because reads still work and submissions are stored.
    """
    if request.method not in {"GET", "HEAD"}:
        return JsonResponse({"detail": "Use GET."}, status=405, headers={"Allow": "GET, HEAD"})
    ages = liveness.shared.begin()
    states = _check_servers()
    is_ready = states["database"] == OK
    body: dict[str, Any] = {"status": _status(states)}
    if settings.ACCESS == "open" or (is_ready and _may_read(request)):
        body |= states | _in_json(_answer_of(ages, default=None))
    return JsonResponse(body) if is_ready else JsonResponse(body, status=503, headers={"Retry-After": _RETRY_AFTER})


def _status(states: dict[str, str]) -> str:
    if states["database"] != OK:
        return "unavailable"
    return "ok" if set(states.values()) == {OK} else "degraded"


def _check_servers() -> dict[str, str]:
    runs = {name: server.begin() for name, server in SERVERS.items()}
    return {name: _answer_of(run, default=NO_ANSWER) for name, run in runs.items()}


def _answer_of(run: Run[T], *, default: T) -> T:
    try:
        return run.get(timeout=TIMEOUT)
    except TimeoutError:
        return default


def _in_json(found: Liveness | None) -> dict[str, Any]:
    """Return the ages, which are null if nothing is waiting or the database does not answer."""
    return {
        "oldest_unfinished_seconds": found and found.oldest_unfinished_seconds,
        "last_sweep_seconds": found and found.last_sweep_seconds,
        "delayed": found and found.is_delayed,
    }


def _may_read(request: HttpRequest) -> bool:
    authenticated = Request(request, authenticators=APIView().get_authenticators())
    try:
        return bool(authenticated.user) and may_read(authenticated.auth)
    except (APIException, Error):
        return False


def reset() -> None:
    """Discard the shared results, so that the next request checks again. For tests."""
    liveness.shared.reset()
    for server in SERVERS.values():
        server.reset()
