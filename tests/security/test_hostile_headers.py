"""Header injection and open redirects: no input can end a header, add one, or redirect to another host."""

import http.client
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from techs.models import Submission
from tests.support.factories import add
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)

BREAKS = ["\r\n", "\n", "\r", "%0d%0a", "%0D%0ASet-Cookie:x=1", "\u010d\u010a", "\u2028", "嘊嘍"]
AWAY = ["http://evil.example/", "//evil.example", "https:evil.example", "\\\\evil.example", "/\\evil.example"]
AWAY += ["javascript:alert(1)", "///evil.example", "\thttp://evil.example", "http://localhost@evil.example/"]


def sound(response: Any) -> bool:
    """Return whether no header contains a line break, and none was added."""
    values = [*response.headers.values(), *(str(cookie) for cookie in response.cookies.values())]
    return not any(char in value for value in values for char in "\r\n\x00") and "X-Evil" not in response.headers


@pytest.mark.parametrize("text", BREAKS)
def test_no_break_gets_into_a_header(client: Client, text: str) -> None:
    tech = add("Django 3.2")
    evil = f"{text}X-Evil: 1{text}Set-Cookie: evil=1"
    requests = [
        client.get("/", {"q": evil, "submitted": evil, "cursor": evil}),
        client.get("/", {"q": evil}, headers={"HX-Request": "true", "HX-Trigger": "search", "HX-Current-URL": evil}),
        client.get(f"/{evil}"),
        client.get(f"/admin/{evil}"),
        client.get("/admin/", {"next": evil}),
        client.get("/api/techs/", {"q": evil, "ordering": evil}, headers={"if-none-match": evil, "accept": evil}),
        client.post("/add/", {"text": evil, "key": evil}),
        client.post("/add/", {"text": f"x{evil}", "key": str(uuid4())}),
        client.post(f"/techs/{tech.pk}/rename/", {"text": "Django 4.2" + evil}),
        client.post(f"/techs/{tech.pk}/", {"note": evil, "impact": "low"}),
        client.post("/api/techs/", {"text": "x"}, content_type="application/json", headers={"idempotency-key": evil}),
        client.options("/api/techs/", headers={"origin": evil, "access-control-request-method": evil}),
    ]
    for response in requests:
        assert response.status_code < 500
        assert sound(response)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver:80@evil.example", "testserver\r\nX-Evil: 1", "testserver/evil", "testserver evil", ""]
    + ["testserver:x", "[::1", "testserver\x00", "tеstserver"],
)
def test_another_host_is_refused(host: str) -> None:
    client = Client(SERVER_NAME=host)
    for response in (
        client.post("/api/techs/", {"text": "Django"}, content_type="application/json", headers={"host": host}),
        client.get("/api/techs/", headers={"host": host}),
    ):
        assert (response.status_code, list(response.json())) == (400, ["detail"])
    assert client.get("/", headers={"host": host}).status_code in {200, 400}
    assert not Submission.objects.exists()


def test_links_ignore_forwarded_hosts(client: Client) -> None:
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-host": "evil.example"}
    response = client.post("/api/techs/", {"text": "Django"}, content_type="application/json", headers=headers)
    assert urlsplit(response["Location"]).netloc == "testserver"
    assert "evil" not in response.content.decode()


@pytest.mark.parametrize("away", AWAY)
def test_nobody_is_led_away(client: Client, away: str, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slow runners prove nothing here
    tech = add("Django 3.2")
    User.objects.create_superuser("root", password="secret")
    login = {"username": "root", "password": "secret", "next": away}
    for response in (
        client.post("/admin/login/", login),
        client.post(f"/admin/login/?next={away}", {"username": "root", "password": "secret"}),
        client.post("/add/", {"text": "Django", "key": str(uuid4()), "next": away}, headers={"referer": away}),
        client.post(f"/techs/{tech.pk}/", {"impact": "low", "next": away, "stay": away}, headers={"referer": away}),
        client.post(f"/techs/{tech.pk}/rename/", {"text": "Django 4", "next": away, "stay": away}),
        client.get(f"/techs/{tech.pk}/remove/?next={away}"),
        client.get(f"/admin//{away}"),
        client.get(f"//{away}"),
        client.get("/api/techs/", headers={"x-original-url": away, "x-rewrite-url": away}),
    ):
        location = response.headers.get("Location", "/")
        assert not urlsplit(location).scheme
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


def test_a_search_says_its_own_address(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Trigger": "search"}
    response = client.get("/", {"q": "é\u2003x //evil.example"}, headers=headers)
    assert response["HX-Replace-Url"].startswith("/?q=")
    assert response["HX-Replace-Url"].isascii()


def test_raw_requests_to_the_real_server(web_process: Web) -> None:
    address = urlsplit(web_process.url).netloc
    for method, path, headers in [
        ("GET", "/api/techs/?q=%00%ff%fe", {}),
        ("GET", "/%ff%fe%00", {}),
        ("GET", "/api/techs/?" + "q=x&" * 1500, {}),
        ("GET", "/api/techs/?q=" + "x" * 30_000, {}),
        ("GET", "/api/techs/", {"Cookie": "sessionid=" + "x" * 7000 + "; csrftoken=%00"}),
        ("GET", "/", {"Cookie": "sessionid=\xff\xfe; messages=\xff"}),
        ("GET", "/api/techs/", {"Accept": "x" * 20_000}),
        ("POST", "/api/techs/", {"Idempotency-Key": "\xff\xfe"}),
    ]:
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        assert response.status < 500, (path[:40], headers)
        assert b"Traceback" not in body
