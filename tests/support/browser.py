"""A person with a browser, as far as a server can tell: cookies, forms, redirects."""

import httpx

from tests.support.pages import attribute, parse, values_of
from tests.support.services import Web

# Every request on a connection of its own: the server closes one whose body it did not read.
FRESH = httpx.Limits(max_keepalive_connections=0)
PASSWORD = "correct horse battery"


def browser(web: Web) -> httpx.Client:
    """A browser without cookies. It follows no redirect by itself: where one leads is what tests ask."""
    return httpx.Client(base_url=web.url, headers={"Accept": "text/html"}, timeout=10, limits=FRESH)


def log_in(client: httpx.Client, name: str, *, password: str = PASSWORD, url: str = "/login/") -> httpx.Response:
    """Open the login page at this address, send its form, and return the response."""
    form = values_of(parse(client.get(url).text), 'input[type="hidden"]')
    return client.post("/login/", data=form | {"username": name, "password": password})


def form_token(page: str) -> str:
    """Return the token that the page's forms send along."""
    return attribute(parse(page), 'input[name="csrfmiddlewaretoken"]', "value")
