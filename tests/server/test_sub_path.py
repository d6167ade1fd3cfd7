"""The real server below a path of its host: whole flows, behind proxies that keep and that remove the path."""

from collections.abc import Generator
from urllib.parse import urlsplit

import httpx
import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User

from techlist.local.processes import wait_until
from techs.models import Tech
from tests.support import pages
from tests.support.servers import Server, Servers
from tests.support.services import Web, environment_for_processes, place, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_database]

PREFIX = "/tools/techlist"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def web_below(servers: Servers, django_db_setup: None) -> Generator[Web, None, None]:
    changes = {
        "SCRIPT_NAME": PREFIX,
        "TECHLIST_ACCESS": "login",
        "DJANGO_SETTINGS_MODULE": "tests.support.quick_settings",
    }
    with running(Web(**place(servers), env=environment_for_processes(servers) | changes, name="web-below")) as web:
        yield web


class Removing(httpx.HTTPTransport):
    """A proxy that removes the path before it passes a request on."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path.startswith(PREFIX), f"{request.url} is not below {PREFIX}"
        url = request.url.copy_with(path=request.url.path.removeprefix(PREFIX) or "/")
        return super().handle_request(
            httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        )


@pytest.fixture(params=[httpx.HTTPTransport, Removing], ids=["kept", "removed"])
def client(
    request: pytest.FixtureRequest, web_below: Web, transactional_db: None
) -> Generator[httpx.Client, None, None]:
    """A browser of a superuser, who has logged in through the page."""
    User.objects.create_superuser("ada", password=PASSWORD)
    headers = {"Accept": "text/html", "Referer": web_below.url}
    with httpx.Client(transport=request.param(), base_url=web_below.url, headers=headers, timeout=20) as client:
        start = client.get(f"{PREFIX}/")
        assert (start.status_code, start.headers["location"]) == (302, f"{PREFIX}/login/?next={PREFIX}/")
        done = post(client, start.headers["location"], username="ada", password=PASSWORD)
        assert (done.status_code, done.headers["location"]) == (302, f"{PREFIX}/")
        yield client


def show(client: httpx.Client, path: str) -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code, response.headers)
    return pages.parse(response.text)


def post(client: httpx.Client, page: str, to: str = "", **values: str) -> httpx.Response:
    """Send a form of a page."""
    token = pages.attribute(show(client, page), "[name=csrfmiddlewaretoken]", "value")
    return client.post(to or page, data=values | {"csrfmiddlewaretoken": token})


def test_pages_and_their_files(client: httpx.Client) -> None:
    for path in ("/", "/import/", "/services/", "/activity/", "/views/", "/tokens/", "/admin/", "/api/docs/"):
        page = show(client, f"{PREFIX}{path}")
        files = pages.attributes(page, "link[href]", "href") + pages.attributes(page, "script[src]", "src")
        links = [link for link in files + pages.attributes(page, "a[href]", "href") if link.startswith("/")]
        assert links, path
        assert [link for link in links if not f"{link}/".startswith(f"{PREFIX}/")] == [], path
        assert {client.get(file).status_code for file in files if file.startswith(f"{PREFIX}/static/")} == {200}, path


def test_adding_polling_and_opening(client: httpx.Client, celery_worker_process: Server) -> None:
    added = post(client, f"{PREFIX}/", f"{PREFIX}/add/", text="Django 3.2")
    assert added.status_code in {302, 303}, added.text
    assert urlsplit(added.headers["location"]).path.startswith(f"{PREFIX}/")
    assert wait_until(Tech.objects.exists, timeout=60)
    link = f"{PREFIX}/techs/{Tech.objects.get().pk}/"
    assert wait_until(lambda: link in pages.attributes(show(client, f"{PREFIX}/"), "a[href]", "href"), timeout=60)
    show(client, link)
    for path in ("/data-age/", "/delay/"):
        assert client.get(f"{PREFIX}{path}", headers={"HX-Request": "true"}).status_code in {200, 204}


def test_the_api_and_subscriptions_by_their_own_links(client: httpx.Client) -> None:
    schema = client.get(f"{PREFIX}/api/schema/", headers={"Accept": "application/json"})
    assert schema.json()["servers"] == [{"url": PREFIX}]
    made = post(client, f"{PREFIX}/subscriptions/", name="calendar")
    found = pages.texts(pages.parse(made.text), ".addresses code")
    assert found, made.text
    with httpx.Client(transport=client._transport) as stranger:
        for address in found:
            assert urlsplit(address).path.startswith(f"{PREFIX}/api/")
            assert stranger.get(address).status_code == 200


@pytest.mark.parametrize(("path", "target"), [("/admin", "/admin/"), ("/logout/", None)])
def test_redirects_stay_below_the_path(client: httpx.Client, path: str, target: str | None) -> None:
    response = client.get(f"{PREFIX}{path}") if target else post(client, f"{PREFIX}/", f"{PREFIX}{path}")
    assert response.status_code in {301, 302}
    assert urlsplit(response.headers["location"]).path == f"{PREFIX}{target or '/'}"


def test_limits_errors_and_health(client: httpx.Client, web_below: Web) -> None:
    large = client.post(f"{PREFIX}/api/techs/", content=b"x" * 100_000, headers={"Content-Type": "application/json"})
    assert (large.status_code, "detail" in large.json()) == (413, True)
    missing = client.get(f"{PREFIX}/api/nothing/", headers={"Accept": "application/json"})
    assert (missing.status_code, missing.json()) == (404, {"detail": "Page not found. Check the address."})
    assert client.get(f"{PREFIX}/healthz").json() == {"status": "ok"}
    # A load balancer asks the server itself.
    assert httpx.get(f"{web_below.url}/healthz").json() == {"status": "ok"}
    assert {cookie.path for cookie in client.cookies.jar if cookie.name in {"sessionid", "csrftoken"}} == {f"{PREFIX}/"}
