"""Dark and light, wide and narrow, still and animated."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import overflow
from tests.browser.conftest import OpenPage
from tests.browser.sample import a_little_of_everything
from tests.browser.slow_line import arrive_in_parts
from tests.support.factories import add

LUMINANCE = """() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}"""
# Controls smaller than 24 pixels. Links in a sentence may be smaller.
TOO_SMALL = """() => [...document.querySelectorAll("button, input, select, textarea, summary, .button, nav a")]
  .filter((element) => element.checkVisibility() && element.type !== "hidden")
  .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
  .filter(([_, box]) => box.width && (box.width < 24 || box.height < 24))
  .map(([html, box]) => `${html}: ${box.width} x ${box.height}`)"""
# Overlapping texts of the drawing: labels in the line of the quarters, or numbers.
OVERLAPS = """(selector) => {
  const texts = [...document.querySelectorAll(selector)].filter((text) => text.checkVisibility());
  const boxes = texts.map((text) => text.getBoundingClientRect()).sort((a, b) => a.left - b.left);
  return boxes.filter((box, number) => number && box.left < boxes[number - 1].right).length;
}"""
# By how much a text is cut, and its number of lines.
LINES = """(text) => {
  const { clientHeight, scrollHeight } = text;
  return [scrollHeight - clientHeight, clientHeight / parseFloat(getComputedStyle(text).lineHeight)];
}"""
LABELS = ".chart text[y='96']"
LARGE_NUMBERS = """(words) => document.querySelectorAll(".chart a").forEach((bar) => {
  const number = bar.querySelector(".number") ?? bar.appendChild(bar.querySelector("text").cloneNode());
  number.classList.add("number");
  number.textContent = number.matches(".is-apart") ? words : "999";
})"""
# Dates broken across two lines, with the text around them.
CUT_DAYS = """() => {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
  const cut = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const days = texts.currentNode.data.matchAll(/[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}/g);
    for (const day of days) {
      const range = document.createRange();
      range.setStart(texts.currentNode, day.index);
      range.setEnd(texts.currentNode, day.index + day[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1) cut.push(texts.currentNode.parentElement.textContent);
    }
  }
  return cut;
}"""
MOVING = """() => [...document.querySelectorAll("*")]
  .filter((element) => element.checkVisibility())
  .map((element) => getComputedStyle(element))
  .filter((style) => /[1-9]/.test(style.transitionDuration) || style.animationName !== "none").length"""


@pytest.fixture
def paths() -> list[str]:
    techs = a_little_of_everything().values()
    of_techs = [f"/techs/{tech.pk}/" for tech in techs]
    return ["/", "/?page_size=2", "/?q=nothing+such", "/import/", "/subscriptions/", "/activity/", "/login/", *of_techs]


def test_dark_and_light(open_page: OpenPage) -> None:
    assert open_page(color_scheme="light").evaluate(LUMINANCE) > 0.8
    assert open_page(color_scheme="dark").evaluate(LUMINANCE) < 0.1


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone(open_page: OpenPage, paths: list[str], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 844}, is_mobile=True, has_touch=True)
    for path in paths:
        page.goto(path)
        assert overflow(page) == 0, path
        assert page.evaluate(TOO_SMALL) == [], path
        assert page.evaluate(CUT_DAYS) == [], path


def test_reasons_have_two_lines_on_a_phone(open_page: OpenPage) -> None:
    add("Django 3.2")
    page = open_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    reason = page.locator(".row .reason")
    cut, number = reason.evaluate(LINES)
    assert (cut, round(number)) == (0, 2)
    reason.evaluate("reason => { reason.textContent = reason.textContent.repeat(9); }")
    cut, number = reason.evaluate(LINES)
    assert cut > 0, "longer ones are cut"
    assert round(number) == 2


def test_keys_are_not_shown_without_a_keyboard(open_page: OpenPage) -> None:
    expect(open_page().locator(".search-field kbd")).to_be_visible()
    for width in (390, 1024):
        page = open_page(viewport={"width": width, "height": 844}, is_mobile=True, has_touch=True)
        expect(page.locator(".search-field kbd")).to_be_hidden()


def test_what_is_too_wide_or_too_small_is_seen(open_page: OpenPage) -> None:
    """Control."""
    page = open_page(viewport={"width": 390, "height": 844}, is_mobile=True)
    button = "document.querySelector('#filters > summary')"
    page.evaluate(f"{button}.style.cssText = 'height: 20px; min-height: 0; margin-left: 500px'")
    assert overflow(page) > 0
    assert len(page.evaluate(TOO_SMALL)) == 1
    page.evaluate("document.querySelector('.tail').innerHTML = '<i>2026-04-03 2026-04-03</i>'")
    narrow = "display: block; font: 1rem monospace; width: 17ch"
    page.evaluate(f"document.querySelector('.tail').style.cssText = '{narrow}'")
    assert page.evaluate(CUT_DAYS)


@pytest.mark.parametrize("width", [320, 390, 1280, 1920])
def test_labels_of_the_outlook_do_not_overlap(open_page: OpenPage, width: int) -> None:
    add("Django 3.2")
    page = open_page(viewport={"width": width, "height": 844})
    assert page.locator(LABELS).count() == 10
    assert page.evaluate(OVERLAPS, LABELS) == 0


@pytest.mark.parametrize(
    ("width", "number"), [(320, "4,321"), (390, "9,999+"), (1280, "12,345+"), (1600, "12,345+"), (1920, "12,345+")]
)
def test_large_numbers_of_the_outlook_fit(open_page: OpenPage, width: int, number: str) -> None:
    """As on a list of many thousands, most of which are overdue or supported for years."""
    add("Django 3.2")
    page = open_page(viewport={"width": width, "height": 844})
    page.evaluate(LARGE_NUMBERS, number)
    assert page.locator(".chart .number").count() == 10
    assert page.evaluate(OVERLAPS, ".chart .number") == 0
    assert overflow(page) == 0


def test_labels_that_overlap_are_seen(open_page: OpenPage) -> None:
    """Control."""
    add("Django 3.2")
    page = open_page(viewport={"width": 320, "height": 844})
    page.evaluate("document.querySelectorAll('.chart text').forEach((text) => { text.textContent += ' and more'; })")
    assert page.evaluate(OVERLAPS, LABELS) > 0


TOOLS = ".toolbar :is(.search-field, summary.button, a.button)"
MOVED = """(() => {
  window.moved = [];
  const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
  const words = ({ node, previousRect, currentRect }) =>
    `${node?.outerHTML?.slice(0, 80) ?? node?.data}: ${place(previousRect)}, then ${place(currentRect)}`;
  const add = (list) => moved.push(...list.getEntries().map((entry) => [entry.value, ...entry.sources.map(words)]));
  new PerformanceObserver(add).observe({type: "layout-shift", buffered: true});
})()"""
# A line that moves by a pixel. People notice from 0.1 on.
INVISIBLE = 0.0002
# The places where the page pauses.
BEFORE = [
    *('<details id="filters', '<details id="display', '<details id="views', '<details id="adding', '<a class="button"'),
    *('<nav class="tabs', '<div class="board', '<div class="table'),
    *("</thead>", "</td></tr>\n<tr", '<div class="tail'),
]
# The drawing beside the rows by its order alone.
BY_ORDER = """(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".board > * { grid-area: auto !important; } .overview { order: 1; }");
  document.adoptedStyleSheets = [sheet];
})()"""
FIRST_ROW = "() => document.querySelector('.row').getBoundingClientRect().top"
ROWS_IN_VIEW = """() => [...document.querySelectorAll(".row")]
  .filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"""


def test_the_first_screen_has_the_answer_and_the_rows(open_page: OpenPage) -> None:
    for number in range(25):
        add(f"Django 3.2.{number}", owner="Team Web", tags=["shop", "web"])
    page = open_page()
    for width, height, rows in ((1280, 800, 8), (1920, 1080, 20)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(ROWS_IN_VIEW) >= rows, width
        expect(page.get_by_role("heading", name="25 of 25 need action now")).to_be_in_viewport()
        expect(page.locator(".chart")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(FIRST_ROW) < 420
    expect(page.get_by_role("heading", name="25 of 25 need action now")).to_be_in_viewport()


def test_the_toolbar_fits_any_width(open_page: OpenPage) -> None:
    """The field takes the room that the buttons leave, up to a width at which it is easy to read."""
    add("Django 3.2")
    page = open_page()
    for width in (660, 720, 840, 1024, 1280, 1600, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        boxes = [each.bounding_box() for each in page.locator(TOOLS).all()]
        places = [(box["x"], box["x"] + box["width"]) for box in boxes if box]
        assert len(places) == 6
        assert {round(box["y"]) for box in boxes if box} == {56}, width
        assert all(left >= right for (_, right), (left, _) in pairwise(places)), width
        assert places[-1][1] <= width, width
        assert 112 <= places[0][1] - places[0][0] <= 320, width
        assert overflow(page) == 0


@pytest.mark.parametrize("width", [1280, 1920])
def test_head_and_toolbar_are_a_line_each(open_page: OpenPage, width: int) -> None:
    add("Django 3.2")
    page = open_page(viewport={"width": width, "height": 800})
    heights = {".masthead": 48, ".toolbar": 48, ".tabs": 40}
    for selector, height in heights.items():
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["height"] <= height, selector


def test_compact_rows_are_a_line(open_page: OpenPage) -> None:
    add("Django 3.2", owner="Team Web", tags=["shop", "web"])
    page = open_page()
    height = "() => document.querySelector('.row').getBoundingClientRect().height"
    assert 40 <= page.evaluate(height) <= 48
    page.locator("summary", has_text="Display").click()
    page.get_by_role("button", name="Compact").click()
    assert page.evaluate(height) <= 32
    page.reload()
    assert page.evaluate(height) <= 32


@pytest.mark.parametrize("path", ["/", "/?by=owner", "/?priority=critical&owner=team+web"])
def test_nothing_moves_while_the_page_arrives(open_page: OpenPage, path: str) -> None:
    """Under load, browsers paint the first part of a page before the rest is there."""
    for number in range(30):
        add(f"Django 3.2.{number}", owner="Team Web", tags=["shop", "web"])
    page = open_page()
    page.add_init_script(MOVED)
    for width in (390, 700, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        arrive_in_parts(page, path, at=BEFORE)
        moved = page.evaluate("moved")
        assert sum(value for value, *_ in moved) < INVISIBLE, (width, moved)


def test_a_move_while_the_page_arrives_is_seen(open_page: OpenPage) -> None:
    """Control: the drawing in the place where it would be by order alone."""
    for number in range(3):
        add(f"Django 3.2.{number}")
    page = open_page(viewport={"width": 1920, "height": 844})
    page.add_init_script(MOVED)
    page.add_init_script(BY_ORDER)
    arrive_in_parts(page, "/", at=BEFORE)
    assert sum(value for value, *_ in page.evaluate("moved")) > INVISIBLE


def test_theme_is_chosen_in_place(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light")
    page.evaluate("window.isSamePage = true")
    for name, is_dark in (("Dark", True), ("Light", False), ("System", False)):
        page.locator("summary", has_text="Theme").click()
        page.get_by_role("button", name=name).click()
        assert (page.evaluate(LUMINANCE) < 0.1) is is_dark
        page.keyboard.press("Escape")
    assert page.evaluate("window.isSamePage")
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("button", name="Dark").click()
    page.goto("/services/")
    assert page.evaluate(LUMINANCE) < 0.1
    expect(page.get_by_role("button", name="Dark", include_hidden=True)).to_have_attribute("aria-pressed", "true")


def motions(open_page: OpenPage, **options: Any) -> int:
    page: Page = open_page(**options)
    return int(page.evaluate(MOVING))


def test_reduced_motion(open_page: OpenPage) -> None:
    assert motions(open_page, reduced_motion="no-preference") > 0
    assert motions(open_page, reduced_motion="reduce") == 0


def test_forced_colours_mark_what_is_chosen_and_nothing_else(open_page: OpenPage) -> None:
    add("Django 3.2")
    page = open_page("/?priority=critical", forced_colors="active")
    page.locator("#display > summary").click()
    lines = "element => ['outlineStyle', 'borderBottomColor'].map(name => getComputedStyle(element)[name])"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for chosen, others in (
        ("#level-critical", ".tab:not([aria-current])"),
        (".places [aria-current]", ".places a:not([aria-current])"),
        ("[name=density][aria-pressed=true]", "[name=density][aria-pressed=false]"),
    ):
        assert page.locator(chosen).evaluate(lines)[0] == "solid"
        for other in page.locator(others).all():
            assert other.evaluate(lines)[0] == "none"
            if ".tab" in others:
                assert other.evaluate(lines)[1] == ground
