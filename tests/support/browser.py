"""A person with a browser, as far as a server can tell: cookies, forms, redirects."""

import html
import re

import httpx

from tests.support.services import Web

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_NEXT = re.compile(r'name="next" value="([^"]*)"')
# Every request on a connection of its own: the server closes one whose body it did not read.
FRESH = httpx.Limits(max_keepalive_connections=0)
PASSWORD = "correct horse battery"


def browser(web: Web) -> httpx.Client:
    """A browser without cookies. It follows no redirect by itself: where one leads is what tests ask."""
    return httpx.Client(base_url=web.url, headers={"Accept": "text/html"}, timeout=10, limits=FRESH)


def log_in(client: httpx.Client, name: str, *, password: str = PASSWORD, url: str = "/login/") -> httpx.Response:
    """Open the login page at this address and send its form; returns the answer to that."""
    page = client.get(url).text
    form = {"username": name, "password": password, "next": _find(_NEXT, page)}
    return client.post("/login/", data=form | {"csrfmiddlewaretoken": form_token(page)})


def form_token(page: str) -> str:
    """The token that a page's forms send along."""
    return _find(_TOKEN, page)


def _find(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    assert found, page
    return html.unescape(found[1])
