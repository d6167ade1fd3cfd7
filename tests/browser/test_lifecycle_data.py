"""An open page shows new lifecycle data."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from playwright.sync_api import expect

from techs import tasks
from techs.inventory import reassessment
from tests.browser.conftest import OpenPage
from tests.support.factories import add
from tests.support.lifecycle_server import LifecycleServer
from tests.support.servers import Servers
from tests.support.services import Web, place, running


@pytest.fixture
def syncing_web(servers: Servers, process_env: dict[str, str]) -> Generator[Web, None, None]:
    """A web server with automatic updates on; the test itself updates the data."""
    with running(Web(**place(servers), env=process_env | {"TECHLIST_SYNC": "on"}, name="web-syncing")) as web:
        yield web


def fetch_and_assess() -> None:
    """Update the data and reassess the list, like a worker."""
    try:
        tasks.sync_lifecycles()
        reassessment.reassess(seconds=5)
    finally:
        connection.close()


def test_an_open_page_follows_by_itself(syncing_web: Web, open_page: OpenPage, publisher: LifecycleServer) -> None:
    add("Thing-3 1.0")
    page = open_page(syncing_web.url)
    expect(page.locator("#data-age")).to_contain_text("Fetching newer data; levels will update.")
    expect(page.locator("#list .row .mark")).to_have_text("Unknown")
    page.evaluate("window.isTheSamePage = true")
    with ThreadPoolExecutor(1) as pool:  # Playwright's event loop runs in this thread
        pool.submit(fetch_and_assess).result()
    expect(page.locator("#data-age")).to_have_text("Lifecycle data from 20 Nov 2026, endoflife.date")
    expect(page.locator("#list .row .mark")).to_have_text("Low")
    assert page.evaluate("window.isTheSamePage")
