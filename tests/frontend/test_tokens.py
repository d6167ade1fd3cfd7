"""The page of one's own API tokens."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from techs import tokens
from techs.inventory import services
from techs.models import APIToken, TokenScope
from tests.support.browser import PASSWORD, browser, form_token, log_in
from tests.support.pages import one, parse, text_of, texts
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)

NEW = {"name": "Deploy <pipeline>", "scope": "write", "days": "90"}


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


@pytest.fixture
def person(login_web_process: Web, ada: User) -> Iterator[httpx.Client]:
    with browser(login_web_process) as client:
        log_in(client, "ada")
        yield client


def send(person: httpx.Client, url: str = "/tokens/", **given: str) -> httpx.Response:
    csrf = form_token(person.get("/tokens/").text)
    return person.post(url, data={"csrfmiddlewaretoken": csrf} | given)


def ask(web: Web, text: str, *, path: str = "/api/techs/") -> httpx.Response:
    return httpx.get(web.url + path, headers={"Authorization": f"Token {text}"}, timeout=10)


def test_create_use_and_revoke(login_web_process: Web, person: httpx.Client) -> None:
    made = send(person, **NEW)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "private, no-store")
    text, header = texts(parse(made.text), "dl code")
    assert header == f"Authorization: Token {text}"
    assert ask(login_web_process, text).status_code == 200
    page = person.get("/tokens/").text
    assert text[:9] not in page
    listed = text_of(one(parse(page), ".subscriptions li > span"))
    assert listed.startswith(f"Deploy <pipeline> {text[:8]}…")
    assert "Read and write, created" in listed
    assert send(person, f"/tokens/{APIToken.objects.get().pk}/revoke/").status_code == 303
    assert ask(login_web_process, text).status_code == 401
    assert "None yet." in person.get("/tokens/").text


@pytest.mark.parametrize(("days", "expected"), [("30", 30), ("90", 90), ("365", 365), ("", None)])
def test_scope_and_expiry(person: httpx.Client, days: str, expected: int | None) -> None:
    assert send(person, name="x", scope="read", days=days).status_code == 200
    token = APIToken.objects.get()
    left = token.expiry - timezone.now() if token.expiry else None
    assert token.scope == TokenScope.READ
    assert (left and round(left / timedelta(days=1))) == expected


def test_expired_and_unnamed_tokens_are_marked(person: httpx.Client, ada: User) -> None:
    """Tokens of earlier versions have no name."""
    tokens.create(ada)
    tokens.create(ada, name="Old", days=1)
    APIToken.objects.filter(name="Old").update(expiry=timezone.now())
    page = parse(person.get("/tokens/").text)
    old, unnamed = texts(page, ".subscriptions li > span")
    assert "expired" in old
    assert unnamed.startswith("Unnamed")
    assert "never expires" in unnamed


def test_uploads_of_one_service(login_web_process: Web, person: httpx.Client) -> None:
    shop, _ = services.create(name="Shop")
    services.create(name="Bank")
    services.change(services.create(name="Old")[0], archived=True)
    offered = parse(person.get("/tokens/?service=shop").text)
    assert texts(offered, "#token-service option") == ["Choose one", "Bank", "Shop"]
    assert texts(offered, "option[selected]") == ["Uploads of one service", "Shop", "In 90 days"]
    made = send(person, **NEW | {"scope": "upload", "service": "shop"})
    assert made.status_code == 200
    assert APIToken.objects.get().service == shop
    text = texts(parse(made.text), "dl code")[0]
    assert [ask(login_web_process, text, path=path).status_code for path in ("/api/services/shop/", "/get")] == [
        200,
        403,
    ]
    listed = one(parse(made.text), ".subscriptions small")
    assert text_of(listed).startswith("Uploads of Shop, created")
    assert one(listed, "a")["href"] == "/services/shop/"


def test_the_page_of_a_service_leads_to_its_token(person: httpx.Client) -> None:
    services.create(name="Shop")
    page = parse(person.get("/services/shop/").text)
    assert texts(page, 'a[href="/tokens/?service=shop"]') == ["a token for this service"]


def test_a_service_counts_only_with_its_scope(person: httpx.Client) -> None:
    services.create(name="Shop")
    assert send(person, **NEW | {"service": "shop"}).status_code == 200
    token = APIToken.objects.get()
    assert (token.scope, token.service) == (TokenScope.WRITE, None)


@pytest.mark.parametrize("service", ["", "bank", "Shop", "1", "old"])
def test_another_service(person: httpx.Client, service: str) -> None:
    services.create(name="Shop")
    services.change(services.create(name="Old")[0], archived=True)
    refused = send(person, **NEW | {"scope": "upload", "service": service})
    assert (refused.status_code, APIToken.objects.count()) == (400, 0)
    assert texts(parse(refused.text), "#token-problem p") == ["Choose the service whose uploads the token allows."]
    assert texts(parse(refused.text), "#token-scope [selected]") == ["Uploads of one service"]


@pytest.mark.parametrize(
    "given",
    [
        *[NEW | {"name": name} for name in ("", " ", "x" * 101, "a\x00b", "a\u202eb")],
        *[NEW | {"scope": scope} for scope in ("", "admin", "upload")],
        *[NEW | {"days": days} for days in ("7", "-1", "x", "99999999999999")],
    ],
)
def test_invalid_input(person: httpx.Client, given: dict[str, str]) -> None:
    refused = send(person, **given)
    assert (refused.status_code, 'role="alert"' in refused.text) == (400, True)
    assert refused.headers["Cache-Control"] == "private, no-store"
    assert not APIToken.objects.exists()


def test_what_was_entered_stays_after_a_mistake(person: httpx.Client) -> None:
    page = parse(send(person, name="My <name>", scope="write", days="7").text)
    assert one(page, "#token-name")["value"] == "My <name>"
    assert texts(page, "#token-scope option[selected]") == ["Read and write"]


def test_there_are_not_countless(person: httpx.Client, ada: User) -> None:
    for number in range(tokens.MAX_PER_USER):
        tokens.create(ada, name=str(number))
    refused = send(person, **NEW)
    assert (refused.status_code, APIToken.objects.count()) == (400, tokens.MAX_PER_USER)
    assert "You already have 50 tokens." in refused.text


def test_nobody_sees_or_revokes_another_persons(person: httpx.Client) -> None:
    token, _ = tokens.create(User.objects.create_user("eve"), name="Of Eve")
    assert "Of Eve" not in person.get("/tokens/").text
    assert send(person, f"/tokens/{token.pk}/revoke/").status_code == 404
    assert person.get(f"/tokens/{token.pk}/revoke/").status_code == 405
    assert APIToken.objects.exists()


def test_forms_need_the_form_token(person: httpx.Client, ada: User) -> None:
    token, _ = tokens.create(ada)
    for url in ("/tokens/", f"/tokens/{token.pk}/revoke/"):
        assert person.post(url, data=NEW).status_code == 403
    assert APIToken.objects.get() == token


def test_a_token_creates_no_token(login_web_process: Web, ada: User) -> None:
    _, text = tokens.create(ada)
    response = ask(login_web_process, text, path="/tokens/")
    assert (response.status_code, response.headers["Location"]) == (302, "/login/?next=/tokens/")


def test_every_page_leads_there(person: httpx.Client) -> None:
    assert texts(parse(person.get("/").text), 'a[href="/tokens/"]') == ["API tokens"]


def test_tokens_are_not_logged(login_web_process: Web, person: httpx.Client) -> None:
    text = texts(parse(send(person, **NEW).text), "dl code")[0]
    ask(login_web_process, text, path="/nothing")
    log = login_web_process.log.read_text()
    assert "/nothing" in log, "the control: what is refused is logged"
    assert text not in log


def test_open_mode_has_no_tokens(client: Client) -> None:
    assert client.get("/tokens/").status_code == 404
    assert client.post("/tokens/", NEW).status_code == 404
    assert client.post("/tokens/1/revoke/").status_code == 404
    assert "/tokens/" not in client.get("/").content.decode()
