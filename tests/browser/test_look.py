"""Dark and light, wide and narrow, still and animated."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from techs import cache
from techs.models import Tech
from tests.browser.axe import overflow
from tests.browser.conftest import OpenPage
from tests.browser.sample import a_little_of_everything
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
# Overlapping labels of the drawing.
OVERLAPS = """() => {
  const texts = [...document.querySelectorAll(".scale text")].filter((text) => text.checkVisibility());
  const boxes = texts.map((text) => text.getBoundingClientRect()).sort((a, b) => a.left - b.left);
  return boxes.filter((box, number) => number && box.left < boxes[number - 1].right).length;
}"""
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


def test_what_is_too_wide_or_too_small_is_seen(open_page: OpenPage) -> None:
    """Control."""
    page = open_page(viewport={"width": 390, "height": 844}, is_mobile=True)
    button = "document.querySelector('.add button')"
    page.evaluate(f"{button}.style.cssText = 'height: 20px; min-height: 0; margin-left: 500px'")
    assert overflow(page) > 0
    assert len(page.evaluate(TOO_SMALL)) == 1
    page.evaluate("document.querySelector('.add-head').innerHTML = '<i>2026-04-03 2026-04-03</i>'")
    narrow = "display: block; font: 1rem monospace; width: 17ch"
    page.evaluate(f"document.querySelector('.add-head').style.cssText = '{narrow}'")
    assert page.evaluate(CUT_DAYS)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_labels_of_the_timeline_do_not_overlap(open_page: OpenPage, width: int) -> None:
    page = open_timeline(open_page, width)
    assert page.locator(".scale text").count() > 1
    assert page.evaluate(OVERLAPS) == 0


def test_labels_that_overlap_are_seen(open_page: OpenPage) -> None:
    """Control: labels for wide screens overlap on a narrow one."""
    page = open_timeline(open_page, 320)
    page.evaluate("document.querySelectorAll('.is-wide').forEach((tick) => tick.classList.remove('is-wide'))")
    assert page.evaluate(OVERLAPS) > 0


def open_timeline(open_page: OpenPage, width: int) -> Page:
    """Create a list with an end of support in the future."""
    add("React")
    Tech.objects.update(end_of_life=datetime.now(UTC).date() + timedelta(days=200))
    cache.invalidate()
    return open_page(viewport={"width": width, "height": 844})


def motions(open_page: OpenPage, **options: Any) -> int:
    page: Page = open_page(**options)
    return int(page.evaluate(MOVING))


def test_reduced_motion(open_page: OpenPage) -> None:
    assert motions(open_page, reduced_motion="no-preference") > 0
    assert motions(open_page, reduced_motion="reduce") == 0
