"""Everything works with the keyboard alone, and the focus is always visible."""

import re
from datetime import timedelta

from django.utils import timezone as clock
from playwright.sync_api import Page, expect

from techs import cache
from techs.models import Tech
from tests.browser.conftest import OpenPage
from tests.support.factories import add

OUTLINE = """() => {
  const style = getComputedStyle(document.activeElement);
  return `${style.outlineStyle} ${style.outlineWidth} at ${document.activeElement.outerHTML.slice(0, 80)}`;
}"""
WHERE = "() => document.activeElement.id || document.activeElement.textContent.trim()"


def tab_to(page: Page, where: str) -> list[str]:
    """Press Tab until the element has the focus. Return the outlines seen on the way."""
    outlines = []
    for _ in range(60):
        page.keyboard.press("Tab")
        outlines.append(page.evaluate(OUTLINE))
        if page.evaluate(WHERE) == where:
            return outlines
    raise AssertionError(f"Tab does not lead to {where}")


def test_add_read_and_open(open_page: OpenPage) -> None:
    page = open_page()
    tab_to(page, "text")
    page.keyboard.type("Django 3.2")
    page.keyboard.press("Enter")
    expect(page.locator("#list .row")).to_contain_text("Django 3.2")
    tab_to(page, "Django 3.2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Django 3.2")).to_be_visible()


def test_the_focus_is_visible_everywhere(open_page: OpenPage) -> None:
    tech = add("Postgres 14")
    page = open_page()
    for path in ("/", f"/techs/{tech.pk}/"):
        page.goto(path)
        assert [outline for outline in tab_to(page, "Admin") if not outline.startswith("solid 2px")] == []


def test_reasons_open_with_a_key(open_page: OpenPage) -> None:
    add("Postgres 14")
    page = open_page()
    page.locator(".row summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".row .why")).to_be_visible()


def test_the_first_stop_leads_past_the_head(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#main$"))
    expect(page.locator("#main")).to_be_focused()


def test_the_timeline_is_a_list_of_links(open_page: OpenPage) -> None:
    """The list before the drawing has its content, as links; the drawing is one image with a name."""
    for number in range(1, 8):
        end = clock.now().date() + timedelta(days=30 * number)
        Tech.objects.filter(pk=add(f"thing {number}").pk).update(end_of_life=end, level="high")
    cache.invalidate()
    page = open_page()
    page.locator("#all-ends summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".timeline li").last).to_be_visible()
    page.locator("#text").focus()
    assert all(outline.startswith("solid 2px") for outline in tab_to(page, "thing 7"))
    rows = page.get_by_role("region", name="Support ends next").get_by_role("listitem")
    expect(rows).to_have_count(7)
    expect(rows.first).to_contain_text("thing 1, High, ends in 30 days")
    expect(page.get_by_role("img", name="End-of-support dates in the next 24 months")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="thing 7")).to_be_visible()
