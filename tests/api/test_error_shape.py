"""Every address with every method: JSON addresses have errors in one of two shapes, and nothing answers 500."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.exceptions import ValidationError

from techs.api.errors import api_error

pytestmark = pytest.mark.django_db

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "X"]
IDS = {"int": "999999999", "uuid": "8b5cbb5e-3f3c-4c52-9c27-0a5a3c1f2f5f", "path": "x", "slug": "x", "str": "x"}
JSON_ADDRESSES = ("/api/", "/get", "/create", "/healthz", "/readyz")
PAGES = ("/api/docs/",)


def patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Return every address of the project, with invented ids."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<(?:(\w+):)?\w+>", lambda found: IDS[found[1] or "str"], route).replace("\\Z", "")


ADDRESSES = sorted({re.sub(r"\(\?P<\w+>.*?\)\$?|[\^$]", "x", address) for address in patterns(get_resolver())})


def is_in_shape(problems: Any) -> bool:
    """Return whether the body is {"detail": text} or {field: [texts]}."""
    if list(problems) == ["detail"]:
        return isinstance(problems["detail"], str) and bool(problems["detail"])
    return bool(problems) and all(map(is_texts, problems.values()))


def is_texts(words: Any) -> bool:
    return isinstance(words, list) and bool(words) and all(isinstance(text, str) for text in words)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("query", ["", "?ordering=x&page_size=x&format=x"])
def test_every_method(address: str, query: str) -> None:
    client = Client(raise_request_exception=False)
    for method in METHODS:
        response = client.generic(method, address + query, b"\xff{", content_type="application/json")
        assert response.status_code < 500, method
        is_json = address.startswith(JSON_ADDRESSES) and not address.startswith(PAGES)
        if response.status_code >= 400 and is_json and method != "HEAD":
            assert response["Content-Type"].split(";")[0] == "application/json", method
            assert is_in_shape(response.json()), method
            assert "matches the given query" not in response.content.decode(), method


def test_all_addresses_are_tried() -> None:
    """Control: the list of addresses is not short."""
    assert {"/", "/get", "/api/techs/", "/api/techs/999999999/", "/admin/techs/tech/", "/healthz"} <= set(ADDRESSES)
    assert not is_in_shape({})
    assert not is_in_shape({"text": "x"})
    assert not is_in_shape({"detail": ["x"]})
    assert not is_in_shape({"set": {"owner": ["x"]}})
    assert not is_in_shape({"set": [{"owner": ["x"]}]})


def test_errors_within_values() -> None:
    problems: Any = {
        "ids": {0: ["Too low."]},
        "set": {"owner": ["Too long."]},
        "rows": [{}, {"a": ["One.", "Two."]}],
        "b": "x",
    }
    response = api_error(ValidationError(problems), {"request": RequestFactory().post("/api/techs/bulk/")})
    assert response is not None
    assert response.data == {
        "ids": ["0: Too low."],
        "set": ["owner: Too long."],
        "rows": ["a: One.", "a: Two."],
        "b": ["x"],
    }
