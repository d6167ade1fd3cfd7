"""Requests to the API of services, in the words of its tests."""

from typing import Any

from django.test import Client

from techs.models import Upload
from tests.support.uploads import work

JSON = "application/json"
URL = "/api/services/"
SOURCE = "/api/services/shop/sources/requirements.txt/"


def create(client: Client, **fields: Any) -> Any:
    return client.post(URL, {"name": "Shop"} | fields, content_type=JSON)


def put(client: Client, content: str, url: str = SOURCE, query: str = "", **options: Any) -> Any:
    return client.put(f"{url}?{query}", content.encode(), content_type="application/octet-stream", **options)


def finish(client: Client, answer: Any) -> Any:
    """Work on an accepted upload like a worker, and return its result."""
    return result_of(client, answer.json()["upload"])


def result_of(client: Client, upload: dict[str, Any]) -> Any:
    work(Upload.objects.get(pk=upload["id"]))
    return client.get(upload["url"]).json()
