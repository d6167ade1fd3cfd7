"""Error responses, as {"detail": ...} or {field: [...]}, with messages that say how to fix the problem."""

import logging
import math
import sys
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from techs import request_ids
from techs.api.limits import JSON_PATHS, RETRY_AFTER, RETRY_AFTER_REPAIR, TOO_MANY_IMPORTS, limit_of
from techs.api.parsers import IDEMPOTENCY_HEADER, BodyTooLarge
from techs.api.throttling import TOO_MANY_WRITES
from techs.exceptions import (
    AlreadyListed,
    ChangedMeanwhile,
    IdempotencyKeyReused,
    InUse,
    LargeRemoval,
    NameTaken,
    NotInUse,
    ServiceArchived,
    TooManyImports,
    TooManySelected,
    ViewExists,
)
from techs.models import Service
from techs.outages import Outage, outage_of

logger = logging.getLogger(__name__)

TOO_MANY_WAITING = (
    "Too many technologies are waiting to be assessed. Nothing was stored. Try again in {} seconds, or import them."
)
_CONFLICTS = (AlreadyListed, ChangedMeanwhile, InUse, NameTaken, NotInUse, ServiceArchived, TooManySelected, ViewExists)
_KEY_REUSED = "This key was already used for a different request. Use a new one."


class TooManyAtOnce(exceptions.APIException):
    """429 Too Many Requests while too many imports are running."""

    status_code = 429
    default_detail = TOO_MANY_IMPORTS
    default_code = "too_many_at_once"
    wait = RETRY_AFTER


class TooManyWaiting(exceptions.APIException):
    """429 Too Many Requests while submissions arrive faster than workers process them."""

    status_code = 429
    default_code = "too_many_waiting"

    def __init__(self, wait: int) -> None:
        super().__init__(TOO_MANY_WAITING.format(wait))
        self.wait = wait


class Conflict(exceptions.APIException):
    """409 Conflict: the request is valid, but not in the present state."""

    status_code = 409
    default_code = "conflict"


class Unavailable(exceptions.APIException):
    """503 Service Unavailable, with Retry-After."""

    status_code = 503
    default_code = "unavailable"

    def __init__(self, outage: Outage) -> None:
        super().__init__(outage.detail)
        self.wait = _wait(outage)


def api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Handle REST framework's exceptions, outages (503), large bodies (413), conflicts (409) and validation (400)."""
    if isinstance(error, LargeRemoval):
        return Response({"detail": str(error), "removes": error.removes, "of": error.of}, status=Conflict.status_code)
    error = _translated(error, context["request"].path_info)
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        # In place, because the browsable API fills its form from the serializer of this object.
        error.detail.update({name: [*_texts(found)] for name, found in error.detail.items()})
    if isinstance(error, exceptions.Throttled):
        wait: float = getattr(error, "wait", None) or 1
        error.detail = exceptions.ErrorDetail(TOO_MANY_WRITES.format(math.ceil(wait)), code="throttled")
    if outage := outage_of(error):
        logger.error("503 at %s: %s (%s)", context["request"].path, outage.detail, error)
        error = Unavailable(outage)
    return exception_handler(error, context)


def _translated(error: Exception, path: str) -> Exception:
    """Return the API's exception for one of Django or of the project, or the error itself."""
    if isinstance(error, ValidationError):
        return exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    if isinstance(error, Http404 | Service.DoesNotExist):
        # Django's words name a model. A service may be purged after a view has found it.
        return exceptions.NotFound()
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge(limit_of(path).problem)
    if isinstance(error, IdempotencyKeyReused):
        return exceptions.ValidationError({IDEMPOTENCY_HEADER: [_KEY_REUSED]})
    if isinstance(error, _CONFLICTS):
        return Conflict(str(error))
    return TooManyAtOnce() if isinstance(error, TooManyImports) else error


def _texts(found: Any) -> Iterator[exceptions.ErrorDetail]:
    """Yield the errors of a field. Those of a value within it begin with its name or place."""
    if isinstance(found, exceptions.ErrorDetail):
        yield found
    elif isinstance(found, Mapping):
        for name, inner in found.items():
            yield from (exceptions.ErrorDetail(f"{name}: {text}", text.code) for text in _texts(inner))
    else:
        for each in found:
            yield from _texts(each)


def _wait(outage: Outage) -> int:
    return RETRY_AFTER if outage.is_temporary else RETRY_AFTER_REPAIR


def too_many(request: HttpRequest, detail: str, *, wait: int) -> HttpResponse:
    """Return a 429 with Retry-After. wait is in seconds."""
    response = _respond(request, 429, detail)
    response["Retry-After"] = str(wait)
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _respond(request, 404, "Page not found. Check the address.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _respond(request, 403, "You don't have permission to do this.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _respond(request, 413, limit_of(request.path_info).problem)
    return _respond(request, 400, "The server could not understand this request.")


def bad_filter(request: HttpRequest) -> HttpResponse:
    return _respond(request, 400, "This list cannot be filtered like this. Remove the filter from the address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Return 503 during an outage of the database or cache, else 500 with an id that is also in the log."""
    error = sys.exc_info()[1]
    if error and (outage := outage_of(error)):
        logger.error("503 at %s: %s (%s)", request.path, outage.detail, error)
        response = _respond(request, 503, outage.detail)
        response["Retry-After"] = str(_wait(outage))
        return response
    error_id = request_ids.current.get() or uuid.uuid4().hex
    logger.error("Error %s at %s", error_id, request.path, exc_info=error)
    return _respond(request, 500, f"Something went wrong. The server's log has the details under error {error_id}.")


def _respond(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if request.path_info.startswith(JSON_PATHS):
        return JsonResponse({"detail": detail}, status=status)
    return render(request, "error.html", {"status": status, "detail": detail}, status=status)
