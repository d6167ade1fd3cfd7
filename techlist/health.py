"""Addresses for load balancers and for those who run the service. Both answer whatever the Host header says."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from techs import broker, cache
from techs.migration_state import missing_migrations
from techs.shared import Run, Shared
from techs.submissions import liveness
from techs.submissions.liveness import Liveness

T = TypeVar("T")

# Seconds that an answer may take. The parts are asked side by side.
TIMEOUT = 2.5
OK, NO_ANSWER = "ok", "does not answer"
_RETRY_AFTER = "5"


class SchemaIsOld(Exception):
    """The code needs migrations that the database lacks."""


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process answers. Asks nobody else: a restart would not bring a lost database back."""
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers and has the code's schema, else 503; with details for those who may see them.

    Without cache or broker it is still 200: lists are read, and what is accepted is kept.
    """
    if request.method not in {"GET", "HEAD"}:
        return JsonResponse({"detail": "Use GET."}, status=405, headers={"Allow": "GET, HEAD"})
    ages = liveness.shared.begin()
    parts = _ask_all()
    is_ready = parts["database"] == OK
    body: dict[str, Any] = {"status": _status(parts)}
    if settings.ACCESS == "open" or (is_ready and _is_known(request)):
        body |= parts | _in_json(_answer_of(ages, default=None))
    return JsonResponse(body) if is_ready else JsonResponse(body, status=503, headers={"Retry-After": _RETRY_AFTER})


def _status(parts: dict[str, str]) -> str:
    if parts["database"] != OK:
        return "unavailable"
    return "ok" if set(parts.values()) == {OK} else "degraded"


def _ask_all() -> dict[str, str]:
    """Return the state of each part, "ok" or a reason."""
    runs = {name: part.begin() for name, part in PARTS.items()}
    return {name: _answer_of(run, default=NO_ANSWER) for name, run in runs.items()}


def _answer_of(run: Run[T], *, default: T) -> T:
    try:
        return run.get(timeout=TIMEOUT)
    except TimeoutError:
        return default


def _in_json(found: Liveness | None) -> dict[str, Any]:
    """Return how long work waits; null where nothing waits, and while the database does not say."""
    return {
        "oldest_unfinished_seconds": found and found.oldest_unfinished_seconds,
        "last_sweep_seconds": found and found.last_sweep_seconds,
        "delayed": found and found.is_delayed,
    }


def _is_known(request: HttpRequest) -> bool:
    """Return whether a session or a token comes with the request that the API would take."""
    try:
        return bool(Request(request, authenticators=APIView().get_authenticators()).user)
    except (APIException, Error):
        return False


def _state(ask: Callable[[], None]) -> str:
    try:
        ask()
    except Exception as error:  # noqa: BLE001
        # Whatever it is, it is the answer to the question.
        return str(error) if isinstance(error, SchemaIsOld) else f"{type(error).__name__}: {NO_ANSWER}"
    return OK


def _ask_database() -> None:
    try:
        missing = missing_migrations()
    finally:
        connection.close()
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise SchemaIsOld(f"lacks {missing[0]}{others}: run manage.py migrate")


PARTS: dict[str, Shared[str]] = {
    "database": Shared(lambda: _state(_ask_database)),
    "cache": Shared(lambda: _state(cache.ping)),
    "broker": Shared(lambda: _state(broker.ping)),
}


def forget() -> None:
    """Ask anew when somebody asks next. For tests, each of which is a new process in this respect."""
    liveness.shared.forget()
    for part in PARTS.values():
        part.forget()
