"""POST /api/imports/ and GET /api/imports/{id}/."""

import gzip
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.imports import service
from techs.models import Import, Submission, Tech
from techs.submissions import batches
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/imports/"
JSON = "application/json"
LINES = ["# stack", "Django 3.2", "", "Node.js 20", "---"]


def work() -> None:
    assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []


def test_it_works(client: Client) -> None:
    add("Django 3.2")
    response = client.post(URL, {"lines": LINES}, content_type=JSON)
    batch = Import.objects.get()
    url = f"http://testserver{URL}{batch.uuid}/"
    assert (response.status_code, response["Location"]) == (202, url)
    assert response.json() == {
        "message": "Accepted: 2 of 3 lines.",
        "import": {"id": str(batch.uuid), "state": "queued", "url": url},
    }
    assert client.get(url).json()["state"] == "queued"
    work()
    assert client.get(url).json() == {
        "id": str(batch.uuid),
        "name": "",
        "format": "plain lines",
        "state": "done",
        "total": 2,
        "done": 2,
        "unchanged": 1,
        "failed": 0,
        "skipped": 1,
        "errors": [],
        "skipped_lines": [{"line": 5, "text": "---", "error": "This has no letter or digit."}],
        "kept_owners": [],
        "new_services": [],
        "impact": None,
        "extended_support": None,
        "owner": None,
        "tags": None,
        "note": None,
    }


def test_a_failed_line(client: Client) -> None:
    client.post(URL, {"lines": LINES}, content_type=JSON)
    Submission.objects.filter(line=4).update(state="failed", error="ZeroDivisionError: no such luck")
    body = client.get(f"{URL}{Import.objects.get().uuid}/").json()
    assert body["failed"] == 1
    assert body["errors"] == [{"line": 4, "text": "Node.js 20", "error": "ZeroDivisionError: no such luck"}]


def test_a_file_in_a_form(client: Client) -> None:
    response = client.post(URL, {"file": SimpleUploadedFile("requirements.txt", b"django==3.2\n")})
    assert response.status_code == 202
    batch = Import.objects.get()
    assert (batch.name, batch.format) == ("requirements.txt", "requirements.txt")


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=utf-8", "application/octet-stream"])
def test_a_file_as_the_body(client: Client, content_type: str) -> None:
    response = client.post(f"{URL}?name=Dockerfile", b"FROM python:3.11\n", content_type=content_type)
    assert response.status_code == 202
    assert Import.objects.get().format == "Dockerfile"
    work()
    assert Tech.objects.get().product == "python"


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({}, {"lines": ["List the technologies here. To import a JSON file, send it as a form or as text/plain."]}),
        ({"lines": []}, None),
        ({"lines": "Django"}, None),
        ({"lines": [1]}, None),
        ({"lines": [None]}, None),
        ({"lines": ["Django\nNode.js"]}, None),
        ({"lines": ["\ud800"]}, None),
        ({"lines": ["", " "]}, {"lines": ["There is nothing to import."]}),
        (
            {"lines": ["", "x" * 201]},
            {"lines": ["No technologies found.", "Line 2: This is longer than 200 characters."]},
        ),
        ({"lines": ["# Django"]}, {"lines": ["No technologies found."]}),
        ({"lines": ["a\x00"]}, None),
        ([], None),
    ],
)
def test_what_is_refused(client: Client, body: Any, problems: Any) -> None:
    response = client.post(URL, body, content_type=JSON)
    assert response.status_code == 400
    assert problems is None or response.json() == problems
    assert not Import.objects.exists()


def test_a_broken_file_is_told_with_its_line(client: Client) -> None:
    response = client.post(f"{URL}?name=package.json", b'{"engines": {\n"node": }', content_type="text/plain")
    assert response.status_code == 400
    assert response.json()["file"][0].startswith("Line 2, column 9: ")
    assert not Import.objects.exists()


def test_a_form_without_a_file(client: Client) -> None:
    assert client.post(URL, {"file": "Django"}).json() == {"file": ["Attach a file to this field."]}


def test_more_lines_than_an_import_takes(client: Client) -> None:
    lines = [f"thing {number}" for number in range(10_001)]
    response = client.post(URL, {"lines": lines}, content_type=JSON)
    assert response.status_code == 400
    assert "10,000" in response.json()["lines"][0]
    assert not Submission.objects.exists()


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/html", "image/png"])
def test_other_content(client: Client, content_type: str) -> None:
    assert client.post(URL, b"Django 3.2", content_type=content_type).status_code == 415


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), ("http://testserver", 202), ("https://ours.example", 202)],
)
def test_a_page_of_another_site_sends_no_file(client: Client, settings: Any, origin: str, status: int) -> None:
    """A form on any site can make a browser send these, without asking for permission (CORS)."""
    settings.CORS_ALLOWED_ORIGINS = ["https://ours.example"]
    for sent in (
        {"data": {"file": SimpleUploadedFile("a.txt", b"Django 3.2")}},
        {"data": b"Django 3.2", "content_type": "text/plain"},
    ):
        assert client.post(URL, headers={"Origin": origin}, **sent).status_code == status
    assert Import.objects.exists() is (status == 202)


def test_too_many_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 0)
    response = client.post(URL, {"lines": LINES}, content_type=JSON)
    assert (response.status_code, response["Retry-After"]) == (429, "5")
    assert "Nothing was stored" in response.json()["detail"]


def test_an_import_counts_as_one_change(client: Client, settings: Any, one_window: None) -> None:
    settings.THROTTLE = 1
    assert client.post(URL, {"lines": LINES}, content_type=JSON).status_code == 202
    assert client.post(URL, {"lines": LINES}, content_type=JSON).status_code == 429


def test_an_unknown_import(client: Client) -> None:
    response = client.get(f"{URL}{uuid4()}/")
    assert (response.status_code, list(response.json())) == (404, ["detail"])


def test_the_same_key_gives_the_same_import(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.post(URL, {"lines": LINES}, content_type=JSON, headers={"Idempotency-Key": "abc"})
    monkeypatch.setattr(service, "AT_ONCE", 1)  # accepted imports need no place
    again = client.post(URL, {"lines": LINES}, content_type=JSON, headers={"Idempotency-Key": "abc"})
    monkeypatch.undo()
    other = client.post(URL, {"lines": LINES}, content_type=JSON, headers={"Idempotency-Key": "ABC"})
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 202)
    assert (first.json(), first["Location"]) == (again.json(), again["Location"])
    assert other.json() != first.json()
    assert (Import.objects.count(), Submission.objects.count()) == (2, 4)


def test_the_same_key_in_the_end(client: Client) -> None:
    sent: dict[str, Any] = {"data": {"lines": LINES}, "content_type": JSON, "headers": {"Idempotency-Key": "abc"}}
    client.post(URL, **sent)
    work()
    assert client.post(URL, **sent).json()["import"]["state"] == "done"


@pytest.mark.parametrize(
    ("url", "content"),
    [
        (f"{URL}?name=a.txt", b"Django 4.2\n"),
        (f"{URL}?name=a.txt", b"Django 3.2\n---\n"),
        (f"{URL}?name=a.txt", b"\nDjango 3.2\n"),
        (f"{URL}?name=b.txt", b"Django 3.2\n"),
    ],
)
def test_a_key_with_other_content_is_refused(client: Client, url: str, content: bytes) -> None:
    headers = {"Idempotency-Key": "abc"}
    client.post(f"{URL}?name=a.txt", b"Django 3.2\n", content_type="text/plain", headers=headers)
    response = client.post(url, content, content_type="text/plain", headers=headers)
    assert (response.status_code, list(response.json())) == (400, ["Idempotency-Key"])
    assert Import.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_bad_key(client: Client, key: str) -> None:
    response = client.post(URL, {"lines": LINES}, content_type=JSON, headers={"Idempotency-Key": key})
    assert (response.status_code, list(response.json())) == (400, ["Idempotency-Key"])
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("url", "size", "status"),
    [
        (URL, 4 * 1024 * 1024, 400),
        (URL, 4 * 1024 * 1024 + 1, 413),
        ("/api/techs/", 64 * 1024 + 1, 413),
        ("/create", 64 * 1024 + 1, 413),
    ],
)
def test_how_large_a_body_may_be(client: Client, url: str, size: int, status: int) -> None:
    body = b'{"lines": ["' + b"x" * size
    response = client.post(url, body[:size], content_type=JSON)
    assert (response.status_code, list(response.json())) == (status, ["detail"])


@pytest.mark.parametrize(
    "content", [gzip.compress(b"Django 3.2\nNode.js 20"), gzip.compress(b"Django 3.2\n") + gzip.compress(b"Node.js 20")]
)
def test_gzip(client: Client, content: bytes) -> None:
    response = _compressed(client, content)
    assert (response.status_code, response.json()["message"]) == (202, "Accepted: 2 of 2 lines.")


@pytest.mark.parametrize(
    ("content", "encoding", "status", "problem"),
    [
        (gzip.compress(b"x" * (20 * 1024 * 1024 + 1)), "gzip", 413, "send at most 20,480 KiB"),
        (gzip.compress(b"Django 3.2")[:-9], "gzip", 400, "not valid gzip"),
        (b"Django 3.2", "gzip", 400, "not valid gzip"),
        (gzip.compress(b"") * 101, "gzip", 400, "not valid gzip"),
        (gzip.compress(b"Django 3.2") + b"x", "gzip", 400, "not valid gzip"),
        (b"Django 3.2", "br", 415, "only with gzip"),
    ],
)
def test_bad_encodings(client: Client, content: bytes, encoding: str, status: int, problem: str) -> None:
    response = _compressed(client, content, encoding=encoding)
    assert (response.status_code, problem in response.json()["detail"]) == (status, True)
    assert not Import.objects.exists()


@pytest.mark.parametrize("content_type", [JSON, "multipart/form-data; boundary=x"])
def test_json_and_forms_are_not_decompressed(client: Client, content_type: str) -> None:
    response = _compressed(client, gzip.compress(b'{"lines": ["Django 3.2"]}'), content_type=content_type)
    assert response.status_code == 415


def test_json_has_a_lower_limit(client: Client) -> None:
    response = client.post(URL, {"lines": ["x" * (4 * 1024 * 1024)]}, content_type=JSON)
    assert (response.status_code, "send at most 4,096 KiB" in response.json()["detail"]) == (413, True)


def _compressed(client: Client, content: bytes, *, encoding: str = "gzip", content_type: str = "text/plain") -> Any:
    return client.post(URL, content, content_type=content_type, headers={"Content-Encoding": encoding})
