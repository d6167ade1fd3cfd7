"""GET /get and POST /create, as the original client calls them."""

from typing import Any

import pytest
from django.test import Client

from techs.models import Submission
from techs.submissions import processing
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_three_calls(client: Client) -> None:
    assert client.get("/get").json() == {"isCached": False, "data": []}
    created = client.post("/create", {"text": "Django 3.2.18"}, content_type="application/json")
    assert (created.status_code, list(created.json())) == (201, ["message"])
    submission = Submission.objects.get()
    assert created["Location"].endswith(f"/api/submissions/{submission.uuid}/")
    processing.process(submission.uuid)
    body = client.get("/get").json()
    assert body["isCached"] is False
    assert body["data"][0]["text"] == "Django 3.2.18 - priority (critical)"
    assert client.get("/get").json() == body | {"isCached": True}


def test_rows_are_small(client: Client) -> None:
    tech = add("Django 3.2")
    (row,) = client.get("/get").json()["data"]
    assert set(row) == {"id", "text", "name", "priority", "score", "action", "submitted_at"}
    assert row["id"] == tech.pk


def test_hit_needs_no_query(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        client.get("/get")
    with django_assert_num_queries(0):
        client.get("/get")


def test_a_browser_of_another_origin_is_let_in_by_setting(client: Client, settings: Any) -> None:
    origin = {"origin": "http://localhost:3000"}
    assert "Access-Control-Allow-Origin" not in client.get("/get", headers=origin)
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]
    assert client.get("/get", headers=origin)["Access-Control-Allow-Origin"] == "http://localhost:3000"
    preflight = client.options("/create", headers=origin | {"access-control-request-method": "POST"})
    assert preflight["Access-Control-Allow-Origin"] == "http://localhost:3000"
