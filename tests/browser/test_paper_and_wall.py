"""The list on paper, and on a large screen that nobody touches."""

import pytest
from playwright.sync_api import Page, expect

from techs.inventory import editing
from tests.browser.axe import COLOURS, findings, overflow
from tests.browser.conftest import OpenPage
from tests.browser.test_look import LUMINANCE
from tests.support.factories import add

CONTROLS = [".masthead", ".toolbar", ".colophon", ".notices", ".pick", ".pager"]
# Cells whose text is cut off.
CUT = """() => [...document.querySelectorAll(".row > *, .reason")].filter((cell) => cell.checkVisibility())
  .filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent)"""


# The free space beside the last column, which is there if a cell spans more columns than are shown.
BESIDE = """() => {
  const heads = [...document.querySelectorAll(".rows thead th")].filter((head) => head.checkVisibility());
  const right = (element) => element.getBoundingClientRect().right;
  return right(document.querySelector("table.rows")) - right(heads.at(-1));
}"""
# Tags that are broken across two lines.
BROKEN = """() => [...document.querySelectorAll(".row .label")]
  .filter((label) => label.getClientRects().length > 1).map((label) => label.textContent)"""


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    owners = {"Django 3.2": "Team Web", "Postgres 14": "The department with a long name", "our own thing": ""}
    for name, owner in owners.items():
        add(name, owner=owner, tags=["shop", "team-of-the-web"])
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
    assert page.evaluate(BROKEN) == []
    if path == "/":
        expect_no_controls(page)


@pytest.mark.parametrize("width", [700, 794, 1000, 1280, 1920])
def test_groups_have_the_columns_of_the_table(page: Page, width: int) -> None:
    page.goto("/?by=tag")
    page.set_viewport_size({"width": width, "height": 1000})
    assert page.evaluate(BESIDE) == pytest.approx(0, abs=1)
    page.emulate_media(media="print")
    assert page.evaluate(BESIDE) == pytest.approx(0, abs=1)
    page.emulate_media(media="screen")
    page.goto("/?by=tag&view=wall")
    assert page.evaluate(BESIDE) == pytest.approx(0, abs=1)


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


@pytest.mark.parametrize(("path", "words"), [("/", "Nothing here yet"), ("/?q=nothing", "No technologies match.")])
def test_a_wall_without_rows_says_so(open_page: OpenPage, path: str, words: str) -> None:
    page = open_page(f"{path}{'&' if '?' in path else '?'}view=wall")
    assert page.locator("main").inner_text().strip().endswith(words)
    for control in page.locator("main :is(a:not(.tab), button, input)").all():
        expect(control).to_be_hidden()


def test_a_wall_is_only_to_look_at(page: Page) -> None:
    """Nobody reads its notices, and keys do nothing."""
    editing.remove(add("Vue 2.7"))
    page.goto("/?view=wall")
    expect(page.locator(".notices .undo")).to_be_hidden()
    page.locator(".row .name").first.focus()
    for key in ("x", "?", "n"):
        page.keyboard.press(key)
    expect(page.locator("#selection")).to_be_hidden()
    expect(page.locator("#keys")).to_be_hidden()


def test_a_wall_follows_the_list(open_page: OpenPage) -> None:
    page = open_page("/login/")
    page.clock.install()
    page.goto("/?view=wall")
    add("Django 3.2")
    page.clock.run_for(15_500)
    expect(page.locator(".row .name")).to_have_text(["Django 3.2"])
