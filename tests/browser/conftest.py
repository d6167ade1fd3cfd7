"""A real Chromium with the real web server and a real worker, each started only once."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import redis
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    expect,
    sync_playwright,
)

from techlist.local.processes import wait_until
from tests.browser.chromium import FLAGS, program
from tests.support.servers import Servers
from tests.support.services import Web, Worker, environment_for_processes, place, running

TIMEOUT = 15_000  # milliseconds
# The default of 5 s is as long as a page waits before it asks again.
expect.set_options(timeout=TIMEOUT)

OpenPage: TypeAlias = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder, so that they can be deselected."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("browser")


@pytest.fixture(scope="package")
def chromium() -> Generator[Browser, None, None]:
    """One browser for all tests. Each opens its own window, which shares nothing with others."""
    path = program()
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread, in which Django would refuse every query.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            yield browser
            browser.close()


@pytest.fixture(scope="package")
def _parts(servers: Servers, django_db_setup: None) -> Generator[Web, None, None]:
    environment = environment_for_processes(servers)
    with (
        running(Web(**place(servers), env=environment, name="web-browser")) as web,
        running(Worker(**place(servers), env=environment, name="worker-browser")),
    ):
        yield web


@pytest.fixture
def web(_parts: Web, servers: Servers, transactional_db: None) -> Generator[Web, None, None]:
    """The web server with a worker, on the test's database.

    The worker is idle when the tables are emptied: the row of a task that still runs would reach the next test.
    """
    yield _parts
    with redis.Redis(port=servers.broker.port) as broker:
        assert wait_until(lambda: not broker.exists("celery", "imports", "unacked"), timeout=30)


@pytest.fixture
def complaints() -> list[str]:
    """Collect errors and warnings of scripts and policies, and failed requests.

    A test that provokes some removes them.
    """
    return []


@pytest.fixture
def open_page(chromium: Browser, web: Web, complaints: list[str]) -> Generator[OpenPage, None, None]:
    """Open a page in a new window. Options are those of Browser.new_context(). Fails the test on complaints."""
    with ExitStack() as windows:

        def open_page(path: str = "/", **options: Any) -> Page:
            window = chromium.new_context(**{"base_url": web.url, "viewport": {"width": 1280, "height": 900}} | options)
            windows.callback(window.close)
            window.set_default_timeout(TIMEOUT)
            _listen(window, complaints)
            page = window.new_page()
            page.goto(path)
            return page

        yield open_page
    assert complaints == []


def _listen(window: BrowserContext, complaints: list[str]) -> None:
    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def hear_error(error: WebError) -> None:
        complaints.append(str(error.error))

    def hear_failure(request: Request) -> None:
        # A page cancels its own requests, for example when somebody types on or leaves.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.url}: {request.failure}")

    window.on("console", hear)
    window.on("weberror", hear_error)
    window.on("requestfailed", hear_failure)
