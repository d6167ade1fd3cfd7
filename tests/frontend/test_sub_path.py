"""Techlist below a path of its host, such as https://example.org/tools/: every link stays below it."""

import re
from collections.abc import Generator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import URLPattern, get_resolver

from techlist import sub_path
from techs.inventory import editing
from techs.models import Action
from tests.support import uploads
from tests.support.factories import add, submit

pytestmark = pytest.mark.django_db(transaction=True)

PREFIX = "/tools"
LINKS = ("href", "src", "action", "formaction", "poster", "hx-get", "hx-post", "hx-put", "hx-delete", "hx-patch")
ABSOLUTE = re.compile(r"http://testserver[^\"\s<]*")
DOCUMENTS = ("calendar.ics", "changes.atom")
ADMIN = {"/admin/", "/admin/techs/tech/", "/admin/techs/service/", "/admin/techs/change/"}
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _prefix() -> Generator[None, None, None]:
    with override_script_prefix(f"{PREFIX}/"):
        yield


@pytest.fixture
def client() -> Client:
    """A client that is logged in as the superuser."""
    client = Client(SCRIPT_NAME=PREFIX)
    client.force_login(User.objects.create_superuser("ada"))
    return client


def pages() -> set[str]:
    """Create one of everything, and return the addresses of all pages and resources."""
    tech = add("djano 3.2", owner="Ada", tags=["shop"], note="Isolated.")
    editing.remove(add("Redis 6"))
    shop = uploads.service(owner="Web")
    uploads.push(shop, "django==4.2\nredis==5.0\n")
    upload, action = uploads.push(shop, "django==4.2\n"), Action.objects.latest("pk")
    values = {"int": tech.pk, "slug": shop.slug, "uuid": submit("PHP 8.1 and Go 1.20").uuid, "path": uploads.SOURCE}
    others = {f"/activity/{action.pk}/", f"/services/shop/uploads/{upload.pk}/", f"/api/uploads/{upload.pk}/"}
    return {f"{path}?page_size=1" for path in paths(get_resolver().url_patterns, values)} | others | ADMIN


def paths(patterns: list[Any], values: dict[str, Any], before: str = "/") -> Generator[str, None, None]:
    """Yield the address of each page and resource, except those of the admin."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield re.sub(r"<(\w+):\w+>", lambda found: str(values[found[1]]), route)
        elif route != "/admin/":
            yield from paths(pattern.url_patterns, values, route)


def links(html: str) -> list[str]:
    """Return the addresses of a page."""
    tags = BeautifulSoup(html, "html.parser").select("*")
    return [str(tag[name]) for tag in tags for name in LINKS if tag.get(name)]


def addresses(response: Any) -> list[str]:
    """Return the paths to which a response leads on its own host."""
    content = b"" if response.streaming else response.content
    text = content.decode(errors="replace")
    found = [str(response[name]) for name in ("Location", "HX-Redirect", "HX-Replace-Url") if name in response]
    found += links(text) if response.get("Content-Type", "").startswith("text/html") else ABSOLUTE.findall(text)
    found = [link.removeprefix("http://testserver") for link in found]
    return [link for link in found if link.startswith("/")]


@pytest.mark.parametrize("headers", [{"Accept": "text/html"}, {"Accept": "application/json"}, HTMX], ids=str)
def test_every_link_stays_below_the_path(client: Client, headers: dict[str, str]) -> None:
    found = {page: addresses(client.get(page, headers=headers)) for page in pages()}
    assert len(found["/admin/techs/tech/"]) > 10
    wrong = {page: [each for each in some if not f"{each}/".startswith(f"{PREFIX}/")] for page, some in found.items()}
    assert {page: some for page, some in wrong.items() if some} == {}


def test_api_description_names_the_path(client: Client) -> None:
    assert client.get("/api/schema/?format=json").json()["servers"] == [{"url": PREFIX}]
    with override_script_prefix("/"):
        assert "servers" not in client.get("/api/schema/?format=json").json()


def test_submissions_and_uploads_lead_to_their_state(client: Client) -> None:
    uploads.service()
    created = client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json")
    upload = client.put("/api/services/shop/sources/a.txt/", b"django==4.2", content_type="text/plain")
    for response in (created, upload):
        assert response.status_code == 202
        assert f"http://testserver{PREFIX}/api/" in response.content.decode()


def test_documents_are_cached_for_each_path(client: Client) -> None:
    tech = add("Django 3.2")
    for prefix in ("/", f"{PREFIX}/"):
        with override_script_prefix(prefix):
            calendar, feed = (client.get(f"/api/techs/{name}").content.decode() for name in DOCUMENTS)
        assert f"URL:http://testserver{prefix}techs/{tech.pk}/" in calendar
        assert f"<id>http://testserver{prefix}api/techs/changes.atom</id>" in feed


def test_errors_and_limits_are_those_of_the_resource(client: Client, settings: Any) -> None:
    assert client.get("/api/nothing").json() == {"detail": "Page not found. Check the address."}
    uploads.service()
    settings.BODY_SIZE = 10
    assert client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json").status_code == 413
    upload = client.put("/api/services/shop/sources/a.txt/", b"django==4.2", content_type="text/plain")
    assert upload.status_code == 202
    settings.UPLOAD_SIZE = 1024
    upload = client.put("/api/services/shop/sources/a.txt/", b"x" * 2048, content_type="text/plain")
    assert (upload.status_code, "at most 1 KiB" in upload.json()["detail"]) == (413, True)


def test_no_prefix_is_like_an_address_of_techlist() -> None:
    routes = {re.split(r"[/(<?$]", str(pattern.pattern).lstrip("^"))[0] for pattern in _top(get_resolver())}
    assert {route for route in routes if route} | {"static"} == set(sub_path.RESERVED)


def _top(resolver: Any) -> Generator[Any, None, None]:
    for pattern in resolver.url_patterns:
        yield from _top(pattern) if str(pattern.pattern) == "" and hasattr(pattern, "url_patterns") else [pattern]


def test_without_a_page_to_return_to_a_login_leads_to_the_list(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "frontend.middleware.LoginRequired"]
    for headers in (HTMX, HTMX | {"HX-Current-URL": f"http://testserver{PREFIX}/"}):
        response = Client(SCRIPT_NAME=PREFIX).get("/data-age/", headers=headers)
        assert response["HX-Redirect"] == f"{PREFIX}/login/?next={PREFIX}/"
