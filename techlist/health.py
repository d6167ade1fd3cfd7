"""Addresses for those who run the service."""

from collections.abc import Callable

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request

from techs import cache


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process answers. Asks nobody else: a restart would not bring a lost database back."""
    return JsonResponse({"status": "ok"})


@extend_schema(exclude=True)
@api_view(["GET"])
def readyz(request: Request) -> JsonResponse:
    """200 if database, cache and broker answer, else 503; either way with the state of each."""
    parts = {"database": _state(_ask_database), "cache": _state(cache.ping), "broker": _state(_ask_broker)}
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if ready else "unavailable"} | parts, status=200 if ready else 503)


def _state(ask: Callable[[], None]) -> str:
    try:
        ask()
    except Exception as error:  # noqa: BLE001
        # Whatever it is, it is the answer to the question.
        return f"{type(error).__name__}: does not answer"
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_broker() -> None:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
