"""A browser as a server sees it: cookies, forms and redirects."""

import html
import re

import httpx

from tests.support.services import Web

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_NEXT = re.compile(r'name="next" value="([^"]*)"')
# A new connection per request: the server closes one whose body it did not read.
FRESH = httpx.Limits(max_keepalive_connections=0)
PASSWORD = "correct horse battery"


def browser(web: Web) -> httpx.Client:
    """Return a browser without cookies. It does not follow redirects, so that tests can check them."""
    return httpx.Client(base_url=web.url, headers={"Accept": "text/html"}, timeout=10, limits=FRESH)


def log_in(client: httpx.Client, name: str, *, password: str = PASSWORD, url: str = "/login/") -> httpx.Response:
    """Open the login page at this address, send its form, and return the answer."""
    page = client.get(url).text
    form = {"username": name, "password": password, "next": _find(_NEXT, page)}
    return client.post("/login/", data=form | {"csrfmiddlewaretoken": form_token(page)})


def form_token(page: str) -> str:
    """Return the CSRF token of a page's forms."""
    return _find(_TOKEN, page)


def _find(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    assert found, page
    return html.unescape(found[1])
