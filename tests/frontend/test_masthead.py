"""The head that all pages share, also those of the admin, the API and its documentation."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.factories import add
from tests.support.pages import attribute, attributes, links, page_of, texts

pytestmark = pytest.mark.django_db(transaction=True)

STYLES = Path(__file__).parents[2] / "frontend/static/frontend"
HTML = {"accept": "text/html"}
OTHERS = ["/admin/", "/admin/techs/tech/", "/admin/auth/user/add/", "/api/techs/", "/api/state/", "/api/docs/"]


@pytest.fixture
def client() -> Client:
    client = Client(headers=HTML)
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.mark.parametrize("url", ["/", *OTHERS])
def test_every_page_leads_to_the_others(client: Client, url: str) -> None:
    add("Django 3.2")
    page = page_of(client.get(url))
    places = {"List": "/", "Services": "/services/", "Resolved": "/resolved/", "Activity": "/activity/"}
    assert links(page, ".masthead .places a") == places
    assert links(page, ".colophon a") == {"API": "/api/techs/", "API docs": "/api/docs/", "Admin": "/admin/"}
    assert texts(page, ".masthead [aria-current]") == (["List"] if url == "/" else [])


@pytest.mark.parametrize("url", ["/", *OTHERS])
def test_every_page_has_the_chosen_theme(client: Client, url: str) -> None:
    for cookie, chosen, scheme in (("", "system", "light dark"), ("dark", "dark", "dark"), ("light", "light", "light")):
        client.cookies["theme"] = cookie
        page = page_of(client.get(url))
        assert attribute(page, "meta[name='color-scheme']", "content") == scheme
        assert attributes(page, "#appearance [aria-pressed='true']", "value") == [chosen]


@pytest.mark.parametrize("url", ["/api/techs/", "/api/techs/summary/", "/api/services/", "/api/views/"])
def test_a_browser_that_has_the_page_gets_it_again_in_another_theme(client: Client, url: str) -> None:
    """A 304 would keep the theme, and the name in the head after another login."""
    add("Django 3.2")
    before = client.get(url)
    client.cookies["theme"] = "dark"
    after = client.get(url, headers=HTML | {"if-none-match": before.get("ETag", "*")})
    assert after.status_code == 200
    assert 'data-theme="dark"' in after.content.decode()
    assert "Cookie" in after["Vary"]


def test_the_admin_is_left_with_a_button(client: Client) -> None:
    page = page_of(client.get("/admin/"))
    assert attribute(page, ".person form", "action") == "/logout/"
    assert links(page, ".person a") == {}, "a password that cannot be used, and no tokens without a login"


def test_pages_with_other_style_sheets_have_a_copy_of_the_head() -> None:
    ours, copied = ((STYLES / name).read_text().split("*/", 1)[1] for name in ("techlist.css", "masthead.css"))
    assert ours.partition("/* --- Ground")[0].strip() == copied.strip()
