"""Generated clients can rely on the OpenAPI description: answers have the described form."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = {
    "export.csv": "text/csv",
    "export.md": "text/markdown",
    "calendar.ics": "text/calendar",
    "badge.svg": "image/svg+xml",
    "changes.atom": "application/atom+xml",
}


@pytest.fixture
def described(client: Client) -> dict[str, Any]:
    schema: dict[str, Any] = client.get("/api/schema/").json()
    return schema


def content_of(described: dict[str, Any], path: str) -> dict[str, Any]:
    content: dict[str, Any] = described["paths"][path]["get"]["responses"]["200"]["content"]
    return content


@pytest.mark.parametrize("form", TEXTS)
def test_texts_are_texts(client: Client, described: dict[str, Any], form: str) -> None:
    add("Django 3.2")
    content = content_of(described, f"/api/techs/{form}")
    assert content == {TEXTS[form]: {"schema": {"type": "string"}}}
    answer = client.get(f"/api/techs/{form}")
    assert answer["Content-Type"].partition(";")[0] == TEXTS[form]
    assert answer.content.decode("utf-8")


def test_json_is_an_array(client: Client, described: dict[str, Any]) -> None:
    schema = content_of(described, "/api/techs/export.json")["application/json"]["schema"]
    assert (schema["type"], list(schema["items"])) == ("array", ["$ref"])
    assert isinstance(client.get("/api/techs/export.json").json(), list)


def places_of(value: Any, at: str = "") -> list[str]:
    """Yield the places that are described as binary."""
    if isinstance(value, list):
        return [place for number, each in enumerate(value) for place in places_of(each, f"{at}/{number}")]
    if not isinstance(value, dict):
        return []
    here = [at] if value.get("format") in ("binary", "byte") else []
    return here + [place for name, each in value.items() for place in places_of(each, f"{at}/{name}")]


def test_only_files_that_are_sent_are_binary(described: dict[str, Any]) -> None:
    places = places_of(described)
    assert len(places) == 3
    assert all(re.search("/api/(imports//post|services/.*/put)/requestBody/", place) for place in places)


@pytest.mark.parametrize(("access", "get", "post"), [("open", set(), set()), ("login", {"401"}, {"401", "403"})])
def test_a_login_that_is_asked_for_is_described(
    client: Client, settings: Any, access: str, get: set[str], post: set[str]
) -> None:
    settings.ACCESS = access
    described = client.get("/api/schema/").json()["paths"]
    refusals = {"401", "403"}
    for path in ("/api/techs/", "/api/techs/export.csv", "/get", "/api/submissions/{uuid}/"):
        assert described[path]["get"]["responses"].keys() & refusals == get, path
    for path, method in (("/api/techs/", "post"), ("/api/techs/{id}/", "delete"), ("/create", "post")):
        assert described[path][method]["responses"].keys() & refusals == post, path


def test_every_answer_has_a_form(described: dict[str, Any]) -> None:
    """Text, JSON, or no body where none is sent."""
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                assert bool(response.get("content")) is (status not in {"204", "304"}), (path, method, status)
