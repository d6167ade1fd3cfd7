"""Dark and light, wide and narrow, still and moving."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.in_browser.axe import overflow
from tests.in_browser.conftest import OpenPage
from tests.in_browser.sample import a_little_of_everything

LUMINANCE = """() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}"""
# What is as high as the words around it is a link in a sentence, which may be smaller.
TOO_SMALL = """() => [...document.querySelectorAll("button, input, select, textarea, summary, .button, nav a")]
  .filter((element) => element.checkVisibility() && element.type !== "hidden")
  .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
  .filter(([_, box]) => box.width && (box.width < 24 || box.height < 24))
  .map(([html, box]) => `${html}: ${box.width} x ${box.height}`)"""
MOVING = """() => [...document.querySelectorAll("*")]
  .filter((element) => element.checkVisibility())
  .map((element) => getComputedStyle(element))
  .filter((style) => /[1-9]/.test(style.transitionDuration) || style.animationName !== "none").length"""


@pytest.fixture
def paths() -> list[str]:
    techs = a_little_of_everything().values()
    of_techs = [f"/techs/{tech.pk}/" for tech in techs]
    return ["/", "/?page_size=2", "/?q=nothing+such", "/import/", "/subscriptions/", "/login/", *of_techs]


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


def test_what_is_too_wide_or_too_small_is_seen(open_page: OpenPage) -> None:
    """The control."""
    page = open_page(viewport={"width": 390, "height": 844}, is_mobile=True)
    button = "document.querySelector('.add button')"
    page.evaluate(f"{button}.style.cssText = 'height: 20px; min-height: 0; margin-left: 500px'")
    assert overflow(page) > 0
    assert len(page.evaluate(TOO_SMALL)) == 1


def motions(open_page: OpenPage, **options: Any) -> int:
    page: Page = open_page(**options)
    return int(page.evaluate(MOVING))


def test_reduced_motion(open_page: OpenPage) -> None:
    assert motions(open_page, reduced_motion="no-preference") > 0
    assert motions(open_page, reduced_motion="reduce") == 0
