"""Unknown fields below /api/ are refused by name, and nothing is stored; the original call ignores them."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.models import Import, Submission
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

JSON = "application/json"
SAID = {"text": "Django 3.2", "impact": "high", "extended_support": True, "owner": "Web", "tags": ["shop"]}
OPTIONS = "impact, extended_support, owner, tags, note"
EDITABLE = "text, impact, extended_support, note, owner, tags, evergreen, by_hand, hand_priority, hand_review_on"


def unknown(*names: str, known: str) -> dict[str, list[str]]:
    return {name: [f"Unknown field. Known fields: {known}."] for name in names}


def test_a_technology(client: Client) -> None:
    for url in ("/api/techs/", "/api/techs"):
        answer = client.post(url, SAID | {"ownr": "Web", "prioritty": "low"}, content_type=JSON)
        assert (answer.status_code, answer.json()) == (400, unknown("ownr", "prioritty", known=f"{OPTIONS}, text"))
    assert not Submission.objects.exists()
    assert client.post("/api/techs/", SAID, content_type=JSON).status_code == 202


def test_other_mistakes_are_named_with_it(client: Client) -> None:
    answer = client.post("/api/techs/", {"text": "x", "impact": "huge", "ownr": "Web"}, content_type=JSON)
    assert (answer.status_code, answer.json().keys()) == (400, {"impact", "ownr"})
    answer = client.post("/api/techs/", {"name": "Django"}, content_type=JSON)
    assert (answer.status_code, answer.json().keys()) == (400, {"text", "name"})


def test_an_edit(client: Client) -> None:
    tech = add("Django 3.2", owner="Web")
    url = f"/api/techs/{tech.pk}/"
    answer = client.patch(url, {"owner": "Data", "prioritty": "low"}, content_type=JSON)
    assert (answer.status_code, answer.json()) == (400, unknown("prioritty", known=EDITABLE))
    tech.refresh_from_db()
    assert tech.owner == "Web"


def test_what_can_only_be_read_is_unknown(client: Client) -> None:
    """A client that sends back a whole GET means to change some of these fields, and cannot."""
    url = f"/api/techs/{add('Django 3.2').pk}/"
    whole = client.get(url).json()
    answer = client.patch(url, whole, content_type=JSON)
    assert (answer.status_code, answer.json().keys()) == (400, whole.keys() - set(EDITABLE.split(", ")))


@pytest.mark.parametrize("url", ["/api/imports/", "/api/imports"])
def test_lines(client: Client, url: str) -> None:
    answer = client.post(url, {"lines": ["Django 3.2"], "ownr": "Web"}, content_type=JSON)
    assert (answer.status_code, answer.json()) == (400, unknown("ownr", known=f"{OPTIONS}, lines"))
    assert not Import.objects.exists()


def test_a_file(client: Client) -> None:
    def send(**form: Any) -> Any:
        return client.post("/api/imports/", form)

    file = SimpleUploadedFile("requirements.txt", b"Django==3.2")
    answer = send(file=file, ownr="Web", file2=SimpleUploadedFile("x", b"x"))
    assert (answer.status_code, answer.json()) == (400, unknown("file2", "ownr", known=f"file, {OPTIONS}"))
    answer = send(upload=file)
    assert (answer.status_code, answer.json().keys()) == (400, {"file", "upload"})
    assert not Import.objects.exists()
    file.seek(0)
    assert send(file=file, owner="Web", tags="a, b", csrfmiddlewaretoken="of a form in a browser").status_code == 202


def test_the_originals_call_ignores_it(client: Client) -> None:
    answer = client.post("/create", SAID | {"ownr": "Web", "isDone": False}, content_type=JSON)
    assert answer.status_code == 201
    assert Submission.objects.get().owner == "Web"


def test_pages_ignore_it(client: Client) -> None:
    assert client.post("/add/", {"text": "Django 3.2", "ownr": "Web"}).status_code == 303
    tech = add("Redis 6")
    assert client.post(f"/techs/{tech.pk}/", {"impact": "high", "ownr": "Web"}).status_code == 303


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", ""),
        ("\ud800", "\\ud800"),
        ("a\x00\nb", "a\x00\nb"),
        ("x" * 5000, "x" * 100),
        ("detail", "detail"),
        ("é", "é"),
    ],
)
def test_odd_names(client: Client, name: str, shown: str) -> None:
    body = json.dumps({"text": "Django 3.2", name: 1})
    answer = client.post("/api/techs/", body, content_type=JSON)
    assert (answer.status_code, answer.json()) == (400, unknown(shown, known=f"{OPTIONS}, text"))


def test_countless_names(client: Client) -> None:
    body = {f"f{number}": 1 for number in range(5000)} | {"text": "Django 3.2"}
    answer = client.post("/api/techs/", body, content_type=JSON)
    assert (answer.status_code, len(answer.json())) == (400, 100)


def test_the_description_says_so(client: Client) -> None:
    described = client.get("/api/schema/").json()
    strict = {
        name for name, each in described["components"]["schemas"].items() if each.get("additionalProperties") is False
    }
    for path, method, is_strict in (
        ("/api/techs/", "post", True),
        ("/api/techs/{id}/", "patch", True),
        ("/api/imports/", "post", True),
        ("/create", "post", False),
    ):
        content = described["paths"][path][method]["requestBody"]["content"]
        name = content[JSON]["schema"]["$ref"].rpartition("/")[2]
        assert (name in strict) is is_strict, path
    form = described["paths"]["/api/imports/"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert form["schema"]["additionalProperties"] is False
