"""Uploads on the page of a service, and upgrades between two runs of the command line."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from techs.models import Service, Tech, Upload, UsageChange
from tests.browser.axe import findings, overflow
from tests.browser.conftest import OpenPage
from tests.browser.dragging import drop
from tests.browser.test_keyboard import tab_to
from tests.support import uploads
from tests.support.pushed_repository import Shop
from tests.support.services import Web
from tests.support.uploads import listed

# A part of the area that is not the field itself, which browsers let files drop on without help.
AREA = "#upload-heading"
PHONE = {"width": 390, "height": 844}
NUMBER_OF_FILES = "document.getElementById('file').files.length"
MIB = 1024 * 1024
# Words of the first table that are broken across two lines or lie outside its box, except a given one.
CUT_WORDS = """(but) => {
  const table = document.querySelector("table"), edge = table.parentElement.getBoundingClientRect().right;
  const cut = [], texts = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      const boxes = [...range.getClientRects()];
      const lines = new Set(boxes.map((box) => Math.round(box.top)));
      const isOutside = boxes.some((box) => box.width && box.right > edge);
      if ((lines.size > 1 && word[0] !== but) || isOutside) cut.push(word[0]);
    }
  }
  return cut;
}"""


@pytest.fixture
def shop(web: Web) -> Service:
    """A service that has uploaded one file."""
    service = uploads.service()
    uploads.push_to_worker(service, "django==3.2.25\nnumpy==1.21.6\n")
    return service


def write(directory: Path, content: str | bytes, name: str = "requirements.txt") -> Path:
    path = directory / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def technologies(page: Page) -> list[str]:
    return page.get_by_role("table", name="Technologies").locator("tbody th .name").all_inner_texts()


# --- Dropping a file ---------------------------------------------------------------------------------------------


def test_a_dropped_file_is_compared_and_then_applied(open_page: OpenPage, shop: Service, tmp_path: Path) -> None:
    page = open_page("/services/shop/")
    drop(page, AREA, write(tmp_path, "django==5.2.1\nnumpy==1.21.6\nvue==3.4\n"))
    expect(page.get_by_role("heading", level=1)).to_have_text("requirements.txt")
    expect(page.locator(".diff li").first).to_contain_text(re.compile("changed.*3.2.25.*5.2.1"))
    expect(page.get_by_text("1 changed, 1 added, 1 unchanged.")).to_be_visible()
    assert (Upload.objects.count(), Tech.objects.filter(name="Django 3.2").count()) == (1, 1)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#import")).to_contain_text("1 changed, 1 added, 1 unchanged.")
    page.get_by_role("link", name="Go to Shop").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop")
    assert technologies(page) == ["Django 5.2"]
    expect(page.locator(".changes > li").first).to_contain_text("5.2.1")


def test_without_its_handler_a_dropped_file_goes_nowhere(
    open_page: OpenPage, shop: Service, tmp_path: Path, complaints: list[str]
) -> None:
    """Control: it is the script that receives a drop, not the browser."""
    page = open_page("/services/")
    page.route("**/techlist*.js", lambda route: route.abort())
    page.goto("/services/shop/")
    drop(page, AREA, write(tmp_path, "django==5.2.1\n"))
    assert page.evaluate(NUMBER_OF_FILES) == 0
    complaints.clear()  # of the missing script


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("package.json", '{\n "dependencies": {,\n}', "package.json: Line 2"),
        ("notes.xyz", "hello\n", "notes.xyz: This kind of file is not supported."),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0", "photo.png: "),
        ("list.txt", "\n".join(f"thing {number}" for number in range(10_001)), "More than 10,000 technologies."),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(  # noqa: PLR0913, PLR0917  fixtures and parameters
    open_page: OpenPage,
    shop: Service,
    tmp_path: Path,
    complaints: list[str],
    name: str,
    content: str | bytes,
    words: str,
) -> None:
    before = listed()
    page = open_page("/services/shop/", viewport=PHONE)
    drop(page, AREA, write(tmp_path, content, name))
    expect(page.get_by_role("alert")).to_contain_text(words)
    # On a phone, the form is far below the top of the page.
    field = page.get_by_label("Choose a file, or drop it here")
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile(re.escape(words)))
    assert (Upload.objects.count(), listed()) == (1, before)
    complaints.clear()  # Chromium reports every page with status 400


def test_drops_that_the_page_refuses(open_page: OpenPage, shop: Service, tmp_path: Path) -> None:
    page = open_page("/services/shop/")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if request.is_navigation_request() else None)
    problem = page.get_by_role("alert")
    file, folder, huge = write(tmp_path, "django==5.2.1\n"), tmp_path / "backend", tmp_path / "uv.lock"
    folder.mkdir()
    with huge.open("wb") as sparse:
        sparse.truncate(20 * MIB)
    for files, words in (
        ([file, huge], "Drop one file at a time."),
        ([folder], "This is a folder. Drop one of its files."),
        ([huge], "This file is too large. The limit is 20 MiB."),
    ):
        drop(page, AREA, *files)
        expect(problem).to_have_text(words)
    expect(page.locator(".is-dragged")).to_have_count(0)
    # It misses the area. Without help, the browser would open it in place of the page.
    drop(page, "h1", file)
    assert (requests, page.url.rpartition("/services/")[2]) == ([], "shop/")


def test_a_large_lock_file_is_accepted(open_page: OpenPage, shop: Service, tmp_path: Path) -> None:
    page = open_page("/services/shop/")
    drop(page, AREA, write(tmp_path, "django==5.2.1\n" + f"# {'x' * 1000}\n" * 3000))
    expect(page.get_by_role("heading", level=1)).to_have_text("requirements.txt")


def test_a_screen_reader_hears_that_a_file_is_read(open_page: OpenPage, shop: Service, tmp_path: Path) -> None:
    page = open_page("/services/shop/")
    page.evaluate("addEventListener('submit', (event) => event.preventDefault())")  # it would leave the page
    drop(page, AREA, write(tmp_path, "django==5.2.1\n"))
    expect(page.locator(".drop").get_by_role("status")).to_have_text("Reading requirements.txt...")
    assert findings(page) == []


def test_upload_with_the_keyboard(open_page: OpenPage, shop: Service, tmp_path: Path) -> None:
    page = open_page("/services/shop/")
    page.on("filechooser", lambda _: None)  # Otherwise, the first listener comes too late for a quick key.
    tab_to(page, "file")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(write(tmp_path, "django==5.2.1\n", "uv.txt"))
    tab_to(page, "source")
    page.keyboard.type("backend/requirements.txt")
    tab_to(page, "Preview")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("backend/requirements.txt")
    tab_to(page, "Apply")
    page.keyboard.press("Enter")
    expect(page.locator("#import").get_by_role("status")).to_contain_text("1 added")


# --- The pages ---------------------------------------------------------------------------------------------------


def test_one_resolved_entry_after_two_pushes_and_an_upgrade(open_page: OpenPage, web: Web, tmp_path: Path) -> None:
    """Push a repository with the command line, commit an upgrade, and push again."""
    repository = Shop(tmp_path / "shop", web.url)
    repository.commit(requirements__txt="django==3.2.18\nrequests==2.31\n", Dockerfile="FROM python:3.13\n")
    first = repository.push("--create")
    assert (first.returncode, first.stderr) == (0, "")
    page = open_page("/resolved/")
    expect(page.get_by_role("heading", name="Nothing resolved yet")).to_be_visible()

    repository.commit(requirements__txt="django==5.2.17\nrequests==2.31\n")
    second = repository.push()
    assert (second.returncode, second.stderr) == (0, "")
    page.goto("/resolved/")
    rows = page.locator(".month .resolved")
    expect(rows).to_have_count(1)
    expect(rows.locator("strong")).to_have_text("Django 3.2")
    expect(rows.locator(".reason")).to_have_text(re.compile(r"shop: 3\.2\.18 .*Django 5\.2"))

    rows.get_by_role("link", name="shop").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("shop")
    assert technologies(page)[:2] == ["Django 5.2", "Python 3.13"]
    changes = page.locator(".changes > li")
    expect(changes.first.locator(".diff li")).to_have_count(1)
    expect(changes.first).to_contain_text(re.compile(r"changed Django 3\.2\.18 .*5\.2\.17"))
    assert UsageChange.objects.filter(upload=Upload.objects.latest("pk")).count() == len(["left", "entered"])
    expect(page.locator(".changes .is-changed, .changes .is-removed")).to_have_count(1)


def test_names_do_not_squeeze_the_other_columns(open_page: OpenPage) -> None:
    long = "W" * 100
    services = [
        uploads.service("Shop", owner="Accounts", tags=["backend"]),
        uploads.service(long, owner="Team Payments"),
        uploads.service("مرحبا", owner="Infrastructure and operations", impact="critical"),
    ]
    for service in services:
        uploads.push_to_worker(service, "django==3.2.25\n")
    page = open_page("/services/")
    for path in ("/services/", f"/techs/{Tech.objects.get().pk}/"):
        page.goto(path)
        for width in (1920, 1280, 700, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(CUT_WORDS, long) == [], (path, width)
            assert overflow(page) == 0, (path, width)


def test_a_form_that_is_far_down_is_one_click_away(open_page: OpenPage) -> None:
    for number in range(60):
        uploads.service(f"Service {number}")
    page = open_page("/services/")
    page.get_by_role("link", name="Add a service").click()
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type("Shop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop")
