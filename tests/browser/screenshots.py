"""The pictures of the documentation: `make screenshots` starts Techlist with sample data and retakes them.

Lists, their past and the windows are the same each time; dates in the pictures depend on the day.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from techlist.local.processes import wait_until
from tests.browser import stacks
from tests.browser.chromium import FLAGS, program
from tests.support.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
WINDOW: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCREEN: ViewportSize = {"width": 1920, "height": 1080}


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, with {id} for the technology to show, the window, and the theme."""

    name: str
    path: str
    window: ViewportSize = field(default_factory=lambda: WINDOW)
    scheme: Literal["light", "dark"] = "light"


FEW = (Picture("overview-3", "/"),)
PICTURES = (
    Picture("overview", "/"),
    Picture("groups", "/?by=owner"),
    Picture("detail", "/techs/{id}/"),
    Picture("services", "/services/"),
    Picture("phone", "/", PHONE),
    Picture("dark", "/", scheme="dark"),
    Picture("wall", "/?view=wall", SCREEN),
)
MANY = (Picture("overview-5000", "/", SCREEN),)
SAMPLES = 40  # of `manage.py demo`
SHOWN = "PostgreSQL 13"
IN_A_QUARTER = str(datetime.now(UTC).date() + timedelta(days=90))
# The lines in the picture of the import.
LINES = "Django 4.2.11\nNode.js 20\nReact 18\nPostgres 16\nUbuntu 24.04\ndjano 5.2\nOur ticket system"
# Details of some samples. Each of them changes a level, except the note.
SAID: dict[str, dict[str, Any]] = {
    "Ubuntu 20.04": {"extended_support": True},
    "Java 17": {"text": "Eclipse Temurin 17"},
    "Vue 2.7": {
        "hand_priority": "low",
        "hand_review_on": IN_A_QUARTER,
        "note": "Behind the VPN, and soon replaced.",
    },
    "Node.js 22": {"impact": "critical"},
    "Debian 12": {"impact": "critical"},
    SHOWN: {"impact": "high", "note": "Orders and invoices.\nThe move to 17 is planned with the platform team."},
}
# Addresses of real servers, which must not receive the samples.
ELSEWHERE = {"DATABASE_URL", "REDIS_CACHE_URL", "REDIS_BROKER_URL", "HOST", "TECHLIST_ACCESS"}
TIMEOUT = 60  # seconds


@dataclass(frozen=True, slots=True)
class Installation:
    """A running Techlist: a client of its API, and the environment for its commands."""

    client: httpx.Client
    environment: Mapping[str, str]

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, check=True)

    def past(self, function: str) -> None:
        """Call a function of tests.browser.past."""
        code = f"from tests.browser import past; past.{function}()"
        self.manage("shell", "--verbosity", "0", "--command", code)


@contextmanager
def techlist() -> Generator[Installation, None, None]:
    """Start Techlist like `make run`, with an empty list and the lifecycle data of today."""
    with tempfile.TemporaryDirectory(prefix="techlist-") as directory:
        port = free_port()
        environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        environment |= {"PORT": str(port), "TECHLIST_DATA_DIR": directory, "TECHLIST_SYNC": "off"}
        command = [sys.executable, "-m", "techlist.local", "--stop-with-parent"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                if not wait_until(lambda: _answers(client), timeout=TIMEOUT):
                    raise RuntimeError("Techlist did not start: `make run` says why.")
                installation = Installation(client, environment)
                installation.past("renew_data")
                yield installation
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=TIMEOUT)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx.TransportError:
        return False


def fill_few(on: Installation) -> None:
    """Add three technologies of one person."""
    for tech in stacks.FEW:
        on.client.post("/api/techs/", json=tech).raise_for_status()
    _wait(lambda: len(_ids(on.client)) == len(stacks.FEW))
    on.past("invent")


def fill(on: Installation) -> int:
    """Add the sample stack, and edit some of it. Return the id of the technology to show in detail."""
    on.manage("demo")
    _wait(lambda: _count_by_hand(on.client) == SAMPLES)
    ids = _ids(on.client)
    for name, said in SAID.items():
        on.client.patch(f"/api/techs/{ids[name]}/", json=said).raise_for_status()
    on.past("invent")
    return ids[SHOWN]


def fill_many(on: Installation) -> None:
    """Import the list of a company with many teams."""
    table = {"file": ("technologies.csv", stacks.many())}
    batch = on.client.post("/api/imports/", files=table).raise_for_status().json()["import"]
    _wait(lambda: on.client.get(batch["url"]).json()["state"] == "done", timeout=10 * TIMEOUT)
    on.past("invent")


def _wait(is_done: Callable[[], bool], *, timeout: float = TIMEOUT) -> None:
    if not wait_until(is_done, timeout=timeout):
        raise RuntimeError("The worker did not get through the samples.")


def _count_by_hand(client: httpx.Client) -> int:
    """Count the technologies that are not there only because services of the sample use them."""
    return sum(row["by_hand"] for row in client.get("/api/techs/").json()["data"])


def _ids(client: httpx.Client) -> dict[str, int]:
    return {row["name"]: row["id"] for row in client.get("/api/techs/").json()["data"]}


def take(browser: Browser, on: Installation, pictures: Sequence[Picture], *, shown: int = 0) -> None:
    for picture in pictures:
        page = _open(browser, on, picture)
        page.goto(picture.path.format(id=shown))
        page.reload()  # from the cache, like most pages
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('.news').forEach((notice) => notice.remove())")
        page.mouse.move(0, 0)  # or it would mark a row
        page.screenshot(path=DOCS / f"{picture.name}.png")
        page.close()


def take_import(browser: Browser, on: Installation) -> None:
    """Take a picture of the preview of an import."""
    page = _open(browser, on, Picture("import", "/import/"))
    page.goto("/import/")
    page.get_by_label("One technology per line").fill(LINES)
    page.get_by_role("button", name="Preview").click()
    page.mouse.move(0, 0)
    page.screenshot(path=DOCS / "import.png")


def _open(browser: Browser, on: Installation, picture: Picture) -> Page:
    return browser.new_page(
        base_url=str(on.client.base_url),
        viewport=picture.window,
        color_scheme=picture.scheme,
        locale="en-GB",
        reduced_motion="reduce",
    )


def main() -> None:
    """Start Techlist for each list, fill it, take the pictures, and stop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        with techlist() as few:
            fill_few(few)
            take(browser, few, FEW)
        with techlist() as usual:
            take(browser, usual, PICTURES, shown=fill(usual))
            take_import(browser, usual)
        with techlist() as many:
            fill_many(many)
            take(browser, many, MANY)
        browser.close()


if __name__ == "__main__":
    main()
