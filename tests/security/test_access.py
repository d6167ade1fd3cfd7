"""TECHLIST_ACCESS=login: without session or token, only health checks and the login page are open."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from techs import tokens
from techs.models import Import, Submission
from tests.support.browser import FRESH, PASSWORD, browser, form_token, log_in
from tests.support.pages import attribute, parse
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)

# /readyz tells strangers its bare status: load balancers have no login (tests/server/test_health_access.py). The theme
# is chosen on the login page, too, and is kept in a cookie.
# The metrics have a token of their own (tests/metrics/test_access.py).
OPEN = {"/metrics", "/healthz", "/readyz", "/login/", "/logout/", "/appearance/", "/admin/login/"}
EXAMPLES = {
    "int": "1",
    "uuid": "6f0c2f4e-9a53-4c2e-8b0a-111111111111",
    "path": "1",
    "slug": "shop",
    "str": "1",
    "(?P<app_label>": "techs/",
    "(?P<url>.*)": "nothing/here",
}


def addresses(patterns: Sequence[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Return one address for each URL pattern."""
    for pattern in patterns:
        address = prefix + example(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield address


def example(route: str) -> str:
    for start, text in EXAMPLES.items():
        if start.startswith("(") and start in route:
            return text
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: EXAMPLES[found[1] or "str"], route)


ALL = sorted(set(addresses(get_resolver().url_patterns)))
CALLS = [
    ("GET", "/get"),
    ("POST", "/create"),
    ("GET", "/api/techs/"),
    ("HEAD", "/api/techs/"),
    ("OPTIONS", "/api/techs/"),
    ("POST", "/api/techs/"),
    ("GET", "/api/techs/1/"),
    ("PATCH", "/api/techs/1/"),
    ("DELETE", "/api/techs/1/"),
    ("GET", "/api/submissions/6f0c2f4e-9a53-4c2e-8b0a-111111111111/"),
    ("POST", "/api/imports/"),
    ("GET", "/api/imports/6f0c2f4e-9a53-4c2e-8b0a-111111111111/"),
    ("GET", "/api/services/"),
    ("POST", "/api/services/"),
    ("PUT", "/api/services/shop/sources/requirements.txt/"),
    ("GET", "/api/uploads/1/"),
    ("GET", "/api/schema/"),
]


@pytest.fixture
def token() -> str:
    return tokens.create(User.objects.create_user("ada", password=PASSWORD))[1]


def program(web: Web, token: str | None = None) -> httpx.Client:
    headers = {"Authorization": f"Token {token}"} if token else {}
    return httpx.Client(base_url=web.url, headers=headers, timeout=10, limits=FRESH)


def test_all_addresses_are_known() -> None:
    """Control: the walk finds pages, the API and the admin."""
    assert len(ALL) > 60
    assert {"/", "/get", "/techs/1/rename/", "/api/techs/1/", "/admin/techs/tech/1/change/", "/admin/techs/"} <= set(
        ALL
    )
    assert set(ALL) >= OPEN


def test_every_address_refuses_the_anonymous(login_web_process: Web) -> None:
    with program(login_web_process) as anonymous:
        answers = {address: anonymous.get(address) for address in ALL if address not in OPEN}
    assert {address: answer.status_code for address, answer in answers.items() if not refuses(answer)} == {}


def test_every_address_refuses_anonymous_writes(login_web_process: Web) -> None:
    with program(login_web_process) as anonymous:
        csrf = form_token(anonymous.get("/login/").text)
        headers = {"X-CSRFToken": csrf}
        answers = {at: anonymous.post(at, json={"text": "x"}, headers=headers) for at in ALL if at not in OPEN}
    assert {address: answer.status_code for address, answer in answers.items() if not refuses(answer)} == {}
    assert not Submission.objects.exists()


def refuses(answer: httpx.Response) -> bool:
    if answer.status_code == 302:
        return answer.headers["Location"].startswith(("/login/?next=", "/admin/login/?next="))
    return answer.status_code == 401


def test_the_walk_finds_an_open_address(login_web_process: Web) -> None:
    """Control: the same walk finds addresses that are open."""
    with program(login_web_process) as anonymous:
        assert not any(refuses(anonymous.get(address)) for address in OPEN - {"/admin/login/"})
        assert anonymous.get("/healthz").json() == {"status": "ok"}


def test_programs_are_told_how(login_web_process: Web) -> None:
    with program(login_web_process) as anonymous:
        for method, path in CALLS:
            response = anonymous.request(method, path, headers={"If-None-Match": "*"})
            assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Token"), (method, path)
            if method != "HEAD" and path != "/api/schema/":
                assert response.json() == {"detail": "Authentication credentials were not provided."}


def test_token_reads_and_writes(login_web_process: Web, token: str) -> None:
    with program(login_web_process, token) as anybody:
        assert anybody.post("/create", json={"text": "Django 3.2"}).status_code == 201
        assert anybody.post("/api/techs/", json={"text": "Redis 6"}).status_code == 202
        assert anybody.get("/get").json()["data"] == []
        assert anybody.get("/readyz").json()["status"] == "ok"
        assert anybody.get("/api/schema/").status_code == 200


def test_imports_with_a_login(login_web_process: Web, token: str) -> None:
    """A program sends a file with its token; a person watches the progress."""
    with program(login_web_process, token) as anybody:
        assert anybody.post("/api/imports/", files={"file": ("stack.txt", b"Django 3.2")}).status_code == 202
    with browser(login_web_process) as person:
        log_in(person, "ada")
        given = {"csrfmiddlewaretoken": form_token(person.get("/import/").text), "text": "Django 3.2\nNode.js 20"}
        assert "2 technologies in these lines" in person.post("/import/", data=given).text
        assert person.post("/import/", data=given | {"csrfmiddlewaretoken": "x"}).status_code == 403
        assert person.get(f"/import/{Import.objects.get().uuid}/").status_code == 200


def test_wrong_token(login_web_process: Web, token: str) -> None:
    with program(login_web_process) as stranger:
        for header in (
            "Token 0123456789abcdef",
            "Token",
            f"Token {token} {token}",
            "Basic YWRhOng=",
            f"Bearer {token}",
        ):
            response = stranger.get("/get", headers={"Authorization": header})
            assert (response.status_code, list(response.json())) == (401, ["detail"]), header


def test_token_of_somebody_who_left(login_web_process: Web, token: str) -> None:
    User.objects.update(is_active=False)
    with program(login_web_process, token) as stranger:
        assert stranger.get("/get").status_code == 401


def test_token_made_by_command(login_web_process: Web, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("grace", password=PASSWORD)
    call_command("drf_create_token", "grace")
    token = capsys.readouterr().out.split()[2]
    with program(login_web_process, token) as grace:
        assert grace.get("/get").status_code == 200


def test_token_opens_no_page(login_web_process: Web, token: str) -> None:
    """Tokens are for the API; pages need a session."""
    with program(login_web_process, token) as anybody:
        assert anybody.get("/").headers["Location"] == "/login/?next=/"


def test_session_needs_the_form_token_to_write(login_web_process: Web, token: str) -> None:
    """Otherwise any site could make a logged-in browser change the list."""
    with browser(login_web_process) as person:
        log_in(person, "ada")
        send: dict[str, Any] = {"json": {"text": "Django 3.2"}, "headers": {"Accept": "application/json"}}
        for path in ("/create", "/api/techs/"):
            refused = person.post(path, **send)
            assert (refused.status_code, refused.json()) == (403, {"detail": "CSRF Failed: CSRF token missing."})
        assert not Submission.objects.exists()
        send["headers"]["X-CSRFToken"] = form_token(person.get("/").text)
        assert person.post("/api/techs/", **send).status_code == 202


@pytest.mark.parametrize("path", ["/api/techs/", "/api/docs/", "/get"])
def test_browser_is_led_to_the_login(login_web_process: Web, token: str, path: str) -> None:
    with browser(login_web_process) as person:
        response = person.get(path)
        assert (response.status_code, response.headers["Location"]) == (302, f"/login/?next={path}")
        log_in(person, "ada")
        assert person.get(path).status_code == 200


def test_answers_are_for_one_person(login_web_process: Web, token: str) -> None:
    with program(login_web_process, token) as anybody:
        for path in ("/get", "/api/techs/", "/readyz"):
            response = anybody.get(path)
            assert {"Cookie", "Authorization"} <= set(response.headers["Vary"].split(", "))
            assert response.headers["Cache-Control"] == "private, no-cache"


def test_static_files_are_open(login_web_process: Web) -> None:
    with browser(login_web_process) as person:
        sheet = attribute(parse(person.get("/login/").text), 'link[rel="stylesheet"]', "href")
        assert person.get(sheet).status_code == 200


def test_open_mode_asks_nobody(client: Client) -> None:
    """Control: the process of the tests is open."""
    assert client.get("/get").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
