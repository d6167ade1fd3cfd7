"""The list on paper, and on a large screen that nobody touches."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import COLOURS, findings, overflow
from tests.browser.conftest import OpenPage
from tests.browser.test_look import LUMINANCE
from tests.support.factories import add

CONTROLS = [".masthead", ".toolbar", ".colophon", ".notices", ".pick", ".pager"]
# Cells whose text is cut off.
CUT = """() => [...document.querySelectorAll(".row > *, .reason")].filter((cell) => cell.checkVisibility())
  .filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent)"""


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    for name, owner in (("Django 3.2", "Team Web"), ("Postgres 14", "The department with a long name"), ("React", "")):
        add(name, owner=owner, tags=["shop", "web"])
    return open_page("/", color_scheme="dark")


def expect_no_controls(page: Page) -> None:
    for selector in CONTROLS:
        for element in page.locator(selector).all():
            expect(element).to_be_hidden()
    expect(page.locator(".row")).to_have_count(3)
    expect(page.locator("#overview h2")).to_be_visible()
    expect(page.locator(".chart")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/?owner=team+web&owner=data", "/?by=tag", "/services/", "/activity/"])
def test_paper(page: Page, path: str) -> None:
    page.goto(path)
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4
    assert page.evaluate(LUMINANCE) > 0.8
    assert overflow(page) == 0
    assert page.evaluate(CUT) == []
    if path == "/":
        expect_no_controls(page)


def test_wall(page: Page) -> None:
    page.goto("/?view=wall")
    page.set_viewport_size({"width": 1920, "height": 1080})
    expect_no_controls(page)
    assert page.evaluate(LUMINANCE) < 0.1
    assert overflow(page) == 0
    box = page.locator(".row").first.bounding_box()
    assert box is not None
    assert box["height"] > 55
    assert findings(page, COLOURS) == []


def test_the_way_to_the_wall(page: Page) -> None:
    page.goto("/?q=django")
    page.locator("#display summary").click()
    page.get_by_role("link", name="Show on a wall screen").click()
    expect(page.locator("html")).to_have_attribute("data-view", "wall")
    expect(page.locator(".row .name")).to_have_text(["Django 3.2"])
