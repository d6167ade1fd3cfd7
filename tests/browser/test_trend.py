"""The drawing of the levels over time: its axes, and the numbers of each day by pointer and by keyboard."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from frontend.dates import exact
from techs import cache
from techs.models import LevelDay
from techs.rules.levels import by_level
from tests.browser.axe import findings
from tests.browser.conftest import OpenPage
from tests.support.factories import add

TODAY = datetime.now(UTC).date()
DAYS = 200
# Texts of the axis that overlap, or that are beyond the drawing.
CROWDED = """() => {
  const plot = document.querySelector(".areas").getBoundingClientRect();
  const boxes = [...document.querySelectorAll(".areas text")].map((text) => text.getBoundingClientRect());
  return boxes.filter((box, at) => box.left < plot.left || box.right > plot.right + 0.5
    || (at && box.left < boxes[at - 1].right + 2)).length;
}"""


@pytest.fixture(autouse=True)
def past(web: object) -> None:
    """Count 2,500 technologies on each day before, one of them more critical on each."""
    add("Django 3.2")
    LevelDay.objects.bulk_create(
        LevelDay(day=TODAY - timedelta(days=ago), levels=by_level({"critical": DAYS - ago, "low": 2300 + ago}))
        for ago in range(1, DAYS)
    )
    cache.invalidate()


def day_words(page: Page) -> list[str]:
    return page.locator(".day-words").inner_text().split("\n")


def test_the_axes(open_page: OpenPage) -> None:
    page = open_page()
    assert page.locator(".scale span").all_inner_texts() == ["3,000", "1,500", "0"]
    for width in (720, 1024, 1280, 1599, 1600, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.locator(".areas text").count() >= 4
        assert page.evaluate(CROWDED) == 0, width


def test_crowded_labels_are_seen(open_page: OpenPage) -> None:
    """Control."""
    page = open_page()
    page.evaluate("document.querySelectorAll('.areas text').forEach((text) => { text.textContent += ' and more'; })")
    assert page.evaluate(CROWDED) > 0


def test_the_days_under_the_pointer(open_page: OpenPage) -> None:
    page = open_page()
    plot = page.locator(".days")
    box = plot.bounding_box()
    assert box is not None
    words = page.locator(".day-words")
    expect(words).to_be_hidden()
    for place, day, critical in ((0.999, TODAY, "1 critical"), (0.35, None, " critical")):
        plot.hover(position={"x": box["width"] * place, "y": 30})
        expect(words).to_be_visible()
        expect(words).to_be_in_viewport(ratio=1)
        title, total, *levels = day_words(page)
        assert total in ("2,500 technologies", "1 technology")
        assert title == exact(day) if day else title.endswith(str(TODAY.year))
        assert levels[0].endswith(critical)
    page.mouse.move(10, 10)
    expect(words).to_be_hidden()


def test_the_days_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    slider = page.get_by_role("slider", name="Levels by day")
    page.locator(".chart a").last.focus()
    page.keyboard.press("Tab")
    expect(slider).to_be_focused()
    assert day_words(page)[0] == exact(TODAY)
    page.keyboard.press("ArrowLeft")
    before = day_words(page)
    assert before[1] == "2,500 technologies"
    expect(slider).to_have_attribute("aria-valuetext", ", ".join(before))
    page.keyboard.press("Home")
    assert day_words(page)[3].endswith(" low or accepted")
    page.keyboard.press("End")
    assert day_words(page)[0] == exact(TODAY)
    page.keyboard.press("Tab")
    expect(page.locator(".day-words")).to_be_hidden()
    slider.focus()
    assert findings(page) == []


def test_they_are_there_after_another_choice_of_the_list(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#level-critical").click()
    expect(page.locator("#level-critical")).to_have_attribute("aria-current", "true")
    expect(page.locator(".days")).to_have_count(1)
    page.locator(".days").hover()
    expect(page.locator(".day-words")).to_be_visible()


def test_without_javascript_they_are_titles(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator(".day title").last.text_content() == f"{exact(TODAY)}\n1 technology\n1 critical"
    assert page.locator(".days").count() == 0
