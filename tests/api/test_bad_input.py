"""Bad input is refused in one shape that names the field, and nothing is stored or published."""

import json
from typing import Any

import pytest
from django.test import Client

from techs.models import Submission
from techs.submissions import outbox

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESSES = ["/api/techs/", "/create"]


@pytest.fixture(autouse=True)
def nothing_stored() -> Any:
    yield
    assert not Submission.objects.exists()
    assert outbox._queue_length() == 0


@pytest.mark.parametrize("url", ADDRESSES)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\t\n",
        "\u200b\ufeff",
        "x" * 201,
        "ﷺ" * 12,
        "a\x00b",
        "a\x07",
        "a\nb",
        "\x1b[31mred",
        "\ud800",
        "a\x85b",
        "\u200d",
        "\u00ad",
        "a\u202eb",
        "Djan\u200cgo",
        "\ue000",
        "\uffff",
    ]
    + [None, 3.2, 3, True, ["Django"], {"name": "Django"}],
)
def test_text(client: Client, url: str, text: Any) -> None:
    response = client.post(url, json.dumps({"text": text}), content_type="application/json")
    assert response.status_code == 400
    (messages,) = response.json().values()
    assert list(response.json()) == ["text"]
    assert all(isinstance(message, str) and message for message in messages)


@pytest.mark.parametrize("url", ADDRESSES)
def test_text_missing(client: Client, url: str) -> None:
    response = client.post(url, {"impact": "low"}, content_type="application/json")
    assert (response.status_code, list(response.json())) == (400, ["text"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("impact", "huge"), ("impact", 1), ("impact", None), ("impact", ["low"]), ("impact", {})]
    + [("extended_support", "yes"), ("extended_support", 1), ("extended_support", None), ("extended_support", [])],
)
def test_option(client: Client, field: str, value: Any) -> None:
    response = client.post("/api/techs/", {"text": "Django", field: value}, content_type="application/json")
    assert (response.status_code, list(response.json())) == (400, [field])


@pytest.mark.parametrize("url", ADDRESSES)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"{'text': 1}", b"[1]", b'"Django"', b"null", b"\xff\xfe", b"[" * 60_000, b'{"text": NaN}']
)
def test_broken_json(client: Client, url: str, body: bytes) -> None:
    response = client.post(url, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()


@pytest.mark.parametrize("url", ADDRESSES)
def test_body_over_64_kib(client: Client, url: str) -> None:
    body = json.dumps({"text": "Django", "padding": "x" * 65_536})
    response = client.post(url, body, content_type="application/json")
    assert (response.status_code, list(response.json())) == (413, ["detail"])


@pytest.mark.parametrize("url", ADDRESSES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_other_content(client: Client, url: str, content_type: str) -> None:
    response = client.post(url, "text=Django", content_type=content_type)
    assert (response.status_code, list(response.json())) == (415, ["detail"])


@pytest.mark.parametrize(
    ("method", "url"),
    [("put", "/api/techs/"), ("delete", "/api/techs/"), ("post", "/get"), ("get", "/create"), ("put", "/api/techs/1/")]
    + [("post", "/api/submissions/8b5cbb5e-3f3c-4c52-9c27-0a5a3c1f2f5f/")],
)
def test_other_method(client: Client, method: str, url: str) -> None:
    response = getattr(client, method)(url, headers={"accept": "application/json"})
    assert (response.status_code, list(response.json())) == (405, ["detail"])
    assert response["Allow"]


@pytest.mark.parametrize("url", ["/api/", "/api/tech/", "/api/techs/0/", "/api/techs/99999999999999999999/", "/getx"])
def test_no_such_address(client: Client, url: str) -> None:
    response = client.get(url)
    assert (response.status_code, list(response.json())) == (404, ["detail"])


def test_nothing_else_than_json_or_html(client: Client) -> None:
    response = client.get("/api/techs/", headers={"accept": "text/csv"})
    assert (response.status_code, list(response.json())) == (406, ["detail"])
