"""Middleware that leaves something out answers as Django's and django-csp's own."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from django.urls import URLPattern, get_resolver

from techlist.middleware import is_for_program
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

ORIGINALS = {
    "techlist.middleware.content_security_policy": "csp.middleware.CSPMiddleware",
    "techlist.middleware.Sessions": "django.contrib.sessions.middleware.SessionMiddleware",
    "techlist.middleware.Authentication": "django.contrib.auth.middleware.AuthenticationMiddleware",
    "techlist.middleware.Messages": "django.contrib.messages.middleware.MessageMiddleware",
}
REQUESTS: list[dict[str, str]] = [
    {"Accept": "*/*"},
    {},
    {"Accept": "application/json"},
    {"Accept": "application/json; indent=4"},
    {"Accept": "text/html,*/*;q=0.8"},
    {"Accept": "image/png"},
    {"Accept": "*/*", "Origin": "https://client.example.org"},
    {"Accept": "*/*", "Cookie": "sessionid=unknown; csrftoken=" + "a" * 32},
    {"Accept": "*/*", "Host": "elsewhere.example.org"},
]
HOT = ["/get", "/api/techs/", "/api/techs/export.csv", "/api/docs/", "/healthz", "/"]
COMPRESSED = ["/activity/", "/services/", "/?page_size=2"]
OTHERS = ["/nothing", "/api/nothing", "/getaway", "/static/nothing.css", "/?priority=bad", "/api/techs/?priority=bad"]
WRITES: list[tuple[str, str, dict[str, str]]] = [
    ("post", "/create", {"text": "Django 3.2"}),
    ("post", "/api/techs/", {"text": "Django 3.2", "owner": "Web"}),
    ("post", "/api/techs/", {"text": "", "ownr": "Web"}),
    ("post", "/api/techs/?format=api", {"text": ""}),
    ("post", "/api/services/", {"name": "Shop"}),
    ("patch", "/api/techs/0/", {"note": "a"}),
    ("delete", "/api/techs/0/", {}),
    ("put", "/api/techs/", {}),
]
FORMATS = [
    f"{path}?{query}" for path in ("/get", "/api/techs/") for query in ("format=api", "f%6Frmat=api", "format=x")
]
VALUES = {"int": "1", "slug": "shop", "uuid": "0b0e0f0a-0000-4000-8000-000000000000", "path": "requirements.txt"}


def paths(patterns: list[Any], before: str = "") -> Iterator[str]:
    """Yield an address of each page and resource, and one of the admin."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from ["/admin/"] if route == "admin/" else paths(pattern.url_patterns, route)
        else:
            yield "/" + re.sub(r"<(\w+):\w+>", lambda found: VALUES[found[1]], route)


def addresses(headers: dict[str, str]) -> list[str]:
    """Return all addresses for programs that accept anything, and the hot and odd ones for others."""
    return [*HOT, *OTHERS, *(sorted(set(paths(get_resolver().url_patterns))) if headers == REQUESTS[0] else [])]


def answers(requests: dict[str, str]) -> dict[str, Any]:
    """Return status, headers, cookies and content for each address."""
    found = {}
    for path in addresses(requests):
        client = Client(raise_request_exception=False)
        found[path] = shown(client, client.get(path, headers=requests))
    return found


def write_all(requests: dict[str, str]) -> dict[str, Any]:
    """Return the same for each write. The ids of submissions and requests differ."""
    found = {}
    for method, path, body in WRITES:
        client = Client(raise_request_exception=False)
        response = getattr(client, method)(path, body, content_type="application/json", headers=requests)
        status, headers, policy, cookies, text = shown(client, response)
        headers.pop("Location", None)
        text = re.sub(rb"[0-9a-f-]{36}", b"", text) if isinstance(text, bytes) else text
        found[f"{method} {path} {body}"] = (status, headers, policy, cookies, text)
    return found


def shown(client: Client, response: Any) -> tuple[int, dict[str, str], list[str], list[str], int | bytes]:
    headers = dict(response.headers)
    # The order of directives differs between processes, and a masked token has no fixed length in gzip.
    policy = sorted(headers.pop("Content-Security-Policy").split("; "))
    for changing in ("Content-Length", "Expires", "X-Request-ID"):
        headers.pop(changing, None)
    content = b"" if response.streaming else response.content
    is_page = headers.get("Content-Type", "").startswith("text/html")
    text = len(client.cookies) if is_page else content
    return response.status_code, headers, policy, sorted(client.cookies), text


@pytest.mark.parametrize("headers", REQUESTS, ids=str)
def test_every_address_answers_as_with_the_originals(headers: dict[str, str], settings: Any) -> None:
    add("djano 3.2")
    settings.CORS_ALLOWED_ORIGINS = ["https://client.example.org"]
    answers(headers)  # fills the cache, so that both find the same
    now = answers(headers)
    settings.MIDDLEWARE = [ORIGINALS.get(name, name) for name in settings.MIDDLEWARE]
    before = answers(headers)
    assert [(now[path], before[path]) for path in now if now[path] != before[path]] == []


@pytest.mark.parametrize("headers", REQUESTS, ids=str)
def test_every_write_is_answered_as_with_the_originals(headers: dict[str, str], settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://client.example.org"]
    write_all(headers)  # creates rows that both find
    now = write_all(headers)
    settings.MIDDLEWARE = [ORIGINALS.get(name, name) for name in settings.MIDDLEWARE]
    before = write_all(headers)
    assert [(now[write], before[write]) for write in now if now[write] != before[write]] == []


def test_originals_are_replaced() -> None:
    """Control."""
    assert ORIGINALS.keys() <= set(settings.MIDDLEWARE)


@pytest.mark.parametrize(
    ("path", "headers", "is_left_out"),
    [
        ("/get", {}, True),
        ("/api/techs/?q=django", {"Accept": "application/json"}, True),
        ("/healthz", {"Accept": "*/*"}, True),
        ("/get", {"Cookie": "sessionid=a"}, False),
        ("/get", {"Accept": "text/html"}, False),
        ("/get?format=api", {}, False),
        ("/", {}, False),
        ("/admin/", {}, False),
    ],
)
def test_only_requests_of_programs_leave_something_out(
    client: Client,
    path: str,
    headers: dict[str, str],
    is_left_out: bool,  # noqa: FBT001
) -> None:
    for ask in (client.get, client.post):
        request = ask(path, headers=headers).wsgi_request
        assert is_for_program(request) is is_left_out
        assert hasattr(request, "session") is not is_left_out


@pytest.mark.parametrize(
    ("accepted", "codings"),
    [
        ("gzip;q=0", {None}),
        ("br;q=0.0, GZIP ; Q=0.000", {None}),
        ("gzip, gzip;q=0", {None}),
        ("gzip;q=0, br", {None, "br"}),
        ("br;q=0, gzip;q=0.1", {None, "gzip"}),
    ],
)
def test_nothing_has_a_refused_coding(accepted: str, codings: set[str | None]) -> None:
    for number in range(3):
        add(f"Django 3.{number}")
    files = [static("frontend/techlist.css"), static("frontend/levels.svg")]
    answers = [Client().get(path, headers={"Accept-Encoding": accepted}) for path in [*HOT, *COMPRESSED, *files]]
    assert {response.get("Content-Encoding") for response in answers} == codings
