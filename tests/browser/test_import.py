"""Importing by pasting, dropping or choosing a file, from the preview to the end; and exporting."""

import json
import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from techs.models import Tech
from tests.browser.axe import findings, overflow
from tests.browser.conftest import OpenPage
from tests.browser.test_look import TOO_SMALL
from tests.support.factories import add

FILES = {
    "lines.txt": "Django 3.2\nNode.js 16\n",
    "stack.csv": "name,version\nDjango,3.2\nNode.js,16\n",
    "requirements.txt": "Django==3.2.18\n",
    "package.json": json.dumps({"engines": {"node": "16.x"}, "dependencies": {"react": "^18.2.0"}}),
    "pyproject.toml": '[project]\nrequires-python = ">=3.9"\ndependencies = ["Django==3.2.18"]\n',
    "Dockerfile": "FROM node:16-alpine\n",
    "compose.yaml": "services:\n  db:\n    image: postgres:14\n",
    ".tool-versions": "nodejs 16.20.2\n",
    "bom.json": json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "components": [
                {"type": "library", "name": "django", "version": "3.2.18", "purl": "pkg:pypi/django@3.2.18"},
            ],
        }
    ),
    "bom.spdx.json": json.dumps(
        {
            "spdxVersion": "SPDX-2.3",
            "packages": [{"name": "django", "SPDXID": "SPDXRef-1", "versionInfo": "3.2.18"}],
        }
    ),
}


def give(page: Page, name: str, content: str) -> None:
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content.encode()}
    page.get_by_label("Or choose a file").set_input_files(file)
    page.get_by_role("button", name="Preview").click()


def test_lines_are_pasted_looked_at_and_watched(open_page: OpenPage) -> None:
    page = open_page("/import/")
    page.get_by_label("One technology per line").fill("Django 3.2\nNode.js 16\nour own thing\n")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 technologies in these lines")
    expect(page.get_by_role("heading", name="2 known")).to_be_visible()
    assert not Tech.objects.exists()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import")).to_contain_text("Finished.")
    page.reload()
    expect(page.locator("#import")).to_contain_text("Finished.")
    page.get_by_role("link", name=re.compile("on the list$")).click()
    expect(page.locator("#list .row")).to_have_count(3)


def test_the_rows_of_a_preview_are_on_the_first_screen(open_page: OpenPage, complaints: list[str]) -> None:
    """The options are closed, also if there are some, but not if one is wrong."""
    page = open_page("/import/", viewport={"width": 1280, "height": 800})
    page.get_by_label("One technology per line").fill("Django 3.2\nNode.js 16\n")
    page.get_by_role("button", name="Preview").click()
    first = page.locator(".lines tbody tr").first.bounding_box()
    assert first is not None
    assert first["y"] < 420
    page.get_by_text("Owner, tags and more for all").click()
    page.get_by_label("Owner").fill("Team Pay")
    page.get_by_label("Tags").fill("b@d")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#tags-help")).to_contain_text("A tag has 1 to 30 letters")
    page.get_by_label("Tags").fill("shop")
    page.get_by_role("button", name="Select none").click()
    expect(page.get_by_label("Owner")).to_be_hidden()
    expect(page.locator(".for-all > summary")).to_have_text("For all: owner Team Pay, tags shop")
    complaints.clear()  # the browser reports the 400, too


def test_a_suggestion_is_one_click_and_a_tick_another(open_page: OpenPage, complaints: list[str]) -> None:
    page = open_page("/import/", java_script_enabled=False)
    page.get_by_label("One technology per line").fill("djagno 5.2\nNode.js 16\nour own thing\n")
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("our own thing").uncheck()
    page.get_by_text("Owner, tags and more for all").click()
    page.get_by_label("Owner").fill("Team Pay")
    page.get_by_label("Tags").fill("shop")
    page.get_by_role("button", name="Django 5.2").click()
    expect(page.get_by_role("heading", name="2 known")).to_be_visible()
    expect(page.get_by_label("Django 5.2")).to_be_checked()
    expect(page.get_by_label("our own thing")).not_to_be_checked()
    assert not Tech.objects.exists()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Everything is saved").or_(page.get_by_text("Finished."))).to_be_visible()
    while page.get_by_role("link", name="Check again").is_visible():
        page.get_by_role("link", name="Check again").click()
    expect(page.get_by_text("For all: owner Team Pay, tags shop.")).to_be_visible()
    assert set(Tech.objects.values_list("name", "owner")) == {("Django 5.2", "Team Pay"), ("Node.js 16", "Team Pay")}


def test_the_focus_is_at_the_line_that_was_corrected(open_page: OpenPage) -> None:
    page = open_page("/import/")
    lines = "\n".join([*(f"Debian 12.{number}" for number in range(60)), "djagno 5.2"])
    page.get_by_label("One technology per line").fill(lines)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Django 5.2").click()
    expect(page.get_by_label("Django 5.2")).to_be_focused()
    expect(page.get_by_label("Django 5.2")).to_be_in_viewport()


def test_a_corrected_preview_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("/import/", viewport={"width": 320, "height": 800})
    lines = ["djagno 5.2", "Django 3.2", "our own thing", "a" * 200, "Debian 12", "Debian 12", "---"]
    page.get_by_label("One technology per line").fill("\n".join(lines))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Django 5.2").click()
    assert findings(page) == []
    assert overflow(page) == 0
    assert page.evaluate(TOO_SMALL) == []


def test_several_lines_pasted_into_the_one_line_form(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_text("Options").click()
    page.get_by_label("Owner").fill("Team Pay")
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", "Django 3.2\\nNode.js 16");
            const field = document.getElementById("text");
            field.focus();
            field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.get_by_label("2 lines to add")).to_have_value("Django 3.2\nNode.js 16")
    expect(page.get_by_label("Owner")).to_have_value("Team Pay")
    assert findings(page) == []
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Owner")).to_have_value("Team Pay")


@pytest.mark.parametrize("path", ["/", "/import/"])
def test_a_file_is_dropped(open_page: OpenPage, path: str) -> None:
    page = open_page(path)
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["Django==3.2.18\\n"], "requirements.txt"));
            const event = new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
            document.querySelector("[data-drop]").dispatchEvent(event);
        }"""
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("1 technology in requirements.txt")


@pytest.mark.parametrize("name", FILES)
def test_each_format(open_page: OpenPage, name: str) -> None:
    page = open_page("/import/")
    give(page, name, FILES[name])
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"in {name}")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import")).to_contain_text("Finished.")
    assert Tech.objects.exists()


def test_a_broken_file_is_told_with_its_line(open_page: OpenPage, complaints: list[str]) -> None:
    page = open_page("/import/")
    give(page, "package.json", '{\n "dependencies": {,\n}')
    expect(page.get_by_role("alert")).to_contain_text("ine 2")
    assert not Tech.objects.exists()
    complaints.clear()  # the browser reports the 400, too


@pytest.mark.parametrize(("link", "begins"), [("CSV", b"\xef\xbb\xbfname,"), ("Calendar", b"BEGIN:VCALENDAR")])
def test_export(open_page: OpenPage, link: str, begins: bytes) -> None:
    add("Django 3.2")
    page = open_page()
    target = page.locator(".exports").get_by_role("link", name=link)
    answer = page.request.get(str(target.get_attribute("href")))
    assert answer.ok
    assert answer.body().startswith(begins)
    assert b"Django 3.2" in answer.body()
