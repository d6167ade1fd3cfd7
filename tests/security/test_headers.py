"""Security and caching headers of every answer."""

import re
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.browser import PASSWORD
from tests.support.factories import add
from tests.support.pages import attribute, visit
from tests.support.services import Web

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/login/",
    "/techs/{pk}/",
    "/api/techs/",
    "/api/techs/{pk}/",
    "/get",
    "/api/docs/",
    "/admin/",
    "/admin/techs/tech/",
    "/admin/techs/tech/{pk}/change/",
    "/admin/techs/apitoken/add/",
    "/nothing/here",
]
ANSWERS = ["/", "/get", "/api/techs/", "/api/schema/", "/api/docs/", "/healthz", "/readyz", "/nothing/here", "/admin/"]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
# Code or style within the page; a block of data is neither.
INLINE = re.compile(r"<script(?![^>]*(?:src=|application/json))|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer(client: Client, path: str) -> None:
    response = client.get(path)
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy.items() >= POLICY.items()
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert "private" in response["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_pages_have_nothing_that_the_policy_refuses(admin_client: Client) -> None:
    pk = add("Postgres 14").pk
    for path in PAGES:
        html = admin_client.get(path.format(pk=pk), headers={"Accept": "text/html"}).content.decode()
        assert "<html" in html
        assert INLINE.findall(html) == [], path


@pytest.mark.parametrize(
    "html",
    ["<script>x()</script>", '<p style="color: red">', "<style>", '<a onclick="x()">', '<a href="javascript:x">'],
)
def test_inline_code_is_found(html: str) -> None:
    """Control."""
    assert INLINE.search(html)


def test_script_of_the_docs_is_a_file(client: Client) -> None:
    response = client.get("/api/docs/?script=")
    assert response["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle({" in response.content


def test_static_files_may_be_kept_by_everybody(client: Client) -> None:
    response = client.get(attribute(visit(client, "/"), 'link[href^="/static/frontend/techlist"]', "href"))
    assert response["Cache-Control"] == "max-age=315360000, public, immutable"
    assert "Content-Security-Policy" in response


def test_what_says_itself_who_may_keep_it_is_left_alone(admin_client: Client) -> None:
    assert "no-store" in admin_client.get("/admin/")["Cache-Control"]


def test_cors_lets_tokens_through_and_no_cookies(client: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://client.example.org"]
    headers = {
        "Origin": "https://client.example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    response = client.options("/get", headers=headers)
    assert response["Access-Control-Allow-Origin"] == "https://client.example.org"
    assert "authorization" in response["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response


def test_other_origins_can_read_that_their_body_is_too_large(client: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://client.example.org"]
    headers = {"Origin": "https://client.example.org"}
    response = client.post("/create", "x" * 100_000, content_type="application/json", headers=headers)
    assert response.status_code == 413
    assert response["Access-Control-Allow-Origin"] == "https://client.example.org"


def test_https(https_web_process: Web) -> None:
    """Behind a TLS proxy, browsers and cookies use HTTPS only."""
    with httpx.Client(base_url=https_web_process.url, headers={"X-Forwarded-Proto": "https"}) as proxy:
        response = proxy.get("/login/")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "; Secure" in response.headers["Set-Cookie"]


def test_https_leaves_the_redirect_to_the_proxy(https_web_process: Web) -> None:
    """The container's health check and the proxy itself use plain HTTP."""
    response = httpx.get(f"{https_web_process.url}/healthz")
    assert response.status_code == 200
    assert "Strict-Transport-Security" not in response.headers


def test_without_https_no_header_is_believed(client: Client) -> None:
    """Control."""
    User.objects.create_user("ada", password=PASSWORD)
    response = client.post("/login/", {"username": "ada", "password": PASSWORD}, headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in response
    assert not response.cookies["sessionid"]["secure"]
