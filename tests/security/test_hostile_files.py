"""Files that break a parser: every entry point answers 400 with the line, stores nothing, and logs no traceback."""

import json
from contextlib import nullcontext
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from techs.models import Import

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/imports/"
PAGE = "/import/"
DEEP = "django; " + "(" * 600
REQUIREMENTS = f"redis==5.0\n{DEEP}\n"
PYPROJECT = f'[project]\ndependencies = [\n  "redis",\n  "{DEEP}",\n]\n'
NESTED = "nested more than 20 levels deep."


@pytest.fixture(autouse=True)
def _no_traceback(caplog: pytest.LogCaptureFixture) -> Any:
    yield
    assert not [record for record in caplog.records if record.exc_info]


def sent(client: Client, name: str, text: str) -> list[Any]:
    """Return the answers to a file in each form that accepts one."""
    return [
        client.post(f"{API}?name={name}", text.encode(), content_type="text/plain"),
        client.post(f"{API}?name={name}", text.encode(), content_type="application/octet-stream"),
        client.post(API, {"file": SimpleUploadedFile(name, text.encode())}),
        client.post(PAGE, {"file": SimpleUploadedFile(name, text.encode())}),
    ]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("requirements.txt", f"{DEEP}\n", f"Line 1: This is {NESTED}"),
        ("requirements.txt", REQUIREMENTS, f"Line 2: This is {NESTED}"),
        ("requirements.txt", f"redis==5.0 \\\n\n{DEEP[:300]} \\\n{DEEP}\n", f"Line 3: This is {NESTED}"),
        ("pyproject.toml", PYPROJECT, f"Line 4: This is {NESTED}"),
        ("pyproject.toml", f"[project]\nx = {'[' * 600}", "Line 2: This is nested more than 50 levels deep."),
        ("pyproject.toml", f"[project]\nx = 0x{'f' * 6000}", "Line 2: A number has more than 300 digits."),
        ("package.json", f'{{\n"a": {"[" * 600}', "Line 2: This is nested more than 100 levels deep."),
        ("compose.yaml", f"services:\n  {'[' * 600}", "Line 2: This is nested more than 50 levels deep."),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_nested_too_deeply_is_refused_with_its_line(client: Client, name: str, text: str, problem: str) -> None:
    for response in sent(client, name, text):
        assert response.status_code == 400
        assert problem in response.content.decode()
    assert not Import.objects.exists()


def test_lines_of_json(client: Client) -> None:
    response = client.post(API, {"lines": REQUIREMENTS.split("\n")}, content_type="application/json")
    assert (response.status_code, response.json()) == (400, {"lines": [f"Line 2: This is {NESTED}"]})
    response = client.post(API, {"lines": [DEEP]}, content_type="application/json")
    assert (response.status_code, response.json()["lines"][1]) == (400, "Line 1: This is longer than 200 characters.")


def test_lines_in_the_page(client: Client) -> None:
    response = client.post(PAGE, {"text": REQUIREMENTS})
    assert response.status_code == 400
    assert f"Line 2: This is {NESTED}" in response.content.decode()


@pytest.mark.parametrize("text", [DEEP, DEEP[:150]])
def test_one_text_alone(client: Client, text: str) -> None:
    assert client.get("/preview/", {"text": text}, headers={"HX-Request": "true"}).status_code in {200, 400}
    status = {201, 202} if len(text) <= 200 else {400}
    assert client.post("/create", json.dumps({"text": text}), content_type="application/json").status_code in status
    assert client.post("/api/techs/", {"text": text}, content_type="application/json").status_code in status


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", f'[project]\nrequires-python = ">={"9" * 5000}"\ndependencies = ["redis"]'),
        ("pyproject.toml", '[project]\ndynamic = [["dependencies"], {}]\ndependencies = ["redis"]'),
        ("package.json", '{"dependencies": {"a": "\\ud800", "b": "\\u001b[31m"}}'),
        ("bom.json", '{"bomFormat": "CycloneDX", "components": [{"name": "a", "purl": "pkg:oci/a?tag=\\ud800"}]}'),
        ("a.spdx.json", '{"spdxVersion": "SPDX-2.3", "packages": [{"name": "a", "SPDXID": ["x"]}]}'),
    ],
)
def test_odd_values_are_no_error_of_the_server(client: Client, name: str, text: str) -> None:
    for response in sent(client, name, text):
        assert response.status_code in {200, 202, 400}


@pytest.mark.parametrize(("length", "status"), [("9" * 5000, 413), ("0" * 30 + "1", 400), ("²", 400), ("-1", 400)])
def test_odd_lengths(client: Client, length: str, status: int) -> None:
    response = client.generic("POST", "/api/techs/", b"{", content_type="application/json", CONTENT_LENGTH=length)
    assert response.status_code == status


@pytest.mark.parametrize("query", ["id__in", "pk__in", "created_at__year"])
@pytest.mark.parametrize("page", ["import", "submission", "webhook"])
def test_numbers_in_addresses_of_the_admin(admin_client: Client, page: str, query: str) -> None:
    response = admin_client.get(f"/admin/techs/{page}/", {query: "9" * 30})
    assert response.status_code in ({400} if query == "created_at__year" else {200, 400})


@pytest.mark.parametrize(
    ("query", "error", "shown"),
    [
        ("", OverflowError, BadRequest),
        ("", ValueError, ValueError),
        ("?a=1", ValueError, ValueError),
        ("?a__b=1", TypeError, TypeError),
        ("?a__b=1", ValueError, None),
    ],
)
def test_only_bad_filters_and_numbers_are_bad_requests_in_the_admin(
    rf: RequestFactory, admin_user: User, query: str, error: type[Exception], shown: type[Exception] | None
) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise error

    request = rf.get(f"/admin/{query}")
    request.user = admin_user
    with pytest.raises(shown) if shown else nullcontext():
        assert admin.site.admin_view(broken)(request).status_code == 400
