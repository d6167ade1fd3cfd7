"""The pictures of the documentation: `make screenshots` starts Techlist with sample data and retakes them.

List and window are the same each time; dates in the pictures depend on the day.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from techlist.local.processes import wait_until
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


PICTURES = (
    Picture("overview", "/"),
    Picture("groups", "/?by=owner"),
    Picture("detail", "/techs/{id}/"),
    Picture("services", "/services/"),
    Picture("phone", "/", PHONE),
    Picture("dark", "/", scheme="dark"),
    Picture("wall", "/?view=wall", SCREEN),
)
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
        "hand_priority": "medium",
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


@contextmanager
def techlist(directory: str) -> Generator[httpx.Client, None, None]:
    """Start Techlist like `make run`, with the sample stack on its list, and yield a client of its API."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    environment |= {"PORT": str(port), "TECHLIST_DATA_DIR": directory, "TECHLIST_SYNC": "off"}
    command = [sys.executable, "-m", "techlist.local", "--stop-with-parent"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            if not wait_until(lambda: _answers(client), timeout=TIMEOUT):
                raise RuntimeError("Techlist did not start: `make run` says why.")
            subprocess.run([sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment, check=True)
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=TIMEOUT)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx.TransportError:
        return False


def fill(client: httpx.Client) -> int:
    """Wait for the samples and edit some of them. Return the id of the one to show in detail."""
    if not wait_until(lambda: _count_by_hand(client) == SAMPLES, timeout=TIMEOUT):
        raise RuntimeError("The worker did not get through the samples.")
    ids = _ids(client)
    for name, said in SAID.items():
        client.patch(f"/api/techs/{ids[name]}/", json=said).raise_for_status()
    return ids[SHOWN]


def _count_by_hand(client: httpx.Client) -> int:
    """Count the technologies that are not there only because services of the sample use them."""
    return sum(row["by_hand"] for row in client.get("/api/techs/").json()["data"])


def _ids(client: httpx.Client) -> dict[str, int]:
    return {row["name"]: row["id"] for row in client.get("/api/techs/").json()["data"]}


def take(base_url: str, shown: int) -> None:
    """Take a picture of each page, and of the preview of an import."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        for picture in PICTURES:
            page = _open(browser, base_url, picture)
            page.goto(picture.path.format(id=shown))
            page.reload()  # from the cache, like most pages
            page.wait_for_load_state("networkidle")
            for notice in page.locator("[data-close]").all():
                notice.click()
            page.screenshot(path=DOCS / f"{picture.name}.png")
        page = _open(browser, base_url, Picture("import", "/import/"))
        page.goto("/import/")
        page.get_by_label("One technology per line").fill(LINES)
        page.get_by_role("button", name="Preview").click()
        page.screenshot(path=DOCS / "import.png")
        browser.close()


def _open(browser: Browser, base_url: str, picture: Picture) -> Page:
    return browser.new_page(
        base_url=base_url, viewport=picture.window, color_scheme=picture.scheme, locale="en-GB", reduced_motion="reduce"
    )


def main() -> None:
    """Start Techlist, fill the list, take the pictures, and stop."""
    with tempfile.TemporaryDirectory(prefix="techlist-") as directory, techlist(directory) as client:
        shown = fill(client)
        take(str(client.base_url), shown)


if __name__ == "__main__":
    main()
