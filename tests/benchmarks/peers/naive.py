"""The list as a tutorial would build it: pickled rows in the cache, and a task per POST with no row behind it.

It is fast and short, and loses whatever the broker, the worker or the cache loses.
"""

import os
from typing import Any, ClassVar

from celery import Celery
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.peers.naive_settings")
application = get_wsgi_application()
celery_app = Celery("naive", broker=os.environ["PEER_BROKER_URL"])


class NaiveTech(models.Model):
    """A technology with its level."""

    name = models.CharField(max_length=200, unique=True)
    level = models.CharField(max_length=10)
    objects: ClassVar["models.Manager[NaiveTech]"] = models.Manager()

    class Meta:
        app_label = "naive"

    def __str__(self) -> str:
        return self.name


class Input(serializers.Serializer[NaiveTech]):
    text = serializers.CharField(max_length=200)


@celery_app.task(name="naive.save")
def save(text: str) -> None:
    NaiveTech.objects.update_or_create(name=text, defaults={"level": "high" if text.endswith(".0") else "low"})
    cache.delete("rows")


class ListView(APIView):
    """Read and add technologies."""

    def get(self, _: Request) -> Response:
        rows: Any = cache.get("rows")
        if rows is None:
            rows = list(NaiveTech.objects.order_by("level").values())
            cache.set("rows", rows)
        return Response(rows)

    def post(self, request: Request) -> Response:
        entered = Input(data=request.data)
        entered.is_valid(raise_exception=True)
        save.delay(entered.validated_data["text"])
        return Response({"message": "Accepted."}, status=202)


urlpatterns = [path("list", ListView.as_view())]


def set_up(rows: Any) -> None:
    """Create the table, and cache these rows."""
    with connection.schema_editor() as editor:
        editor.create_model(NaiveTech)
    cache.set("rows", rows, timeout=None)
