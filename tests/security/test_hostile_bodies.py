"""Oversized bodies, odd JSON and Unicode, and read-only fields are refused in one shape, and nothing is stored."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.models import Submission, Tech
from tests.support.factories import add, submit

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/techs/"
JSON = "application/json"
LIMIT = settings.BODY_SIZE


def refused(response: Any) -> bool:
    """Return whether the answer is a 4xx in one of the two shapes, and nothing was stored."""
    problems = response.json()
    is_detail = list(problems) == ["detail"] and isinstance(problems["detail"], str)
    is_fields = all(isinstance(messages, list) and messages for messages in problems.values())
    return 400 <= response.status_code < 500 and (is_detail or is_fields) and not Submission.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"text": ' + b"9" * 60_000 + b"}",
        b'{"text": 1e999999}',
        b'{"text": "x", "impact": -Infinity}',
        b'{"text": NaN}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\udc00\\ud800"}',
        b'{"text": "\\u0000"}',
        b'{"text": "x", "text": null}',
        b'{"text": "x", "impact": {"$gt": ""}}',
        b'{"text": {"__proto__": "x"}}',
        b'{"text": "x"',
        b'{"text": "x"} trailing',
        b"\xef\xbb\xbf",
        b'{"text": "\xed\xa0\x80"}',
        b'{"text": "\xc0\xaf"}',
        '{"text": "x"}'.encode("utf-16"),
        b"x" * (LIMIT + 1),
        b'{"text": "' + b" " * (LIMIT + 1) + b'x"}',
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("url", [URL, "/create"])
def test_odd_json(client: Client, url: str, body: bytes) -> None:
    assert refused(client.post(url, body, content_type=JSON))


def test_a_patch_with_odd_json_changes_nothing(client: Client) -> None:
    tech = add("Django 3.2")
    values = [b'{"note": NaN}', b'{"note": "\\ud800"}', b'{"note": "a\\u0000"}', b'{"impact": "\\ud800"}']
    for body in [*values, b'{"hand_priority": "\\ud800"}', b"[]", b"null", b'"x"', b"1"]:
        response = client.patch(f"{URL}{tech.pk}/", body, content_type=JSON)
        assert (response.status_code, bool(response.json())) == (400, True)
    big = client.patch(f"{URL}{tech.pk}/", b"x" * (LIMIT + 1), content_type=JSON)
    assert (big.status_code, list(big.json())) == (413, ["detail"])
    tech.refresh_from_db()
    assert tech.note == ""


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json-seq",
        "x",
        "application/xml",
    ],
)
def test_other_content(client: Client, content_type: str) -> None:
    response = client.post(
        URL, b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nDjango\r\n--x--', content_type
    )
    assert response.status_code == 415
    assert refused(response)


def test_a_file_is_refused(client: Client) -> None:
    response = client.post(URL, {"text": SimpleUploadedFile("x.json", b'{"text": "Django"}', JSON)}, format="multipart")
    assert refused(response)
    page = client.post("/add/", {"text": SimpleUploadedFile("x", b"Django")})
    assert page.status_code == 400
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({f"f{number}": "x" for number in range(2000)}, 413),
        ({"text": "x" * (LIMIT + 1)}, 413),
        ({"text": ["Django"] * 1001}, 413),
        ({"text": "a\x00b"}, 400),
        ({"text": "Django", "impact": "a\x00b"}, 400),
        ({"text": "Django", "key": "\x00"}, 400),
        ({"text": "Django", "extended_support": "\ud7ff\x00"}, 400),
        ({"text": SimpleUploadedFile("x\r\n\x00.txt", b"x" * (LIMIT + 1))}, 413),
    ],
    ids=range(8),
)
def test_odd_forms(client: Client, form: dict[str, Any], status: int) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        response = client.post("/add/", form, headers=headers)
        # htmx gets a refused form with status 200.
        assert response.status_code in ({status, 200} if headers else {status})
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301" * 1000,
        "\u0301" * 201,
        "ﷺ" * 12,
        "\ufdfa" * 3000,
        "a\u202eb",
        "a\u2066b",
        "\u200d",
        "a\ufff9b",
        "\U000e0041",
        "a\u0000",
        "\ufffe",
        "\U0010ffff",
        "a\u0085b",
    ],
    ids=ascii,
)
def test_odd_unicode(client: Client, text: str) -> None:
    assert refused(client.post(URL, json.dumps({"text": text}), content_type=JSON))
    assert client.post("/add/", {"text": text, "key": str(uuid4())}).status_code == 400
    assert client.get("/api/techs/", {"q": text}).status_code == 400
    assert client.get("/", {"q": text}).status_code == 400
    for path in (f"/api/techs/{text}/", f"/techs/{text}/", f"/submissions/{text}/", f"/api/submissions/{text}"):
        assert client.get(path).status_code == 404
    client.cookies["csrftoken"] = client.cookies["sessionid"] = client.cookies["messages"] = text.encode().hex()
    assert client.get("/").status_code == 200
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "raw", ["%00", "%ed%a0%80", "%ff", "%c0%ae%c0%ae/", "%e2%80%ae", "..%2f..%2fetc%2fpasswd", "%"]
)
def test_odd_addresses(client: Client, raw: str) -> None:
    for url in (f"/{raw}", f"/api/{raw}", f"/api/techs/{raw}/", f"/static/{raw}", f"/admin/{raw}", f"/get/{raw}"):
        assert client.get(url).status_code in {302, 400, 404}
    for url in (f"/?q={raw}", f"/api/techs/?q={raw}", f"/api/techs/?{raw}={raw}", f"/api/techs/?cursor={raw}"):
        assert client.get(url).status_code in {200, 400}


def test_homoglyphs_stay_two_names(client: Client) -> None:
    for text in ("Django", "Djаngo", "Ԁjango"):
        submit(text)
    assert Tech.objects.count() == 3
    assert [row["name"] for row in client.get(URL, {"q": "Djаngo"}).json()["data"]] == ["Djаngo"]


NOBODYS = {
    "id": 1,
    "pk": 1,
    "uuid": "8b5cbb5e-3f3c-4c52-9c27-0a5a3c1f2f5f",
    "name": "Evil",
    "name_key": "evil",
    "rank": "000",
    "level": "low",
    "priority": "low",
    "score": 0,
    "computed_level": "low",
    "computed_score": 0,
    "computed": {"priority": "low"},
    "reasons": [],
    "suggestions": ["evil"],
    "product": "evil",
    "release": "evil",
    "end_of_life": "2099-01-01",
    "state": "done",
    "attempts": 99,
    "error": "evil",
    "tech": 1,
    "tech_id": 1,
    "idempotency_key": "evil",
    "last_submission": 10**9,
    "submitted_at": "2099-01-01T00:00:00Z",
    "edited_at": "2099-01-01T00:00:00Z",
    "assessed_at": "2099-01-01T00:00:00Z",
    "level_since": "2099-01-01T00:00:00Z",
    "basis": "evil",
    "level_override": "low",
    "publish_again_at": "2099-01-01T00:00:00Z",
    "is_staff": True,
    "__class__": "x",
}


def stored(model: Any) -> dict[str, Any]:
    """Return the only row of a table."""
    (row,) = model.objects.values()
    return dict(row)


def test_a_post_sets_nothing_that_is_nobodys(client: Client) -> None:
    client.post("/create", NOBODYS | {"text": "Django 3.2"}, content_type=JSON)
    posted = stored(Submission)
    assert (posted["state"], posted["attempts"], posted["error"], posted["tech_id"]) == ("queued", 0, "", None)
    assert (posted["text"], posted["idempotency_key"]) == ("Django 3.2", None)
    assert posted["publish_again_at"].year != 2099
    assert str(posted["uuid"]) != NOBODYS["uuid"]


def test_a_patch_sets_nothing_that_is_nobodys(client: Client) -> None:
    tech = add("Django 3.2")
    before = stored(Tech)
    for body in (NOBODYS, NOBODYS | {"impact": "high"}):
        response = client.patch(f"{URL}{tech.pk}/", body, content_type=JSON)
        assert (response.status_code, response.json().keys()) == (400, NOBODYS.keys())
        assert stored(Tech) == before


def test_a_form_sets_nothing_that_is_nobodys(client: Client) -> None:
    tech = add("Django 3.2")
    before = stored(Tech)
    client.post(f"/techs/{tech.pk}/", NOBODYS | {"impact": "normal", "initial-impact": "normal", "level_override": ""})
    assert stored(Tech) == before
    client.post("/add/", NOBODYS | {"text": "Node.js 20", "key": str(uuid4())})
    assert Submission.objects.latest("id").state == "queued"
