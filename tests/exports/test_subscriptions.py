"""Subscriptions: a token in the URL grants read access to exports where logins are required."""

import re
from xml.etree import ElementTree

import httpx
import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client

from techs.exports import feed_tokens
from techs.models import Submission, Subscription
from tests.support.browser import FRESH, PASSWORD, browser, form_token, log_in
from tests.support.factories import add
from tests.support.pages import attribute, parse, text_of, texts, visit
from tests.support.servers import Valkey
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)

EXPORTS = [f"/api/techs/{name}" for name in ("export.csv", "export.json", "export.md", "calendar.ics", "badge.svg")]
EXPORTS.append("/api/techs/changes.atom")


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


@pytest.fixture
def token(ada: User) -> str:
    return feed_tokens.create(ada, name="My calendar")[1]


def ask(web: Web, path: str, *, method: str = "GET", **params: str) -> httpx.Response:
    with httpx.Client(base_url=web.url, timeout=10, limits=FRESH) as program:
        return program.request(method, path, params=params)


@pytest.mark.parametrize("path", EXPORTS)
def test_token_reads_the_exports(login_web_process: Web, token: str, path: str) -> None:
    assert ask(login_web_process, path).status_code == 401
    response = ask(login_web_process, path, token=token)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-cache"
    # The feed contains its own address once: readers return to it.
    assert response.text.count(token) == path.endswith(".atom")
    assert token not in str(response.headers)


def self_of(response: httpx.Response) -> str | None:
    links = ElementTree.fromstring(response.text).findall("{http://www.w3.org/2005/Atom}link")  # noqa: S314  our own
    return next(link.get("href") for link in links if link.get("rel") == "self")


def test_a_feed_names_the_address_that_was_asked(
    login_web_process: Web, ada: User, token: str, redis_cache: Valkey
) -> None:
    """The cached page is shared, and each reader gets its own address."""
    path = EXPORTS[-1]
    other = feed_tokens.create(User.objects.create_user("eve"), name="x")[1]
    ids, tags = set(), set()
    for asked in (token, other, token):
        response = httpx.get(f"{login_web_process.url}{path}?q=%22%3C%26&tag=b&tag=a&x='>&token={asked}", timeout=10)
        assert self_of(response) == str(response.url)
        assert f"token={asked}" in str(response.url)
        ids.add(re.search("<id>(.*?)</id>", response.text)[1])  # type: ignore[index]
        tags.add(response.headers["ETag"])
    with browser(login_web_process) as person:
        log_in(person, "ada")
        seen = person.get(path)
    assert self_of(seen) == f"{login_web_process.url}{path}"
    assert (len(ids), len(tags)) == (1, 1)
    with redis.Redis(port=redis_cache.port) as client:
        stored = b"".join(key + (client.get(key) or b"") for key in client.scan_iter("*techs:*"))
    assert b'rel="self"' in stored
    assert not [each for each in (token, other) if each.encode() in stored]


@pytest.mark.parametrize("path", EXPORTS)
def test_a_program_that_asks_in_other_ways(login_web_process: Web, token: str, path: str) -> None:
    """HEAD, range and conditional requests."""
    whole = ask(login_web_process, path, token=token)
    head = ask(login_web_process, path, method="HEAD", token=token)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]
    with httpx.Client(base_url=login_web_process.url, timeout=10, limits=FRESH) as program:
        part = program.get(path, params={"token": token}, headers={"Range": "bytes=0-9"})
        known = {"If-None-Match": f'"other", {whole.headers["ETag"]}'}
        unchanged = [
            program.request(method, path, params={"token": token}, headers=known) for method in ("GET", "HEAD")
        ]
    assert (part.status_code, part.content) == (200, whole.content)
    assert [(each.status_code, each.content) for each in unchanged] == [(304, b"")] * 2


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/techs/"), ("GET", "/get"), ("GET", "/api/techs/1/"), ("POST", "/api/techs/"), ("POST", "/create")]
    + [("DELETE", "/api/techs/1/"), ("GET", "/api/schema/"), ("POST", EXPORTS[0])]
    + [("OPTIONS", EXPORTS[0]), ("GET", "/api/activity/export.csv")],
)
def test_token_does_nothing_else(login_web_process: Web, token: str, method: str, path: str) -> None:
    assert ask(login_web_process, path, method=method, token=token).status_code == 401
    assert not Submission.objects.exists()


def test_token_shows_no_details_of_the_service(login_web_process: Web, token: str) -> None:
    """The token shows only the status, as to an anonymous client."""
    assert ask(login_web_process, "/readyz", token=token).json() == {"status": "ok"}


def test_token_opens_no_page(login_web_process: Web, token: str) -> None:
    response = ask(login_web_process, "/", token=token)
    assert (response.status_code, response.headers["Location"][:7]) == (302, "/login/")


@pytest.mark.parametrize("wrong", ["", "x", "\x00", "ü" * 500])
def test_wrong_token(login_web_process: Web, token: str, wrong: str) -> None:
    response = ask(login_web_process, EXPORTS[0], token=wrong)
    assert (response.status_code, list(response.json())) == (401, ["detail"])
    assert response.headers["WWW-Authenticate"] == "Token"


def test_the_digest_is_no_token(login_web_process: Web, token: str) -> None:
    """A digest read from the database gives no access."""
    digest = Subscription.objects.get().digest
    assert token not in digest
    assert ask(login_web_process, EXPORTS[0], token=digest).status_code == 401


def test_revoked(login_web_process: Web, ada: User, token: str) -> None:
    assert ask(login_web_process, EXPORTS[0], token=token).status_code == 200
    assert feed_tokens.revoke(ada, pk=Subscription.objects.get().pk)
    assert ask(login_web_process, EXPORTS[0], token=token).status_code == 401


def test_of_somebody_who_left(login_web_process: Web, token: str) -> None:
    User.objects.update(is_active=False)
    assert ask(login_web_process, EXPORTS[0], token=token).status_code == 401


def test_a_session_and_an_api_token_read_too(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        assert [person.get(path).status_code for path in EXPORTS] == [200] * len(EXPORTS)


def test_tokens_are_not_logged(login_web_process: Web, token: str) -> None:
    for path in (*EXPORTS, "/api/techs/", "/nothing", "/"):
        ask(login_web_process, path, token=token)
    ask(login_web_process, EXPORTS[0], token=token, priority="x")
    log = login_web_process.log.read_text()
    assert EXPORTS[0] in log, "the control: what is refused is logged"
    assert token not in log


def addresses_in(page: str) -> list[str]:
    return [text for text in texts(parse(page), "code") if text.startswith("http")]


def test_page(login_web_process: Web, ada: User) -> None:
    """Create addresses, read each, no longer see them, revoke."""
    with browser(login_web_process) as person:
        log_in(person, "ada")
        csrf = form_token(person.get("/subscriptions/").text)
        made = person.post("/subscriptions/", data={"name": "My <calendar>", "csrfmiddlewaretoken": csrf})
        assert made.headers["Cache-Control"] == "private, no-store"
        addresses = addresses_in(made.text)
        assert [httpx.get(address, timeout=10).status_code for address in addresses] == [200] * len(EXPORTS)
        page = person.get("/subscriptions/").text
        assert "My &lt;calendar&gt;" in page
        assert "token=" not in page
        revoke = f"/subscriptions/{Subscription.objects.get().pk}/revoke/"
        assert person.post(revoke, data={"csrfmiddlewaretoken": csrf}).status_code == 303
        assert httpx.get(addresses[0], timeout=10).status_code == 401


def test_nobody_revokes_another_persons(login_web_process: Web, token: str) -> None:
    User.objects.create_user("eve", password=PASSWORD)
    with browser(login_web_process) as eve:
        log_in(eve, "eve")
        csrf = form_token(eve.get("/subscriptions/").text)
        revoke = f"/subscriptions/{Subscription.objects.get().pk}/revoke/"
        assert eve.post(revoke, data={"csrfmiddlewaretoken": csrf}).status_code == 404
        assert "None yet." in eve.get("/subscriptions/").text
    assert Subscription.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\x00b"])
def test_a_subscription_needs_a_name(login_web_process: Web, ada: User, name: str) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        csrf = form_token(person.get("/subscriptions/").text)
        refused = person.post("/subscriptions/", data={"name": name, "csrfmiddlewaretoken": csrf})
    assert (refused.status_code, 'role="alert"' in refused.text) == (400, True)
    assert not Subscription.objects.exists()


def test_there_are_not_countless(login_web_process: Web, ada: User) -> None:
    for number in range(feed_tokens.MAX_PER_USER):
        feed_tokens.create(ada, name=str(number))
    with browser(login_web_process) as person:
        log_in(person, "ada")
        csrf = form_token(person.get("/subscriptions/").text)
        refused = person.post("/subscriptions/", data={"name": "x", "csrfmiddlewaretoken": csrf})
    assert (refused.status_code, Subscription.objects.count()) == (400, feed_tokens.MAX_PER_USER)


def test_open_mode_needs_no_token(client: Client) -> None:
    page = client.get("/subscriptions/").content.decode()
    addresses = addresses_in(page)
    assert [client.get(address.removeprefix("http://testserver")).status_code for address in addresses] == [200] * 6
    assert 'action="/subscriptions/' not in page  # neither to create addresses nor to revoke them
    assert client.post("/subscriptions/", {"name": "x"}).status_code == 404
    assert client.get(f"{EXPORTS[0]}?token=x").status_code == 200


@pytest.mark.parametrize("came_from", ["", "http://testserver/?owner=team+web&priority=critical&page_size=5&by=tag"])
def test_addresses_follow_the_list_as_it_was_filtered(client: Client, came_from: str) -> None:
    add("Django 3.2", owner="Team Web")
    add("React")
    listed = visit(client, "/?owner=team+web&priority=critical&page_size=5")
    link = attribute(listed, "nav.exports > :last-child", "href")
    page = client.get("/subscriptions/" if came_from else link, headers={"Referer": came_from}).content.decode()
    assert "owner Team Web, critical" in text_of(parse(page), ".subscribe")
    addresses = addresses_in(page)
    assert {address.partition("?")[2] for address in addresses} == {"priority=critical&owner=team+web"}
    assert "React" not in client.get(addresses[0].removeprefix("http://testserver")).content.decode()
    assert "&tag=shop" in texts(parse(page), "code")
    whole = client.get(attribute(parse(page), ".subscribe p a", "href")).content.decode()
    assert all("?" not in address for address in addresses_in(whole))


def test_addresses_with_a_token_follow_the_list_as_it_was_filtered(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        page = person.get("/subscriptions/", params={"tag": "shop"}).text
        data = {"name": "x", "csrfmiddlewaretoken": form_token(page)}
        made = person.post(attribute(parse(page), "form[action^='/subscriptions/']", "action"), data=data)
        addresses = addresses_in(made.text)
        assert all("?tag=shop&token=" in address for address in addresses)
        assert [httpx.get(address, timeout=10).status_code for address in addresses] == [200] * len(EXPORTS)


def test_admin_revokes(admin_client: Client, token: str) -> None:
    subscription = Subscription.objects.get()
    page = admin_client.get("/admin/techs/subscription/").content.decode()
    assert "My calendar" in page
    assert subscription.digest not in page
    admin_client.post(f"/admin/techs/subscription/{subscription.pk}/delete/", {"post": "yes"})
    assert not Subscription.objects.exists()


def test_the_page_leads_there(client: Client) -> None:
    page = client.get("/?q=django&priority=critical,high").content.decode()
    assert 'href="/api/techs/export.csv?q=django&amp;priority=critical%2Chigh"' in page
    assert 'href="/subscriptions/?q=django&amp;priority=critical%2Chigh"' in page
    assert '<link rel="alternate" type="application/atom+xml"' in page
